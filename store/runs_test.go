package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"daymark/checker"
)

func TestRunsOfATimeAreCounted(t *testing.T) {
	f := newFixture(t)
	f.rounds(2, checker.Failed) // before it
	from := f.now.Add(time.Millisecond)
	f.rounds(3, checker.Failed)
	f.rounds(2, checker.Degraded)
	f.rounds(1, checker.Unknown)
	f.rounds(4, checker.OK)
	to := f.now.Add(time.Millisecond)
	f.rounds(2, checker.Failed) // after it
	for _, test := range []struct{ check, want string }{
		{"journey", "[{journey a  false  3 2 9} {journey b  false  3 2 9}]"}, {"none", "[]"},
	} {
		got, err := f.store.RunsDuring(context.Background(), []string{test.check, "other"}, from, to)
		if text := fmt.Sprint(got); err != nil || text != test.want {
			t.Errorf("%s: %s, %v; want %s", test.check, text, err, test.want)
		}
	}
	if got, err := f.store.RunsDuring(context.Background(), nil, from, to); err != nil || len(got) != 0 {
		t.Errorf("of no check: %v, %v", got, err)
	}
}
