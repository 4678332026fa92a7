package browser

import (
	"bytes"
	"os"
	"strconv"
	"testing"
	"time"
)

// processorTime is what this process and all it started have computed so far,
// those included that have ended and were waited for. /proc counts hundredths
// of a second.
func processorTime(t testing.TB) time.Duration {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	children := map[int][]int{}
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil {
			if parent := parentOf(entry.Name()); parent > 0 {
				children[parent] = append(children[parent], pid)
			}
		}
	}
	ticks := 0
	for queue := []int{os.Getpid()}; len(queue) > 0; queue = queue[1:] {
		queue = append(queue, children[queue[0]]...)
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(queue[0]) + "/stat")
		at := bytes.LastIndexByte(stat, ')') // the name before it may hold anything
		if err != nil || at < 0 {
			continue // it has just ended
		}
		for _, field := range bytes.Fields(stat[at+1:])[11:15] { // utime, stime, and the same of its dead children
			n, err := strconv.Atoi(string(field))
			if err != nil {
				t.Fatal(err)
			}
			ticks += n
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
