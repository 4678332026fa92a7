package email

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A domain gets its pace, with a burst of one second's worth; what there is no
// room for is told to come back, each later than the one before.
func TestPaceHoldsADomain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPaces(20, 8)
		began := time.Now()
		var mu sync.Mutex
		var went, away []time.Duration
		var all sync.WaitGroup
		for range 100 {
			synctest.Wait() // each is begun when those before wait or have gone
			all.Go(func() {
				later, err := p.take(t.Context(), "mail.example", "i/1")
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err != nil:
					t.Error(err)
				case later > 0:
					away = append(away, later)
				default:
					went = append(went, time.Since(began))
				}
			})
		}
		all.Wait()
		if len(went) != 28 || len(away) != 72 { // the burst, and those for whom there was room
			t.Fatalf("%d went, %d were put off", len(went), len(away))
		}
		for i, at := range went {
			if want := max(0, time.Duration(i-19)*50*time.Millisecond); at != want {
				t.Errorf("number %d went after %s, want %s", i, at, want)
			}
		}
		for i, later := range away {
			if want := time.Second + time.Duration(i+1)*50*time.Millisecond; later != want {
				t.Errorf("number %d was put off by %s, want %s", i, later, want)
			}
		}
	})
}

// What was put off comes back at the pace at which it can go: nearly all of it
// goes then, and the pace is used to the full.
func TestPacePutsOffOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPaces(20, 8)
		began := time.Now()
		const messages = 2000
		var mu sync.Mutex
		putOff, last := 0, time.Duration(0)
		var all sync.WaitGroup
		for range messages {
			all.Go(func() {
				for {
					later, err := p.take(t.Context(), "mail.example", "i/1")
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					if later == 0 {
						last = max(last, time.Since(began))
						mu.Unlock()
						return
					}
					putOff++
					mu.Unlock()
					time.Sleep(later)
				}
			})
		}
		all.Wait()
		if putOff > messages*11/10 {
			t.Errorf("%d messages were put off %d times", messages, putOff)
		}
		if least, most := messages/20*time.Second-time.Second, messages/20*time.Second+3*time.Second; last < least || last > most {
			t.Errorf("the last went after %s", last)
		}
	})
}

// Neither do others wait behind a domain that is full, nor does what is told
// now wait behind what was put off for an older update.
func TestPaceHoldsNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPaces(2, 4)
		ctx, cancel := context.WithCancel(t.Context())
		var waiting sync.WaitGroup
		for range 1000 {
			waiting.Go(func() { _, _ = p.take(ctx, "slow.example", "old/1") }) // it is cut off
		}
		synctest.Wait()
		began := time.Now()
		for i := range 10 {
			if later, err := p.take(ctx, fmt.Sprintf("mail%d.example", i), "new/1"); later != 0 || err != nil || time.Since(began) != 0 {
				t.Errorf("another domain: %s, %v, after %s", later, err, time.Since(began))
			}
		}
		if later, _ := p.take(ctx, "slow.example", "new/1"); later > 2*time.Second {
			t.Errorf("a new update is put off by %s", later)
		}
		cancel()
		waiting.Wait()
		if p.waiting != 0 {
			t.Errorf("%d still wait", p.waiting)
		}
	})
}

func TestPaceForgetsDomains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPaces(2, 4)
		for i := range 5 * maxDomains {
			if i%maxDomains == 0 {
				time.Sleep(time.Minute)
			}
			if _, err := p.take(t.Context(), fmt.Sprintf("mail%d.example", i), "i/1"); err != nil {
				t.Fatal(err)
			}
		}
		if len(p.domains) > 2*maxDomains {
			t.Errorf("%d domains are kept", len(p.domains))
		}
	})
}
