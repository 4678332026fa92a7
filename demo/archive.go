package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"daymark/notify/notifytest"
)

// archive keeps what arrived, a file a message, named so that names sort by
// age. Without a directory it keeps nothing and never fails.
type archive struct {
	dir   string
	keep  int
	log   *slog.Logger
	mails []notifytest.Mail // as found at the start, oldest first
	texts []notifytest.SMS
}

// savedMail is an email on disk; the rest is parsed again from Raw.
type savedMail struct {
	ID   int       `json:"id"`
	From string    `json:"from"`
	To   []string  `json:"to"`
	At   time.Time `json:"at"`
	Raw  []byte    `json:"raw"`
}

func openArchive(dir string, keep int, log *slog.Logger) (*archive, error) {
	a := &archive{dir: dir, keep: keep, log: log}
	if dir == "" {
		return a, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open outbox: %w", err)
	}
	for _, name := range a.names("mail-") {
		var saved savedMail
		if a.read(name, &saved) {
			m := notifytest.Mail{ID: saved.ID, From: saved.From, To: saved.To, At: saved.At, Raw: saved.Raw}
			if err := m.Parse(); err != nil {
				log.Warn("kept email left out", "file", name, "error", err)
				continue
			}
			a.mails = append(a.mails, m)
		}
	}
	for _, name := range a.names("sms-") {
		var m notifytest.SMS
		if a.read(name, &m) {
			a.texts = append(a.texts, m)
		}
	}
	return a, nil
}

// read fills v; a file that cannot be read is said and left where it is.
func (a *archive) read(name string, v any) bool {
	raw, err := os.ReadFile(filepath.Join(a.dir, name))
	if err == nil {
		err = json.Unmarshal(raw, v)
	}
	if err != nil {
		a.log.Warn("kept message left out", "file", name, "error", err)
	}
	return err == nil
}

// names lists the files of one kind, oldest first.
func (a *archive) names(prefix string) []string {
	found, err := filepath.Glob(filepath.Join(a.dir, prefix+"*.json"))
	if err != nil {
		return nil // only a malformed pattern fails: dir has wildcards; nothing is found then
	}
	slices.Sort(found)
	for i := range found {
		found[i] = filepath.Base(found[i])
	}
	return found
}

func (a *archive) saveMail(m notifytest.Mail) error {
	return a.save("mail-", fmt.Sprintf("%010d", m.ID), savedMail{m.ID, m.From, m.To, m.At, m.Raw})
}

func (a *archive) saveSMS(m notifytest.SMS) error {
	return a.save("sms-", fmt.Sprintf("%020d-%s", m.Created.UnixNano(), m.SID), m)
}

func (a *archive) save(prefix, name string, v any) error {
	if a.dir == "" {
		return nil
	}
	if err := writeJSONFile(filepath.Join(a.dir, prefix+name+".json"), v); err != nil {
		return err
	}
	names := a.names(prefix)
	for _, old := range names[:max(0, len(names)-a.keep)] {
		// Another save may have removed it first.
		if err := os.Remove(filepath.Join(a.dir, old)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			a.log.Warn("old message not removed", "file", old, "error", err)
		}
	}
	return nil
}
