package notifytest

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // Twilio's signature is HMAC-SHA1.
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"daymark/internal/pause"
)

// Callback is what became of one status callback.
type Callback struct {
	// SID and Status are what it told.
	SID, Status string
	// Attempts is how often it was tried, Code the last answer's HTTP status
	// (zero without one), Err why the last try failed (nil: it was taken).
	Attempts, Code int
	Err            error
}

// courier owns all that runs after an acceptance: the statuses of each message
// and their callbacks. At most 16 callbacks are under way at once.
type courier struct {
	twilio *Twilio
	client *http.Client
	slots  chan struct{}
	ctx    context.Context // ends with close
	cancel context.CancelFunc

	mu     sync.Mutex // guards closed against follow
	closed bool
	work   sync.WaitGroup
}

func newCourier(t *Twilio) *courier {
	c := &courier{twilio: t, slots: make(chan struct{}, 16)}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.client = &http.Client{
		Timeout:       t.opts.CallbackTimeout,
		Transport:     &http.Transport{MaxIdleConnsPerHost: 4, IdleConnTimeout: 30 * time.Second},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c
}

// close ends what runs and waits for it.
func (c *courier) close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.cancel()
	c.work.Wait()
	c.client.CloseIdleConnections()
}

// pause waits for d; it says false if close came first.
func (c *courier) pause(d time.Duration) bool {
	return pause.For(c.ctx, d) == nil
}

// follow takes a message from its present status to the last one.
func (c *courier) follow(m SMS) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || m.final() {
		return
	}
	c.work.Go(func() {
		for !m.final() {
			if !c.pause(c.twilio.opts.StepDelay) || c.ctx.Err() != nil {
				return
			}
			c.advance(&m)
			c.twilio.update(m)
			// Twilio tells each status but the first, which the answer told.
			if m.StatusCallback != "" {
				c.tell(m.SID, m.Status, m.StatusCallback, callbackForm(m))
			}
		}
	})
}

// advance moves a message one status on.
func (c *courier) advance(m *SMS) {
	now := c.twilio.opts.Now()
	m.Updated = now
	switch m.Status {
	case StatusAccepted:
		m.Status, m.From = StatusQueued, c.twilio.opts.Numbers[0]
	case StatusQueued:
		m.Status, m.Sent = StatusSent, now
	default:
		if c.twilio.opts.Fate != nil {
			m.Status, m.ErrorCode = c.twilio.opts.Fate(*m)
		}
		if !m.final() {
			m.Status = StatusDelivered
		}
	}
}

// tell posts one status, a bounded number of times, and records the end of it.
func (c *courier) tell(sid, status, address string, form url.Values) {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-c.ctx.Done():
		return
	}
	done := Callback{SID: sid, Status: status}
	wait := c.twilio.opts.CallbackBackoff
	for done.Attempts < c.twilio.opts.CallbackAttempts {
		if done.Attempts > 0 {
			if !c.pause(wait) {
				break
			}
			wait *= 2
		}
		done.Attempts++
		if done.Code, _, done.Err = c.send(address, form); done.Err == nil {
			break
		}
	}
	if done.Err != nil {
		c.twilio.opts.Logger.Warn("status callback given up",
			"sid", sid, "status", status, "attempts", done.Attempts, "error", done.Err)
	}
	c.twilio.record(done)
}

// send posts a signed form and gives the answer, of which at most 64 KB count.
func (c *courier) send(address string, form url.Values) (int, []byte, error) {
	req, err := http.NewRequestWithContext(c.ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, nil, fmt.Errorf("make callback: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	req.Header.Set("User-Agent", "TwilioProxy/1.1")
	req.Header.Set("X-Twilio-Signature", Sign(c.twilio.opts.AuthToken, address, form))
	res, err := c.client.Do(req)
	if err != nil {
		return 0, nil, fmt.Errorf("post callback: %w", err)
	}
	defer func() { _ = res.Body.Close() }() // only read from
	body, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return res.StatusCode, nil, fmt.Errorf("read the answer: %w", err)
	}
	if res.StatusCode/100 != 2 {
		return res.StatusCode, body, fmt.Errorf("post callback: answered %d", res.StatusCode)
	}
	return res.StatusCode, body, nil
}

func callbackForm(m SMS) url.Values {
	form := url.Values{
		"AccountSid": {m.AccountSID}, "ApiVersion": {"2010-04-01"}, "From": {m.From}, "To": {m.To},
		"MessageSid": {m.SID}, "MessageStatus": {m.Status}, "SmsSid": {m.SID}, "SmsStatus": {m.Status},
	}
	if m.MessagingServiceSID != "" {
		form.Set("MessagingServiceSid", m.MessagingServiceSID)
	}
	if m.ErrorCode != 0 {
		form.Set("ErrorCode", strconv.Itoa(m.ErrorCode))
	}
	return form
}

// Sign is X-Twilio-Signature for a POST: base64 of HMAC-SHA1, keyed with the
// auth token, over the URL and each parameter's name and value, by name.
func Sign(authToken, address string, form url.Values) string {
	mac := hmac.New(sha1.New, []byte(authToken))
	_, _ = io.WriteString(mac, address) // a hash never fails
	for _, name := range slices.Sorted(maps.Keys(form)) {
		for _, value := range form[name] {
			_, _ = io.WriteString(mac, name+value)
		}
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// record keeps what became of a callback.
func (t *Twilio) record(c Callback) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.callbacks = append(t.callbacks, c)
	if most := 4 * t.opts.Keep; len(t.callbacks) > most {
		t.callbacks = slices.Clone(t.callbacks[len(t.callbacks)-most:])
	}
	t.announce()
}

// Callbacks returns what became of the status callbacks, oldest first; the
// oldest leave when there are more than four a kept message.
func (t *Twilio) Callbacks() []Callback {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.callbacks)
}
