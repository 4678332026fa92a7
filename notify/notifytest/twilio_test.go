package notifytest_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"daymark/notify/notifytest"
)

// ask makes one request; form may be nil.
func ask(t *testing.T, method, address string, form url.Values, set ...func(*http.Request)) (*http.Response, map[string]any) {
	t.Helper()
	res, body, err := tryAsk(t, method, address, form, set...)
	if err != nil {
		t.Fatal(err)
	}
	return res, body
}

func tryAsk(t *testing.T, method, address string, form url.Values, set ...func(*http.Request)) (*http.Response, map[string]any, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(limited(t), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(accountSID, authToken)
	for _, f := range set {
		f(req)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, nil, err
	}
	var body map[string]any
	if err := json.Unmarshal(raw, &body); err != nil {
		t.Fatalf("answer is no JSON: %v: %s", err, raw)
	}
	return res, body, nil
}

func messagesURL(tw *notifytest.Twilio) string {
	return tw.URL() + "/2010-04-01/Accounts/" + accountSID + "/Messages.json"
}

// good is a form that Twilio takes, with changes.
func good(changes ...string) url.Values {
	form := url.Values{"To": {reader}, "MessagingServiceSid": {serviceSID}, "Body": {"Sign in is down"}}
	for i := 0; i < len(changes); i += 2 {
		form.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			form.Del(changes[i])
		}
	}
	return form
}

func TestTwilioAcceptsWithTheWholeResource(t *testing.T) {
	tw := startTwilio(t, notifytest.TwilioOptions{StepDelay: time.Hour})
	res, body := ask(t, "POST", messagesURL(tw), good("ValidityPeriod", "36000"))
	if res.StatusCode != http.StatusCreated {
		t.Fatalf("%d %v", res.StatusCode, body)
	}
	sid, _ := body["sid"].(string)
	if !regexp.MustCompile(`^SM[0-9a-f]{32}$`).MatchString(sid) {
		t.Errorf("sid %q", sid)
	}
	if _, err := time.Parse(time.RFC1123Z, body["date_created"].(string)); err != nil {
		t.Error(err)
	}
	path := "/2010-04-01/Accounts/" + accountSID + "/Messages/" + sid
	for field, want := range map[string]any{
		"account_sid": accountSID, "api_version": "2010-04-01", "body": "Sign in is down", "date_sent": nil,
		"direction": "outbound-api", "error_code": nil, "error_message": nil, "from": nil,
		"messaging_service_sid": serviceSID, "num_media": "0", "num_segments": "0", "price": nil,
		"price_unit": nil, "status": "accepted", "to": reader, "uri": path + ".json",
	} {
		if got, ok := body[field]; !ok || got != want {
			t.Errorf("%s is %v (there: %v), want %v", field, got, ok, want)
		}
	}
	if len(body) != 20 {
		t.Errorf("%d fields: %v", len(body), body)
	}
	if m := tw.Messages()[0]; m.ValiditySeconds != 36000 || m.SID != sid {
		t.Errorf("kept %+v", m)
	}
	_, body = ask(t, "POST", messagesURL(tw), good("MessagingServiceSid", "", "From", "+15005550006", "Body", strings.Repeat("a", 161)))
	if body["status"] != "queued" || body["num_segments"] != "2" || body["from"] != "+15005550006" || body["messaging_service_sid"] != nil {
		t.Errorf("from a number: %v", body)
	}
}

