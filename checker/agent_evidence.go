package checker

import (
	"bytes"
	"strconv"
	"strings"
	"sync"
	"time"
)

// DefaultEvidenceMemory is how many bytes of evidence of successes an agent
// remembers, over all its checks.
const DefaultEvidenceMemory = 64 << 20

// lastSuccess begins the name of evidence of a success that travels with the
// trouble that followed it: last-success.UNIX-MILLISECONDS.NAME.
const lastSuccess = "last-success."

// LastSuccess says whether this is evidence of the last success before the
// result that carries it: when that was due, and the name it had there.
func (e *Evidence) LastSuccess() (at time.Time, name string, ok bool) {
	rest, ok := strings.CutPrefix(e.Name, lastSuccess)
	if !ok {
		return time.Time{}, "", false
	}
	digits, name, ok := strings.Cut(rest, ".")
	ms, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || name == "" {
		return time.Time{}, "", false
	}
	return time.UnixMilli(ms).UTC(), name, true
}

// sift decides which evidence goes with a result: that of trouble while it
// tells something new, that of a success now and then, and beside the first
// trouble that of the last success. The run has not ended, so that no other of
// the check does the same.
func (a *Agent) sift(e *entry, result *Result) {
	next, send := e.showing.after(result)
	own := result.Evidence
	if !send {
		result.Evidence = nil
	}
	if next.owed && a.memory.attach(e, result) {
		next.owed = false
	}
	if result.Outcome == OK {
		next.owed = false
		if send {
			a.memory.forget(e) // the server has a newer one
		} else if len(own) > 0 {
			a.memory.remember(e, result.At, own)
		}
	}
	e.showing = next
}

// memory keeps the evidence of each check's latest success that was not sent.
// It is safe for concurrent use.
type memory struct {
	most int // bytes of all

	mu    sync.Mutex
	bytes int
	kept  map[*entry]remembered
}

type remembered struct {
	at     time.Time
	pieces []Evidence
	bytes  int
}

func newMemory(most int) *memory { return &memory{most: most, kept: map[*entry]remembered{}} }

// remember keeps the evidence of a success instead of that of the one before.
// Where there is no room the largest go, so that most checks have theirs.
func (m *memory) remember(e *entry, at time.Time, pieces []Evidence) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.remove(e)
	if e.gone {
		return
	}
	one := remembered{at: at, pieces: make([]Evidence, len(pieces))}
	for i, piece := range pieces {
		if cap(piece.Data) > 2*len(piece.Data) { // of a large buffer that would be kept as well
			piece.Data = bytes.Clone(piece.Data)
		}
		one.pieces[i] = piece
		one.bytes += len(piece.Data)
	}
	m.kept[e] = one
	m.bytes += one.bytes
	for m.bytes > m.most {
		m.remove(m.largest())
	}
}

func (m *memory) largest() (found *entry) {
	most := remembered{bytes: -1}
	for e, one := range m.kept {
		if one.bytes > most.bytes || one.bytes == most.bytes && one.at.Before(most.at) {
			found, most = e, one
		}
	}
	return found
}

// attach adds what is remembered of a check to a result, after the result's
// own, and forgets it. It is false when it does not fit: then a later result
// of the streak, which carries less, may take it.
func (m *memory) attach(e *entry, result *Result) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	one := m.kept[e]
	room := MaxEvidence - one.bytes
	for _, piece := range result.Evidence {
		room -= len(piece.Data)
	}
	if room < 0 || len(result.Evidence)+len(one.pieces) > MaxParts {
		return false
	}
	prefix := lastSuccess + strconv.FormatInt(one.at.UnixMilli(), 10) + "."
	for _, piece := range one.pieces {
		piece.Name = prefix + piece.Name
		if len(piece.Name) > MaxID {
			piece.Name = strings.ToValidUTF8(piece.Name[:MaxID], "")
		}
		result.Evidence = append(result.Evidence, piece)
	}
	m.remove(e)
	return true
}

// forget drops what is remembered of a check.
func (m *memory) forget(e *entry) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.remove(e)
}

// leave drops what is remembered of a check that is not in the plan any more;
// a run of it that still goes adds nothing.
func (m *memory) leave(e *entry) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e.gone = true
	m.remove(e)
}

func (m *memory) remove(e *entry) {
	m.bytes -= m.kept[e].bytes
	delete(m.kept, e)
}
