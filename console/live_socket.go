package console

import (
	"encoding/json"
	"regexp"
	"time"

	"github.com/gorilla/websocket"
)

// socket is one open page. One goroutine reads what the page says; another
// writes what live put into the queue.
type socket struct {
	live    *live
	conn    *websocket.Conn
	person  string
	session string        // the hash of its secret
	page    string        // its address; "": one where nobody hears of the others
	queue   chan frameOut // closed by live alone

	// What live alone touches.
	form  string    // that is written in; "": none
	until time.Time // when that is over, if it is not said again
	told  string    // the latest message
}

// frameOut is one frame of the protocol.
type frameOut struct {
	kind int
	data []byte
}

// word is what a page says: in which form somebody writes.
type word struct {
	from *socket
	form string
}

// start asks live to take the socket in.
func (x *socket) start() {
	defer x.live.exit(x.person)
	select {
	case x.live.join <- x:
	case <-x.live.stopped:
		x.end()
		return
	}
	x.live.gone.Add(1) // never from nothing: this socket is counted itself
	go x.write()
	x.listen()
	select {
	case x.live.leave <- x:
	case <-x.live.stopped:
	}
}

// formNames are what forms can be called.
var formNames = regexp.MustCompile(`^[A-Za-z0-9._-]{0,60}$`)

// listen passes on what the page says, and returns when it has gone, fell
// silent, says too much, or what no page of ours says.
func (x *socket) listen() {
	x.conn.SetReadLimit(liveWord)
	alive := func(string) error { return x.conn.SetReadDeadline(time.Now().Add(liveSilence)) }
	if alive("") != nil {
		return
	}
	x.conn.SetPongHandler(alive)
	said := time.Now()
	for {
		_, text, err := x.conn.ReadMessage()
		now := time.Now()
		if said.Before(now) {
			said = now
		}
		said = said.Add(time.Second)
		var spoken struct{ Writing string }
		if err != nil || said.Sub(now) > liveWords*time.Second || json.Unmarshal(text, &spoken) != nil || !formNames.MatchString(spoken.Writing) {
			return
		}
		select {
		case x.live.said <- word{x, spoken.Writing}:
		case <-x.live.stopped:
			return
		}
	}
}

// write sends what is queued until live closes the queue or the page no longer
// takes it.
func (x *socket) write() {
	defer x.live.gone.Done()
	defer x.end() // wakes listen
	for out := range x.queue {
		if x.conn.SetWriteDeadline(time.Now().Add(liveWrite)) != nil || x.conn.WriteMessage(out.kind, out.data) != nil {
			return
		}
	}
}

// end closes the connection. Its error says nothing that matters: the page has
// gone.
func (x *socket) end() { _ = x.conn.Close() }
