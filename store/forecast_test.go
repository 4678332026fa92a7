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
	for name, test := range map[string]struct {
		all        []store.Growing
		used, free int64
		want       store.Forecast
	}{
		"steady before it is full": {[]store.Growing{results}, 400, 5000, store.Forecast{Used: 400, Free: 5000, PerDay: 100, Steady: 1400, SteadyIn: 10 * day}},
		"full before":              {[]store.Growing{results}, 400, 250, store.Forecast{Used: 400, Free: 250, PerDay: 100, Steady: 1400, SteadyIn: 10 * day, Full: true, FullIn: 3 * day}},
		"steady already":           {[]store.Growing{{PerDay: 100, Keep: 14 * day, Age: 20 * day}}, 1400, 10, store.Forecast{Used: 1400, Free: 10, Steady: 1400}},
		"kept for ever":            {[]store.Growing{results, {PerDay: 1}}, 0, 1100, store.Forecast{Free: 1100, PerDay: 101, Full: true, FullIn: 101 * day}},
		"up to a limit":            {[]store.Growing{{PerDay: 100, Limit: 250, Has: 20}}, 20, 1000, store.Forecast{Used: 20, Free: 1000, PerDay: 100, Steady: 250, SteadyIn: 3 * day}},
		"nothing":                  {nil, 7, 1, store.Forecast{Used: 7, Free: 1, Steady: 7}},
	} {
		if got := store.Foresee(test.all, test.used, test.free); got != test.want {
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
	if r := all[0]; r.PerDay != 60*45 || r.Keep != time.Hour || r.Age != 290*time.Second {
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