func TestTwilioRefuses(t *testing.T) {
	tw := startTwilio(t, notifytest.TwilioOptions{})
	tw.OptOut("+447700900999")
	for name, tc := range map[string]struct {
		form url.Values
		code int
	}{
		"no To":                   {good("To", ""), 21604},
		"nothing":                 {url.Values{}, 21604},
		"no sender":               {good("MessagingServiceSid", ""), 21603},
		"no body":                 {good("Body", ""), 21602},
		"To in national form":     {good("To", "07700900123"), 21211},
		"To with spaces":          {good("To", "+44 7700 900123"), 21211},
		"To too short":            {good("To", "+4477009"), 21211},
		"To of no country":        {good("To", "+999123456789"), 21211},
		"body of 1601":            {good("Body", strings.Repeat("a", 1601)), 21617},
		"emoji over 1600 units":   {good("Body", strings.Repeat("🙂", 801)), 21617},
		"opted out":               {good("To", "+447700900999"), 21610},
		"From no number":          {good("From", "Corner Shop!"), 21212},
		"From of others":          {good("From", "+15005550007"), 21606},
		"service ill-formed":      {good("MessagingServiceSid", "MG1"), 21705},
		"service of others":       {good("MessagingServiceSid", "MG"+strings.Repeat("9", 32)), 21701},
		"callback relative":       {good("StatusCallback", "/callbacks"), 21609},
		"callback without host":   {good("StatusCallback", "https:///x"), 21609},
		"callback no web":         {good("StatusCallback", "ftp://shop.example/x"), 21609},
		"validity zero":           {good("ValidityPeriod", "0"), 90014},
		"validity no number":      {good("ValidityPeriod", "1h"), 90014},
		"validity over ten hours": {good("ValidityPeriod", "36001"), 90007},
	} {
		t.Run(name, func(t *testing.T) {
			res, body := ask(t, "POST", messagesURL(tw), tc.form)
			if res.StatusCode != 400 || body["code"] != float64(tc.code) || body["status"] != float64(400) {
				t.Errorf("got %d %v, want %d", res.StatusCode, body, tc.code)
			}
			if info, _ := body["more_info"].(string); body["message"] == "" || !strings.HasSuffix(info, "/errors/"+url.PathEscape(jsonNumber(body["code"]))) {
				t.Errorf("error body %v", body)
			}
		})
	}
	if n := tw.Received(); n != 0 {
		t.Errorf("kept %d", n)
	}
	tw.OptIn("+447700900999")
	if res, body := ask(t, "POST", messagesURL(tw), good("To", "+447700900999")); res.StatusCode != 201 {
		t.Errorf("after START: %v", body)
	}
	if res, body := ask(t, "POST", messagesURL(tw), good("Body", strings.Repeat("a", 1600), "ValidityPeriod", "1")); res.StatusCode != 201 {
		t.Errorf("at the limits: %v", body)
	}
}

func jsonNumber(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func TestTwilioGuardsItsDoors(t *testing.T) {
	tw := startTwilio(t, notifytest.TwilioOptions{})
	other := strings.Replace(messagesURL(tw), accountSID, "AC"+strings.Repeat("9", 32), 1)
	for name, tc := range map[string]struct {
		method, url  string
		set          func(*http.Request)
		status, code int
	}{
		"no credentials":         {"POST", messagesURL(tw), func(r *http.Request) { r.Header.Del("Authorization") }, 401, 20003},
		"wrong token":            {"POST", messagesURL(tw), func(r *http.Request) { r.SetBasicAuth(accountSID, "x") }, 401, 20003},
		"wrong account":          {"POST", messagesURL(tw), func(r *http.Request) { r.SetBasicAuth("AC", authToken) }, 401, 20003},
		"another account":        {"POST", other, nil, 404, 20404},
		"another path":           {"GET", tw.URL() + "/2010-04-01/Calls.json", nil, 404, 20404},
		"unknown message":        {"GET", strings.Replace(messagesURL(tw), ".json", "/SM1.json", 1), nil, 404, 20404},
		"put":                    {"PUT", messagesURL(tw), nil, 405, 20004},
		"post to a message":      {"POST", strings.Replace(messagesURL(tw), ".json", "/SM1.json", 1), nil, 405, 20004},
		"json instead of a form": {"POST", messagesURL(tw), func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }, 400, 21604},
	} {
		t.Run(name, func(t *testing.T) {
			set := tc.set
			if set == nil {
				set = func(*http.Request) {}
			}
			res, body := ask(t, tc.method, tc.url, good(), set)
			if res.StatusCode != tc.status || body["code"] != float64(tc.code) {
				t.Errorf("got %d %v", res.StatusCode, body)
			}
		})
	}
	if n := tw.Received(); n != 0 {
		t.Errorf("kept %d", n)
	}
}

