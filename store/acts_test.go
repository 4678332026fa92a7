package store_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/incident/incidenttest"
	"daymark/store"
	"daymark/support"
)

// staffed gives the rules of the fixture people, a rota and promises to them.
func (f *fixture) staffed(more ...func(*incident.PolicyOptions)) {
	f.t.Helper()
	f.custom(func(o *incident.PolicyOptions) {
		hour := &support.Span{Rest: time.Hour}
		o.Components[0].Owner = "identity"
		o.Components = append(o.Components, incident.Component{ID: "branches", Name: "Branches", Owner: "identity", SLA: "gold"})
		o.SLAs[0].P1.Acknowledge, o.SLAs[0].P1.Resolve = &support.Span{Rest: 10 * time.Minute}, hour
		o.SLAs[0].Review = incident.ReviewWithin{P1: 24 * time.Hour, P2: 48 * time.Hour}
		o.Teams = []incident.Team{{ID: "identity", Name: "Identity", Rota: "main"}}
		both := []string{"lead", "engineer"}
		o.Support = support.Options{
			People: []support.Person{{ID: "ana", Name: "Ana", May: both}, {ID: "ben", Name: "Ben", May: both}, {ID: "chi", Name: "Chi", May: both}},
			Rotas: []support.Rota{{
				ID: "main", Starting: "2026-01-12", Lead: []string{"ana"}, Engineer: []string{"ben"},
				Escalation: []support.Step{{Tell: []string{"lead", "engineer"}, By: []string{"email"}}, {After: 5 * time.Minute, Tell: []string{"chi"}, By: []string{"sms", "voice"}}},
			}},
		}
		for _, change := range more {
			change(o)
		}
	})
}

