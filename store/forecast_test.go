package store_test

import (
	"testing"
	"time"

	"daymark/checker"
	"daymark/store"
)

func TestForesee(t *testing.T) {
	const day = 24 * time.Hour
	results := store.Growing{Kind: "results", PerDay: 100, Keep: 14 * day, Age: 4 * day}
	steady := store.Growing{PerDay: 100, Keep: 14 * day, Age: 20 * day}
	evidence := store.Growing{PerDay: 100, Keep: 30 * day, Age: 20 * day, Brief: store.Brief{PerDay: 90, Keep: 3 * day, Age: day}}
	for name, test := range map[string]struct {
		all        []store.Growing
		used, free int64
		copies     store.Copies
		want       store.Forecast
	}{
		"steady before it is full": {[]store.Growing{results}, 400, 5000, store.Copies{}, store.Forecast{Used: 400, Free: 5000, PerDay: 100, Steady: 1400, SteadyIn: 10 * day}},
		"full before":              {[]store.Growing{results}, 400, 250, store.Copies{}, store.Forecast{Used: 400, Free: 250, PerDay: 100, Steady: 1400, SteadyIn: 10 * day, Full: true, FullIn: 3 * day}},
		"steady already":           {[]store.Growing{steady}, 1400, 10, store.Copies{}, store.Forecast{Used: 1400, Free: 10, Steady: 1400}},
		"kept for ever":            {[]store.Growing{results, {PerDay: 1}}, 0, 1100, store.Copies{}, store.Forecast{Free: 1100, PerDay: 101, Full: true, FullIn: 101 * day}},
		"up to a limit":            {[]store.Growing{{PerDay: 100, Limit: 250, Has: 20}}, 20, 1000, store.Copies{}, store.Forecast{Used: 20, Free: 1000, PerDay: 100, Steady: 250, SteadyIn: 3 * day}},
		"nothing":                  {nil, 7, 1, store.Copies{}, store.Forecast{Used: 7, Free: 1, Steady: 7}},
		// Successes stop growing after 2 days, the rest after 10: 2 x 90 + 10 x 10.
		"a part that goes sooner": {[]store.Growing{evidence}, 0, 1000, store.Copies{}, store.Forecast{Free: 1000, PerDay: 100, Steady: 280, SteadyIn: 10 * day}},
		"both parts at their age": {[]store.Growing{{PerDay: 100, Keep: 30 * day, Age: 30 * day, Brief: store.Brief{PerDay: 90, Keep: 3 * day, Age: 3 * day}}}, 9, 1, store.Copies{}, store.Forecast{Used: 9, Free: 1, Steady: 9}},
		// 14 copies of 1400, and one more while it is made: 21,000 in all.
		"backups that have room":    {[]store.Growing{steady}, 1400, 21_000, store.Copies{Keep: 14, Every: day}, store.Forecast{Used: 1400, Free: 21_000, Steady: 1400, Copies: 19_600}},
		"backups that have none":    {[]store.Growing{steady}, 1400, 7000, store.Copies{Keep: 14, Every: day}, store.Forecast{Used: 1400, Free: 7000, Steady: 1400, Copies: 19_600, Full: true, FullIn: 6 * day}},
		"backups of a smaller time": {[]store.Growing{steady}, 1400, 2300, store.Copies{Sizes: []int64{100, 1400}, Keep: 2, Every: 7 * day}, store.Forecast{Used: 1400, Free: 2300, Steady: 1400, Copies: 2800}},
		"that are made often":       {[]store.Growing{results}, 400, 100_000, store.Copies{Sizes: []int64{400, 400}, Keep: 2, Every: time.Hour}, store.Forecast{Used: 400, Free: 100_000, PerDay: 100, Steady: 1400, SteadyIn: 10 * day, Copies: 2800}},
	} {
		if got := store.Foresee(test.all, test.used, test.free, test.copies); got != test.want {
			t.Errorf("%s: %+v; want %+v", name, got, test.want)
		}
	}
}

func TestGrowing(t *testing.T) {
	f := newFixture(t)
	f.rounds(30, checker.OK)
	all, err := f.store.Growing(t.Context(), store.Retention{Results: time.Hour, Hours: 2 * time.Hour}, f.time())
	if err != nil || len(all) != 4 {
		t.Fatalf("%+v, %v", all, err)
	}
	if r := all[0]; r.PerDay != 60*45*144 || r.Keep != time.Hour || r.Age != 290*time.Second {
		t.Errorf("%+v", r)
	}
	if h := all[1]; h.PerDay != 2*24*130 || h.Age > 2*time.Hour || all[2].PerDay != 2*190 {
		t.Errorf("%+v", all[1:])
	}
	size, err := f.store.Size(t.Context())
	if err != nil || size.Used <= 0 || size.File < size.Used {
		t.Errorf("%+v, %v", size, err)
	}
}

// TestGrowingEvidence: that of successes is known apart, with how old each is.
func TestGrowingEvidence(t *testing.T) {
	f := newFixture(t)
	f.see("oofo")
	f.pass(40 * time.Hour)
	f.see("oood")
	all, err := f.store.Growing(t.Context(), store.Retention{Evidence: 30 * 24 * time.Hour, EvidenceSize: 5000}, f.time())
	if err != nil || len(all) != 4 {
		t.Fatalf("%+v, %v", all, err)
	}
	// Of a day are three successes and what was degraded; the oldest success
	// that another one followed is the first of all, and then comes the failure.
	want := store.Growing{
		Kind: "evidence", PerDay: 400, Keep: 30 * 24 * time.Hour, Age: 40*time.Hour + 6*time.Minute, Limit: 5000, Has: 800,
		Brief: store.Brief{PerDay: 300, Keep: 3 * 24 * time.Hour, Age: 40*time.Hour + 7*time.Minute},
	}
	if all[3] != want {
		t.Errorf("%+v; want %+v", all[3], want)
	}
}
