package checker_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/checker"
)

// beatWorld plays a heartbeat as the server does: what is due is taken when
// it is, the state is written and read again at each restart, and while the
// server is down nothing reaches it.
type beatWorld struct {
	t         *rapid.T
	beat      *checker.Beat
	grace     time.Duration
	state     checker.BeatState
	listening time.Time
	now       time.Time
	calls     []time.Time
	results   []checker.Result
}

func newBeatWorld(t *rapid.T) *beatWorld {
	beat := &checker.Heartbeat{Grace: time.Duration(rapid.IntRange(1, 120).Draw(t, "grace")) * time.Minute}
	if rapid.Bool().Draw(t, "by period") {
		beat.Every = time.Duration(rapid.IntRange(1, 72).Draw(t, "every")) * 20 * time.Minute
	} else {
		beat.Schedule = rapid.SampledFrom([]string{"0 2 * * *", "*/20 * * * *", "15 */3 * * 1-5", "CRON_TZ=Europe/London 30 1 * * *"}).Draw(t, "schedule")
	}
	w := &beatWorld{t: t, grace: beat.Grace, listening: midnight, now: midnight, state: checker.NewBeatState(midnight)}
	var err error
	if w.beat, err = checker.PrepareBeat(checker.Check{ID: "nightly", Regions: []string{"local"}, Heartbeat: beat}, time.UTC); err != nil {
		t.Fatal(err)
	}
	return w
}

// take checks what holds of all results.
func (w *beatWorld) take(results []checker.Result) {
	for _, r := range results {
		if n := len(w.results); n > 0 && !r.At.After(w.results[n-1].At) {
			w.t.Fatalf("a result of %s follows one of %s", r.At, w.results[n-1].At)
		}
		if r.At.After(w.now.Add(time.Second)) { // several calls of one moment follow each other
			w.t.Fatalf("at %s there is a result of %s", w.now, r.At)
		}
		if strings.Contains(r.Reason, "no call since") || strings.Contains(r.Reason, "has never called") {
			if w.now.Sub(w.listening) < w.grace {
				w.t.Fatalf("missed %s after the server began to listen, with a grace of %s", w.now.Sub(w.listening), w.grace)
			}
			if n := len(w.calls); n > 0 && w.calls[n-1].After(r.At) {
				w.t.Fatalf("missed at %s, but called at %s", r.At, w.calls[n-1])
			}
		}
		w.results = append(w.results, r)
	}
}

// pass lets time pass, and looks whether everything is told once.
func (w *beatWorld) pass(until time.Time) {
	for {
		next := w.beat.Next(&w.state, w.listening)
		if next.IsZero() || next.After(until) {
			break
		}
		w.now = next
		told := w.beat.Pass(&w.state, w.listening, w.now)
		if len(told) == 0 {
			w.t.Fatalf("nothing was due at %s", next)
		}
		w.take(told)
		w.same()
	}
	w.now = until
	w.same()
}

// same looks again at once: nothing is told twice, and nothing changes.
func (w *beatWorld) same() {
	before := w.state
	before.Runs = append([]checker.BeatRun(nil), w.state.Runs...)
	if told := w.beat.Pass(&w.state, w.listening, w.now); len(told) != 0 {
		w.t.Fatalf("asked again at %s, it tells %+v", w.now, told)
	}
	if len(before.Runs)+len(w.state.Runs) > 0 && !reflect.DeepEqual(before, w.state) {
		w.t.Fatalf("asked again, %+v became %+v", before, w.state)
	}
}

func (w *beatWorld) call(call checker.BeatCall) {
	call.At = w.now
	results := w.beat.Call(&w.state, call, w.listening)
	w.take(results)
	w.calls = append(w.calls, w.now)
	if call.Signal == checker.SignalStart {
		return
	}
	// An end has its result, which comes last and is of the call.
	if len(results) == 0 {
		w.t.Fatalf("the end of a run has no result")
	}
	want := checker.OK
	if call.Signal == checker.SignalFail || call.ExitCode != 0 {
		want = checker.Failed
	}
	if last := results[len(results)-1]; last.Outcome != want || last.At.Sub(w.now).Abs() > time.Second {
		w.t.Fatalf("a call of %+v at %s gave %+v", call, w.now, last)
	}
}

// restart is a crash at any moment: what was stored is all there is.
func (w *beatWorld) restart(down time.Duration) {
	text, err := json.Marshal(w.state)
	if err != nil {
		w.t.Fatal(err)
	}
	w.state = checker.BeatState{}
	if err := json.Unmarshal(text, &w.state); err != nil {
		w.t.Fatal(err)
	}
	w.now = w.now.Add(down)
	w.listening = w.now
}

func TestHeartbeatsTellEachThingOnceOverRestarts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newBeatWorld(t)
		minutes := rapid.Custom(func(t *rapid.T) time.Duration {
			return time.Duration(rapid.IntRange(0, 3*24*60).Draw(t, "minutes")) * time.Minute / time.Duration(rapid.SampledFrom([]int{1, 10, 100, 1000}).Draw(t, "part"))
		})
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0, 1:
				w.pass(w.now.Add(minutes.Draw(t, "pass")))
			case 2:
				w.restart(minutes.Draw(t, "down"))
			default:
				w.call(checker.BeatCall{
					Signal:   rapid.SampledFrom([]checker.Signal{checker.SignalStart, checker.SignalEnd, checker.SignalEnd, checker.SignalFail}).Draw(t, "signal"),
					ExitCode: rapid.SampledFrom([]int{0, 0, 0, 1, 255}).Draw(t, "code"),
					Run:      rapid.SampledFrom([]string{"", "", "a", "b"}).Draw(t, "run"),
				})
			}
			if len(w.state.Runs) > 20 {
				t.Fatalf("%d runs are remembered", len(w.state.Runs))
			}
		}
		// Whatever went before: without calls it fails, once a due time.
		before := len(w.results)
		w.pass(w.now.AddDate(0, 0, 8))
		if len(w.results) == before || w.results[len(w.results)-1].Outcome != checker.Failed {
			t.Fatalf("nobody called for eight days, and it says %+v", w.results)
		}
	})
}

// A job that calls as it should is never told as failed, wherever the server
// restarts in between and however long each run takes.
func TestAJobThatCallsInTimeNeverFails(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newBeatWorld(t)
		for range rapid.IntRange(1, 60).Draw(t, "calls") {
			due := w.beat.Due(&w.state)
			late := time.Duration(rapid.IntRange(0, int(w.grace/time.Second)-1).Draw(t, "late")) * time.Second
			if rapid.IntRange(0, 4).Draw(t, "restart") == 0 { // a short one, right away
				w.restart(time.Duration(rapid.IntRange(0, 20).Draw(t, "down")) * time.Second)
			}
			if at := due.Add(late); at.After(w.now) {
				w.pass(at)
			}
			if rapid.Bool().Draw(t, "with start") {
				w.call(checker.BeatCall{Signal: checker.SignalStart})
				w.pass(w.now.Add(time.Duration(rapid.IntRange(0, int(w.grace/time.Second)-1).Draw(t, "took")) * time.Second))
			}
			w.call(checker.BeatCall{Signal: checker.SignalEnd})
		}
		for _, r := range w.results {
			if r.Outcome != checker.OK {
				t.Fatalf("a job that calls in time is told as %s: %s", r.Outcome, r.Reason)
			}
		}
	})
}
