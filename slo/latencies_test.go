package slo_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/slo"
)

func someLatencies() *rapid.Generator[[]time.Duration] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) time.Duration {
		return time.Duration(rapid.Int64Range(0, int64(2*time.Minute/time.Microsecond)).Draw(t, "latency")) * time.Microsecond
	}), 1, 200)
}

// Answers that are taken out and given back leave what there was; one that is
// not there takes nothing with it.
func TestLatenciesAreTakenOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stay, gone, strange := someLatencies().Draw(t, "stay"), someLatencies().Draw(t, "go"), 3*time.Minute
		encoded := func(lists ...[]time.Duration) []byte {
			l := slo.NewLatencies()
			for _, took := range slices.Concat(lists...) {
				l.Add(took)
			}
			return l.Encode()
		}
		left, taken, err := slo.SplitLatencies(encoded(stay, gone), append(slices.Clone(gone), strange))
		if err != nil || !slices.Equal(left, encoded(stay)) || !slices.Equal(taken, encoded(gone)) {
			t.Fatalf("%x are left and %x taken, %v", left, taken, err)
		}
		all, err := slo.MergeLatencies(left, taken)
		if err != nil || !slices.Equal(all, encoded(stay, gone)) {
			t.Fatalf("%x, %v", all, err)
		}
	})
}

// However answers are parted, kept and added up, the figures are those of all
// of them, to one per cent.
func TestLatenciesAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := someLatencies().Draw(t, "all")
		parts := rapid.IntRange(1, 5).Draw(t, "parts")
		kept := make([][]byte, parts)
		for i, took := range all {
			l, err := slo.ReadLatencies(kept[i%parts])
			if err != nil {
				t.Fatal(err)
			}
			l.Add(took)
			kept[i%parts] = l.Encode()
		}
		sum := slo.NewLatencies()
		for _, encoded := range kept {
			if err := sum.MergeEncoded(encoded); err != nil {
				t.Fatal(err)
			}
		}
		if sum.Count() != len(all) {
			t.Fatalf("%d answers, want %d", sum.Count(), len(all))
		}
		threshold := time.Duration(rapid.Int64Range(int64(time.Millisecond), int64(time.Minute)).Draw(t, "threshold"))
		longest := slo.SlowerFrom(threshold)
		if slo.Slower(longest, threshold) || !slo.Slower(longest+time.Microsecond, threshold) {
			t.Fatalf("slower than %s begins after %s", threshold, longest)
		}
		slower, least, most := 0, 0, 0
		for _, took := range all {
			if slo.Slower(took, threshold) {
				slower++
			}
			if took > threshold+threshold/49 {
				least++
			}
			if took > threshold-threshold/49 {
				most++
			}
		}
		if got := sum.Slower(threshold); got != slower || got < least || got > most {
			t.Fatalf("%d are slower than %s; one by one %d, and between %d and %d", got, threshold, slower, least, most)
		}
		slices.Sort(all)
		share := rapid.Float64Range(0, 1).Draw(t, "share")
		got, ok := sum.Quantile(share)
		want := all[max(int(math.Ceil(share*float64(len(all))-1e-9))-1, 0)]
		if !ok || math.Abs(float64(got-want)) > slo.Accuracy*float64(want)+float64(2*time.Microsecond) {
			t.Fatalf("the quantile %v is %s, %v; want %s", share, got, ok, want)
		}
	})
}

// Of twelve answers, 95 and 99 of 100 are all of them.
func TestQuantilesOfFew(t *testing.T) {
	l := slo.NewLatencies()
	for range 11 {
		l.Add(100 * time.Millisecond)
	}
	l.Add(30 * time.Second)
	for share, want := range map[float64]time.Duration{0.5: 100 * time.Millisecond, 0.95: 30 * time.Second, 0.99: 30 * time.Second, 11.0 / 12: 100 * time.Millisecond} {
		if got, ok := l.Quantile(share); !ok || math.Abs(float64(got-want)) > slo.Accuracy*float64(want) {
			t.Errorf("%v of them come within %s; want %s", share, got, want)
		}
	}
}

func TestLatenciesOfNothing(t *testing.T) {
	l, err := slo.ReadLatencies(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := l.Quantile(0.5); ok || l.Count() != 0 || l.Slower(0) != 0 || len(l.Encode()) != 0 {
		t.Errorf("it has %d answers, and takes %d bytes", l.Count(), len(l.Encode()))
	}
	if _, err := slo.ReadLatencies([]byte{0xfc}); err == nil {
		t.Error("what is no latencies is read")
	}
}

// A check of an hour or a day takes little room.
func TestLatenciesAreSmall(t *testing.T) {
	l := slo.NewLatencies()
	for i := range 2880 {
		l.Add(time.Duration(80+i%40) * time.Millisecond)
	}
	if size := len(l.Encode()); size > 150 {
		t.Errorf("2880 answers of 80 to 120 ms take %d bytes", size)
	} else {
		t.Logf("%d bytes", size)
	}
}
