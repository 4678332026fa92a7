package sms_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/notify/notifytest"
	"daymark/notify/sms"
)

const callFrom = "+15005550006"

func voice(t *testing.T, opts sms.Options) *sms.Voice {
	t.Helper()
	opts.SMS.Twilio.VoiceFrom = callFrom
	v, err := sms.NewVoice(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

func call() notify.Message {
	return notify.Message{
		ID: "alert-1-voice", Channel: "voice", To: reader, Incident: "7q2", Audience: notify.Staff,
		Text:    "This is Harbour Bank. Priority 1: \"Sign in\" is <not> available & slow since 14:01.",
		Notice:  &notify.Notice{Kind: notify.AlertNotice, Role: "engineer"},
		Created: time.Now(), Expires: time.Now().Add(10 * time.Minute),
	}
}

// answers takes answers as the engine would.
type answers struct {
	mu   sync.Mutex
	of   []string
	says string
	err  error
}

func (a *answers) Answer(_ context.Context, delivery string) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.of = append(a.of, delivery)
	return a.says, a.err
}

// exchange serves the callbacks of calls to an outbox and to who answers.
func exchange(t *testing.T, outbox *notifytest.Outbox, a *answers) (pageURL string) {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	back, err := sms.NewVoiceCallback(sms.CallbackOptions{Reporter: outbox, AuthToken: authToken, PageURL: server.URL, Key: key}, a)
	if err != nil {
		t.Fatal(err)
	}
	mux.HandleFunc(sms.VoiceStatusPath, back.ServeStatus)
	mux.HandleFunc(sms.VoiceKeyPath, back.ServeKey)
	return server.URL
}

// TestCalls: what happens at the other end, and what becomes of the delivery.
func TestCalls(t *testing.T) {
	for name, tc := range map[string]struct {
		pickup  notifytest.Pickup
		says    string
		state   notify.State
		reason  string
		answers int
		last    string // what is said at the end
	}{
		"somebody presses 1":         {notifytest.Pickup{Digits: "1"}, "Ana Reyes is Support Engineer.", notify.Delivered, "", 1, "Ana Reyes is Support Engineer. Goodbye."},
		"somebody presses 5":         {notifytest.Pickup{Digits: "5"}, "", notify.Delivered, "", 0, "Only 1 does something here. Nothing was changed. Goodbye."},
		"somebody presses 1 and 2":   {notifytest.Pickup{Digits: "12"}, "Done.", notify.Delivered, "", 1, "Done. Goodbye."},
		"somebody listens":           {notifytest.Pickup{}, "", notify.Delivered, "", 0, "Nothing was pressed. Goodbye."},
		"an answering machine":       {notifytest.Pickup{Machine: true, Digits: "1"}, "", notify.Undelivered, "an answering machine took the call", 0, "Nothing was pressed. Goodbye."},
		"busy":                       {notifytest.Pickup{Status: notifytest.CallBusy}, "", notify.Undelivered, "the line was busy", 0, ""},
		"nobody picks up":            {notifytest.Pickup{Status: notifytest.CallNoAnswer}, "", notify.Undelivered, "nobody picked up", 0, ""},
		"it fails":                   {notifytest.Pickup{Status: notifytest.CallFailed}, "", notify.Undelivered, "could not be connected", 0, ""},
		"it is called off elsewhere": {notifytest.Pickup{Status: notifytest.CallCanceled}, "", notify.Undelivered, "called off", 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			outbox, answering := notifytest.NewOutbox(), &answers{says: tc.says}
			tw := standIn(t, notifytest.TwilioOptions{Phone: func(notifytest.Call) notifytest.Pickup { return tc.pickup }})
			opts := options(tw.URL())
			opts.PageURL = exchange(t, outbox, answering)
			now := time.Now()
			outbox.Put(notify.Delivery{ID: "alert-1-voice", Channel: "voice", Created: now, Expires: now.Add(time.Hour), Changed: now})
			stop := calling(t, outbox, voice(t, opts))
			defer stop()
			reaches(t, outbox, "alert-1-voice", tc.state)
			if got := outbox.Row("alert-1-voice"); !strings.Contains(got.Reason, tc.reason) || got.Provider != tw.Calls()[0].SID {
				t.Errorf("it is %+v", got)
			}
			got := tw.Calls()[0]
			if len(answering.of) != tc.answers || tc.answers > 0 && answering.of[0] != "alert-1-voice" {
				t.Errorf("answered were %v", answering.of)
			}
			if tc.last != "" && (len(got.Said) < 2 || got.Said[len(got.Said)-1] != tc.last || !strings.HasSuffix(got.Said[0], `"Sign in" is <not> available & slow since 14:01. Press 1 to take it as Support Engineer.`)) {
				t.Errorf("it was said: %q", got.Said)
			}
			if got.From != callFrom || got.To != reader || got.Timeout != 30 || !got.MachineDetection {
				t.Errorf("the call is %+v", got)
			}
		})
	}
}

