package sms_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"daymark/notify"
	"daymark/notify/notifytest"
	"daymark/notify/sms"
)

const (
	accountSID = "AC00000000000000000000000000000001"
	serviceSID = "MG00000000000000000000000000000001"
	authToken  = "0123456789abcdef0123456789abcdef"
	reader     = "+447700900123"
	page       = "https://status.harbour.example"
)

var key = []byte("a key of sixteen bytes and more")

// limited is the context that every wait in a test ends with.
func limited(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func standIn(t *testing.T, opts notifytest.TwilioOptions) *notifytest.Twilio {
	t.Helper()
	opts.AccountSID, opts.AuthToken, opts.MessagingServiceSID = accountSID, authToken, serviceSID
	if opts.CallbackBackoff == 0 {
		opts.CallbackAttempts, opts.CallbackBackoff = 1, time.Millisecond
	}
	twilio, err := notifytest.NewTwilio(opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := twilio.Start(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := twilio.Close(); err != nil {
			t.Error(err)
		}
	})
	return twilio
}

// options are for a channel to an address; callbacks go nowhere.
func options(baseURL string) sms.Options {
	return sms.Options{
		SMS: notify.SMS{Pace: 10_000, Twilio: notify.Twilio{
			AccountSID: accountSID, AuthToken: authToken, MessagingServiceSID: serviceSID, BaseURL: baseURL,
		}},
		PageURL: "http://127.0.0.1:1", Key: key, Transport: &http.Transport{},
	}
}

func channel(t *testing.T, opts sms.Options) *sms.Channel {
	t.Helper()
	c, err := sms.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func message() notify.Message {
	mark := page + "/incidents/7q2?u=1"
	return notify.Message{
		ID: "u1-s1", Channel: "sms", To: reader, Incident: "7q2", Update: 1, Mark: mark,
		SMS:     "Harbour Bank: Sign in is not available since 14:01. Next update by 14:32. " + mark,
		Created: time.Now(), Expires: time.Now().Add(time.Hour),
	}
}

// handler serves callbacks to an outbox; its address is known before the
// handler is, as with a page.
func handler(t *testing.T, outbox *notifytest.Outbox) (pageURL string) {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	callback, err := sms.NewCallback(sms.CallbackOptions{Reporter: outbox, AuthToken: authToken, PageURL: server.URL, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle(sms.CallbackPath, callback)
	return server.URL
}

// process runs a sender until stop is called.
func process(t *testing.T, outbox *notifytest.Outbox, c notify.Channel, askFor time.Duration) (stop func()) {
	t.Helper()
	s, err := notify.NewSender(notify.SenderOptions{
		Outbox: outbox, Lanes: []notify.Lane{{Channel: c}}, Poll: time.Millisecond, Grace: time.Nanosecond,
		AskFor: askFor, AskEvery: time.Millisecond, RetryFirst: time.Millisecond,
		Render: func(d notify.Delivery) (notify.Message, error) {
			m := message()
			m.ID, m.Created, m.Expires = d.ID, d.Created, d.Expires
			return m, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { s.Run(ctx) })
	return func() {
		cancel()
		running.Wait()
	}
}

func put(outbox *notifytest.Outbox, id string) {
	now := time.Now()
	outbox.Put(notify.Delivery{ID: id, Channel: "sms", Created: now, Expires: now.Add(time.Hour), Changed: now})
}

// reaches waits until a delivery has a state.
func reaches(t *testing.T, outbox *notifytest.Outbox, id string, state notify.State) {
	t.Helper()
	if err := outbox.Await(limited(t), func() bool { return outbox.Row(id).State == state }); err != nil {
		t.Fatalf("%s is %s (%s), want %s", id, outbox.Row(id).State, outbox.Row(id).Reason, state)
	}
}
