package store

import (
	"maps"
	"sync"

	"daymark/checker"
)

// Counted are results of one region with one outcome.
type Counted struct {
	Region  string
	Outcome checker.Outcome
}

// counts are how many results came since the store was opened.
type counts struct {
	sync.Mutex
	results map[Counted]int64
}

func (c *counts) add(more map[Counted]int64) {
	c.Lock()
	defer c.Unlock()
	if c.results == nil {
		c.results = map[Counted]int64{}
	}
	for kind, n := range more {
		c.results[kind] += n
	}
}

// ResultsCounted gives how many new results were committed since the store was
// opened.
func (s *Store) ResultsCounted() map[Counted]int64 {
	s.counts.Lock()
	defer s.counts.Unlock()
	return maps.Clone(s.counts.results)
}
