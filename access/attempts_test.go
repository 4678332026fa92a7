package access_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/access"
)

var tried = time.Date(2026, 12, 1, 3, 0, 0, 0, time.UTC)

// TestWhoGuessesNeverSlowsTheirVictim: whatever others do, a browser that is
// known gets its ten tries.
func TestWhoGuessesNeverSlowsTheirVictim(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, now := access.NewAttempts(), tried
		for range rapid.IntRange(0, 600).Draw(t, "guesses") {
			now = now.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "ms")) * time.Millisecond)
			a.Begin(access.Try{Person: "ana", Network: fmt.Sprint(rapid.IntRange(0, 50).Draw(t, "network"))}, now)
		}
		for i := range 10 {
			if wait := a.Begin(access.Try{Person: "ana", Network: "9", Known: true, Device: "d"}, now); wait > 0 {
				t.Fatalf("try %d of the person waits %v", i, wait)
			}
		}
	})
}

// TestGuessesAreBounded: of one network and of many, no more than the rates say
// are looked at.
func TestGuessesAreBounded(t *testing.T) {
	for networks, most := range map[int]int{1: 5 + 24*60*2, 1000: 200 + 24*60*2} {
		a, looked := access.NewAttempts(), 0
		for second := range 24 * 60 * 60 {
			now := tried.Add(time.Duration(second) * time.Second)
			if a.Begin(access.Try{Person: "ana", Network: fmt.Sprint(second % networks)}, now) == 0 {
				looked++
			}
		}
		if looked > most || looked < most/2 {
			t.Errorf("from %d networks %d guesses a day are looked at; at most %d", networks, looked, most)
		}
	}
}

func TestARightPasswordCountsNothing(t *testing.T) {
	a := access.NewAttempts()
	try := access.Try{Person: "ana", Network: "1"}
	for i := range 1000 {
		if wait := a.Begin(try, tried); wait > 0 {
			t.Fatalf("sign-in %d waits %v", i, wait)
		}
		a.Right(try)
	}
}

func TestAttemptsAreRememberedInBoundedRoom(t *testing.T) {
	a := access.NewAttempts()
	refused := 0
	for i := range 60_000 {
		if a.Begin(access.Try{Person: fmt.Sprint("p", i), Network: fmt.Sprint("n", i)}, tried) > 0 {
			refused++
		}
	}
	if refused == 0 {
		t.Error("60,000 names from 60,000 networks at once are all looked at")
	}
	if wait := a.Begin(access.Try{Person: "p", Network: "n"}, tried.Add(2*time.Hour)); wait > 0 {
		t.Errorf("two hours later somebody still waits %v", wait)
	}
}

// TestNobodyTypesWhatIsAnothers: what somebody types as a name fills no count
// but that of the name.
func TestNobodyTypesWhatIsAnothers(t *testing.T) {
	a := access.NewAttempts()
	for i := range 300 {
		network := fmt.Sprint("of others ", i)
		for _, typed := range []string{"ana from 10.0.0.9", "code of ana", "code"} {
			a.Begin(access.Try{Step: access.TryPassword, Person: typed, Network: network}, tried)
		}
	}
	for _, step := range []string{access.TryPassword, access.TryCode} {
		for i := range 5 {
			if wait := a.Begin(access.Try{Step: step, Person: "ana", Network: "10.0.0.9"}, tried); wait > 0 {
				t.Errorf("%s %d of somebody whose name was never tried waits %v", step, i, wait)
			}
		}
	}
}

// TestAFullMemoryKeepsNoKnownBrowserOut: where strangers share one count, the
// browsers that are known still have their own.
func TestAFullMemoryKeepsNoKnownBrowserOut(t *testing.T) {
	a := access.NewAttempts()
	for i := range 60_000 {
		a.Begin(access.Try{Person: fmt.Sprint("p", i), Network: fmt.Sprint("n", i)}, tried)
	}
	for i := range 10 {
		if wait := a.Begin(access.Try{Person: "ana", Network: "9", Known: true, Device: "d"}, tried); wait > 0 {
			t.Fatalf("try %d of a known browser waits %v", i, wait)
		}
	}
}

// TestCodesAreGuessedSlowly: who has the password and guesses codes from many
// networks gets a few hundred a day, of a million that there are.
func TestCodesAreGuessedSlowly(t *testing.T) {
	a, looked := access.NewAttempts(), 0
	for second := range 24 * 60 * 60 {
		now := tried.Add(time.Duration(second) * time.Second)
		if a.Begin(access.Try{Step: access.TryCode, Person: "ana", Network: fmt.Sprint(second)}, now) == 0 {
			looked++
		}
	}
	if looked > 350 || looked < 100 {
		t.Errorf("%d codes a day are looked at", looked)
	}
}
