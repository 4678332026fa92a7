package main

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// testClock is the name of an environment variable that names a file with the
// milliseconds by which the machine's clock is wrong. Only the linker can set it,
// and only tests have it do so: a program as it is built otherwise has no clock
// but the machine's.
var testClock string

// machineClock gives the clock that a server or an agent goes by.
func machineClock() func() time.Time {
	if testClock == "" || os.Getenv(testClock) == "" {
		return time.Now
	}
	clock := &wrongClock{path: os.Getenv(testClock)}
	return clock.now
}

// wrongClock is a machine's clock that somebody puts forward and back.
type wrongClock struct {
	path string

	mu   sync.Mutex
	read time.Time
	by   time.Duration
}

func (c *wrongClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if now.Sub(c.read) > 50*time.Millisecond {
		c.read = now
		if text, err := os.ReadFile(c.path); err == nil {
			if ms, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil {
				c.by = time.Duration(ms) * time.Millisecond
			}
		}
	}
	return now.Add(c.by)
}
