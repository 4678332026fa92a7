package store_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"daymark/incident"
	"daymark/store"
)

// What waits comes with what is due first in front, all with the newest, and
// in parts nothing is left out or comes twice.
func TestReportsComeInOrderAndInParts(t *testing.T) {
	f := newFixture(t)
	f.staffed()
	ctx := context.Background()
	give := func(c incident.Command) string {
		t.Helper()
		made, err := f.engine.Command(ctx, incident.By{Person: "ana"}, "", c)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	var ids []string
	for range 5 {
		ids = append(ids, give(incident.FileReport{Component: "branches", Text: "it is shut", Contact: "ann@example.org"}))
		if len(ids) != 2 { // the second and the third come at one moment
			f.pass(time.Second)
		}
	}
	slices.Sort(ids[1:3])
	give(incident.AnswerReport{Report: ids[3], Text: "It is open.", Close: true})
	for _, test := range []struct {
		all  bool
		want []string
	}{
		{false, []string{ids[0], ids[1], ids[2], ids[4]}},
		{true, []string{ids[4], ids[3], ids[1], ids[2], ids[0]}},
	} {
		for most := range 6 {
			q := store.ReportQuery{All: test.all, Most: most + 1}
			var got []string
			for {
				found, err := f.store.Reports(ctx, q)
				if err != nil {
					t.Fatal(err)
				}
				if len(found) == 0 {
					break
				}
				for _, r := range found {
					got = append(got, r.ID)
				}
				last := found[len(found)-1]
				if q.After, q.AfterID = last.Due, last.ID; q.All {
					q.After = last.At
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("all %t, %d at a time: %s; want %s", test.all, q.Most, strings.Join(got, " "), strings.Join(test.want, " "))
			}
		}
	}
	if r, err := f.store.UserReport(ctx, ids[3]); err != nil || r.State != incident.Closed || r.Contact != "ann@example.org" {
		t.Errorf("one: %+v, %v", r, err)
	}
	if _, err := f.store.UserReport(ctx, "none"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("one that is not there: %v", err)
	}
}