func TestTwilioFailsOnPurpose(t *testing.T) {
	for name, tc := range map[string]struct {
		action notifytest.SMSAction
		status int // zero: the connection is lost
		code   int
		kept   int
	}{
		"500 before":         {notifytest.SMSAction{Status: 500, Code: 20500, Message: "oops"}, 500, 20500, 0},
		"429":                {notifytest.SMSAction{Status: 429, Code: 20429, RetryAfter: 1500 * time.Millisecond}, 429, 20429, 0},
		"dropped before":     {notifytest.SMSAction{Drop: notifytest.DropBefore}, 0, 0, 0},
		"dropped after":      {notifytest.SMSAction{Drop: notifytest.DropAfter}, 0, 0, 1},
		"accepted, then 503": {notifytest.SMSAction{Status: 503, Code: 20503, Accept: true}, 503, 20503, 1},
		"no sid":             {notifytest.SMSAction{Status: 201, Body: `{"code": 0}`, Accept: true}, 201, 0, 1},
		"slow":               {notifytest.SMSAction{Delay: time.Millisecond, Hold: time.Millisecond}, 201, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			tw := startTwilio(t, notifytest.TwilioOptions{})
			tw.SetHook(func(to, body string) notifytest.SMSAction {
				if to != reader || body != "Sign in is down" {
					t.Errorf("hook saw %q %q", to, body)
				}
				return tc.action
			})
			res, body, err := tryAsk(t, "POST", messagesURL(tw), good())
			switch {
			case tc.status == 0 && err == nil:
				t.Errorf("answered %v", body)
			case tc.status != 0 && err != nil:
				t.Error(err)
			case tc.status != 0 && res.StatusCode != tc.status, tc.code != 0 && body["code"] != float64(tc.code):
				t.Errorf("got %d %v", res.StatusCode, body)
			case tc.action.RetryAfter > 0 && res.Header.Get("Retry-After") != "2":
				t.Errorf("Retry-After %q", res.Header.Get("Retry-After"))
			}
			if n := tw.Received(); n != tc.kept {
				t.Errorf("kept %d, want %d", n, tc.kept)
			}
		})
	}
}

func TestTwilioAnswers500WhenItCannotKeep(t *testing.T) {
	tw := startTwilio(t, notifytest.TwilioOptions{OnChange: func(notifytest.SMS) error { return io.ErrShortWrite }})
	if res, body := ask(t, "POST", messagesURL(tw), good()); res.StatusCode != 500 || body["code"] != 20500.0 {
		t.Errorf("got %v", body)
	}
	if n := tw.Received(); n != 0 {
		t.Errorf("kept %d", n)
	}
}

func TestTwilioKeepsTheNewest(t *testing.T) {
	tw := startTwilio(t, notifytest.TwilioOptions{Keep: 2})
	for _, body := range []string{"one", "two", "three"} {
		ask(t, "POST", messagesURL(tw), good("Body", body))
	}
	m, err := tw.Wait(limited(t), 3)
	if err != nil || len(m) != 2 || m[0].Body != "two" || m[1].Body != "three" {
		t.Errorf("kept %+v, %v", m, err)
	}
}

func TestTwilioOptionsAreChecked(t *testing.T) {
	for name, change := range map[string]func(*notifytest.TwilioOptions){
		"account": func(o *notifytest.TwilioOptions) { o.AccountSID = "AC1" },
		"token":   func(o *notifytest.TwilioOptions) { o.AuthToken = "a-b" },
		"service": func(o *notifytest.TwilioOptions) { o.MessagingServiceSID = "MG" },
		"keep":    func(o *notifytest.TwilioOptions) { o.Keep = -1 },
	} {
		t.Run(name, func(t *testing.T) {
			opts := notifytest.TwilioOptions{AccountSID: accountSID, AuthToken: authToken, MessagingServiceSID: serviceSID}
			change(&opts)
			if _, err := notifytest.NewTwilio(opts); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func TestTwilioCloseCutsDelaysShort(t *testing.T) {
	entered := make(chan struct{})
	tw := startTwilio(t, notifytest.TwilioOptions{StepDelay: time.Hour, Hook: func(string, string) notifytest.SMSAction {
		close(entered)
		return notifytest.SMSAction{Hold: time.Hour}
	}})
	done := make(chan error, 1)
	go func() {
		_, _, err := tryAsk(t, "POST", messagesURL(tw), good())
		done <- err
	}()
	<-entered
	if err := tw.Close(); err != nil && !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Errorf("the request that was held: %v", err)
	}
}
