package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"daymark/internal/pause"
)

// What is committed is in the log beside the file first (the WAL), and a
// checkpoint moves it into the file. SQLite makes one in the commit that fills
// the log, which then takes as long as the disk does; here a connection of its
// own makes them, and no write waits for it.
const (
	checkpointEvery = 250 * time.Millisecond
	// Of a log that has so many pages, one is made again soon: it is that long
	// when SQLite would make one.
	checkpointPages = 1000
	checkpointSoon  = 50 * time.Millisecond
	// The log begins anew once all of it is in the file. Of one that has become
	// so long, since there was always more, writes wait for the rest.
	checkpointMost = 8 * checkpointPages
)

// checkpointer makes the checkpoints of a store.
type checkpointer struct {
	store *Store
	conn  *sql.Conn
	most  int    // pages of the log, from which on writes wait
	said  string // what failed last, which is not said again
}

// run makes a checkpoint after commits, until the writer has ended.
func (c *checkpointer) run(ctx context.Context) {
	for {
		select {
		case <-c.store.committed:
		case <-ctx.Done():
			return
		}
		next, said := checkpointEvery, ""
		pages, err := c.checkpoint(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			if said = err.Error(); said != c.said {
				c.store.log.Warn("the log of the database is not moved into its file, and grows", "error", said)
			}
		case pages >= checkpointPages:
			next = checkpointSoon
		}
		if c.said = said; pause.For(ctx, next) != nil {
			return
		}
	}
}

// checkpoint makes one, and says how many pages the log had.
func (c *checkpointer) checkpoint(ctx context.Context) (int, error) {
	pages, err := c.passive(ctx)
	if err != nil || pages < c.most {
		if pages < checkpointMost {
			c.most = checkpointMost
		}
		return pages, err
	}
	// A reader may be in the way of it all the same, as a backup is: to wait
	// again and again would help nobody.
	c.most = 2 * pages
	c.store.committing.Lock()
	defer c.store.committing.Unlock()
	return c.passive(ctx)
}

// passive moves what no reader is in the way of.
func (c *checkpointer) passive(ctx context.Context) (pages int, err error) {
	var busy, moved int
	if err := c.conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &pages, &moved); err != nil {
		return 0, fmt.Errorf("make a checkpoint: %w", explain(err))
	}
	return pages, nil
}