func calling(t *testing.T, outbox *notifytest.Outbox, c notify.Channel) (stop func()) {
	t.Helper()
	s, err := notify.NewSender(notify.SenderOptions{
		Outbox: outbox, Lanes: []notify.Lane{{Channel: c}}, Poll: time.Millisecond, Grace: time.Nanosecond,
		AskFor: 200 * time.Millisecond, AskEvery: time.Millisecond, RetryFirst: time.Millisecond,
		Render: func(d notify.Delivery) (notify.Message, error) {
			m := call()
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

// TestNobodyIsCalledTwice: whatever becomes of Twilio's answer, a phone rings
// once.
func TestNobodyIsCalledTwice(t *testing.T) {
	for name, action := range map[string]notifytest.SMSAction{
		"an answer lost after acceptance": {Drop: notifytest.DropAfter},
		"an error after acceptance":       {Status: 500, Code: 20500, Accept: true},
		"a redirect after acceptance":     {Status: 302, Body: "moved", Accept: true},
		"no SID":                          {Status: 201, Body: `{"status":"queued"}`, Accept: true},
		"no acceptance and no answer":     {Drop: notifytest.DropBefore},
		"too many":                        {Status: 429, Code: 20429},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			outbox := notifytest.NewOutbox()
			first := make(chan notifytest.SMSAction, 1)
			first <- action
			tw := standIn(t, notifytest.TwilioOptions{ListDelay: 30 * time.Millisecond, CallHook: func(string, string) notifytest.SMSAction {
				select {
				case a := <-first:
					return a
				default:
					return notifytest.SMSAction{}
				}
			}})
			now := time.Now()
			outbox.Put(notify.Delivery{ID: "alert-1-voice", Channel: "voice", Created: now, Expires: now.Add(time.Hour), Changed: now})
			stop := calling(t, outbox, voice(t, options(tw.URL())))
			defer stop()
			if err := outbox.Await(limited(t), func() bool {
				s := outbox.Row("alert-1-voice").State
				return s == notify.Accepted || s == notify.Delivered
			}); err != nil {
				t.Fatalf("%v: it is %+v", err, outbox.Row("alert-1-voice"))
			}
			if got := tw.Calls(); len(got) != 1 || outbox.Row("alert-1-voice").Provider != got[0].SID {
				t.Errorf("%d calls, provider %q", len(got), outbox.Row("alert-1-voice").Provider)
			}
		})
	}
}

// TestAskForACall: one that is another's is not taken for this one.
func TestAskForACall(t *testing.T) {
	testkit.NoLeaks(t)
	tw := standIn(t, notifytest.TwilioOptions{StepDelay: time.Hour})
	v := voice(t, options(tw.URL()))
	other := call()
	other.ID = "alert-9-voice"
	if sent := v.Send(limited(t), other); sent.Class != notify.Taken {
		t.Fatalf("sent %+v", sent)
	}
	if asked := v.Ask(limited(t), call()); asked.State != notify.Retry {
		t.Errorf("another's call: %+v", asked)
	}
	if asked := v.Ask(limited(t), other); asked.State != notify.Accepted || asked.Provider != tw.Calls()[0].SID {
		t.Errorf("its own call: %+v", asked)
	}
	late := call()
	late.Created = time.Now().Add(time.Hour)
	if asked := voice(t, options(tw.URL())).Ask(limited(t), late); asked.State != notify.Retry {
		t.Errorf("a call of another time: %+v", asked)
	}
	if asked := voice(t, options(tw.URL())).Ask(limited(t), call()); asked.State != notify.Accepted {
		t.Errorf("after a restart: %+v", asked)
	}
}

// TestCallsThatAreNotBegun: what Twilio would not take, and whom the
// configuration does not allow.
func TestCallsThatAreNotBegun(t *testing.T) {
	tw := standIn(t, notifytest.TwilioOptions{})
	opts := options(tw.URL())
	opts.SMS.Countries = []string{"IE"}
	for name, tc := range map[string]struct {
		voice *sms.Voice
		spoil func(*notify.Message)
		class notify.Class
		why   string
	}{
		"nothing to say":      {voice(t, options(tw.URL())), func(m *notify.Message) { m.Text = " " }, notify.Refused, "nothing to read out"},
		"a life that is over": {voice(t, options(tw.URL())), func(m *notify.Message) { m.Expires = time.Now() }, notify.NotNow, "useful life"},
		"another country":     {voice(t, opts), func(*notify.Message) {}, notify.Refused, "notify.sms.countries"},
	} {
		t.Run(name, func(t *testing.T) {
			m := call()
			tc.spoil(&m)
			if sent := tc.voice.Send(limited(t), m); sent.Class != tc.class || !strings.Contains(sent.Reason, tc.why) || len(tw.Calls()) != 0 {
				t.Errorf("sent %+v, %d calls", sent, len(tw.Calls()))
			}
		})
	}
	long := call()
	long.Text = strings.Repeat("& ", 5000)
	if sent := voice(t, options(tw.URL())).Send(limited(t), long); sent.Class != notify.Refused || !strings.Contains(sent.Reason, "longer than Twilio takes") {
		t.Errorf("all of it escaped: %+v", sent)
	}
	long.Text = strings.Repeat("Sign in is not available. ", 500)
	if sent := voice(t, options(tw.URL())).Send(limited(t), long); sent.Class != notify.Taken {
		t.Errorf("a long text: %+v", sent)
	}
	trial := call()
	trial.Notice, trial.Incident = &notify.Notice{Kind: notify.TrialNotice}, ""
	if sent := voice(t, options(tw.URL())).Send(limited(t), trial); sent.Class != notify.Taken || strings.Contains(tw.Calls()[1].Twiml, "Gather") {
		t.Errorf("a trial: %+v", sent)
	}
	if _, err := sms.NewVoice(options(tw.URL())); err == nil {
		t.Error("calls come from nowhere")
	}
}

// TestForgedKeys: what Twilio did not sign for the delivery answers nothing.
func TestForgedKeys(t *testing.T) {
	outbox, answering := notifytest.NewOutbox(), &answers{says: "Done."}
	back, err := sms.NewVoiceCallback(sms.CallbackOptions{Reporter: outbox, AuthToken: authToken, PageURL: page, Key: key}, answering)
	if err != nil {
		t.Fatal(err)
	}
	pressed := func(path, id, signature, token, digits string) *http.Request {
		form := url.Values{"CallSid": {"CA1"}, "Digits": {digits}}
		address := path + "?" + url.Values{"d": {id}, "s": {signature}}.Encode()
		r := httptest.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
		r.Header.Set("X-Twilio-Signature", notifytest.Sign(token, page+address, form))
		return r
	}
	good := notify.SignID(key, "d1")
	for name, tc := range map[string]struct {
		request *http.Request
		code    int
		answers int
	}{
		"as it should be":        {pressed(sms.VoiceKeyPath, "d1", good, authToken, "1"), 200, 1},
		"another account":        {pressed(sms.VoiceKeyPath, "d1", good, "another", "1"), 403, 0},
		"another delivery":       {pressed(sms.VoiceKeyPath, "d2", good, authToken, "1"), 403, 0},
		"signed for the status":  {pressed(sms.VoiceStatusPath, "d1", good, authToken, "1"), 403, 0},
		"signed for an SMS":      {pressed(sms.CallbackPath, "d1", good, authToken, "1"), 403, 0},
		"another key":            {pressed(sms.VoiceKeyPath, "d1", good, authToken, "2"), 200, 0},
		"no key":                 {pressed(sms.VoiceKeyPath, "d1", good, authToken, ""), 200, 0},
		"looked at by a browser": {httptest.NewRequest(http.MethodGet, sms.VoiceKeyPath+"?d=d1&s="+good, nil), 405, 0},
	} {
		t.Run(name, func(t *testing.T) {
			answering.of = nil
			w := httptest.NewRecorder()
			back.ServeKey(w, tc.request)
			if w.Code != tc.code || len(answering.of) != tc.answers {
				t.Errorf("answered %d, %v", w.Code, answering.of)
			}
		})
	}
	answering.err = errors.New("disk full")
	w := httptest.NewRecorder()
	back.ServeKey(w, pressed(sms.VoiceKeyPath, "d1", good, authToken, "1"))
	if body := w.Body.String(); w.Code != 200 || !strings.Contains(body, "could not be recorded") || strings.Contains(body, "disk") {
		t.Errorf("answered %d %s", w.Code, body)
	}
}
