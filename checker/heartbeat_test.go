package checker_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"daymark/checker"
)

// midnight is where the histories of this file begin: a day without a change
// of the clock in its zone.
var midnight = time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)

func beatOf(t testing.TB, check checker.Check) *checker.Beat {
	t.Helper()
	check.ID, check.Regions = "nightly", []string{"local"}
	beat, err := checker.PrepareBeat(check, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return beat
}

// history plays calls and the passing of time. A line is "01:30 WORDS": a
// time since midnight, with a day before it where there is one ("2d01:30"),
// then a call as it stands in an address ("", start, success, fail, a code,
// with @rid for the run and : for a log), "listen" for a restart, or "pass".
// Between the lines time passes as the server has it: what is due is taken when it is.
func history(t *testing.T, beat *checker.Beat, lines []string) (told []string) {
	t.Helper()
	state := checker.NewBeatState(midnight)
	listening := midnight
	tell := func(results []checker.Result) {
		for _, r := range results {
			line := fmt.Sprintf("%s %s", since(r.At), r.Outcome)
			if r.Duration > 0 {
				line += " took " + r.Duration.String()
			}
			if r.Reason != "" {
				line += ": " + r.Reason
			}
			told = append(told, line)
		}
	}
	now := midnight
	pass := func(until time.Time) {
		for {
			next := beat.Next(&state, listening)
			if next.IsZero() || next.After(until) {
				break
			}
			if next.After(now) {
				now = next
			}
			tell(beat.Pass(&state, listening, now))
			if again := beat.Next(&state, listening); !again.IsZero() && !again.After(now) {
				t.Fatalf("at %s the next look is at %s", since(now), since(again))
			}
		}
		now = until
	}
	for _, line := range lines {
		clock, word, _ := strings.Cut(line, " ")
		at := moment(t, clock)
		if word == "down" { // from the time on, until the next "listen"
			pass(at)
			continue
		}
		if word == "listen" {
			now, listening = at, at
			continue
		}
		pass(at)
		if word != "pass" {
			tell(beat.Call(&state, callOf(t, word, at), listening))
		}
	}
	return told
}

func moment(t *testing.T, clock string) time.Time {
	t.Helper()
	var d, h, m, s int
	if _, err := fmt.Sscanf(clock, "%dd%d:%d:%d", &d, &h, &m, &s); err != nil && h+m == 0 {
		d = 0
		if _, err := fmt.Sscanf(clock, "%d:%d:%d", &h, &m, &s); err != nil && m+h == 0 && clock != "00:00" {
			t.Fatalf("%q: %v", clock, err)
		}
	}
	return midnight.AddDate(0, 0, d).Add(time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second)
}

func since(at time.Time) string {
	passed := at.Sub(midnight)
	text := midnight.Add(passed).Format("15:04")
	if at.Second() != 0 || at.Nanosecond() != 0 {
		text = at.Format("15:04:05.000")
	}
	if days := int(passed.Hours()) / 24; days > 0 {
		text = fmt.Sprintf("%dd%s", days, text)
	}
	return text
}

func callOf(t *testing.T, word string, at time.Time) checker.BeatCall {
	t.Helper()
	word, log, _ := strings.Cut(word, ": ")
	word, run, _ := strings.Cut(word, "@")
	call := checker.BeatCall{At: at, Signal: checker.SignalEnd, Run: run, Log: log}
	switch word {
	case "start":
		call.Signal = checker.SignalStart
	case "fail":
		call.Signal = checker.SignalFail
	case "success":
	default:
		if _, err := fmt.Sscan(word, &call.ExitCode); err != nil {
			t.Fatalf("%q: %v", word, err)
		}
	}
	return call
}

func TestHeartbeatHistories(t *testing.T) {
	daily := checker.Check{Heartbeat: &checker.Heartbeat{Every: 24 * time.Hour, Grace: 30 * time.Minute}}
	atTwo := checker.Check{Heartbeat: &checker.Heartbeat{Schedule: "0 2 * * *", Grace: 30 * time.Minute}}
	hourly := checker.Check{Heartbeat: &checker.Heartbeat{Schedule: "0 * * * *", Grace: 20 * time.Minute}}
	judged := daily
	judged.Expect, judged.Degraded = []string{"exit_code in [0, 3]", `not (log contains "ERROR")`}, []string{`took > duration("1h")`}
	for name, test := range map[string]struct {
		check checker.Check
		lines []string
		want  []string
	}{
		"called in time": {daily, []string{"02:00 success", "1d02:10 success", "2d02:39 success"}, []string{
			"02:00 ok", "1d02:10 ok", "2d02:39 ok",
		}},
		"missed, twice": {daily, []string{"02:00 success", "3d02:15 pass", "3d02:30 success"}, []string{
			"02:00 ok",
			"1d02:00 failed: no call since 1 December, 02:00 UTC; one was due by 2 December, 02:00 UTC, with 30 min of grace",
			"2d02:00 failed: no call since 1 December, 02:00 UTC; one was due by 3 December, 02:00 UTC, with 30 min of grace",
			"3d02:00 failed: no call since 1 December, 02:00 UTC; one was due by 4 December, 02:00 UTC, with 30 min of grace",
			"3d02:30 ok",
		}},
		"never called": {daily, []string{"1d00:29:59 pass", "1d00:30 pass"}, []string{
			"1d00:00 failed: it has never called; a call was due by 2 December, 00:00 UTC, with 30 min of grace",
		}},
		"the call comes late but within the grace": {daily, []string{"02:00 success", "1d02:29:59 success", "2d02:29 success"}, []string{
			"02:00 ok", "1d02:29:59.000 ok", "2d02:29 ok",
		}},
		"exit codes": {daily, []string{"02:00 0", "03:00 3: warming up\ndisk full", "04:00 255"}, []string{
			"02:00 ok",
			"03:00 failed: it reported exit code 3; its log ends: disk full",
			"04:00 failed: it reported exit code 255",
		}},
		"a failure without a code": {daily, []string{"02:00 fail: no space left\n", "1d02:00 success"}, []string{
			"02:00 failed: it reported a failure; its log ends: no space left",
			"1d02:00 ok",
		}},
		"expressions judge": {judged, []string{"01:00 start", "02:30 success", "03:00 3", "04:00 4", "05:00 success: an ERROR came", "06:00 fail"}, []string{
			"02:30 degraded took 1h30m0s: `took > duration(\"1h\")`: it was `1 h 30 min`",
			"03:00 ok",
			"04:00 failed: `exit_code in [0, 3]`: it was `4`",
			"05:00 failed: `not (log contains \"ERROR\")`: it was `\"an ERROR came\"`",
			"06:00 failed: it reported a failure",
		}},
		"a run that does not end": {daily, []string{"02:00 start", "1d02:45 pass", "2d02:45 pass"}, []string{
			"1d02:00 failed: it began at 1 December, 02:00 UTC and has not ended; the end was due by 2 December, 02:00 UTC, with 30 min of grace",
			"2d02:00 failed: no call since 1 December, 02:00 UTC; one was due by 3 December, 02:00 UTC, with 30 min of grace",
		}},
		"a run that never ends while others begin": {daily, []string{"02:00 start", "1d02:00 start", "1d02:10 success"}, []string{
			"1d02:00 failed: it began at 1 December, 02:00 UTC and had not ended when it began again at 2 December, 02:00 UTC",
			"1d02:10 ok took 10m0s",
		}},
		"a start that is told twice": {daily, []string{"02:00 start", "02:00:10 start", "02:30 success", "03:00 success"}, []string{
			"02:30 ok took 30m0s", "03:00 ok",
		}},
		"runs that overlap": {daily, []string{"02:00 start@a", "02:10 start@b", "02:30 success@b", "04:00 1@a", "04:10 success@c"}, []string{
			"02:30 ok took 20m0s", "04:00 failed took 2h0m0s: it reported exit code 1", "04:10 ok",
		}},
		"one of the runs that overlap never ends": {daily, []string{"02:00 start@a", "02:10 success@b", "1d02:00 success", "1d03:00 pass", "2d02:00 success"}, []string{
			"02:10 ok", "1d02:00 ok",
			"1d02:00:00.001 failed: run a began at 1 December, 02:00 UTC and has not ended; the end was due by 2 December, 02:00 UTC, with 30 min of grace",
			"2d02:00 ok",
		}},
		"by schedule": {atTwo, []string{"02:05 success", "1d02:20 success", "2d03:00 pass", "2d03:30 success"}, []string{
			"02:05 ok", "1d02:20 ok",
			"2d02:00 failed: no call since 2 December, 02:20 UTC; one was due by 3 December, 02:00 UTC, with 30 min of grace",
			"2d03:30 ok",
		}},
		"a clock that is a little fast": {atTwo, []string{"01:59:58 success", "1d01:59:58 success", "1d12:00 pass"}, []string{
			"01:59:58.000 ok", "1d01:59:58.000 ok",
		}},
		"a call long before is none for the schedule": {atTwo, []string{"01:20 success", "03:00 pass"}, []string{
			"01:20 ok",
			"02:00 failed: no call since 1 December, 01:20 UTC; one was due by 1 December, 02:00 UTC, with 30 min of grace",
		}},
		"a long run by schedule": {atTwo, []string{"02:00 start", "04:00 success", "1d02:01 start", "1d05:00 success"}, []string{
			"04:00 ok took 2h0m0s", "1d05:00 ok took 2h59m0s",
		}},
		"an end is not early for the next one": {hourly, []string{"01:00 start", "01:45 success", "02:30 pass"}, []string{
			"01:45 ok took 45m0s",
			"02:00 failed: no call since 1 December, 01:45 UTC; one was due by 1 December, 02:00 UTC, with 20 min of grace",
		}},
		"the server is down over a due time, and the call is late": {daily, []string{"02:00 success", "1d01:00 down", "1d03:00 listen", "1d03:20 success"}, []string{
			"02:00 ok", "1d03:20 ok",
		}},
		"the server is down over a due time, and no call comes": {daily, []string{"02:00 success", "1d01:00 down", "1d03:00 listen", "1d03:29:59 pass", "1d04:00 pass"}, []string{
			"02:00 ok",
			"1d02:00 failed: no call since 1 December, 02:00 UTC; one was due by 2 December, 02:00 UTC, with 30 min of grace; Daymark itself was not running then, and has waited since 2 December, 03:00 UTC",
		}},
		"the server is down over many due times": {atTwo, []string{"02:00 success", "1d01:00 down", "9d09:00 listen", "9d10:00 pass", "10d02:10 success"}, []string{
			"02:00 ok",
			"9d02:00 failed: no call since 1 December, 02:00 UTC; one was due by 10 December, 02:00 UTC, with 30 min of grace; Daymark itself was not running then, and has waited since 10 December, 09:00 UTC",
			"10d02:10 ok",
		}},
		"restarts one after another": {daily, []string{"02:00 success", "1d02:20 listen", "1d02:40 listen", "1d03:00 listen", "1d03:29 pass", "1d03:30 pass"}, []string{
			"02:00 ok",
			"1d02:00 failed: no call since 1 December, 02:00 UTC; one was due by 2 December, 02:00 UTC, with 30 min of grace; Daymark itself was not running then, and has waited since 2 December, 03:00 UTC",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := history(t, beatOf(t, test.check), test.lines); !slices.Equal(got, test.want) {
				t.Errorf("told\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(test.want, "\n  "))
			}
		})
	}
}

func TestAHeartbeatInItsZone(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		schedule string
		want     string
	}{
		"of the page":     {"0 2 * * *", "2026-07-01T01:00:00Z"},
		"of its own":      {"CRON_TZ=America/New_York 0 2 * * *", "2026-07-01T06:00:00Z"},
		"of its own, UTC": {"TZ=UTC 0 2 * * *", "2026-07-01T02:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			beat, err := checker.PrepareBeat(checker.Check{ID: "a", Regions: []string{"local"}, Heartbeat: &checker.Heartbeat{Schedule: test.schedule}}, london)
			if err != nil {
				t.Fatal(err)
			}
			state := checker.NewBeatState(time.Date(2026, 6, 30, 22, 0, 0, 0, time.UTC))
			if got := beat.Due(&state).Format(time.RFC3339); got != test.want {
				t.Errorf("due %s; want %s", got, test.want)
			}
		})
	}
}

