package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
)

// usual fills the same hour of each of the days before with answers that took
// so long.
func (f *fixture) usual(latency time.Duration, each time.Duration) {
	f.t.Helper()
	now := f.time()
	for day := 13; day >= 1; day-- {
		var results []checker.Result
		hour := now.AddDate(0, 0, -day).Truncate(time.Hour)
		for at := hour; at.Before(hour.Add(time.Hour)); at = at.Add(each) {
			results = append(results, checker.Result{Check: "journey", Region: "a", At: at, Outcome: checker.OK, Latency: latency})
		}
		if rejected, err := f.engine.Submit(context.Background(), "a", results); err != nil || len(rejected) > 0 {
			f.t.Fatal(err, rejected)
		}
	}
}

// comparing gives the fixture a policy whose severity compares latencies.
func (f *fixture) comparing() {
	f.t.Helper()
	policy, err := incident.NewPolicy(incident.PolicyOptions{
		Regions: []incident.Region{{ID: "a", Name: "Ireland"}, {ID: "b", Name: "Virginia"}},
		Components: []incident.Component{{ID: "sign-in", Name: "Sign in", Checks: []checker.Check{{
			ID: "journey", Component: "sign-in", Schedule: "@every 10s",
			HTTP: &checker.HTTP{Request: checker.Request{URL: "https://shop.example/"}},
		}}}},
		Severities: incident.SeverityTable{P2: "latency_ratio >= 5", P3: "latency_ratio >= 2"},
	})
	if err != nil {
		f.t.Fatal(err)
	}
	if f.engine, err = incident.NewEngine(incident.EngineOptions{Store: f.store, Policy: policy, MaxAge: 14 * 24 * time.Hour, Now: f.time}); err != nil {
		f.t.Fatal(err)
	}
}

func TestSeverityByTheUsualLatency(t *testing.T) {
	for _, test := range []struct {
		name  string
		usual time.Duration
		each  time.Duration
		want  incident.Severity
	}{
		{"ten times the usual", 12 * time.Millisecond, time.Minute, incident.P2},
		{"three times the usual", 40 * time.Millisecond, time.Minute, incident.P3},
		{"as usual", 120 * time.Millisecond, time.Minute, incident.P4},
		{"too few runs to tell what is usual", 12 * time.Millisecond, time.Hour, incident.P4},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t)
			f.comparing()
			f.usual(test.usual, test.each)
			f.rounds(3, checker.Degraded)
			if got := f.count("SELECT severity FROM incidents"); incident.Severity(got) != test.want {
				t.Errorf("severity is P%d; want %s", got, test.want)
			}
			if decisions := f.count("SELECT count(*) FROM severity_decisions"); decisions < 1 {
				t.Error("no decision is kept")
			}
		})
	}
}

func TestLatenciesAreThoseOfTheHoursThatAnswered(t *testing.T) {
	f := newFixture(t)
	hour := f.time().Add(-24 * time.Hour).Truncate(time.Hour)
	var results []checker.Result
	for i, outcome := range []checker.Outcome{checker.OK, checker.Degraded, checker.Failed, checker.Unknown} {
		results = append(results, checker.Result{
			Check: "journey", Region: "a", At: hour.Add(time.Duration(i) * time.Minute), Outcome: outcome, Latency: time.Duration(i+1) * time.Second,
		})
	}
	for _, at := range []time.Time{hour.Add(-time.Millisecond), hour.Add(time.Hour)} {
		results = append(results, checker.Result{Check: "journey", Region: "a", At: at, Outcome: checker.OK, Latency: time.Minute})
	}
	if _, err := f.engine.Submit(context.Background(), "a", results); err != nil {
		t.Fatal(err)
	}
	var got []time.Duration
	err := f.store.Write(context.Background(), func(ctx context.Context, tx incident.Tx) (err error) {
		got, err = tx.Latencies(ctx, "journey", []time.Time{hour, hour.Add(-24 * time.Hour)})
		return err
	})
	if err != nil || fmt.Sprint(got) != "[1s 2s]" {
		t.Errorf("%v, %v", got, err)
	}
}
