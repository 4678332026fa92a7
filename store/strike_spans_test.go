package store_test

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/checker"
	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/store"
)

// strikeIn strikes out what the journey said in a time from a region, or all.
func (f *fixture) strikeIn(region string, from, until time.Time) (incident.Strike, error) {
	f.t.Helper()
	return f.strike("journey", region, from, until)
}

// strike strikes out what a check said in a time from a region, or all.
func (f *fixture) strike(check, region string, from, until time.Time) (made incident.Strike, err error) {
	f.t.Helper()
	f.pass(time.Second) // each has an id of its own
	err = f.engine.Rewrite(f.t.Context(), incident.Act{Actor: "ana", Action: "false alarm struck out"}, func(ctx context.Context, tx incident.Tx, now time.Time) (string, error) {
		var err error
		if made, err = f.policy.NewStrike(incident.Strike{Check: check, Region: region, From: from, Until: until, Reason: "ours"}, incident.By{Person: "ana"}, now); err != nil {
			return "", err
		}
		return check, tx.(*store.Tx).StrikeOut(ctx, f.policy, &made, now)
	})
	return made, err
}

// down is how long the component was down today.
func (f *fixture) down() time.Duration {
	f.t.Helper()
	days := f.snapshot().Components["sign-in"].Days
	return days[len(days)-1].Down
}

// corrected gives what all strikes in force take off the downtime, together.
func (f *fixture) corrected() (all []incident.Span) {
	f.t.Helper()
	db, err := sql.Open("sqlite", "file:"+f.path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	rows, err := db.Query("SELECT p.since, p.until FROM strikes s JOIN strike_spans p ON p.strike = s.id WHERE s.undone IS NULL ORDER BY p.since")
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var since, until int64
		if err := rows.Scan(&since, &until); err != nil {
			f.t.Fatal(err)
		}
		if n := len(all); n > 0 && since <= all[n-1].Until.UnixMilli() {
			all[n-1].Until = time.UnixMilli(max(until, all[n-1].Until.UnixMilli())).UTC()
			continue
		}
		all = append(all, incident.Span{From: time.UnixMilli(since).UTC(), Until: time.UnixMilli(until).UTC()})
	}
	if err := rows.Err(); err != nil {
		f.t.Fatal(err)
	}
	return all
}

// What two strikes take off the downtime together does not stay off when one of
// them is undone: what the other one takes alone does.
func TestAnUndoneStrikeGivesBackItsDowntime(t *testing.T) {
	for name, test := range map[string]struct {
		first, second [2]int // from and until, in rounds of the outage
		regions       [2]string
		undo          int           // the first or the second
		gone          time.Duration // off the downtime, at last
	}{
		"beside it, before":        {first: [2]int{0, 10}, second: [2]int{10, 20}, undo: 0, gone: 100 * time.Second},
		"beside it, after":         {first: [2]int{10, 20}, second: [2]int{0, 10}, undo: 0, gone: 100 * time.Second},
		"the later one":            {first: [2]int{0, 10}, second: [2]int{10, 20}, undo: 1, gone: 100 * time.Second},
		"overlapping":              {first: [2]int{0, 15}, second: [2]int{5, 20}, undo: 0, gone: 150 * time.Second},
		"overlapping, the later":   {first: [2]int{0, 15}, second: [2]int{5, 20}, undo: 1, gone: 150 * time.Second},
		"of one region each":       {first: [2]int{0, 20}, second: [2]int{0, 20}, regions: [2]string{"a", "b"}, undo: 0},
		"of one region, the later": {first: [2]int{0, 20}, second: [2]int{0, 20}, regions: [2]string{"a", "b"}, undo: 1},
		"all within":               {first: [2]int{5, 10}, second: [2]int{0, 20}, undo: 0, gone: 200 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.rounds(3, checker.OK)
			f.pass(time.Hour)
			f.rounds(3, checker.OK)
			begins := f.time().Add(10 * time.Second)
			f.rounds(20, checker.Failed)
			f.rounds(12, checker.OK)
			f.pass(time.Hour)
			f.rounds(3, checker.OK)
			before := f.down()
			at := func(round int) time.Time { return begins.Add(time.Duration(round) * 10 * time.Second) }
			var ids []string
			for i, span := range [][2]int{test.first, test.second} {
				made, err := f.strikeIn(test.regions[i], at(span[0]), at(span[1]))
				if err != nil {
					t.Fatal(err)
				}
				ids = append(ids, made.ID)
			}
			if left := f.down(); left != 0 {
				t.Errorf("with both in force it was down for %s", left)
			}
			f.unstrike(ids[test.undo])
			if gone := before - f.down(); gone < test.gone-30*time.Second || gone > test.gone+30*time.Second {
				t.Errorf("with one of them undone %s of %s are off the downtime; want about %s: %v", gone, before, test.gone, f.corrected())
			}
			f.unstrike(ids[1-test.undo])
			if after := f.down(); after != before {
				t.Errorf("with both undone it was down for %s; want %s", after, before)
			}
		})
	}
}

