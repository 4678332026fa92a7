package rank_test

import (
	"testing"

	"daymark/internal/rank"
)

func TestNearest(t *testing.T) {
	for _, test := range []struct {
		share float64
		n     int
		want  int // from 1 on
	}{
		{0.5, 1, 1},
		{0.5, 2, 1},
		{0.5, 3, 2},
		{0.5, 4, 2},
		{0.9, 10, 9},
		{0.9, 11, 10},
		{0.9, 1, 1},
		{0.95, 12, 12},
		{0.95, 20, 19},
		{0.95, 21, 20},
		{0.99, 12, 12},
		{0.99, 100, 99},
		{0.99, 101, 100},
		{0, 5, 1},
		{1, 5, 5},
	} {
		if got := rank.Nearest(test.share, test.n) + 1; got != test.want {
			t.Errorf("%v of %d is number %d; want %d", test.share, test.n, got, test.want)
		}
	}
}

// It is the first that so many do not exceed, for every share of hundredths.
func TestNearestIsTheFirst(t *testing.T) {
	for n := 1; n <= 300; n++ {
		for hundredths := 1; hundredths <= 100; hundredths++ {
			if got, want := rank.Nearest(float64(hundredths)/100, n), (n*hundredths+99)/100-1; got != want {
				t.Fatalf("%d of 100 of %d is %d; want %d", hundredths, n, got, want)
			}
		}
	}
}
