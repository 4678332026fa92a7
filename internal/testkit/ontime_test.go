package testkit

import "testing"

func TestOnTime(t *testing.T) {
	for name, test := range map[string]struct {
		little bool
		late   int // runs that are not what was meant
		want   int
	}{
		"at once":        {true, 0, 1},
		"after two":      {true, 2, 3},
		"never":          {true, 100, 5},
		"with much time": {false, 100, 1},
	} {
		runs := 0
		if got := OnTime(t, test.little, func() (int, bool) { runs++; return runs, runs > test.late }); got != test.want || runs != test.want {
			t.Errorf("%s: run %d of %d; want %d", name, got, runs, test.want)
		}
	}
}
