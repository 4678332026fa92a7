package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Mode is a way in which the shop works or does not.
type Mode string

const (
	// Working answers everything at once.
	Working Mode = "working"
	// Slow answers everything, late.
	Slow Mode = "slow"
	// Errors fails the API: /api/health says 503 with the database starting,
	// /api/products 500 four times in five. Pages and sign-in work.
	Errors Mode = "errors"
	// SignInBroken answers 500 to whoever signs in. The API is healthy.
	SignInBroken Mode = "sign-in-broken"
	// Down closes each connection without an answer.
	Down Mode = "down"
)

// modeInfo is a mode in words, in the switch's order.
type modeInfo struct {
	Mode        Mode
	Name, Means string
}

func modes() []modeInfo {
	return []modeInfo{
		{Working, "Working", "Everything answers at once."},
		{Slow, "Slow", "Everything answers, more than a second late."},
		{Errors, "Errors", "The API fails: its database is starting. Pages and sign-in work."},
		{SignInBroken, "Sign-in broken", "Nobody can sign in. The API is healthy."},
		{Down, "Down", "The shop hangs up on everybody."},
	}
}

// ParseMode reads a mode by its value or name: "sign-in-broken" as well as
// "Sign-in broken".
func ParseMode(s string) (Mode, error) {
	m := Mode(strings.ReplaceAll(strings.ToLower(strings.TrimSpace(s)), " ", "-"))
	var known []string
	for _, info := range modes() {
		known = append(known, string(info.Mode))
	}
	if !slices.Contains(known, string(m)) {
		return "", fmt.Errorf("unknown mode %q; it is one of %s", s, strings.Join(known, ", "))
	}
	return m, nil
}

// state is the switch's position and since when.
type state struct {
	Mode  Mode      `json:"mode"`
	Since time.Time `json:"since"`
}

// switcher holds the position, on disk if it has a file.
type switcher struct {
	file string
	now  func() time.Time

	mu    sync.Mutex
	state state
}

func newSwitcher(file string, now func() time.Time) (*switcher, error) {
	w := &switcher{file: file, now: now, state: state{Working, now()}}
	if file == "" {
		return w, nil
	}
	raw, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return w, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the switch: %w", err)
	}
	if err := json.Unmarshal(raw, &w.state); err != nil {
		return nil, fmt.Errorf("read the switch: %s: %w; delete the file to begin anew", file, err)
	}
	if _, err := ParseMode(string(w.state.Mode)); err != nil {
		return nil, fmt.Errorf("read the switch: %s: %w; delete the file to begin anew", file, err)
	}
	return w, nil
}

func (w *switcher) get() state {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state
}

func (w *switcher) set(m Mode) error {
	m, err := ParseMode(string(m))
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if m == w.state.Mode {
		return nil
	}
	next := state{m, w.now()}
	if w.file != "" {
		if err := writeJSONFile(w.file, next); err != nil {
			return fmt.Errorf("keep the switch: %w", err)
		}
	}
	w.state = next
	return nil
}

// writeJSONFile replaces a file as a whole: a reader, or a restart, sees the
// old or the new content and nothing between.
func writeJSONFile(path string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode %s: %w", filepath.Base(path), err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(raw)
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}
