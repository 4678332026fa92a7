package remote

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// segment is one file of the spool.
type segment struct {
	number uint64
	size   int64 // bytes that are safely on disk; what the file has beyond is void
	thin   int   // how often it was thinned since the start
}

// segmentFile is what the writer needs of a file.
type segmentFile interface {
	io.WriterAt
	Sync() error
	Truncate(size int64) error
	Close() error
}

const segmentSuffix = ".results"

func (s *Spool) path(number uint64) string {
	return filepath.Join(s.options.Dir, fmt.Sprintf("%020d%s", number, segmentSuffix))
}

// openSegment opens a file to write to and makes it where it is missing, with
// its name safely in the directory.
func openSegment(path string) (segmentFile, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// lockDir takes the directory for this process; the lock ends with it.
func lockDir(dir string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock spool: %w", err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = errors.New("another process uses it; give each agent a directory of its own")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock spool %s: %w", dir, err), file.Close())
	}
	return file, nil
}

// load finds the segments, cuts the newest after its last whole line and takes
// up the acknowledgements.
func (s *Spool) load() error {
	entries, err := os.ReadDir(s.options.Dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), thinSuffix) { // a crash left it, and what it was made of is there
			if err := os.Remove(filepath.Join(s.options.Dir, entry.Name())); err != nil {
				return err
			}
			continue
		}
		digits, found := strings.CutSuffix(entry.Name(), segmentSuffix)
		number, err := strconv.ParseUint(digits, 10, 64)
		if !found || err != nil {
			continue
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		s.segments = append(s.segments, segment{number: number, size: info.Size()})
	}
	slices.SortFunc(s.segments, func(a, b segment) int {
		if a.number < b.number {
			return -1
		}
		return 1
	})
	if err := s.cutTail(); err != nil {
		return err
	}
	return s.loadAcked()
}

// cutTail takes off what a crash left of a write that nobody was told of.
func (s *Spool) cutTail() error {
	if len(s.segments) == 0 {
		return nil
	}
	last := &s.segments[len(s.segments)-1]
	data, err := os.ReadFile(s.path(last.number))
	if err != nil {
		return err
	}
	whole := int64(bytes.LastIndexByte(data, '\n') + 1)
	if whole == last.size {
		return nil
	}
	s.options.Logger.Info("the spool ends in a write that a crash cut off; it was acknowledged to nobody and is taken off",
		"file", s.path(last.number), "bytes", last.size-whole)
	last.size = whole
	return os.Truncate(s.path(last.number), whole)
}

// size gives the bytes of all segments; s.mu is held, or nobody else is there.
func (s *Spool) size() int64 {
	var all int64
	for _, one := range s.segments {
		all += one.size
	}
	return all
}

// waiting gives the bytes that are not acknowledged; s.mu is held.
func (s *Spool) waiting() int64 {
	if len(s.segments) > 0 && s.segments[0].number == s.acked.segment {
		return s.size() - s.acked.offset
	}
	return s.size()
}
