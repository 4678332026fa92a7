package checker

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"daymark/internal/testkit"
)

var (
	showingStart = time.Date(2026, 12, 1, 13, 0, 0, 0, time.UTC)
	letters      = map[rune]Outcome{'o': OK, 'd': Degraded, 'f': Failed, 'g': Failed, 'u': Unknown}
)

// sightOf is a run with evidence. "g" is a failure of another reason than "f".
func sightOf(letter rune, i int, at time.Time) Result {
	return Result{
		Outcome: letters[letter], At: at, Evidence: []Evidence{{Name: "answer.txt", Data: []byte("x")}},
		Reason: fmt.Sprintf("%c: it was `%d.%dms`", letter, i, i*7),
	}
}

// played plays runs ten seconds apart and marks those that are sent; "+" stands
// where the last success is owed.
func played(runs string, every time.Duration) (marks string) {
	var s showing
	for i, letter := range runs {
		run := sightOf(letter, i, showingStart.Add(time.Duration(i)*every))
		send := false
		s, send = s.after(&run)
		switch {
		case s.owed && send:
			marks += "+"
		case send:
			marks += "x"
		default:
			marks += "."
		}
		s.owed = false
	}
	return marks
}

func TestWhichEvidenceIsSent(t *testing.T) {
	for name, row := range map[string]struct {
		every      time.Duration
		runs, want string
	}{
		"the first success after the start, then one an hour": {20 * time.Minute, "ooooooo", "x..x..x"},
		"the first failures, and one in five minutes": {
			time.Minute, "offffffffffffff", "x+xx....x....x.",
		},
		"numbers in a reason are no other reason": {10 * time.Second, "offffffff", "x+xx....."},
		"another reason":                             {2 * time.Minute, "offffggff", "x+xx.x.x."},
		"a reason that changes all the time":         {10 * time.Second, "ofgfgfgfgfgfgfgfgfgf", "x+xxx..x............"},
		"degraded: the first, and one in 30 minutes": {10 * time.Minute, "odddddd", "x+..x.."},
		"a failure after degraded runs begins a streak, but the last success went with those": {
			10 * time.Second, "oddffff", "x+.xxx.",
		},
		"unknown runs end no streak":            {10 * time.Second, "offufff", "x+xxx.."},
		"failures without a success before":     {10 * time.Second, "ffff", "xxx."},
		"a success, though none was to be sent": {10 * time.Second, "oofoof", "x.+..+"},
		"a check that flaps has its share":      {10 * time.Second, "ofofofofofofofofofofof", "x+.+.+.+.+.+.+.+.+...."},
		"after a pause of the schedule there is more to tell": {
			3 * time.Minute, "ofofofof", "x+.+.+.+",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := played(row.runs, row.every); got != row.want {
				t.Errorf("%s\n%s is sent, want\n%s", row.runs, got, row.want)
			}
		})
	}
}

func TestEvidenceIsBoundedHoweverACheckBehaves(t *testing.T) {
	for seed := range uint64(testkit.Count(60, 3000)) {
		random := rand.New(rand.NewPCG(seed, 1))
		word := []string{"of", "fg", "ofdu", "oooof", "ud", "fd", "ofgdu"}[random.IntN(7)]
		every := time.Duration(1+random.IntN(60)) * time.Second
		var s showing
		var good []time.Time
		trouble, at := 0, showingStart
		const length = 12 * time.Hour
		for i := 0; at.Before(showingStart.Add(length)); i++ {
			run := sightOf(rune(word[random.IntN(len(word))]), i, at)
			before := s
			next, send := s.after(&run)
			if again, twice := before.after(&run); again != next || twice != send {
				t.Fatal("the same run is decided differently")
			}
			if next.owed && !before.owed && (run.Outcome != Failed && run.Outcome != Degraded || !before.fine) {
				t.Fatalf("seed %d: the last success is owed with %s", seed, run.Outcome)
			}
			if len(good) == 0 && run.Outcome == OK && !send {
				t.Fatalf("seed %d: the first success was not sent", seed)
			}
			if send && run.Outcome == OK {
				good = append(good, at)
			} else if send {
				trouble++
			}
			s, at = next, at.Add(every)
			s.owed = s.owed && random.IntN(3) > 0
		}
		for i := 1; i < len(good); i++ {
			if good[i].Sub(good[i-1]) < goodEvery {
				t.Errorf("seed %d: successes at %v and %v", seed, good[i-1], good[i])
			}
		}
		if most := mostShown + int(length/shownPause); trouble > most {
			t.Errorf("seed %d: %d pieces of trouble in %v, at most %d are sent", seed, trouble, length, most)
		}
	}
}

func TestAFailureAfterAQuietTimeIsAlwaysSent(t *testing.T) {
	for seed := range uint64(testkit.Count(200, 5000)) {
		random := rand.New(rand.NewPCG(seed, 2))
		var s showing
		at := showingStart
		for i := range random.IntN(300) {
			run := sightOf(rune("oofgdu"[random.IntN(6)]), i, at)
			s, _ = s.after(&run)
			at = at.Add(time.Duration(random.IntN(120)) * time.Second)
			if random.IntN(100) == 0 {
				at = at.Add(-time.Duration(random.IntN(100)) * time.Hour) // a clock that is set
			}
		}
		for i := range 2 {
			run := sightOf('o', i, at.Add(mostShown*shownPause))
			s, _ = s.after(&run)
		}
		run := sightOf('f', 0, at.Add(2*mostShown*shownPause))
		if _, send := s.after(&run); !send {
			t.Fatalf("seed %d: the first failure is not sent: %+v", seed, s)
		}
	}
}

func TestRunsWithoutEvidenceUseNothingUp(t *testing.T) {
	var s showing
	for i := range 50 {
		run := sightOf('f', i, showingStart.Add(time.Duration(i)*time.Second))
		run.Evidence = nil
		send := false
		if s, send = s.after(&run); send {
			t.Fatal("nothing is sent")
		}
	}
	run := sightOf('f', 50, showingStart.Add(time.Minute))
	if _, send := s.after(&run); !send {
		t.Error("the first evidence of the streak is not sent")
	}
}
