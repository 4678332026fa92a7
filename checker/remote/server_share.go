package remote

import (
	"slices"
	"time"
)

// inside is the name of the agent inside the server among those that share its
// region.
const inside = "inside"

// watchEvery is how often the server looks who has been silent too long.
const watchEvery = 250 * time.Millisecond

// watch takes the runs of those that are silent too long from them, until the
// server closes.
func (s *Server) watch() {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-s.closing:
			return
		}
		s.mu.Lock()
		regions := s.board.lapse(s.options.Now())
		s.mu.Unlock()
		for _, region := range regions {
			s.options.Logger.Warn("an agent was silent for too long; others of its region run its checks, if there are any", "region", region)
			s.shareChanged(region)
		}
	}
}

// Mine says whether a run is the one of the agent inside.
func (s *Server) Mine(check string, at time.Time) bool {
	if s.board == nil {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sharing := s.board.regions[s.options.Inside]
	return sharing == nil || sharing.share.Owner(check, at) == inside
}

// Share gives who shares the runs of a region; nil: nobody does.
func (s *Server) Share(region string) *Share {
	if s.board == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.board.of(region)
}

// shareChanged has all that share a region told how.
func (s *Server) shareChanged(region string) {
	for _, c := range s.connections() {
		if c.state.Region == region { // never changes
			c.shareChanged()
		}
	}
}

// onBoard does something to the board; change says whether the region's share
// is another by it.
func (s *Server) onBoard(c *conn, do func(b *board, now time.Time) (change bool)) {
	member := c.member()
	if s.board == nil || member == "" {
		return
	}
	s.mu.Lock()
	changed := do(s.board, s.options.Now())
	s.mu.Unlock()
	if changed {
		s.shareChanged(c.state.Region)
	}
}

// join takes a connection's agent among those that share. An older connection
// of the same agent is a remnant.
func (s *Server) join(c *conn, held *Share) {
	member := c.member()
	for _, other := range s.connections() {
		if other != c && other.state.Region == c.state.Region && member != "" && other.member() == member {
			other.shutdown(errReplaced)
		}
	}
	s.onBoard(c, func(b *board, now time.Time) bool { return b.join(c.state.Region, member, held, now) })
	c.shareChanged()
}

// hear notes a word of a connection's agent. One that was given up and is
// still there shares again.
func (s *Server) hear(c *conn) {
	s.onBoard(c, func(b *board, now time.Time) bool {
		return !b.hear(c.state.Region, c.member(), now) && b.join(c.state.Region, c.member(), nil, now)
	})
}

// part notes that a connection has ended; unless the agent has another one, it
// may be gone.
func (s *Server) part(c *conn) {
	member := c.member()
	if slices.ContainsFunc(s.connections(), func(other *conn) bool { return other != c && other.member() == member }) {
		return
	}
	s.onBoard(c, func(b *board, now time.Time) bool {
		b.part(c.state.Region, member, now)
		return false
	})
}

// leave lets a connection's agent go: it runs nothing any more.
func (s *Server) leave(c *conn) {
	member := c.member()
	s.onBoard(c, func(b *board, now time.Time) bool { return b.leave(c.state.Region, member, now) })
	c.mu.Lock()
	c.sharing = ""
	c.mu.Unlock()
}
