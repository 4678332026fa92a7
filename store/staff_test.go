package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/store"
)

// outage lets the component fail and work again, long enough for an incident.
func (f *fixture) outage() {
	f.t.Helper()
	f.rounds(4, checker.Failed)
	f.rounds(8, checker.OK)
	f.pass(time.Hour) // past reopening
	f.round(checker.OK)
}

func TestIncidentsForStaff(t *testing.T) {
	f := newFixture(t)
	f.rounds(3, checker.OK)
	for range 3 {
		f.outage()
	}
	f.rounds(4, checker.Failed)
	all, err := f.store.IncidentsOf(t.Context(), store.IncidentQuery{Most: 100})
	if err != nil || len(all) != 4 {
		t.Fatalf("%d incidents, %v", len(all), err)
	}
	for name, test := range map[string]struct {
		query store.IncidentQuery
		want  []int // of all
	}{
		"all":               {store.IncidentQuery{Most: 10}, []int{0, 1, 2, 3}},
		"a page":            {store.IncidentQuery{Most: 2}, []int{0, 1}},
		"the next page":     {store.IncidentQuery{Most: 2, Before: all[1].ID}, []int{2, 3}},
		"after the last":    {store.IncidentQuery{Most: 2, Before: all[3].ID}, nil},
		"open":              {store.IncidentQuery{Most: 9, Open: true}, []int{0}},
		"open, next page":   {store.IncidentQuery{Most: 9, Open: true, Before: all[0].ID}, nil},
		"opened since":      {store.IncidentQuery{Most: 9, From: all[1].Opened}, []int{0, 1}},
		"opened before":     {store.IncidentQuery{Most: 9, Until: all[1].Opened}, []int{2, 3}},
		"not over before":   {store.IncidentQuery{Most: 9, Lasted: all[1].Resolved.Add(-time.Second)}, []int{0, 1}},
		"over before":       {store.IncidentQuery{Most: 9, Lasted: all[1].Resolved}, []int{0}},
		"P1":                {store.IncidentQuery{Most: 9, Severity: incident.P1}, []int{0, 1, 2, 3}},
		"P2":                {store.IncidentQuery{Most: 9, Severity: incident.P2}, nil},
		"of the component":  {store.IncidentQuery{Most: 9, Component: "sign-in"}, []int{0, 1, 2, 3}},
		"of another":        {store.IncidentQuery{Most: 9, Component: "another"}, nil},
		"hostile component": {store.IncidentQuery{Most: 9, Component: "' OR 1=1 --"}, nil},
		"all at once":       {store.IncidentQuery{Most: 1, Open: true, Severity: incident.P1, Component: "sign-in", Before: "zzz"}, []int{0}},
	} {
		found, err := f.store.IncidentsOf(t.Context(), test.query)
		var got, want []string
		for i := range found {
			got = append(got, found[i].ID)
		}
		for _, i := range test.want {
			want = append(want, all[i].ID)
		}
		if err != nil || strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s: %v, %v; want %v", name, got, err, want)
		}
	}
}

func TestTheStoryOfAnIncident(t *testing.T) {
	f := newFixture(t)
	f.rounds(3, checker.OK)
	f.outage()
	all, err := f.store.IncidentsOf(t.Context(), store.IncidentQuery{Most: 1})
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	story, err := f.store.IncidentStory(t.Context(), all[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if story.Name != all[0].Name || len(story.Updates) < 2 || len(story.Affected) != 1 || story.Open() {
		t.Errorf("its life: %+v", story.Incident)
	}
	if len(story.Severities) == 0 || story.Severities[0].Severity != incident.P1 || story.Severities[0].Clause != `availability == "none"` || story.Severities[0].Facts.Availability != "none" {
		t.Errorf("its severities: %+v", story.Severities)
	}
	if len(story.Promises) == 0 || story.Promises[0].Kind != incident.NextUpdate || story.Promises[0].Due.IsZero() {
		t.Errorf("its promises: %+v", story.Promises)
	}
	for _, p := range story.Promises {
		if p.Ended.IsZero() {
			t.Errorf("a promise of what is over runs: %+v", p)
		}
	}
	if _, err := f.store.IncidentStory(t.Context(), "another"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("what is not there: %v", err)
	}
}

func TestLatestForStaff(t *testing.T) {
	f := newFixture(t)
	f.rounds(3, checker.OK)
	f.rounds(4, checker.Failed)
	results, err := f.store.LatestResults(t.Context())
	if err != nil || len(results) != 2 {
		t.Fatalf("%+v, %v", results, err)
	}
	for i, region := range []string{"a", "b"} {
		r := results[i]
		if r.Check != "journey" || r.Region != region || r.Outcome != checker.Failed || r.Reason != "a reason" || r.Latency != 120*time.Millisecond || !r.At.Equal(f.time()) {
			t.Errorf("%+v", r)
		}
	}
	verdicts, err := f.store.Verdicts(t.Context())
	if err != nil || verdicts["journey"].Word != incident.CheckDown || verdicts["journey"].Reason == "" {
		t.Errorf("%+v, %v", verdicts, err)
	}
	statuses, err := f.store.Statuses(t.Context())
	if err != nil || statuses["sign-in"].Status != incident.Down {
		t.Errorf("%+v, %v", statuses, err)
	}
}

// Runs of several regions at the same moment are on either side of a page's
// end, and each is told once.
func TestEvidenceByPages(t *testing.T) {
	f := newFixture(t)
	for range 5 {
		f.pass(time.Minute)
		f.submit("a", f.seen("a", checker.Failed, 10))
		f.submit("b", f.seen("b", checker.Degraded, 10))
	}
	for _, most := range []int{1, 2, 3, 4, 10, 11} {
		var got []string
		var after store.Place
		for {
			runs, err := f.store.EvidenceAfter(t.Context(), store.EvidenceQuery{Check: "journey", Most: most}, after)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range runs {
				if r.Pieces[0].Size != 10 || r.Pieces[0].Data != nil {
					t.Fatalf("its pieces: %+v", r.Pieces)
				}
				got = append(got, fmt.Sprintf("%v%s", r.At.Sub(start).Minutes(), r.Region))
				after = store.Place{At: r.At, Region: r.Region}
			}
			if len(runs) < most {
				break
			}
		}
		if strings.Join(got, " ") != "5a 5b 4a 4b 3a 3b 2a 2b 1a 1b" {
			t.Errorf("%d a page: %v", most, got)
		}
	}
	runs, err := f.store.EvidenceAfter(t.Context(), store.EvidenceQuery{
		Check: "journey", Region: "b", Since: start.Add(2 * time.Minute), Until: start.Add(4 * time.Minute), Outcome: []checker.Outcome{checker.Degraded}, Most: 9,
	}, store.Place{At: start.Add(4 * time.Minute), Region: "b"})
	if err != nil || len(runs) != 2 || !runs[0].At.Equal(start.Add(3*time.Minute)) {
		t.Errorf("narrowed: %+v, %v", runs, err)
	}
}

func TestTheAuditTrailByPages(t *testing.T) {
	f := acts(t, 5)
	var objects []string
	before := int64(0)
	for {
		entries, err := f.store.Audit(context.Background(), store.AuditQuery{Before: before, Most: 2})
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) == 0 {
			break
		}
		for _, e := range entries {
			objects = append(objects, e.Object)
			before = e.Seq
		}
	}
	if strings.Join(objects, " ") != "region-4 region-3 region-2 region-1 region-0" {
		t.Error(objects)
	}
}
