package statuspage

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"daymark/internal/lang"
)

// message is what an open page is sent.
type message struct {
	Seq       int64       `json:"seq"`
	Title     string      `json:"title,omitempty"`
	Icon      string      `json:"icon,omitempty"`
	Fragments []sentPiece `json:"fragments,omitempty"`
	Gone      []string    `json:"gone,omitempty"`     // fragments that the page no longer has
	Announce  string      `json:"announce,omitempty"` // for those who hear the page
	Reload    bool        `json:"reload,omitempty"`   // the page's own make has changed
}

// sentPiece is one fragment.
type sentPiece struct {
	ID   string `json:"id"`
	HTML string `json:"html"`
}

// session is the state of one run of a hub; its goroutine alone touches it.
type session struct {
	hub     *Hub
	readers map[*reader]struct{}
	current *rendering
	sent    map[string]fragment // as open pages have them
	round   time.Time           // when mere counts were last sent
	ring    []change            // oldest first
	base    int64               // the version before the oldest change of the ring
	catchUp map[int64]*websocket.PreparedMessage
	ping    *websocket.PreparedMessage
}

// change is which fragments a version changed.
type change struct {
	version int64
	ids     []string
}

func newSession(h *Hub) *session {
	ping, err := websocket.NewPreparedMessage(websocket.PingMessage, nil)
	if err != nil {
		panic(err) // an empty ping is always well formed
	}
	return &session{
		hub: h, readers: map[*reader]struct{}{}, sent: map[string]fragment{},
		catchUp: map[int64]*websocket.PreparedMessage{}, ping: ping,
	}
}

// update renders the page and sends what changed. It says whether the page
// could be read.
func (s *session) update(ctx context.Context, ticked bool) bool {
	page := s.hub.page
	before, after, err := page.next(ctx)
	if err != nil {
		if ctx.Err() == nil {
			page.log.ErrorContext(ctx, "the page stays as it was: it could not be read", "error", err)
		}
		return ctx.Err() != nil
	}
	s.current = after
	clear(s.catchUp) // it holds old fragments
	if len(s.sent) == 0 {
		// Pages may have been loaded before Run began; they have what was then.
		first := after
		if before != nil {
			first = before
		}
		s.keep(first)
		s.round, s.base = after.at, first.version
	}
	if before == nil {
		return true
	}
	round := ticked && after.at.Sub(s.round) >= s.hub.options.Round
	changed, gone := s.changes(after, ticked, round)
	if round {
		s.round = after.at
	}
	m := message{Seq: after.version, Announce: s.hub.page.layout.announcement(before.view, after.view)}
	if len(changed)+len(gone) > 0 {
		s.advance(after, changed, gone)
		m.Seq = after.version
		m.Title, m.Icon = s.head()
		for _, f := range changed {
			m.Fragments = append(m.Fragments, sentPiece{f.ID, string(f.HTML)})
		}
		m.Gone = gone
	}
	page.turn(before, after)
	if ticked || len(changed)+len(gone) > 0 {
		s.broadcast(s.prepare(m))
	}
	if ticked {
		s.broadcast(s.ping)
	}
	return true
}

// keep notes every fragment as sent: who loads the page now has them.
func (s *session) keep(r *rendering) {
	clear(s.sent)
	for _, f := range r.fragments {
		s.sent[f.ID] = f
	}
}

// changes compares the page with what open pages have: at once what is loud,
// with the tick and the round the rest.
func (s *session) changes(r *rendering, ticked, round bool) (changed []fragment, gone []string) {
	here := map[string]bool{}
	for _, f := range r.fragments {
		here[f.ID] = true
		had, found := s.sent[f.ID]
		quiet := had.HTML != f.HTML && (round || (ticked && f.pace == onTick))
		if !found || had.loud != f.loud || quiet {
			changed = append(changed, f)
		}
	}
	for id := range s.sent {
		if !here[id] {
			gone = append(gone, id)
		}
	}
	slices.Sort(gone)
	return changed, gone
}

// advance gives the rendering the next version and notes what it changed.
func (s *session) advance(r *rendering, changed []fragment, gone []string) {
	s.hub.page.setVersion(r, max(r.version+1, r.at.UnixMilli()))
	c := change{version: r.version, ids: slices.Clone(gone)}
	for _, id := range gone {
		delete(s.sent, id)
	}
	for _, f := range changed {
		c.ids = append(c.ids, f.ID)
		s.sent[f.ID] = f
	}
	s.ring = append(s.ring, c)
	if over := len(s.ring) - s.hub.options.Remember; over > 0 {
		s.base = s.ring[over-1].version
		s.ring = slices.Delete(s.ring, 0, over)
	}
}

