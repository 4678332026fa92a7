package store

import (
	"context"
	"fmt"
)

// Size is how large the database is, in bytes.
type Size struct {
	File int64 // all of it, but what is not in it yet (the WAL)
	Used int64 // without the pages that are free to be used again
}

// Size measures the database.
func (s *Store) Size(ctx context.Context) (Size, error) {
	var pages, free, each int64
	for pragma, into := range map[string]*int64{"page_count": &pages, "freelist_count": &free, "page_size": &each} {
		if err := s.readers.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(into); err != nil {
			return Size{}, fmt.Errorf("measure the database: %w", explain(err))
		}
	}
	return Size{File: pages * each, Used: (pages - free) * each}, nil
}
