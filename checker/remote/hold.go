package remote

import (
	"sync"

	"daymark/checker"
)

// hold keeps results in memory while the disk takes none. Past its number the
// oldest go; past its bytes results are kept without evidence.
type hold struct {
	most      int
	mostBytes int

	mu      sync.Mutex
	results []checker.Result
	first   uint64 // the number of results[0], counted from the beginning
	bytes   int    // of evidence
}

// add keeps results and says how many others had to go for them.
func (h *hold) add(results []checker.Result) (lost int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, result := range results {
		if size := evidenceSize(result); h.bytes+size > h.mostBytes {
			result.Evidence = nil
		} else {
			h.bytes += size
		}
		h.results = append(h.results, result)
	}
	lost = max(len(h.results)-h.most, 0)
	h.drop(lost)
	return lost
}

// peek gives the oldest, at most so many, and the number after the last of
// them for remove.
func (h *hold) peek(most int) ([]checker.Result, uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := min(most, len(h.results))
	return append([]checker.Result(nil), h.results[:n]...), h.first + uint64(n)
}

// remove takes out all before the number, which peek gave.
func (h *hold) remove(before uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if before > h.first {
		h.drop(int(before - h.first))
	}
}

// drop takes out the oldest; h.mu is held.
func (h *hold) drop(n int) {
	for i := range h.results[:n] {
		h.bytes -= evidenceSize(h.results[i])
		h.results[i] = checker.Result{} // its evidence is not to be kept by the slice
	}
	h.results, h.first = h.results[n:], h.first+uint64(n)
}

func (h *hold) len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.results)
}

func evidenceSize(result checker.Result) int {
	size := 0
	for _, evidence := range result.Evidence {
		size += len(evidence.Data)
	}
	return size
}
