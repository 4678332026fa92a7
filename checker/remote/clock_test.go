package remote

import (
	"testing"
	"time"
)

func TestClock(t *testing.T) {
	left := time.Now()
	for _, test := range []struct {
		name           string
		there, took    time.Duration
		back, offset   time.Duration
		ahead, within  time.Duration
		silent, broken bool
	}{
		{name: "equal ways", there: 20 * time.Millisecond, took: time.Second, back: 20 * time.Millisecond, offset: time.Hour, ahead: time.Hour, within: 20 * time.Millisecond},
		{name: "slow there", there: 100 * time.Millisecond, back: 0, offset: -time.Minute, ahead: -time.Minute + 50*time.Millisecond, within: 50 * time.Millisecond},
		{name: "an older server", silent: true},
		{name: "times that cannot be", took: -time.Second, broken: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			var c Client
			received := left.Add(test.there + test.offset).UnixNano()
			sent := received + int64(test.took)
			if test.silent {
				received, sent = 0, 0
			}
			c.clock.measure(left, left.Add(test.there+test.took+test.back), received, sent)
			ahead, within, known := c.Clock()
			if known == (test.silent || test.broken) || (ahead-test.ahead).Abs() > time.Microsecond || (within-test.within).Abs() > time.Microsecond {
				t.Errorf("%s within %s, %v", ahead, within, known)
			}
		})
	}
}

func TestTheClientLearnsTheServersClock(t *testing.T) {
	h := newHub(t, ServerOptions{Now: func() time.Time { return time.Now().Add(time.Hour) }})
	p := newProbe(t, h.web.URL, ClientOptions{})
	until(t, h.changed, "the server's clock is known", func() bool {
		_, _, known := p.client.Clock()
		return known
	})
	if ahead, within, _ := p.client.Clock(); (ahead - time.Hour).Abs() > within+time.Millisecond {
		t.Errorf("the server is %s ahead, within %s; it should be an hour", ahead, within)
	}
}
