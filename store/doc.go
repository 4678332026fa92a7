// Package store keeps everything in one SQLite file: results and rollups,
// verdicts, statuses, incidents, promises, events, subscribers, deliveries
// and tokens. It holds all SQL, the migrations, retention and backup.
//
// One goroutine writes. Write transactions that wait for it at the same time
// share one commit, each under its own savepoint, so that durability
// (synchronous=FULL) costs one flush a group. Reads go to a pool of read-only
// connections and never wait for the writer. Times are integer milliseconds,
// UTC. It satisfies the interfaces that incident, notify, statuspage and the
// command line declare.
package store
