// Package limit counts what comes too often, by whatever it is counted by, in
// bounded memory.
//
// A count fills by one with each that comes and empties by one in a time; once
// it is full, the next has to wait.
package limit

import "time"

// Rate is how many are taken at once, and how often one after that.
type Rate struct {
	AtOnce int
	Every  time.Duration
}

// Counts are counts by key. They are not for use by several at once.
type Counts[K comparable] struct {
	most    int
	others  K
	free    map[K]time.Time // when each is at nothing again
	cleared time.Time       // when those at nothing last left
}

// clearEvery bounds how often all counts are looked through, which takes long
// when there are many and each that comes is of another key.
const clearEvery = time.Second

// New makes counts of at most so many keys; more share the one of others.
// Those that are at nothing leave first.
func New[K comparable](most int, others K) *Counts[K] {
	return &Counts[K]{most: most, others: others, free: map[K]time.Time{}}
}

// Len is how many keys are remembered.
func (c *Counts[K]) Len() int { return len(c.free) }

// Wait says how long the next of a key has to wait; 0: it may come.
func (c *Counts[K]) Wait(key K, r Rate, now time.Time) time.Duration {
	free, counted := c.free[c.fit(key)]
	if !counted {
		return 0
	}
	wait := free.Sub(now) - time.Duration(r.AtOnce-1)*r.Every
	return min(max(wait, 0), time.Duration(r.AtOnce)*r.Every) // a clock may have been set back
}

// Add counts one that has come.
func (c *Counts[K]) Add(key K, r Rate, now time.Time) {
	if len(c.free) >= c.most && now.Sub(c.cleared).Abs() >= clearEvery {
		c.cleared = now
		for other, free := range c.free {
			if !free.After(now) {
				delete(c.free, other)
			}
		}
	}
	key = c.fit(key)
	full := c.free[key]
	if full.Before(now) {
		full = now
	}
	c.free[key] = full.Add(r.Every)
}

// Undo takes one back that was counted.
func (c *Counts[K]) Undo(key K, r Rate) {
	key = c.fit(key)
	if free, counted := c.free[key]; counted {
		c.free[key] = free.Add(-r.Every)
	}
}

// fit is under which key one is counted.
func (c *Counts[K]) fit(key K) K {
	if _, there := c.free[key]; !there && len(c.free) >= c.most {
		return c.others
	}
	return key
}
