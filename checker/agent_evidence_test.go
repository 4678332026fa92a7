package checker

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"daymark/internal/testkit"
)

// sizes of evidence: one success and one failure of a journey.
const (
	goodSize = 150_000
	badSize  = 600_000
)

func pieceOf(name string, size int) []Evidence {
	return []Evidence{{Name: name, MediaType: "text/html", Data: make([]byte, size)}}
}

// carried tells what evidence the results of a check carried, oldest first.
func (c *collector) carried(check string, start time.Time) (all []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, result := range c.results {
		if result.Check != check {
			continue
		}
		var names []string
		for _, piece := range result.Evidence {
			name := piece.Name
			if at, own, ok := piece.LastSuccess(); ok {
				name = fmt.Sprintf("%s of %v", own, at.Sub(start))
			}
			names = append(names, name)
		}
		all = append(all, fmt.Sprintf("%v %s", result.At.Sub(start), strings.Join(names, ", ")))
	}
	return all
}

func TestTheLastSuccessIsSentBesideTheFirstFailure(t *testing.T) {
	testkit.NoLeaks(t)
	synctest.Test(t, func(t *testing.T) {
		var runs atomic.Int32
		r := newRig(t, AgentParams{Run: func(context.Context, Check) Result {
			if n := runs.Add(1); n <= 3 || n > 6 {
				return Result{Outcome: OK, Evidence: pieceOf("answer.txt", 4_000)}
			}
			return Result{Outcome: Failed, Reason: "the answer is wrong", Evidence: pieceOf("answer.txt", 4_000)}
		}}, httpCheck("api", "@every 10s"))
		pass(81 * time.Second)
		r.stop()
		same(t, "evidence", r.carried("api", r.start), []string{
			"10s answer.txt", "20s ", "30s ",
			"40s answer.txt, answer.txt of 30s", "50s answer.txt", "1m0s answer.txt",
			"1m10s ", "1m20s ",
		})
	})
}

func TestALargeFailureLeavesTheLastSuccessToALaterResult(t *testing.T) {
	for name, after := range map[string]Outcome{"of the streak": Failed, "that is ok again": OK} {
		t.Run(name, func(t *testing.T) {
			a := &Agent{memory: newMemory(DefaultEvidenceMemory)}
			e := &entry{}
			give := func(second int, outcome Outcome, size int) *Result {
				result := &Result{Outcome: outcome, At: showingStart.Add(time.Duration(second) * time.Second), Evidence: pieceOf("journey.html", size)}
				a.sift(e, result)
				return result
			}
			give(0, OK, goodSize)
			give(10, OK, goodSize)
			if got := give(20, Failed, badSize); len(got.Evidence) != 1 || got.Evidence[0].Name != "journey.html" {
				t.Fatalf("the failure carries %d pieces", len(got.Evidence))
			}
			got := give(30, after, badSize-goodSize)
			piece := got.Evidence[len(got.Evidence)-1]
			if at, own, ok := piece.LastSuccess(); !ok || own != "journey.html" || at.Sub(showingStart) != 10*time.Second || len(piece.Data) != goodSize {
				t.Errorf("the next carries %q of %v", piece.Name, at)
			}
			if total := total(got.Evidence); total > MaxEvidence {
				t.Errorf("%d bytes", total)
			}
		})
	}
}

func total(pieces []Evidence) (bytes int) {
	for _, piece := range pieces {
		bytes += len(piece.Data)
	}
	return bytes
}

func TestWhatIsRememberedIsBounded(t *testing.T) {
	m := newMemory(1_000_000)
	entries := make([]*entry, 40)
	for i := range entries {
		entries[i] = &entry{}
		m.remember(entries[i], showingStart.Add(time.Duration(i)*time.Second), pieceOf("a", 10_000*(1+i%5)))
		if m.bytes > m.most {
			t.Fatalf("%d bytes are remembered", m.bytes)
		}
	}
	sum, kept := 0, map[int]int{}
	for i, e := range entries {
		sum += m.kept[e].bytes
		kept[i%5] += len(m.kept[e].pieces)
	}
	if sum != m.bytes || kept[0] != 8 || kept[1] != 8 || kept[4] == 8 {
		t.Errorf("%d of %d bytes, by size: %v; the largest go first", sum, m.bytes, kept)
	}
	for _, e := range entries {
		m.remember(e, showingStart, pieceOf("a", 1_000))
	}
	if m.bytes != 40_000 {
		t.Errorf("%d bytes after each has a smaller one", m.bytes)
	}
	for _, e := range entries[:20] {
		m.leave(e)
		m.remember(e, showingStart, pieceOf("a", 1_000)) // a run that still went
	}
	for _, e := range entries[20:] {
		m.forget(e)
	}
	if m.bytes != 0 || len(m.kept) != 0 {
		t.Errorf("%d bytes of %d checks are left", m.bytes, len(m.kept))
	}
}

func TestARememberedPieceHoldsNoLargerBuffer(t *testing.T) {
	m, e := newMemory(1_000), &entry{}
	m.remember(e, showingStart, []Evidence{{Name: "a", Data: make([]byte, 10, 1<<20)}})
	if got := cap(m.kept[e].pieces[0].Data); got > 64 {
		t.Errorf("a buffer of %d bytes is kept for 10", got)
	}
	m.remember(e, showingStart, pieceOf("a", 2_000))
	if len(m.kept) != 0 || m.bytes != 0 {
		t.Error("one that is larger than all may be is kept, or the one before it")
	}
}

func TestTheNameOfALastSuccess(t *testing.T) {
	for name, want := range map[string]string{
		"last-success.1795870800000.answer.txt": "2026-11-28T13:00:00Z answer.txt",
		"last-success.5.a.b.c":                  "1970-01-01T00:00:00Z a.b.c",
		"answer.txt":                            "",
		"last-success.answer.txt":               "",
		"last-success.17.":                      "",
		"last-success.99999999999999999999.a":   "",
		"last-success.17":                       "",
	} {
		at, own, ok := (&Evidence{Name: name}).LastSuccess()
		got := ""
		if ok {
			got = at.Format(time.RFC3339) + " " + own
		}
		if got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	m, e := newMemory(1_000), &entry{}
	m.remember(e, showingStart, []Evidence{{Name: strings.Repeat("ä", 100)}})
	var result Result
	if !m.attach(e, &result) || len(result.Evidence[0].Name) > MaxID || slices.Contains([]rune(result.Evidence[0].Name), '\uFFFD') {
		t.Errorf("a long name becomes %q", result.Evidence)
	}
}

func TestAPlanThatChangesForgetsWhatWasRemembered(t *testing.T) {
	a, err := NewAgent(AgentParams{Region: "local", Sink: &collector{}, Run: func(context.Context, Check) Result { return Result{} }})
	if err != nil {
		t.Fatal(err)
	}
	a.SetPlan([]Check{httpCheck("api", "@every 10s"), httpCheck("shop", "@every 10s")})
	for _, e := range a.entries {
		a.memory.remember(e, showingStart, pieceOf("a", 1_000))
	}
	a.SetPlan([]Check{httpCheck("api", "@every 10s")})
	if a.memory.bytes != 1_000 || len(a.memory.kept) != 1 {
		t.Errorf("%d bytes of %d checks are remembered", a.memory.bytes, len(a.memory.kept))
	}
}
