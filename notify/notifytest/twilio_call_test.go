package notifytest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"daymark/notify/notifytest"
)

func callsURL(tw *notifytest.Twilio) string {
	return tw.URL() + "/2010-04-01/Accounts/" + accountSID + "/Calls.json"
}

// goodCall is a form that Twilio takes, with changes.
func goodCall(changes ...string) url.Values {
	form := url.Values{"To": {reader}, "From": {"+15005550006"}, "Twiml": {"<Response><Say>Hello</Say></Response>"}}
	for i := 0; i < len(changes); i += 2 {
		form.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			form.Del(changes[i])
		}
	}
	return form
}

func TestTwilioRefusesCalls(t *testing.T) {
	tw := startTwilio(t, notifytest.TwilioOptions{})
	say := func(text string) string { return "<Response>" + text + "</Response>" }
	for name, tc := range map[string]struct {
		form url.Values
		code int
	}{
		"no To":                 {goodCall("To", ""), 21201},
		"To in national form":   {goodCall("To", "07700900123"), 21211},
		"no From":               {goodCall("From", ""), 21213},
		"From is no number":     {goodCall("From", "Bank"), 21212},
		"From of others":        {goodCall("From", "+15005550007"), 21210},
		"nothing to do":         {goodCall("Twiml", ""), 21205},
		"a field that is not":   {goodCall("Body", "x"), 20001},
		"a callback relative":   {goodCall("StatusCallback", "/x"), 21609},
		"an event that is not":  {goodCall("StatusCallbackEvent", "done"), 21626},
		"rings for nothing":     {goodCall("Timeout", "0"), 21208},
		"rings too long":        {goodCall("Timeout", "601"), 21208},
		"detection by guess":    {goodCall("MachineDetection", "yes"), 21207},
		"too long":              {goodCall("Twiml", say("<Say>"+strings.Repeat("x", 3980)+"</Say>")), 32018},
		"no XML":                {goodCall("Twiml", "hello"), 12100},
		"not whole":             {goodCall("Twiml", "<Response><Say>x</Say>"), 12100},
		"an unknown element":    {goodCall("Twiml", say("<Shout>x</Shout>")), 12100},
		"an unknown attribute":  {goodCall("Twiml", say(`<Say volume="9">x</Say>`)), 12100},
		"text outside":          {goodCall("Twiml", say("x")), 12100},
		"a Gather to nowhere":   {goodCall("Twiml", say(`<Gather action="/x"/>`)), 12100},
		"a Gather in a Gather":  {goodCall("Twiml", say(`<Gather action="https://a.example/"><Gather action="https://a.example/"/></Gather>`)), 12100},
		"digits without number": {goodCall("Twiml", say(`<Gather action="https://a.example/" numDigits="one"/>`)), 12100},
	} {
		t.Run(name, func(t *testing.T) {
			if res, body := ask(t, "POST", callsURL(tw), tc.form); res.StatusCode != 400 || body["code"] != float64(tc.code) {
				t.Errorf("got %d %v, want %d", res.StatusCode, body, tc.code)
			}
		})
	}
	if n := len(tw.Calls()); n != 0 {
		t.Errorf("kept %d", n)
	}
	if res, body := ask(t, "POST", callsURL(tw), goodCall(), func(r *http.Request) { r.SetBasicAuth(accountSID, "x") }); res.StatusCode != 401 || body["code"] != 20003.0 {
		t.Errorf("without the token: %d %v", res.StatusCode, body)
	}
	if res, body := ask(t, "POST", callsURL(tw), goodCall("Twiml", say("<Say>"+strings.Repeat("x", 3967)+"</Say>"))); res.StatusCode != 201 {
		t.Errorf("at the limit: %v", body)
	}
}

// TestTwilioClientCalls uses Twilio's own client.
func TestTwilioClientCalls(t *testing.T) {
	callbacks := startCallbacks(t, always(204))
	tw := startTwilio(t, notifytest.TwilioOptions{Phone: func(notifytest.Call) notifytest.Pickup { return notifytest.Pickup{Status: notifytest.CallNoAnswer} }})
	api := realClient(t, tw, authToken)
	params := (&openapi.CreateCallParams{}).SetTo(reader).SetFrom("+15005550006").SetTwiml("<Response><Say>Hello</Say></Response>").
		SetStatusCallback(callbacks.URL + "/x?a=b").SetStatusCallbackEvent([]string{"initiated", "ringing", "completed"}).SetTimeout(20)
	made, err := api.CreateCall(params)
	if err != nil || *made.Status != "queued" {
		t.Fatalf("called %+v, %v", made, err)
	}
	if err := tw.Await(limited(t), func() bool { return len(tw.Callbacks()) == 3 }); err != nil {
		t.Fatal(err, tw.Callbacks())
	}
	for i, want := range []string{"initiated", "ringing", "no-answer"} {
		if c := tw.Callbacks()[i]; c.Status != want || c.Code != 204 || c.SID != *made.Sid {
			t.Errorf("callback %d: %+v", i, c)
		}
		if form := callbacks.forms[i]; form.Get("CallSid") != *made.Sid || form.Get("CallStatus") != want || form.Get("To") != reader {
			t.Errorf("callback %d: %v", i, form)
		}
	}
	page, err := api.PageCall((&openapi.ListCallParams{}).SetTo(reader), "", "")
	if err != nil || len(page.Calls) != 1 || *page.Calls[0].Sid != *made.Sid || *page.Calls[0].Status != "no-answer" {
		t.Fatalf("listed %+v, %v", page, err)
	}
	if _, err := time.Parse(time.RFC1123Z, *page.Calls[0].DateCreated); err != nil {
		t.Error(err)
	}
	if page, err := api.PageCall((&openapi.ListCallParams{}).SetTo("+447700900999"), "", ""); err != nil || len(page.Calls) != 0 {
		t.Errorf("listed for another number: %+v, %v", page, err)
	}
}
