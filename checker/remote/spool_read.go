package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"daymark/checker"
)

// Token is a place in the spool: everything before it.
type Token struct {
	segment uint64
	offset  int64
}

func (t Token) before(other Token) bool {
	return t.segment < other.segment || t.segment == other.segment && t.offset < other.offset
}

// Batch is the oldest results that were not acknowledged.
type Batch struct {
	Results []checker.Result
	Token   Token // for Ack, when all of them were taken
}

// maxBatchBytes is when a batch takes no further result.
const maxBatchBytes = 512 << 10

// Next waits until something is there and gives the oldest results, at most
// so many and half a megabyte, but at least one. It gives the same again until
// they are acknowledged. Records that are damaged are logged and passed over.
func (s *Spool) Next(ctx context.Context, most int) (Batch, error) {
	for {
		batch, err := s.peek(most)
		if err != nil || len(batch.Results) > 0 {
			return batch, err
		}
		select {
		case <-s.ready:
		case <-s.closing:
			return Batch{}, ErrSpoolClosed
		case <-ctx.Done():
			return Batch{}, fmt.Errorf("spool: %w", ctx.Err())
		}
	}
}

// peek is Next without waiting: the batch is empty when nothing is there. It
// ends where the live tail begins, if there is one.
func (s *Spool) peek(most int) (Batch, error) {
	for {
		s.mu.Lock()
		from, until := s.acked, Token{}
		if s.live != nil {
			until = s.live.from
		}
		s.mu.Unlock()
		batch, err := s.peekBetween(from, until, most, &s.reading)
		if err != nil || len(batch.Results) > 0 || batch.Token == (Token{}) {
			return batch, err
		}
		if err := s.Ack(batch.Token); err != nil { // only damaged records
			return Batch{}, err
		}
	}
}

// peekBetween gives results from one place to another, or to the end; a batch
// without a token says that there is nothing. reading notes the file, which is
// then left as it is.
func (s *Spool) peekBetween(from, until Token, most int, reading *uint64) (Batch, error) {
	s.mu.Lock()
	segments := slices.Clone(s.segments)
	i := slices.IndexFunc(segments, func(one segment) bool {
		return one.number > from.segment && one.size > 0 || one.number == from.segment && one.size > from.offset
	})
	if i < 0 || until != (Token{}) && segments[i].number > until.segment {
		s.mu.Unlock()
		return Batch{}, nil
	}
	one := segments[i]
	*reading = one.number
	s.mu.Unlock()
	if one.number > from.segment {
		from = Token{one.number, 0}
	}
	if one.number == until.segment {
		one.size = min(one.size, until.offset)
	}
	if from.offset >= one.size {
		return Batch{}, nil
	}
	return s.read(one, from, max(most, 1))
}

// read takes a batch out of one segment.
func (s *Spool) read(from segment, at Token, most int) (Batch, error) {
	file, err := os.Open(s.path(from.number))
	if errors.Is(err, fs.ErrNotExist) {
		s.options.Logger.Error("a file of the spool is gone, and the results in it are lost", "file", s.path(from.number))
		return Batch{Token: Token{from.number, from.size}}, nil
	}
	if err != nil {
		return Batch{}, fmt.Errorf("read spool: %w", err)
	}
	defer file.Close() //nolint:errcheck // only read from
	batch := Batch{Token: at}
	err = readRecords(io.NewSectionReader(file, at.offset, from.size-at.offset), func(result checker.Result, end int64, fault error) bool {
		batch.Token.offset = at.offset + end
		if fault != nil {
			s.report(batch.Token, fault)
			return true
		}
		batch.Results = append(batch.Results, result)
		return len(batch.Results) < most && end < maxBatchBytes
	})
	if err != nil {
		return Batch{}, fmt.Errorf("read spool: %w", err)
	}
	if batch.Token == at { // the file is shorter than it was
		s.options.Logger.Error("a file of the spool was cut short, and results in it are lost", "file", s.path(from.number))
		batch.Token.offset = from.size
	}
	return batch, nil
}

// report logs a damaged record the first time it is met.
func (s *Spool) report(end Token, fault error) {
	s.mu.Lock()
	known := !s.reported.before(end)
	if !known {
		s.reported = end
	}
	s.mu.Unlock()
	if !known {
		s.options.Logger.Error("a record of the spool is damaged and passed over", "file", s.path(end.segment), "before", end.offset, "error", fault)
	}
}

// Ack says that everything before the token was taken. Files of which all was
// taken are deleted. What a crash forgets of it is given out again.
func (s *Spool) Ack(token Token) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.acked.before(token) {
		return nil
	}
	s.acked = token
	s.clean()
	if _, err := s.ackFile.WriteAt(formatAcked(s.acked), 0); err != nil { // not synced: what is forgotten is only given out again
		return fmt.Errorf("acknowledge in spool: %w", err)
	}
	return nil
}

// clean deletes the files of which all was taken, but for the one that is
// written to; s.mu is held.
func (s *Spool) clean() {
	for len(s.segments) > 1 {
		oldest := s.segments[0]
		if s.acked.before(Token{oldest.number, oldest.size}) {
			return
		}
		if err := os.Remove(s.path(oldest.number)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.options.Logger.Error("a file of the spool that is not needed any more could not be deleted", "error", err)
		}
		s.segments = s.segments[1:]
		if next := (Token{s.segments[0].number, 0}); s.acked.before(next) {
			s.acked = next
		}
	}
}

// loadAcked reads how far the results were taken. Where that cannot be told,
// everything is given out again.
func (s *Spool) loadAcked() error {
	path := filepath.Join(s.options.Dir, "acknowledged")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	s.ackFile = file
	var line [ackedSize]byte
	n, err := file.ReadAt(line[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	s.acked = parseAcked(line[:n])
	s.acked = s.plausible(s.acked)
	s.clean()
	return nil
}

// plausible gives the token where it fits the segments, and else the beginning
// of all, because a place that is too far on would swallow what is written next.
func (s *Spool) plausible(token Token) Token {
	if len(s.segments) == 0 {
		return Token{segment: token.segment}
	}
	first, last := s.segments[0], s.segments[len(s.segments)-1]
	if token.segment < first.number || token.segment > last.number {
		return Token{segment: first.number}
	}
	for _, one := range s.segments {
		if one.number == token.segment && token.offset > one.size {
			return Token{segment: first.number}
		}
	}
	return token
}

// ackedSize is the size of the file of acknowledgements: the segment, the
// offset and the CRC-32 of both as they are written.
const ackedSize = 51

func formatAcked(token Token) []byte {
	place := fmt.Sprintf("%020d %020d ", token.segment, token.offset)
	return fmt.Appendf(nil, "%s%08x\n", place, crc32.ChecksumIEEE([]byte(place)))
}

// parseAcked reads the file of acknowledgements; anything damaged is nothing.
func parseAcked(line []byte) Token {
	var token Token
	var sum uint32
	if n, err := fmt.Sscanf(string(line), "%d %d %x\n", &token.segment, &token.offset, &sum); n != 3 || err != nil ||
		!bytes.Equal(formatAcked(token), line) {
		return Token{}
	}
	return token
}
