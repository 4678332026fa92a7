package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/store"
)

// beatFixture is a store with one heartbeat, which a job calls.
type beatFixture struct {
	*fixture
	beat      *checker.Beat
	listening time.Time
}

func newBeatFixture(t *testing.T, beat checker.Heartbeat) *beatFixture {
	t.Helper()
	f := &beatFixture{fixture: newFixture(t)}
	check := checker.Check{ID: "nightly", Component: "batch", Regions: []string{"a"}, Heartbeat: &beat}
	f.rules(check)
	var err error
	if f.beat, err = checker.PrepareBeat(check, time.UTC); err != nil {
		t.Fatal(err)
	}
	f.listening = f.time()
	f.do(func(ctx context.Context, tx *store.Tx, now time.Time) error {
		state := checker.NewBeatState(now)
		return tx.SaveHeartbeat(ctx, "nightly", &state)
	})
	return f
}

func (f *beatFixture) rules(check checker.Check) {
	f.custom(func(o *incident.PolicyOptions) {
		o.Components = []incident.Component{{ID: "batch", Name: "Statements", Checks: []checker.Check{check}}}
	})
	f.page = store.NewPage(f.store, f.policy.Component).Standing(f.policy.Stands)
}

func (f *fixture) do(fn func(ctx context.Context, tx *store.Tx, now time.Time) error) {
	f.t.Helper()
	err := f.engine.Do(context.Background(), incident.Act{Action: "test"}, func(ctx context.Context, tx incident.Tx, now time.Time) error {
		return fn(ctx, tx.(*store.Tx), now)
	})
	if err != nil {
		f.t.Fatal(err)
	}
}

// advance lets the rule look, in one transaction with what follows.
func (f *beatFixture) advance(look func(state *checker.BeatState, now time.Time) []checker.Result) {
	f.t.Helper()
	rejected, err := f.engine.Hear(context.Background(), "a", func(ctx context.Context, tx incident.Tx, now time.Time) ([]checker.Result, error) {
		state, err := tx.(*store.Tx).Heartbeat(ctx, "nightly")
		if err != nil {
			return nil, err
		}
		results := look(&state, now)
		return results, tx.(*store.Tx).SaveHeartbeat(ctx, "nightly", &state)
	})
	if err != nil || len(rejected) > 0 {
		f.t.Fatal(err, rejected)
	}
}

func (f *beatFixture) called(code int) {
	f.t.Helper()
	f.advance(func(state *checker.BeatState, now time.Time) []checker.Result {
		return f.beat.Call(state, checker.BeatCall{At: now, Signal: checker.SignalEnd, ExitCode: code}, f.listening)
	})
}

// wait lets time pass; the timers run every ten minutes.
func (f *beatFixture) wait(d time.Duration) {
	f.t.Helper()
	for end := f.time().Add(d); f.time().Before(end); {
		f.pass(10 * time.Minute)
		f.advance(func(state *checker.BeatState, now time.Time) []checker.Result {
			return f.beat.Pass(state, f.listening, now)
		})
		f.tick()
	}
}

func (f *beatFixture) is(when string, want incident.Status) {
	f.t.Helper()
	if got := f.snapshot().Components["batch"].Status; got != want {
		f.t.Errorf("%s it is %q; want %q", when, got, want)
	}
}

func TestADailyHeartbeatStandsUntilItIsMissed(t *testing.T) {
	f := newBeatFixture(t, checker.Heartbeat{Every: 24 * time.Hour, Grace: 30 * time.Minute})
	f.is("before any call", incident.Unmeasured)
	f.called(0)
	f.is("after one call", incident.Operational)
	f.wait(24*time.Hour + 20*time.Minute)
	f.is("a day later, in the grace,", incident.Operational)
	f.reopen()
	f.rules(*f.beat.Check())
	f.wait(10 * time.Minute)
	f.is("after the grace", incident.Down)
	f.wait(26 * time.Hour)
	f.is("a day later still", incident.Down)
	if n := f.count("SELECT count(*) FROM results WHERE outcome = 2"); n != 2 {
		t.Errorf("%d results failed; want one for each due time, 2", n)
	}
	f.called(0)
	f.is("after a call", incident.Operational)
	f.called(3)
	f.is("after a call with exit code 3", incident.Down)
	f.called(0)
	f.is("after one more call", incident.Operational)
}

func TestADueTimeThatPassesWhileTheServerIsDown(t *testing.T) {
	f := newBeatFixture(t, checker.Heartbeat{Every: 24 * time.Hour, Grace: 30 * time.Minute})
	f.called(0)
	f.pass(80 * time.Hour)
	f.reopen()
	f.rules(*f.beat.Check())
	f.listening = f.time()
	f.tick()
	f.wait(20 * time.Minute)
	f.is("in the grace after the start", incident.Operational)
	f.wait(20 * time.Minute)
	f.is("after it", incident.Down)
	if n := f.count("SELECT count(*) FROM results WHERE outcome = 2"); n != 1 {
		t.Errorf("%d results failed; want 1 for all that passed while nobody could call", n)
	}
}