// Where results are kept no more, or the check has gone elsewhere, what the
// undone one had taken is given back, but for the time of the other one.
func TestAnUndoneStrikeOfLongAgoGivesBackItsDowntime(t *testing.T) {
	f := newFixture(t)
	f.rounds(3, checker.OK)
	begins := f.time().Add(10 * time.Second)
	f.rounds(20, checker.Failed)
	f.rounds(12, checker.OK)
	before := f.down()
	half := begins.Add(100 * time.Second)
	first, err := f.strikeIn("", begins, half)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.strikeIn("", half.Add(-50*time.Second), begins.Add(200*time.Second)); err != nil {
		t.Fatal(err)
	}
	f.put("DELETE FROM results WHERE struck IS NOT NULL")
	f.unstrike(first.ID)
	if gone := before - f.down(); gone < 120*time.Second || gone > 180*time.Second {
		t.Errorf("%s of %s are off the downtime; want about 150 s: %v", gone, before, f.corrected())
	}
}

// What fails because of us fails for all checks of a component at once: the
// downtime is unfounded when all of them are struck out, and is not before.
func TestChecksThatFailedTogetherAreStruckOutTogether(t *testing.T) {
	f := newFixtureOf(t, "journey", "answers")
	f.rounds(3, checker.OK)
	begins := f.time().Add(time.Second)
	f.rounds(20, checker.Failed)
	ends := f.time().Add(time.Second)
	f.rounds(12, checker.OK)
	before := f.down()
	if before < 150*time.Second {
		t.Fatalf("it was down for %s", before)
	}
	ids := map[string]string{}
	for _, check := range []string{"journey", "answers"} {
		if left := f.down(); left != before {
			t.Errorf("before the %s is struck out it was down for %s; want %s", check, left, before)
		}
		made, err := f.strike(check, "", begins, ends)
		if err != nil {
			t.Fatal(err)
		}
		ids[check] = made.ID
	}
	if left := f.down(); left != 0 {
		t.Errorf("with both struck out it was down for %s", left)
	}
	f.unstrike(ids["journey"])
	if left := f.down(); left != before {
		t.Errorf("with one of them undone it was down for %s; want %s", left, before)
	}
}

// However strikes are made and undone, what is off the downtime at last is what
// those in force take that are made alone.
func TestStrikesInForceTakeWhatTheyWouldAlone(t *testing.T) {
	t.Run("of a check", func(t *testing.T) { strikesInForce(newFixture(t), t) })
	t.Run("of two checks of a component", func(t *testing.T) { strikesInForce(newFixtureOf(t, "journey", "answers"), t) })
}

func strikesInForce(f *fixture, t *testing.T) {
	t.Helper()
	random := rand.New(rand.NewPCG(7, 11))
	outcomes := []checker.Outcome{checker.OK, checker.OK, checker.Failed, checker.Failed, checker.Failed, checker.Degraded, checker.Unknown}
	begins := f.time()
	const most = 150
	for i := 0; i < most; {
		outcome := map[string]checker.Outcome{"a": outcomes[random.IntN(len(outcomes))], "b": outcomes[random.IntN(len(outcomes))]}
		if random.IntN(2) == 0 {
			outcome["b"] = outcome["a"]
		}
		for range 1 + random.IntN(8) {
			f.pass(10 * time.Second)
			for _, region := range []string{"a", "b"} {
				for j := range f.checks {
					r := f.result(region, outcome[region])
					if r.Check = f.checks[j].ID; j > 0 && random.IntN(20) == 0 { // now and then they differ
						r.Outcome = checker.OK
					}
					f.submit(region, r)
				}
			}
			i++
		}
	}
	f.rounds(20, checker.OK)
	f.pass(time.Hour)
	f.rounds(3, checker.OK)
	testkit.Checks(t, 10, 150)
	rapid.Check(t, func(t *rapid.T) {
		var inForce []incident.Strike
		defer func() {
			for _, s := range inForce {
				f.unstrike(s.ID)
			}
			if left := f.corrected(); len(left) > 0 {
				t.Errorf("with all undone %v is off the downtime", left)
			}
		}()
		again := func(check, region string, from, until time.Time) {
			s, err := f.strike(check, region, from, until)
			switch {
			case err == nil:
				inForce = append(inForce, s)
			case !isRefusal(err):
				t.Fatal(err)
			}
		}
		for range rapid.IntRange(2, 7).Draw(t, "steps") {
			if len(inForce) > 0 && rapid.IntRange(0, 2).Draw(t, "undo") == 0 {
				i := rapid.IntRange(0, len(inForce)-1).Draw(t, "which")
				f.unstrike(inForce[i].ID)
				inForce = slices.Delete(inForce, i, i+1)
				continue
			}
			from := begins.Add(time.Duration(rapid.IntRange(0, most).Draw(t, "from")) * 10 * time.Second)
			check := f.checks[rapid.IntRange(0, len(f.checks)-1).Draw(t, "check")].ID
			again(check, rapid.SampledFrom([]string{"", "", "a", "b"}).Draw(t, "region"), from, from.Add(time.Duration(rapid.IntRange(1, 60).Draw(t, "long"))*10*time.Second))
		}
		got, last := f.corrected(), inForce
		for _, s := range last {
			f.unstrike(s.ID)
		}
		inForce = nil
		for _, s := range last {
			again(s.Check, s.Region, s.From, s.Until)
		}
		if len(inForce) != len(last) {
			t.Fatalf("of %d strikes %d could be made again", len(last), len(inForce))
		}
		if want := f.corrected(); !slices.Equal(got, want) {
			t.Fatalf("%v is off the downtime; want %v, by %+v", got, want, last)
		}
	})
}
