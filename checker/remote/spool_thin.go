package remote

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"daymark/checker"
)

// A full spool is thinned file by file, the oldest first: all of them keep
// each fourth good result at first, and none the second time.
const (
	keptOfGood = 4
	mostThin   = 2
	thinSuffix = ".thin"
)

// thinOne takes good results out of one file. It is false when there is no
// file left that has any to spare.
func (s *Spool) thinOne() bool {
	for {
		from, found := s.thinnest()
		if !found {
			return false
		}
		gone, err := s.thinFile(from)
		if err != nil {
			s.options.Logger.Error("the spool is full and could not be thinned", "error", err)
			return false
		}
		if gone > 0 {
			if s.thinned.Add(int64(gone)) == int64(gone) {
				s.options.Logger.Warn("the spool is full: the oldest good results are thinned, and failures are kept", "limit", s.options.Limit)
			}
			return true
		}
	}
}

// thinnest gives the next file to be thinned, if there is one: none that is
// written to or read from.
func (s *Spool) thinnest() (segment, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for round := range mostThin {
		for i := 0; i < len(s.segments)-1; i++ {
			if one := s.segments[i]; one.thin == round && one.size > 0 && !s.inUse(one.number) {
				return one, true
			}
		}
	}
	return segment{}, false
}

// inUse says whether a place in a file is known to somebody; s.mu is held.
func (s *Spool) inUse(number uint64) bool {
	if s.live != nil && (number == s.live.from.segment || number == s.live.acked.segment || number == s.live.reading) {
		return true
	}
	return number == s.acked.segment && s.acked.offset > 0 || number == s.reading
}

// thinFile writes a file anew without some of its good results, and says how
// many have gone.
func (s *Spool) thinFile(from segment) (gone int, err error) {
	file, err := os.Open(s.path(from.number))
	if err != nil {
		return 0, fmt.Errorf("thin spool: %w", err)
	}
	defer file.Close() //nolint:errcheck // only read from
	var rest bytes.Buffer
	good := 0
	err = readRecords(io.NewSectionReader(file, 0, from.size), func(result checker.Result, end int64, fault error) bool {
		switch {
		case fault != nil:
			s.report(Token{from.number, end}, fault)
		case result.Outcome == checker.OK && (from.thin > 0 || good%keptOfGood > 0):
			good++
			gone++
		default:
			if result.Outcome == checker.OK {
				good++
			}
			err := appendRecord(&rest, result)
			return err == nil // what was read can be written
		}
		return true
	})
	if err != nil {
		return 0, fmt.Errorf("thin spool: %w", err)
	}
	if gone > 0 {
		if err := writeWhole(s.path(from.number)+thinSuffix, rest.Bytes()); err != nil {
			return 0, fmt.Errorf("thin spool: %w", err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.segments {
		one := &s.segments[i]
		if one.number != from.number {
			continue
		}
		if one.thin++; gone == 0 {
			return 0, nil
		}
		if s.inUse(from.number) { // since it was chosen
			return 0, os.Remove(s.path(from.number) + thinSuffix)
		}
		if err := os.Rename(s.path(from.number)+thinSuffix, s.path(from.number)); err != nil {
			return 0, fmt.Errorf("thin spool: %w", err)
		}
		one.size = int64(rest.Len())
		return gone, syncDir(s.options.Dir)
	}
	return 0, errors.Join(os.Remove(s.path(from.number) + thinSuffix)) // it was taken meanwhile
}

// writeWhole makes a file that is on disk when it answers.
func writeWhole(path string, data []byte) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}