// head is the title and the favicon of the page as it is.
func (s *session) head() (title, icon string) {
	v := s.current.view
	return s.hub.page.layout.titleOf(v.Title, v.Name), s.hub.page.brand.icon(v.Status)
}

// prepare encodes a message once for all readers.
func (s *session) prepare(m message) *websocket.PreparedMessage {
	text, err := json.Marshal(m)
	if err != nil {
		panic(err) // strings and numbers always encode
	}
	prepared, err := websocket.NewPreparedMessage(websocket.TextMessage, text)
	if err != nil {
		panic(err) // a text message is always well formed
	}
	return prepared
}

// broadcast hands a message to every queue; who has no room left is cut.
func (s *session) broadcast(m *websocket.PreparedMessage) {
	for r := range s.readers {
		s.send(r, m)
	}
}

func (s *session) send(r *reader, m *websocket.PreparedMessage) {
	select {
	case r.queue <- m:
	default:
		s.cut(r)
	}
}

// add takes a reader in and sends what it has missed.
func (s *session) add(r *reader) {
	s.readers[r] = struct{}{}
	if s.current == nil {
		return // nothing could be read yet; the first change will reach it
	}
	s.send(r, s.missed(r))
}

// missed is what changed since a reader's last number: nothing, some
// fragments, or all of them where that is too long ago or not a number of
// ours.
func (s *session) missed(r *reader) *websocket.PreparedMessage {
	if r.build != "" && r.build != s.hub.page.build {
		return s.prepare(message{Seq: s.current.version, Reload: true})
	}
	from := r.seen
	if from < s.base || from > s.current.version {
		from = -1
	}
	if prepared, found := s.catchUp[from]; found {
		return prepared
	}
	m := message{Seq: s.current.version}
	m.Title, m.Icon = s.head()
	want := map[string]bool{}
	for _, c := range s.ring {
		for _, id := range c.ids {
			want[id] = want[id] || c.version > from
		}
	}
	for _, f := range s.current.fragments {
		if from < 0 || want[f.ID] {
			m.Fragments = append(m.Fragments, sentPiece{f.ID, string(f.HTML)})
		}
		delete(want, f.ID)
	}
	for id, changed := range want {
		if changed {
			m.Gone = append(m.Gone, id)
		}
	}
	if from < 0 && s.current.view.Facts == nil && !slices.Contains(m.Gone, "facts") {
		m.Gone = append(m.Gone, "facts") // the only fragment that comes and goes
	}
	slices.Sort(m.Gone)
	s.catchUp[from] = s.prepare(m)
	return s.catchUp[from]
}

// cut ends a reader who does not keep up, whatever is being written to it. It
// comes back by itself and catches up.
func (s *session) cut(r *reader) {
	s.remove(r)
	_ = r.conn.Close() // it is being given up
}

// remove lets a reader go; doing it twice does nothing.
func (s *session) remove(r *reader) {
	if _, found := s.readers[r]; !found {
		return
	}
	delete(s.readers, r)
	close(r.queue)
}

// close tells every reader to come back later.
func (s *session) close() {
	deadline := time.Now().Add(time.Second)
	for r := range s.readers {
		// Who cannot be told finds out by itself.
		_ = r.conn.WriteControl(websocket.CloseMessage, closing(), deadline)
		s.cut(r)
	}
}

// announcement is what those who hear the page are told: a new update, or a
// promise that moved. The sentence is announced by the place it stands in.
func (s speech) announcement(before, after View) string {
	if after.Facts == nil {
		return ""
	}
	var said []string
	had := map[string]bool{}
	if before.Facts != nil {
		for _, d := range before.Facts.Doing {
			had[d.last] = true
		}
	}
	for _, d := range after.Facts.Doing {
		if d.last != "" && !had[d.last] {
			said = append(said, s.with("announce-update", lang.Values{"text": d.Text}))
		}
	}
	if p := after.Say.Promise; p != nil && p.State != promiseLate && (before.Say.Promise == nil || before.Say.Promise.DueISO != p.DueISO) {
		said = append(said, s.at("next-by", p.Due.At.Text))
	}
	return strings.Join(said, " ")
}
