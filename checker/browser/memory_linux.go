package browser

import (
	"bytes"
	"os"
	"strconv"
)

// memoryOf adds up what a process and its descendants hold that nobody else
// does, in bytes, and tells it of each renderer. Memory that files back is left
// out, since all of Chromium's processes share it.
func memoryOf(root int) (total int64, renderers map[int]int64) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0, nil
	}
	children := map[int][]int{}
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil {
			if parent := parentOf(entry.Name()); parent > 0 {
				children[parent] = append(children[parent], pid)
			}
		}
	}
	renderers = map[int]int64{}
	for queue := []int{root}; len(queue) > 0; queue = queue[1:] {
		pid := queue[0]
		queue = append(queue, children[pid]...)
		name := strconv.Itoa(pid)
		held := heldBy(name)
		total += held
		// A process that is gone by now has an empty line.
		line, _ := os.ReadFile("/proc/" + name + "/cmdline")
		if bytes.Contains(line, []byte("--type=renderer")) {
			renderers[pid] = held
		}
	}
	return total, renderers
}

// parentOf reads the parent from stat, in which the name of the program, in
// brackets, may hold anything.
func parentOf(pid string) int {
	stat, _ := os.ReadFile("/proc/" + pid + "/stat")
	at := bytes.LastIndexByte(stat, ')')
	if at < 0 {
		return 0
	}
	fields := bytes.Fields(stat[at+1:])
	if len(fields) < 2 {
		return 0
	}
	parent, _ := strconv.Atoi(string(fields[1]))
	return parent
}

// heldBy is the memory of one process: its own and what it shares with others
// by other means than files. It can be read of a sandboxed process too.
func heldBy(pid string) int64 {
	status, _ := os.ReadFile("/proc/" + pid + "/status")
	var held int64
	for line := range bytes.Lines(status) {
		if bytes.HasPrefix(line, []byte("RssAnon:")) || bytes.HasPrefix(line, []byte("RssShmem:")) {
			if fields := bytes.Fields(line); len(fields) >= 2 {
				kilobytes, _ := strconv.ParseInt(string(fields[1]), 10, 64)
				held += kilobytes << 10
			}
		}
	}
	return held
}
