package console

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gorilla/websocket"

	"daymark/access"
)

// liveMessage is what an open page is told.
type liveMessage struct {
	Seq     int64    `json:"seq"`               // of the latest commit
	Writing []writer `json:"writing,omitempty"` // on the same page
}

// writer is somebody who writes. Of what, nothing is told.
type writer struct {
	Form string `json:"form"`
	Who  string `json:"who,omitempty"` // empty: the same person, in another window
}

// writingLasts is how long somebody counts as writing who does not go on.
const writingLasts = 15 * time.Second

// closeSignedOut is the code that a socket ends with whose session is over.
const closeSignedOut = 4401

// liveState is the state of one run; its goroutine alone touches it.
type liveState struct {
	live    *live
	sockets map[*socket]struct{}
}

func (s *liveState) add(x *socket) { s.sockets[x] = struct{}{} }

// remove lets a socket go; doing it twice does nothing.
func (s *liveState) remove(x *socket) {
	if _, found := s.sockets[x]; !found {
		return
	}
	delete(s.sockets, x)
	close(x.queue)
}

// send queues a frame; who has no room left is cut, comes back by itself and
// asks for the page.
func (s *liveState) send(x *socket, kind int, data []byte) {
	select {
	case x.queue <- frameOut{kind, data}:
	default:
		s.remove(x)
		x.end() // whatever is being written
	}
}

// dismiss ends a socket with a reason.
func (s *liveState) dismiss(x *socket, code int) {
	s.send(x, websocket.CloseMessage, websocket.FormatCloseMessage(code, ""))
	s.remove(x)
}

// hear notes in which form somebody writes.
func (s *liveState) hear(said word) {
	said.from.form, said.from.until = said.form, time.Now().Add(writingLasts)
}

// tell sends each page what is new to it.
func (s *liveState) tell() {
	writers := s.writers(time.Now())
	seq := s.live.seq.Load()
	for x := range s.sockets {
		text, err := json.Marshal(liveMessage{Seq: seq, Writing: s.others(x, writers[x.page])})
		if err != nil {
			panic(err) // strings and numbers always encode
		}
		if x.told != string(text) {
			x.told = string(text)
			s.send(x, websocket.TextMessage, text)
		}
	}
}

// writers lists the sockets in which somebody writes, by page.
func (s *liveState) writers(now time.Time) map[string][]*socket {
	found := map[string][]*socket{}
	for x := range s.sockets {
		if x.page != "" && x.form != "" && x.until.After(now) {
			found[x.page] = append(found[x.page], x)
		}
	}
	return found
}

// others says who writes beside the one of a socket, each once.
func (s *liveState) others(x *socket, writing []*socket) []writer {
	var all []writer
	for _, other := range writing {
		one := writer{Form: other.form}
		if other.person != x.person {
			one.Who = s.live.site.nameOf(other.person)
		}
		if other != x && !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	slices.SortFunc(all, func(a, b writer) int { return cmp.Or(cmp.Compare(a.Form, b.Form), cmp.Compare(a.Who, b.Who)) })
	return all
}

// beat says what was said last, so that a page knows that it is heard.
func (s *liveState) beat() {
	for x := range s.sockets {
		if x.told != "" {
			s.send(x, websocket.TextMessage, []byte(x.told))
		}
	}
	for x := range s.sockets {
		s.send(x, websocket.PingMessage, nil)
	}
}

// look ends the sockets of those who are not signed in any more, or may not see
// incidents any more.
func (s *liveState) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, liveLook)
	defer cancel()
	over := map[string]bool{}
	for x := range s.sockets {
		if _, known := over[x.session]; !known {
			over[x.session] = s.live.site.isOver(ctx, x.session)
		}
		if over[x.session] {
			s.dismiss(x, closeSignedOut)
		}
	}
}

// isOver says whether a session is over, by the hash of its secret, or its
// person may not see incidents any more. It does not count as its use.
func (s *Site) isOver(ctx context.Context, hash string) bool {
	data, _, err := s.Sessions.SessionData(ctx, hash, s.Now())
	if err != nil {
		return errors.Is(err, ErrNotFound) // what cannot be read now is looked at again soon
	}
	_, values, err := scs.GobCodec{}.Decode(data)
	if err != nil {
		return true
	}
	who, in := s.whoIs(ctx, visitFrom(func(key string) string { text, _ := values[key].(string); return text }))
	return !in || !who.May(access.ReadIncidents)
}

// close tells every page to come back later.
func (s *liveState) close() {
	for x := range s.sockets {
		s.dismiss(x, websocket.CloseServiceRestart)
	}
}
