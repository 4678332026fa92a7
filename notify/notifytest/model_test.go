package notifytest_test

import (
	"testing"

	"pgregory.net/rapid"

	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/notify/notifytest"
)

// modelBox is an Outbox in memory as RunModel wants it.
type modelBox struct{ *notifytest.Outbox }

// Fail writes nothing: memory has no transaction to undo.
func (modelBox) Fail(*incident.Update) {}

// TestOutboxKeepsTheInvariants is the model of all nine, but those that are not
// the outbox's, over the one in memory; package store runs it over its own.
func TestOutboxKeepsTheInvariants(t *testing.T) {
	lives := 0
	for range testkit.Count(1, 100) {
		rapid.Check(t, func(r *rapid.T) {
			lives++
			notifytest.RunModel(r, drawFrom(r), modelBox{notifytest.NewOutbox()})
		})
	}
	t.Logf("%d lives", lives)
}

func drawFrom(r *rapid.T) notifytest.Draw {
	return func(what string, n int) int { return rapid.IntRange(0, n-1).Draw(r, what) }
}
