package remote

// liveTail is the end of a spool apart from its beginning: while old results
// are delivered, new ones do not wait behind them.
type liveTail struct {
	from    Token // where it begins, and the old ones end
	acked   Token // everything between was taken
	reading uint64
}

// split parts what is there from what comes from now on.
func (s *Spool) split() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live == nil && len(s.segments) > 0 {
		s.live = &liveTail{from: s.end(), acked: s.end()}
	}
}

// parted says whether old results are apart from new ones.
func (s *Spool) parted() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.live != nil
}

// join makes one of both again: all old ones were taken.
func (s *Spool) join() error {
	s.mu.Lock()
	live := s.live
	s.live = nil
	s.mu.Unlock()
	if live == nil {
		return nil
	}
	return s.Ack(live.acked)
}

// peekLive is peek for what came since the split.
func (s *Spool) peekLive(most int) (Batch, error) {
	s.mu.Lock()
	live := s.live
	s.mu.Unlock()
	if live == nil {
		return Batch{}, nil
	}
	for {
		batch, err := s.peekBetween(live.acked, Token{}, most, &live.reading)
		if err != nil || len(batch.Results) > 0 || batch.Token == (Token{}) {
			return batch, err
		}
		s.ackLive(batch.Token) // only damaged records
	}
}

// ackLive is Ack for what came since the split. It is in memory alone: what a
// crash forgets of it is given out again.
func (s *Spool) ackLive(token Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live != nil && s.live.acked.before(token) {
		s.live.acked = token
	}
}

// backlogged says whether results wait behind those of a batch.
func (s *Spool) backlogged(token Token) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.segments) > 0 && token.before(s.end())
}
