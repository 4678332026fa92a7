package hook

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// pace is how many messages a platform takes for one address, in a time.
type pace struct {
	most int
	each time.Duration
}

// paces are what chats allow; webhooks have a server of their own.
var paces = map[string]pace{
	"slack":   {1, time.Second},
	"discord": {5, 2 * time.Second},
	"teams":   {4, time.Second},
}

// absence is how long the first of a queue may stay away before the next goes
// in its place: it may have been superseded.
const absence = 3 * time.Second

// pacer keeps the pace of a channel for each of its addresses. What may not go
// yet stands in a queue, so that no later one overtakes it.
type pacer struct {
	pace pace

	mu    sync.Mutex
	lines map[string]*line // by address
	swept time.Time
}

// line is what was posted to an address, and what waits to be.
type line struct {
	posted  []time.Time // as many as count for the pace, oldest first
	waiting []waiting
}

type waiting struct {
	id  string
	due time.Time // it was told to come back then
}

func newPacer(p pace) *pacer { return &pacer{pace: p, lines: map[string]*line{}} }

// wait says how long a message has to wait before it may be posted; 0: it may
// be now, and counts as posted.
func (p *pacer) wait(address, id string, now time.Time) time.Duration {
	if p.pace.most == 0 {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.lines[address]
	if l == nil {
		p.sweep(now)
		l = &line{}
		p.lines[address] = l
	}
	at := l.place(id, now)
	due := p.slots(l, now)[at%p.pace.most].Add(time.Duration(at/p.pace.most) * p.pace.each)
	if due.After(now) {
		l.waiting[at].due = due
		return due.Sub(now)
	}
	l.waiting = slices.Delete(l.waiting, at, at+1)
	l.posted = append(l.posted, now)
	return 0
}

// slots are when the next messages may be posted, as many as the pace has.
func (p *pacer) slots(l *line, now time.Time) []time.Time {
	l.posted = slices.DeleteFunc(l.posted, func(at time.Time) bool { return now.Sub(at) >= p.pace.each })
	slots := slices.Repeat([]time.Time{now}, p.pace.most-len(l.posted))
	for _, at := range l.posted {
		slots = append(slots, at.Add(p.pace.each))
	}
	return slots
}

// place gives the place of a message in the queue, at whose end it is put where
// it has none. Who has stayed away has lost theirs.
func (l *line) place(id string, now time.Time) int {
	l.waiting = slices.DeleteFunc(l.waiting, func(w waiting) bool { return w.id != id && now.Sub(w.due) > absence })
	if at := slices.IndexFunc(l.waiting, func(w waiting) bool { return w.id == id }); at >= 0 {
		return at
	}
	l.waiting = append(l.waiting, waiting{id: id})
	return len(l.waiting) - 1
}

// sweep forgets the addresses to which nothing was posted lately.
func (p *pacer) sweep(now time.Time) {
	if !now.After(p.swept.Add(time.Minute)) {
		return
	}
	p.swept = now
	maps.DeleteFunc(p.lines, func(_ string, l *line) bool {
		p.slots(l, now)
		return len(l.posted) == 0 && !slices.ContainsFunc(l.waiting, func(w waiting) bool { return now.Sub(w.due) <= absence })
	})
}
