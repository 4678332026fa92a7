package remote

import (
	"errors"
	"fmt"
)

// maxGroup bounds what one write takes together, in bytes.
const maxGroup = 4_000_000

// write is the spool's one writer. It takes all requests that wait, makes one
// write and one sync for them, and answers all.
func (s *Spool) write() {
	defer close(s.written)
	for {
		var group []*request
		var data []byte
		select {
		case first := <-s.requests:
			group, data = append(group, first), append(data, first.data...)
		case <-s.closing:
			return
		}
		for more := true; more && len(data) < maxGroup; {
			select {
			case next := <-s.requests:
				group = append(group, next)
				data = append(data, next.data...)
			default:
				more = false
			}
		}
		err := s.append(data)
		if err == nil {
			s.poke()
		}
		for _, one := range group {
			one.done <- err
		}
	}
}

// poke tells the one who waits in Next.
func (s *Spool) poke() {
	select {
	case s.ready <- struct{}{}:
	default:
	}
}

// append puts data at the end. After an error nothing of it counts: the next
// write begins at the same place, over whatever the disk has kept.
func (s *Spool) append(data []byte) error {
	at, err := s.room(int64(len(data)))
	for errors.Is(err, ErrSpoolFull) && s.thinOne() {
		at, err = s.room(int64(len(data)))
	}
	if err != nil {
		return err
	}
	_, err = s.active.WriteAt(data, at.offset)
	if err == nil {
		err = s.active.Sync()
	}
	if err != nil {
		if cut := s.active.Truncate(at.offset); cut != nil {
			s.options.Logger.Debug("the spool's file could not be cut after a failed write", "error", cut)
		}
		return fmt.Errorf("spool: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.segments[len(s.segments)-1].size += int64(len(data))
	return nil
}

// room says where the next bytes go, in an open file.
func (s *Spool) room(need int64) (Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	full := s.size()+need > s.options.Limit
	last := len(s.segments) - 1
	switch {
	case last < 0:
		if err := s.roll(s.acked.segment + 1); err != nil {
			return Token{}, err
		}
	case s.segments[last].size >= s.options.SegmentSize || full && s.segments[last].size > 0 && s.acked == s.end():
		// A file of which all is taken gives its room back as soon as it is no
		// more written to.
		if err := s.roll(s.segments[last].number + 1); err != nil {
			return Token{}, err
		}
		s.clean()
	case s.active == nil:
		file, err := s.options.create(s.path(s.segments[last].number))
		if err != nil {
			return Token{}, fmt.Errorf("spool: %w", err)
		}
		s.active = file
	}
	if s.size()+need > s.options.Limit {
		return Token{}, fmt.Errorf("%w: %d of %d bytes wait to be taken", ErrSpoolFull, s.waiting(), s.options.Limit)
	}
	return s.end(), nil
}

// roll begins a new file; s.mu is held.
func (s *Spool) roll(number uint64) error {
	file, err := s.options.create(s.path(number))
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	if s.active != nil {
		if err := s.active.Close(); err != nil { // all of it was synced before
			s.options.Logger.Debug("a file of the spool could not be closed", "error", err)
		}
	}
	s.active = file
	s.segments = append(s.segments, segment{number: number})
	return nil
}

// end is after the last record; s.mu is held.
func (s *Spool) end() Token {
	last := s.segments[len(s.segments)-1]
	return Token{last.number, last.size}
}