func TestAHeartbeatThatCannotBePrepared(t *testing.T) {
	for name, test := range map[string]struct {
		check checker.Check
		want  string
	}{
		"another kind":    {checker.Check{ID: "a", TCP: &checker.TCP{}}, "is no heartbeat"},
		"no rhythm":       {checker.Check{ID: "a", Regions: []string{"x"}, Heartbeat: &checker.Heartbeat{}}, "needs every or schedule"},
		"no region":       {checker.Check{ID: "a", Heartbeat: &checker.Heartbeat{Every: time.Hour}}, "needs a region"},
		"a bad schedule":  {checker.Check{ID: "a", Regions: []string{"x"}, Heartbeat: &checker.Heartbeat{Schedule: "often"}}, "schedule"},
		"a bad statement": {checker.Check{ID: "a", Regions: []string{"x"}, Heartbeat: &checker.Heartbeat{Every: time.Hour}, Expect: []string{"status == 200"}}, "status"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := checker.PrepareBeat(test.check, time.UTC); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v; want one with %q", err, test.want)
			}
		})
	}
}

// A clock that ran ahead and was set back must not keep a heartbeat from
// being missed.
func TestAClockThatRanAheadHidesNoMissedCall(t *testing.T) {
	beat := beatOf(t, checker.Check{Heartbeat: &checker.Heartbeat{Every: time.Hour, Grace: time.Minute}})
	state := checker.NewBeatState(midnight)
	beat.Call(&state, callOf(t, "start@a", midnight.AddDate(1, 0, 0)), midnight)
	beat.Call(&state, callOf(t, "success", midnight.AddDate(1, 0, 0)), midnight)
	if got := beat.Pass(&state, midnight, midnight.Add(time.Minute)); len(got) != 0 {
		t.Fatalf("set back, it says %+v", got)
	}
	got := beat.Pass(&state, midnight, midnight.Add(2*time.Hour+2*time.Minute))
	if len(got) == 0 || got[0].Outcome != checker.Failed || got[0].At.After(midnight.Add(2*time.Hour+2*time.Minute)) {
		t.Errorf("two hours later it says %+v", got)
	}
}

// What is kept of a heartbeat is all of it.
func TestTheStateOfAHeartbeatSurvivesItsWriting(t *testing.T) {
	beat := beatOf(t, checker.Check{Heartbeat: &checker.Heartbeat{Every: time.Hour}})
	state := checker.NewBeatState(midnight)
	for i, word := range []string{"start@a", "success", "start", "3@b"} {
		beat.Call(&state, callOf(t, word, midnight.Add(time.Duration(i)*time.Minute)), midnight)
	}
	text, err := json.Marshal(state)
	if err != nil {
		t.Fatal(err)
	}
	var back checker.BeatState
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back, state) {
		t.Errorf("written as %s it is read as %+v; want %+v", text, back, state)
	}
}
