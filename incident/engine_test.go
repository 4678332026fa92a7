package incident_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
)

func TestAnEngineNeedsAStoreAndAPolicy(t *testing.T) {
	s := serve(t, "", nil)
	for name, options := range map[string]incident.EngineOptions{
		"nothing": {}, "no policy": {Store: s.store}, "no store": {Policy: &incident.Policy{}},
	} {
		if _, err := incident.NewEngine(options); err == nil {
			t.Errorf("%s: it is made", name)
		}
	}
	if _, err := incident.NewEngine(incident.EngineOptions{Store: s.store, Policy: &incident.Policy{}}); err != nil {
		t.Error("a clock and a log are optional:", err)
	}
}

func TestWhichResultsAreTaken(t *testing.T) {
	const month = 30 * 24 * time.Hour
	for name, test := range map[string]struct {
		change func(*checker.Result)
		maxAge time.Duration
		want   string // in the reason; "": it is taken
	}{
		"as it should be":             {change: func(*checker.Result) {}},
		"another region":              {change: func(r *checker.Result) { r.Region = "b" }, want: `of region "b", but this agent is of region "a"`},
		"no such check":               {change: func(r *checker.Result) { r.Check = "gone" }, want: `no check "gone"`},
		"no outcome":                  {change: func(r *checker.Result) { r.Outcome = "fine" }, want: `"fine" is no outcome`},
		"a minute ahead":              {change: func(r *checker.Result) { r.At = r.At.Add(incident.MaxAhead) }},
		"more than a minute ahead":    {change: func(r *checker.Result) { r.At = r.At.Add(incident.MaxAhead + time.Millisecond) }, want: "lies in the future"},
		"a month old":                 {change: func(r *checker.Result) { r.At = r.At.Add(-month) }},
		"more than a month":           {change: func(r *checker.Result) { r.At = r.At.Add(-month - time.Millisecond) }, want: "older than results are kept"},
		"as old as is kept":           {change: func(r *checker.Result) { r.At = r.At.Add(-time.Hour) }, maxAge: time.Hour},
		"older than is kept":          {change: func(r *checker.Result) { r.At = r.At.Add(-time.Hour - time.Millisecond) }, maxAge: time.Hour, want: "older than results are kept"},
		"no more than a month at all": {change: func(r *checker.Result) { r.At = r.At.Add(-month - time.Millisecond) }, maxAge: 2 * month, want: "older than results are kept"},
		"a negative age is none":      {change: func(r *checker.Result) { r.At = r.At.Add(-month) }, maxAge: -time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, "", func(o *incident.EngineOptions) { o.MaxAge = test.maxAge })
			result := s.result("a", checker.OK)
			test.change(&result)
			for how, give := range map[string]func() ([]checker.Rejection, error){
				"submitted": func() ([]checker.Rejection, error) {
					return s.engine.Submit(context.Background(), "a", []checker.Result{result, s.result("a", checker.OK)})
				},
				"heard": func() ([]checker.Rejection, error) {
					return s.engine.Hear(context.Background(), "a", func(context.Context, incident.Tx, time.Time) ([]checker.Result, error) {
						return []checker.Result{result, s.result("a", checker.OK)}, nil
					})
				},
			} {
				rejected, err := give()
				if err != nil {
					t.Fatal(err)
				}
				switch {
				case test.want == "" && len(rejected) > 0:
					t.Errorf("%s: rejected: %v", how, rejected)
				case test.want != "" && (len(rejected) != 1 || !strings.Contains(rejected[0].Reason, test.want) || rejected[0].Check != result.Check || !rejected[0].At.Equal(result.At)):
					t.Errorf("%s: rejected %v; want one for %q", how, rejected, test.want)
				}
			}
		})
	}
}

func TestWhatIsHeardInATransaction(t *testing.T) {
	s := serve(t, "", nil)
	hear := func(fn func() ([]checker.Result, error)) ([]checker.Rejection, error) {
		return s.engine.Hear(context.Background(), "a", func(context.Context, incident.Tx, time.Time) ([]checker.Result, error) { return fn() })
	}
	if _, err := hear(func() ([]checker.Result, error) { return []checker.Result{s.result("a", checker.OK)}, errDisk }); !errors.Is(err, errDisk) {
		t.Errorf("what fails is %v", err)
	}
	if rejected, err := hear(func() ([]checker.Result, error) { return []checker.Result{s.result("b", checker.OK)}, nil }); err != nil || len(rejected) != 1 {
		t.Errorf("of another region: %v, %v", rejected, err)
	}
	if rejected, err := hear(func() ([]checker.Result, error) { return nil, nil }); err != nil || len(rejected) != 0 {
		t.Errorf("nothing: %v, %v", rejected, err)
	}
	if _, err := s.engine.Submit(context.Background(), "b", []checker.Result{s.result("b", checker.OK)}); err != nil {
		t.Fatal(err)
	}
	before := len(s.events)
	for range 2 { // the second time it is known
		if _, err := hear(func() ([]checker.Result, error) { return []checker.Result{s.result("a", checker.OK)}, nil }); err != nil || len(s.events) != before+1 {
			t.Errorf("a result that makes the check up makes one event: %d, %v", len(s.events)-before, err)
		}
	}
}