// A heartbeat that is due each week has six days without a run.
func TestDaysInWhichNoCallWasDueAreNoGaps(t *testing.T) {
	f := newBeatFixture(t, checker.Heartbeat{Every: 7 * 24 * time.Hour, Grace: time.Hour})
	for range 4 {
		f.called(0)
		f.wait(7 * 24 * time.Hour)
	}
	days := f.snapshot().Components["batch"].Days
	for i, day := range days[len(days)-29:] {
		if runs := day.Checks + day.Unknown; runs == 0 && !day.Covered || runs > 0 && day.Covered {
			t.Errorf("day %d: %+v", i, day)
		}
	}
	if days[len(days)-30].Covered {
		t.Error("a day before the first call is covered")
	}
	f.pass(20 * 24 * time.Hour) // nobody is there
	days = f.snapshot().Components["batch"].Days
	if last := days[len(days)-1]; last.Covered {
		t.Errorf("three weeks after the last call and without the server it says %+v", last)
	}
}

// A component with checks of other kinds has to be measured every day.
func TestOtherChecksCoverNoDays(t *testing.T) {
	f := newFixture(t)
	f.custom(func(o *incident.PolicyOptions) {
		beat := checker.Check{ID: "nightly", Regions: []string{"a"}, Heartbeat: &checker.Heartbeat{Every: 7 * 24 * time.Hour}}
		o.Components[0].Checks = append(o.Components[0].Checks, beat)
	})
	f.page = store.NewPage(f.store, f.policy.Component).Standing(f.policy.Stands)
	f.submit("a", checker.Result{Check: "nightly", Region: "a", At: f.time(), Outcome: checker.OK})
	f.pass(48 * time.Hour)
	days := f.snapshot().Components["sign-in"].Days
	if day := days[len(days)-2]; day.Covered {
		t.Errorf("%+v", day)
	}
	if day := days[len(days)-3]; day.Checks != 1 {
		t.Errorf("the day of the call: %+v", day)
	}
}

func TestTheNewestResultOfASeriesIsNotSwept(t *testing.T) {
	f := newBeatFixture(t, checker.Heartbeat{Every: 30 * 24 * time.Hour, Grace: time.Hour})
	f.called(0)
	f.pass(time.Hour)
	f.called(0)
	f.pass(25 * 24 * time.Hour)
	gone, err := f.store.Sweep(context.Background(), store.Retention{Results: 14 * 24 * time.Hour}, f.time())
	if err != nil || gone != 1 {
		t.Fatalf("swept %d, %v; want 1", gone, err)
	}
	f.reopen()
	f.rules(*f.beat.Check())
	f.tick()
	f.is("after the sweep and a restart", incident.Operational)
}

func TestWhatFailsInHearLeavesNothing(t *testing.T) {
	f := newBeatFixture(t, checker.Heartbeat{Every: time.Hour})
	broken := errors.New("broken")
	_, err := f.engine.Hear(context.Background(), "a", func(ctx context.Context, tx incident.Tx, now time.Time) ([]checker.Result, error) {
		state := checker.BeatState{Since: now.Add(time.Hour)}
		if err := tx.(*store.Tx).SaveHeartbeat(ctx, "nightly", &state); err != nil {
			return nil, err
		}
		return []checker.Result{{Check: "nightly", Region: "a", At: now, Outcome: checker.OK}}, broken
	})
	if !errors.Is(err, broken) {
		t.Fatal(err)
	}
	states, _, err := f.store.Heartbeats(context.Background(), f.time())
	if err != nil || !states["nightly"].Since.Equal(start) || f.count("SELECT count(*) FROM results") != 0 {
		t.Errorf("%+v, %v", states, err)
	}
	rejected, err := f.engine.Hear(context.Background(), "a", func(_ context.Context, _ incident.Tx, now time.Time) ([]checker.Result, error) {
		return []checker.Result{{Check: "nothing", Region: "a", At: now, Outcome: checker.OK}}, nil
	})
	if err != nil || len(rejected) != 1 {
		t.Errorf("a result of no check: %v, %v", rejected, err)
	}
}

func TestHeartbeatTokens(t *testing.T) {
	f := newFixture(t)
	add := func(hash string) {
		f.do(func(ctx context.Context, tx *store.Tx, now time.Time) error {
			return tx.AddHeartbeatToken(ctx, now, hash, "nightly")
		})
	}
	end := func(in time.Duration) (ended int64) {
		f.do(func(ctx context.Context, tx *store.Tx, now time.Time) (err error) {
			ended, err = tx.EndHeartbeatTokens(ctx, now, "nightly", now.Add(in))
			return err
		})
		return ended
	}
	works := func(hash string) bool {
		check, err := f.store.HeartbeatToken(context.Background(), hash, f.time())
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Fatal(err)
		}
		return err == nil && check == "nightly"
	}
	if works("first") || end(0) != 0 {
		t.Error("there is a token before any was made")
	}
	add("first")
	if !works("first") || works("other") {
		t.Error("a token is not known by its hash alone")
	}
	if n := end(time.Hour); n != 1 {
		t.Errorf("%d tokens end in an hour", n)
	}
	add("second")
	f.pass(59 * time.Minute)
	if !works("first") || !works("second") {
		t.Error("one does not work beside the other")
	}
	if n := end(24 * time.Hour); n != 2 {
		t.Errorf("%d tokens end in a day", n)
	}
	f.pass(time.Minute)
	if works("first") || !works("second") {
		t.Error("the first one works for longer than it was given")
	}
	if n := end(0); n != 1 || works("second") {
		t.Errorf("%d ended at once; the second works: %v", n, works("second"))
	}
	f.pass(100 * 24 * time.Hour)
	end(0)
	if n := f.count("SELECT count(*) FROM heartbeat_tokens"); n != 0 {
		t.Errorf("%d tokens that ended long ago are kept", n)
	}
}
