package sms_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"daymark/notify"
	"daymark/notify/notifytest"
)

// purse is a day's budget in memory.
type purse struct {
	left int
	err  error
}

func (p *purse) Spend(_ context.Context, segments int, staff bool) (time.Duration, bool, error) {
	if p.err != nil || segments > p.left && !staff {
		return 3 * time.Hour, false, p.err
	}
	p.left -= segments
	return 0, true, nil
}

func (p *purse) Refund(_ context.Context, segments int, _ time.Time) error {
	p.left += segments
	return nil
}

// TestBudget: what is sent is counted in segments, what certainly is not is
// given back, and without a budget that can be read nothing goes out.
func TestBudget(t *testing.T) {
	for name, tc := range map[string]struct {
		purse  purse
		change func(*notify.Message)
		action notifytest.SMSAction
		class  notify.Class
		wait   time.Duration
		left   int
	}{
		"one segment":             {purse{left: 5}, nil, notifytest.SMSAction{}, notify.Taken, 0, 4},
		"three segments":          {purse{left: 5}, func(m *notify.Message) { m.SMS = strings.Repeat("x", 400) }, notifytest.SMSAction{}, notify.Taken, 0, 2},
		"more than is left":       {purse{left: 2}, func(m *notify.Message) { m.SMS = strings.Repeat("x", 400) }, notifytest.SMSAction{}, notify.NotNow, 3 * time.Hour, 2},
		"of staff":                {purse{}, func(m *notify.Message) { m.Audience = notify.Staff }, notifytest.SMSAction{}, notify.Taken, 0, -1},
		"it cannot be read":       {purse{left: 5, err: errors.New("disk full")}, nil, notifytest.SMSAction{}, notify.NotNow, 0, 5},
		"it is refused":           {purse{left: 5}, nil, notifytest.SMSAction{Status: 400, Code: 21610}, notify.Refused, 0, 5},
		"too many":                {purse{left: 5}, nil, notifytest.SMSAction{Status: 429, Code: 20429}, notify.NotNow, 0, 5},
		"it may have been taken":  {purse{left: 5}, nil, notifytest.SMSAction{Drop: notifytest.DropAfter}, notify.Unclear, 0, 4},
		"to another country":      {purse{left: 5}, func(m *notify.Message) { m.To = "+12025550123" }, notifytest.SMSAction{}, notify.Refused, 0, 5},
		"a life that is over":     {purse{left: 5}, func(m *notify.Message) { m.Expires = time.Now() }, notifytest.SMSAction{}, notify.NotNow, 0, 5},
		"what Twilio cannot take": {purse{left: 5}, func(m *notify.Message) { m.SMS = "" }, notifytest.SMSAction{}, notify.Refused, 0, 5},
	} {
		t.Run(name, func(t *testing.T) {
			tw := standIn(t, notifytest.TwilioOptions{Hook: func(string, string) notifytest.SMSAction { return tc.action }})
			opts := options(tw.URL())
			opts.Budget, opts.SMS.Countries = &tc.purse, []string{"GB"}
			m := message()
			if tc.change != nil {
				tc.change(&m)
			}
			sent := channel(t, opts).Send(limited(t), m)
			if sent.Class != tc.class || sent.RetryAfter != tc.wait || tc.purse.left != tc.left {
				t.Errorf("sent %+v; %d left, want %d", sent, tc.purse.left, tc.left)
			}
			if tc.class == notify.NotNow && tc.action.Status == 0 && tw.Received() != 0 {
				t.Error("it went out")
			}
		})
	}
}

// TestPace: segments go out one after the other, as fast as the options say.
func TestPace(t *testing.T) {
	tw := standIn(t, notifytest.TwilioOptions{})
	opts := options(tw.URL())
	opts.SMS.Pace = 20 // 50 ms each
	c := channel(t, opts)
	m := message()
	m.SMS = strings.Repeat("x", 400) // three segments
	began := time.Now()
	for range 3 {
		if sent := c.Send(limited(t), m); sent.Class != notify.Taken {
			t.Fatalf("sent %+v", sent)
		}
	}
	if took := time.Since(began); took < 290*time.Millisecond {
		t.Errorf("nine segments began within %s; the third message may go out after six of 50 ms", took)
	}
	ctx, cancel := context.WithCancel(limited(t))
	cancel()
	if sent := c.Send(ctx, m); sent.Class != notify.NotNow {
		t.Errorf("ended while it waited: %+v", sent)
	}
}
