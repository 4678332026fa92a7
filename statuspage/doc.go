// Package statuspage is what the public sees: the page and its live updates,
// feeds, badges, the Statuspage API and the snapshot as static files.
//
// It reads through a Source, never writes, and renders each change once, not
// once a reader.
package statuspage
