package statuspage

import (
	"time"

	"github.com/gorilla/websocket"
)

// reader is one open page. One goroutine reads, which only finds out that the
// page has gone; another writes what the hub put into the queue.
type reader struct {
	hub   *Hub
	conn  *websocket.Conn
	seen  int64                           // the last number that the page has
	build string                          // what the page was made by
	queue chan *websocket.PreparedMessage // closed by the hub alone
}

// biggestWord is what a reader may send in one frame: a pong is empty, and
// pages send nothing else.
const biggestWord = 128

// start asks the hub to take the reader in.
func (r *reader) start() {
	h := r.hub
	defer h.exit()
	select {
	case h.join <- r:
	case <-h.stopped:
		r.end()
		return
	}
	h.gone.Add(1) // never from nothing: this reader is counted itself
	go r.write()
	r.listen()
	select {
	case h.leave <- r:
	case <-h.stopped:
	}
}

// listen returns when the page has gone, fell silent, or spoke: pages have
// nothing to say here.
func (r *reader) listen() {
	r.conn.SetReadLimit(biggestWord)
	alive := func(string) error { return r.conn.SetReadDeadline(time.Now().Add(r.hub.options.Silence)) }
	if alive("") != nil {
		return
	}
	r.conn.SetPongHandler(alive)
	_, _, _ = r.conn.NextReader() // whatever it was, it is the end
}

// write sends what is queued until the hub closes the queue or the page no
// longer takes it.
func (r *reader) write() {
	defer r.hub.gone.Done()
	defer r.end() // wakes listen
	for m := range r.queue {
		if r.conn.SetWriteDeadline(time.Now().Add(r.hub.options.Write)) != nil || r.conn.WritePreparedMessage(m) != nil {
			return
		}
	}
}

// end closes the connection. Its error says nothing that matters: the page
// has gone.
func (r *reader) end() {
	_ = r.conn.Close()
}
