package browser

import (
	"bytes"
	"context"
	"os"
	"runtime"
	"testing"
	"time"

	"daymark/checker"
	"daymark/internal/testkit"
)

// held is what Chromium and this process hold, once they have come to rest.
func held(t testing.TB, runner *Runner) int64 {
	t.Helper()
	runner.current.rooms.busy.Wait()
	// Chromium ends the processes of pages a moment after they are gone.
	least := int64(0)
	for range testkit.Count(8, 20) {
		if err := pause(context.Background(), 250*time.Millisecond); err != nil {
			t.Fatal(err)
		}
		if now, _ := memoryOf(runner.current.process.pid); least == 0 || now < least {
			least = now
		}
	}
	runtime.GC()
	var own runtime.MemStats
	runtime.ReadMemStats(&own)
	return least + int64(own.HeapInuse) //nolint:gosec // far below the limit of an int64
}

// memoryOver gives what is held when warm and after so many journeys.
func memoryOver(t testing.TB, journeys int) (before, after int64) {
	t.Helper()
	shop, runner := shop(t), newRunner(t, nil)
	journey := steps(signIn(shop.URL, "correct horse")...)
	run := func(n int) {
		for range n {
			if result := try(t, runner, ample, journey); result.Outcome != checker.OK {
				t.Fatal(result.Reason)
			}
		}
	}
	run(testkit.Count(5, 10))
	before = held(t, runner)
	run(journeys)
	after = held(t, runner)
	if err := runner.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if left := profilesIn(t, runner.options.Dir); len(left) != 0 {
		t.Errorf("profiles left: %v", left)
	}
	if left := zombies(t); left != 0 {
		t.Errorf("%d zombies", left)
	}
	return before, after
}

// zombies counts the children of this process that nobody waited for.
func zombies(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, entry := range entries {
		stat, err := os.ReadFile("/proc/" + entry.Name() + "/stat")
		if err == nil && parentOf(entry.Name()) == os.Getpid() && isZombie(stat) {
			count++
		}
	}
	return count
}

func isZombie(stat []byte) bool {
	at := bytes.LastIndexByte(stat, ')') // the name before it may hold anything
	return at >= 0 && at+2 < len(stat) && stat[at+2] == 'Z'
}

// TestMemoryDoesNotGrow holds the full count to the bound; a few journeys more
// or less than warm say little.
func TestMemoryDoesNotGrow(t *testing.T) {
	journeys, most := testkit.Count(8, 200), 1.3
	if testkit.Full() {
		most = 1.05
	}
	before, after := memoryOver(t, journeys)
	t.Logf("%d MB warm, %d MB after %d journeys", before>>20, after>>20, journeys)
	if grown := float64(after) / float64(before); grown > most {
		t.Errorf("it grew to %.2f times as much: %d MB, then %d MB", grown, before>>20, after>>20)
	}
}

func BenchmarkJourneyMemoryRatio(b *testing.B) {
	var before, after int64
	for b.Loop() {
		before, after = memoryOver(b, 200)
	}
	b.ReportMetric(float64(after)/1e6, "ours/s")
	b.ReportMetric(float64(before)/1e6, "ref/s")
	b.ReportMetric(float64(before)/float64(after), "ratio")
}