// state reads what a store keeps, as after a restart.
func (f *fixture) state(s incident.Store) *incident.State {
	f.t.Helper()
	var state *incident.State
	err := s.Write(context.Background(), func(ctx context.Context, tx incident.Tx) (err error) {
		state, err = tx.Load(ctx, f.now, map[string]time.Duration{"journey": 24 * time.Hour}, f.now.Add(-time.Hour))
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return state
}

// What people did is read back as it was, after each command: the database is
// held against a store in memory that keeps what it is given.
func TestWhatPeopleDoIsReadBack(t *testing.T) {
	f := newFixture(t)
	f.staffed()
	memory := incidenttest.NewMemory()
	reference, err := incident.NewEngine(incident.EngineOptions{Store: memory, Policy: f.policy, Now: f.time})
	if err != nil {
		t.Fatal(err)
	}
	both := func(what string, do func(e *incident.Engine) (string, error)) string {
		t.Helper()
		want, err := do(reference)
		got, err2 := do(f.engine)
		if err != nil || err2 != nil || got != want {
			t.Fatalf("%s: %q, %v on disk; %q, %v in memory", what, got, err2, want, err)
		}
		if a, b := f.state(f.store), f.state(memory); !reflect.DeepEqual(a, b) {
			t.Fatalf("after %s the database has\n%+v\nand memory\n%+v", what, a, b)
		}
		return got
	}
	command := func(by string, c incident.Command) string {
		t.Helper()
		return both(reflect.TypeOf(c).Name(), func(e *incident.Engine) (string, error) {
			return e.Command(context.Background(), incident.By{Person: by, Via: "test"}, "", c)
		})
	}
	see := func(n int, outcome checker.Outcome) {
		t.Helper()
		for range n {
			f.pass(10 * time.Second)
			for _, region := range []string{"a", "b"} {
				result := f.result(region, outcome)
				both("results", func(e *incident.Engine) (string, error) {
					_, err := e.Submit(context.Background(), region, []checker.Result{result})
					return "", err
				})
			}
		}
	}
	wait := func(d time.Duration) {
		t.Helper()
		f.pass(d)
		both("waiting", func(e *incident.Engine) (string, error) { return "", e.Tick(context.Background()) })
	}
	see(2, checker.OK)
	see(3, checker.Failed)
	open := f.openIncidents()
	if len(open) != 1 || len(open[0].Clocks) != 2 {
		t.Fatalf("open are %+v", open)
	}
	id := open[0].ID
	wait(8 * time.Minute) // calls and a reminder
	see(3, checker.Failed)
	command("ana", incident.Acknowledge{Incident: id, Role: support.Lead})
	command("ben", incident.Acknowledge{Incident: id, Role: support.Engineer})
	command("ana", incident.HandOver{Incident: id, Role: support.Lead, To: "chi"})
	command("ben", incident.Write{Incident: id, Kind: incident.Propose, Text: "renew the key"})
	command("chi", incident.Write{Incident: id, Kind: incident.Agreement, Of: 4, Text: "do it"})
	command("chi", incident.Publish{Incident: id, Phase: incident.Identified, What: "A key expired.", Doing: "We renew it."})
	command("chi", incident.EditUpdate{Incident: id, Number: 2, Text: "A key has expired."})
	f.pass(time.Second)
	command("chi", incident.Revise{Incident: id, Severity: incident.P2, Reason: "few are hurt"})
	command("chi", incident.Lock{Incident: id, Locked: true})
	other := command("ana", incident.Open{Name: "Leeds is closed", Severity: incident.P1, Components: []incident.OpenComponent{{Component: "branches", Status: incident.Down}}})
	command("ana", incident.Merge{Incident: other, Into: id})
	command("ana", incident.Split{Incident: id, Components: []string{"branches"}, Reason: "another matter"})
	command("ana", incident.SetStatus{Component: "sign-in", Status: incident.Operational, Locked: true, Reason: "the check is wrong"})
	wait(time.Minute)
	command("ana", incident.ClearStatus{Component: "sign-in"})
	report := command("ana", incident.FileReport{Component: "sign-in", Text: "I cannot sign in", Contact: "ann@example.org"})
	same := command("ana", incident.FileReport{Component: "sign-in", Text: "nor can I"})
	command("ana", incident.TriageReport{Report: report, Priority: incident.P2})
	command("ana", incident.TriageReport{Report: same, DuplicateOf: report})
	see(8, checker.OK)
	command("chi", incident.Resolve{Incident: id, Text: "It works."})
	longAfter := func() {
		t.Helper()
		command("chi", incident.EditUpdate{Incident: id, Number: 1, Text: "Sign in was slow."})
		command("chi", incident.Write{Incident: id, Kind: incident.Note, Text: "it was a key"})
		if record, err := f.page.Incident(context.Background(), id); err != nil || record.Updates[0].Text != "Sign in was slow." {
			t.Errorf("the page shows %+v, %v", record, err)
		}
	}

	command("ana", incident.WriteReview{Incident: id, Summary: new("A key expired."), Causes: new("Nobody watches keys."), Users: 12})
	command("ana", incident.AddAction{Incident: id, Kind: incident.Detect, Text: "watch keys", Owner: "ben", Due: f.now.Add(time.Hour)})
	command("ana", incident.ChangeAction{Incident: id, Number: 1, Due: f.now.Add(30 * time.Minute)})
	command("ben", incident.SignReview{Incident: id})
	wait(2 * time.Hour) // the action is overdue
	command("ben", incident.FinishAction{Incident: id, Number: 1})
	if review, err := f.store.Review(context.Background(), id); err != nil || review == nil || !review.Over() || review.Actions[0].Nudged.IsZero() {
		t.Errorf("the review is %+v, %v", review, err)
	}
	wait(2 * time.Hour) // and nothing of it is in the state
	longAfter()
	shown := f.snapshot().Seq
	command("ben", incident.PublishReview{Incident: id, Text: "A key had expired."})
	if record, err := f.page.Incident(context.Background(), id); err != nil || record.Learned != "A key had expired." || record.Published.IsZero() || f.snapshot().Seq <= shown {
		t.Errorf("the page shows %+v, %v", record, err)
	}
	learned := func() string {
		t.Helper()
		all, err := f.page.Learned(context.Background(), []string{"none", id})
		if err != nil {
			t.Fatal(err)
		}
		return all[id].Text
	}
	if got := learned(); got != "A key had expired." {
		t.Errorf("lists say %q", got)
	}
	shown = f.snapshot().Seq
	command("ben", incident.WithdrawReview{Incident: id})
	if got := learned(); got != "" {
		t.Errorf("lists still say %q", got)
	}
	if record, err := f.page.Incident(context.Background(), id); err != nil || record.Learned != "" || !record.Published.IsZero() || f.snapshot().Seq <= shown {
		t.Errorf("the page shows %+v, %v", record, err)
	}
	if reports, err := f.store.Reports(context.Background(), store.ReportQuery{Most: 10}); err != nil || len(reports) != 0 {
		t.Errorf("%+v wait, %v", reports, err) // the end of their incident answers them
	}
	if answers, err := f.store.Answers(context.Background(), same); err != nil || len(answers) != 3 || answers[2].State != incident.Closed {
		t.Errorf("the reporter heard %+v, %v", answers, err)
	}
	story, err := f.store.IncidentStory(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	if len(story.Edits) != 2 || story.Edits[0].Before != "We cannot tell at the moment whether Sign in works." || story.Edits[0].By != "chi by test" {
		t.Errorf("the edits are %+v", story.Edits)
	}
	entries := story.Entries
	if err != nil || len(entries) < 8 || entries[3].Kind != incident.Propose || entries[3].By != "ben" || entries[4].Of != 4 {
		t.Errorf("the timeline is %+v, %v", entries, err)
	}
	alerts, err := f.store.Alerts(context.Background(), start, f.now)
	if err != nil || len(alerts) < 4 || alerts[0].Person != "ana" || alerts[0].Role != support.Lead || alerts[0].By[0] != "email" {
		t.Errorf("the alerts are %+v, %v", alerts, err)
	}
}

// A command that is given twice with its key is done once; another one with
// that key is refused, and what is refused leaves nothing behind.
func TestACommandIsDoneOnce(t *testing.T) {
	f := newFixture(t)
	f.staffed()
	by := incident.By{Person: "ana"}
	open := incident.Open{Name: "Leeds is closed", Severity: incident.P2}
	ctx := context.Background()
	first, err := f.engine.Command(ctx, by, "key", open)
	if err != nil {
		t.Fatal(err)
	}
	f.pass(time.Minute)
	again, err := f.engine.Command(ctx, by, "key", open)
	if err != nil || again != first || len(f.openIncidents()) != 1 {
		t.Errorf("given again: %q, %v; first %q", again, err, first)
	}
	open.Name = "York is closed"
	var refusal *incident.Refusal
	if _, err := f.engine.Command(ctx, by, "key", open); !errors.As(err, &refusal) || refusal.Kind != incident.Conflict {
		t.Errorf("another command with that key: %v", err)
	}
	open.Components = []incident.OpenComponent{{Component: "branches"}, {Component: "nowhere"}}
	if _, err := f.engine.Command(ctx, by, "other", open); !errors.As(err, &refusal) || refusal.Kind != incident.NotFound {
		t.Errorf("a component that is not there: %v", err)
	}
	if n := len(f.openIncidents()); n != 1 {
		t.Errorf("%d incidents are open", n)
	}
}
