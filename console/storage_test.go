package console_test

import (
	"context"
	"testing"
	"time"

	"daymark/console"
)

func (s *sources) Storage(context.Context) (console.Storage, error) { return s.storage, nil }

func TestHowTheDatabaseGrows(t *testing.T) {
	const day = 24 * time.Hour
	p := newPages(t)
	p.storage = console.Storage{
		File: 500e6, Used: 400e6, Free: 20e9, PerDay: 30e6, Steady: 820e6, SteadyIn: 14 * day,
		Kinds: []console.StorageKind{{Kind: "results", PerDay: 30e6, Keep: 30 * day}, {Kind: "days", PerDay: 1000}},
	}
	p.reads("/console/backups", "500 MB, 400 MB of it in use", "20 GB", "30 MB a day", "820 MB in 14 days, and stays so", "Results", "30 d", "for ever")
	got := get[map[string]any](p.fixture, "/api/v1/storage")
	if got["steady_bytes"] != 820e6 || got["steady_in_days"] != 14.0 || got["full_in_days"] != nil || len(got["kinds"].([]any)) != 2 {
		t.Errorf("%v", got)
	}
	for want, s := range map[string]console.Storage{
		"820 MB in 14 days, but the disk is full in 1 day":                 {Steady: 820e6, SteadyIn: 14 * day, Full: true, FullIn: day},
		"larger for ever, and the disk is full in 100 days":                {Full: true, FullIn: 100 * day},
		"larger for ever; the disk has room for 20 years":                  {},
		"1.5 MB, as it is: as much goes as comes":                          {Steady: 1.5e6},
		"820 MB, as it is, but with its backups the disk is full in 1 day": {Steady: 820e6, Backups: 11480e6, Full: true, FullIn: day},
		"11 GB then, on the same disk":                                     {Steady: 820e6, SteadyIn: 14 * day, Backups: 11480e6},
		"the disk has room for that and for the backups":                   {Steady: 820e6, SteadyIn: 14 * day, Backups: 11480e6},
		"the disk has room for the backups, too":                           {Steady: 820e6, Backups: 11480e6},
	} {
		p.storage = s
		p.reads("/console/backups", want)
		if got := get[map[string]any](p.fixture, "/api/v1/storage"); (got["full_in_days"] != nil) != s.Full {
			t.Errorf("%v", got)
		}
	}
}