// A transaction that fails anywhere leaves nothing behind, and the same again
// does all of it.
func TestAFailingStoreChangesNothing(t *testing.T) {
	open := incident.Open{Severity: incident.P2, Name: "Odd", What: "It is odd.", Components: []incident.OpenComponent{{Component: "api"}}}
	compares := "severities:\n  P1: latency_ratio > 100.0\n  P2: availability != \"full\"\n"
	for name, test := range map[string]struct {
		at, own string
		before  func(s *served) error
		give    func(s *served) error
		events  int
	}{
		"results":   {at: "add", give: func(s *served) error { return s.round(checker.OK) }, events: 1},
		"the state": {at: "load", give: func(s *served) error { return s.round(checker.OK) }, events: 2},
		"a decision on results": {
			at: "save", before: func(s *served) error { return s.engine.Tick(context.Background()) },
			give: func(s *served) error { return s.round(checker.OK) }, events: 1,
		},
		"what is usual": {at: "latencies", own: compares, before: func(s *served) error {
			return errors.Join(s.round(checker.OK), s.round(checker.Failed))
		}, give: func(s *served) error { return s.round(checker.Failed) }, events: 1},
		"what came before a command": {at: "save", give: func(s *served) error { _, err := s.command("", open); return err }, events: 1},
		"the audit entry":            {at: "record", give: func(s *served) error { _, err := s.command("", open); return err }, events: 1},
		"a key that is looked up":    {at: "made", give: func(s *served) error { _, err := s.command("k", open); return err }, events: 1},
		"a key that is kept":         {at: "keep", give: func(s *served) error { _, err := s.command("k", open); return err }, events: 1},
		"an act": {at: "record", give: func(s *served) error {
			return s.engine.Do(context.Background(), incident.Act{Action: "token created"}, func(context.Context, incident.Tx, time.Time) error { return nil })
		}, events: 1},
		"what is due": {at: "save", give: func(s *served) error { return s.engine.Tick(context.Background()) }, events: 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, test.own, nil)
			if test.before != nil {
				if err := test.before(s); err != nil {
					t.Fatal(err)
				}
			}
			s.events = nil
			s.store.failAt(test.at)
			if err := test.give(s); !errors.Is(err, errDisk) {
				t.Fatalf("a failing store: %v", err)
			}
			if len(s.events) != 0 {
				t.Errorf("%d events of what was not kept", len(s.events))
			}
			s.store.failAt("")
			if err := test.give(s); err != nil || len(s.events) < test.events {
				t.Errorf("the same again: %v, %d events", err, len(s.events))
			}
		})
	}
}

// A command with a key is done once, and the key is good for no other.
func TestAKeyIsForOneCommand(t *testing.T) {
	s := serve(t, "", nil)
	open := incident.Open{Severity: incident.P2, Name: "Odd", What: "It is odd.", Components: []incident.OpenComponent{{Component: "api"}}}
	first, err := s.command("k", open)
	if err != nil || first == "" {
		t.Fatal(first, err)
	}
	before := len(s.events)
	if again, err := s.command("k", open); err != nil || again != first || len(s.events) != before {
		t.Errorf("again it made %q, %v, and %d events; want %q and none", again, err, len(s.events)-before, first)
	}
	other := open
	other.Name = "Another"
	if made, err := s.command("k", other); !isRefusal(err, incident.Conflict) || made != "" {
		t.Errorf("another command under the same key: %q, %v", made, err)
	}
	for range 2 { // without a key, each is its own
		if _, err := s.command("", incident.FileReport{Component: "branches", Text: "closed"}); err != nil {
			t.Fatal(err)
		}
	}
	if second, err := s.command("", incident.FileReport{Component: "branches", Text: "closed"}); err != nil || second == first {
		t.Error(second, err)
	}
}

// What is struck out as it comes late is so in the transaction that takes it:
// when that fails, the results are not there, and come again.
func TestLateStrikesAreOfTheTransaction(t *testing.T) {
	s := serve(t, "", nil)
	s.store.failAt("late")
	if err := s.round(checker.Failed); !errors.Is(err, errDisk) {
		t.Errorf("it cannot be struck out: %v", err)
	}
	s.store.failAt("")
	if err := s.round(checker.Failed); err != nil {
		t.Errorf("the same again: %v", err)
	}
}

// Results that ran in a maintenance of their component are excused, in the
// transaction that takes them, and no others are.
func TestWhatRanInMaintenanceIsExcused(t *testing.T) {
	s := serve(t, "", nil)
	s.store.failAt("excuse")
	if err := s.round(checker.OK); err != nil {
		t.Errorf("without maintenance: %v", err)
	}
	plan := incident.PlanMaintenance{Title: "New disks", Components: []string{"api"}, Starts: s.now.Add(time.Second), Lasts: time.Hour}
	if _, err := s.command("", plan); err != nil {
		t.Fatal(err)
	}
	s.now = s.now.Add(time.Minute)
	if err := s.round(checker.Failed); !errors.Is(err, errDisk) {
		t.Errorf("in maintenance: %v", err)
	}
	s.store.failAt("")
	if err := s.round(checker.Failed); err != nil {
		t.Errorf("the same again: %v", err)
	}
}

// A review that is over is read anew by a command about it, and where it
// cannot be read nothing is done.
func TestAReviewIsRemembered(t *testing.T) {
	s := serve(t, "", nil)
	sign := incident.SignReview{Incident: "x"}
	s.store.failAt("review")
	if _, err := s.command("", sign); !errors.Is(err, errDisk) {
		t.Errorf("a failing store: %v", err)
	}
	if _, err := s.command("", incident.FileReport{Component: "branches", Text: "closed"}); err != nil {
		t.Errorf("a command of another kind: %v", err)
	}
	s.store.failAt("")
	if _, err := s.command("", sign); !isRefusal(err, incident.NotFound) {
		t.Errorf("there is none: %v", err)
	}
}

func isRefusal(err error, kind incident.RefusalKind) bool {
	refusal, is := errors.AsType[*incident.Refusal](err)
	return is && refusal.Kind == kind
}
