package browser

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"daymark/checker"
	"daymark/internal/testkit"
)

const ample = 2 * time.Minute

func signIn(base, password string) []checker.BrowserStep {
	return []checker.BrowserStep{
		open(base + "/login"), fill("Email", "probe@shop.example"), fill("Password", password),
		click("Sign in"), see("Welcome back"),
	}
}

func TestSignIn(t *testing.T) {
	testkit.Beside(t)
	shop, runner := shop(t), common()
	check := steps(append(signIn(shop.URL, "correct horse"), expect("document.title", "Accounts"), checker.BrowserStep{Screenshot: "accounts"})...)
	check.Expect = []string{
		`url endsWith "/accounts"`, `title == "Accounts"`, `console_errors == 0`, `failed_requests == 0`,
		`requests >= 3`, `bytes > 100`, `ttfb.Seconds() > 0`, `dom_ready >= ttfb`, `load >= dom_ready`,
		`lcp.Seconds() > 0`, `cls < 1`,
	}
	result := try(t, runner, ample, check)
	if result.Outcome != checker.OK || result.Reason != "" {
		t.Fatalf("%s: %s", result.Outcome, result.Reason)
	}
	if len(result.Timings) != 7 || result.Timings[2].Name != "step 3, fill Password" || result.Latency <= 0 {
		t.Errorf("timings %+v, latency %s", result.Timings, result.Latency)
	}
	if got, want := namesOf(&result), "[accounts.jpg journey.jpg network.har journey.html]"; got != want {
		t.Fatalf("evidence %s, want %s", got, want)
	}
	if picture, err := jpeg.Decode(bytes.NewReader(result.Evidence[0].Data)); err != nil || picture.Bounds().Dx() != 1280 || picture.Bounds().Dy() != 800 {
		t.Errorf("screenshot: %v %v", err, picture)
	}
	// Nothing of the first run is left for the second.
	result = try(t, runner, ample, steps(open(shop.URL+"/accounts")))
	if want := "answered with status 401"; result.Outcome != checker.Failed || !strings.Contains(result.Reason, want) {
		t.Errorf("second run: %s: %s", result.Outcome, result.Reason)
	}
}

func TestSteps(t *testing.T) {
	testkit.Beside(t)
	shop, runner := shop(t), common()
	warm(t, runner)
	form, list := open(shop.URL+"/form"), func(with string) checker.BrowserStep {
		return checker.BrowserStep{Select: &checker.Fill{Field: "Country", With: with}}
	}
	everyOK(t, runner, map[string][]checker.BrowserStep{
		"select by label":       {form, list("Ireland"), expect("document.querySelector('#c').value", "ie")},
		"select by value":       {form, list("ie"), expect("document.querySelector('#c').value", "ie")},
		"date":                  {form, fill("When", "2026-03-01"), expect("document.querySelector('#when').value", "2026-03-01")},
		"placeholder":           {form, fill("Your name", "Ann"), fill("Your name", "Bo"), expect("document.querySelector('#n').value", "Bo")},
		"clear":                 {form, fill("Your name", "Ann"), fill("Your name", ""), expect("document.querySelector('#n').value", "")},
		"editable":              {form, fill("Notes", "hello"), expect("document.querySelector('#notes').innerText", "hello")},
		"css field":             {form, fill("css=#n", "Ann"), expect("document.querySelector('#n').value", "Ann")},
		"accessible name":       {form, click("close window"), expect("document.title", "closed")},
		"several choices":       {open(shop.URL + "/files"), {Select: &checker.Fill{Field: "Colours", With: "Red"}}, {Select: &checker.Fill{Field: "Colours", With: "Blue"}}, expect("[...colours.selectedOptions].map((o)=>o.value)", []any{"Red", "Blue"})},
		"usable before exact":   {open(shop.URL + "/files"), click("Post"), expect("document.title", "sent")},
		"visible before hidden": {open(shop.URL + "/files"), click("Go"), expect("document.title", "gone")},
		"any type of value":     {form, expect("null", nil), expect("true", true), expect("0.5", 0.5), expect("'a'", "a"), expect("[]", []any{}), expect("undefined", nil)},
		"combinations":          {open(shop.URL + "/files"), press("Control+Shift+K"), expect("document.title", "K true true false"), press("Alt+F2"), expect("document.title", "F2 false false true"), press("Shift+Tab")},
		"hover":                 {form, notSee("Sub menu"), {Hover: "css=#menu"}, see("sub menu")},
		"hidden checkbox":       {form, click("I agree"), expect("document.querySelector('#agree').checked", true)},
		"press":                 {form, fill("css=#search", "tea"), press("Enter"), expect("document.title", "searched tea")},
		"press with modifier":   {form, fill("css=#n", "tea"), press("Control+A"), press("Backspace"), expect("document.querySelector('#n').value", "")},
		"shadow root":           {open(shop.URL + "/shadow"), fill("Code", "42"), click("Go"), see("Deep text"), expect("document.title", "code 42")},
		"frame":                 {open(shop.URL + "/shadow"), click("Inside"), expect("document.title", "framed")},
		"appears late":          {open(shop.URL + "/late"), click("Ready"), expect("document.title", "1")},
		"wait":                  {form, {Wait: 20 * time.Millisecond}, see("css=#menu")},
		"number from a file":    {form, expect("1 + 1", uint64(2))},
		"object and promise":    {form, expect("Promise.resolve({a: [1, null]})", map[string]any{"a": []any{1, nil}})},
		"dialogs are dismissed": {open(shop.URL + "/dialogs"), see("After"), expect("document.title", "false"), open(shop.URL + "/login")},
		"permission denied":     {open(shop.URL + "/camera"), expect("document.title", "denied"), see("denied")},
	})
}

func TestFaults(t *testing.T) {
	t.Parallel() // it waits
	// Most of these wait for the time to be up, so several go at once.
	shop, runner := shop(t), newRunner(t, func(o *Options) { o.ContextsAtOnce = 6 })
	within := patience(t, runner, shop.URL+"/login", "Sign in")
	other := strings.Replace(shop.URL, "127.0.0.1", "localhost", 1)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead := "http://" + closed.Addr().String() + "/"
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	login, form := open(shop.URL+"/login"), open(shop.URL+"/form")
	tests := []struct {
		name    string
		outcome checker.Outcome
		reason  []string // all in the reason
		steps   []checker.BrowserStep
	}{
		{"no such button", checker.Failed, []string{"step 2, click Buy: no button or link of that name within ", `the page is ` + shop.URL + `/login "login"`}, []checker.BrowserStep{login, click("Buy")}},
		{"no such field", checker.Failed, []string{"step 2, fill Phone: no field of that name within "}, []checker.BrowserStep{login, fill("Phone", "1")}},
		{"disabled", checker.Failed, []string{"step 2, click Later: the button or link of that name stayed disabled within "}, []checker.BrowserStep{form, click("Later")}},
		{"covered", checker.Failed, []string{"stayed covered by div#overlay within "}, []checker.BrowserStep{form, click("Under")}},
		{"no such choice", checker.Failed, []string{`step 2, select in Country: no choice "France" among United Kingdom, Ireland within `}, []checker.BrowserStep{form, {Select: &checker.Fill{Field: "Country", With: "France"}}}},
		{"no list", checker.Failed, []string{"it is no list to choose from"}, []checker.BrowserStep{form, {Select: &checker.Fill{Field: "When", With: "x"}}}},
		{"nothing to hover", checker.Failed, []string{"step 2, hover Elephant: no element of that name within "}, []checker.BrowserStep{form, {Hover: "Elephant"}}},
		{"not seen", checker.Failed, []string{"step 2, see Elephant: not on the page within "}, []checker.BrowserStep{form, see("Elephant")}},
		{"seen", checker.Failed, []string{"step 2, not_see Country: still on the page within "}, []checker.BrowserStep{form, notSee("Country")}},
		{"wrong value", checker.Failed, []string{`step 2, expect document.title: it was "form", not "Accounts" within `}, []checker.BrowserStep{form, expect("document.title", "Accounts")}},
		{"script throws", checker.Failed, []string{"it threw ReferenceError: nope is not defined"}, []checker.BrowserStep{form, expect("nope()", 1)}},
		{"wait too long", checker.Failed, []string{"step 2, wait 1m0s: not done within "}, []checker.BrowserStep{form, {Wait: time.Minute}}},
		{"bad selector", checker.Unknown, []string{"the selector cannot be read"}, []checker.BrowserStep{form, click("css=[")}},
		{"slow page", checker.Failed, []string{"step 1, open " + shop.URL + "/slow: no answer from " + shop.URL + "/slow within "}, []checker.BrowserStep{open(shop.URL + "/slow")}},
		{"slow page behind a link", checker.Failed, []string{"step 2, click Wait for it: no answer from " + shop.URL + "/slow within "}, []checker.BrowserStep{open(shop.URL + "/slowlink"), click("Wait for it")}},
		{"busy page", checker.Failed, []string{"step 3, click Spinning: ", " within "}, []checker.BrowserStep{open(shop.URL + "/spin-later"), {Wait: 1200 * time.Millisecond}, click("Spinning")}},
		{"status", checker.Failed, []string{"step 1, open " + shop.URL + "/accounts: answered with status 401"}, []checker.BrowserStep{open(shop.URL + "/accounts")}},
		{"cut off", checker.Failed, []string{"the connection was closed without an answer (ERR_EMPTY_RESPONSE)"}, []checker.BrowserStep{open(shop.URL + "/cut")}},
		{"redirects for ever", checker.Failed, []string{"it redirects for ever"}, []checker.BrowserStep{open(shop.URL + "/loop")}},
		{"refused", checker.Failed, []string{"step 1, open " + dead + ": " + dead + ": connection refused"}, []checker.BrowserStep{open(dead)}},
		{"no such host", checker.Failed, []string{"no such host"}, []checker.BrowserStep{open("http://shop.invalid/")}},
		{"other origin by redirect", checker.Failed, []string{"step 1, open ", "the page went to " + other + "/login, an origin that neither"}, []checker.BrowserStep{open(shop.URL + "/away?to=" + other + "/login")}},
		{"other origin by script", checker.Failed, []string{"the page went to " + other + "/login"}, []checker.BrowserStep{login, expect("location='"+other+"/login'", 1), see("nothing")}},
		{"file", checker.Unknown, []string{"step 1: \"file:///etc/passwd\" is no http or https address"}, []checker.BrowserStep{open("file:///etc/passwd")}},
		{"file of no known kind", checker.Unknown, []string{`step 2: upload: there is no sample of "b"`}, []checker.BrowserStep{login, upload("a", "b")}},
		{"no field for files", checker.Failed, []string{"step 2, upload in Picture: no field for files of that name within "}, []checker.BrowserStep{login, upload("Picture", "a.png")}},
		{"asks for no file", checker.Failed, []string{"step 2, upload in Close window: it was clicked, but asked for no file within "}, []checker.BrowserStep{form, upload("Close window", "a.png")}},
		{"file without a field for it", checker.Failed, []string{"step 2 asked for a file, which a step upload gives"}, []checker.BrowserStep{open(shop.URL + "/files"), click("Choose picture"), see("Elephant")}},
		{"which of several", checker.Failed, []string{`step 2 used the first of 2 named "Delete"`}, []checker.BrowserStep{open(shop.URL + "/files"), click("Delete"), see("Elephant")}},
		{"several disabled", checker.Failed, []string{"the first button or link of that name (of 2) stayed disabled"}, []checker.BrowserStep{open(shop.URL + "/files"), click("Undo")}},
		{"bad key", checker.Unknown, []string{`step 2: press "Banana": "Banana" is no key`}, []checker.BrowserStep{login, press("Banana")}},
		{"download", checker.Failed, []string{"a download was refused: " + shop.URL + "/file"}, []checker.BrowserStep{open(shop.URL + "/download"), click("Get file"), see("nothing")}},
		{"pop-up", checker.Failed, []string{"a pop-up was closed"}, []checker.BrowserStep{open(shop.URL + "/popup"), click("Also"), see("nothing")}},
		{"dialog", checker.Failed, []string{`a dialog was dismissed: alert "hello"`, `a dialog was dismissed: confirm "sure?"`}, []checker.BrowserStep{open(shop.URL + "/dialogs"), see("nothing")}},
		{"asks before it is left", checker.Failed, []string{"step 4, see nothing: ", "a dialog was dismissed: beforeunload"}, []checker.BrowserStep{open(shop.URL + "/stay"), click("Edit"), login, see("nothing")}},
		{"link to a file", checker.Failed, []string{"its console says \"Not allowed to load local resource: file:///etc/passwd\""}, []checker.BrowserStep{open(shop.URL + "/stay"), click("Local"), see("nothing")}},
		{"wrong password", checker.Failed, []string{"step 5, see Welcome back: not on the page", `it says "Wrong password [redacted]"`}, signIn(shop.URL, "battery staple")},
		{"console", checker.Failed, []string{`its console says "broken cart"`}, []checker.BrowserStep{open(shop.URL + "/errors"), see("nothing")}},
	}
	tests = testkit.Some(t, 3, tests)
	results := make([]checker.Result, len(tests))
	several(6, len(tests), func(i int) { results[i] = try(t, runner, within, steps(tests[i].steps...)) })
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			result := results[i]
			for _, want := range test.reason {
				if result.Outcome != test.outcome || !strings.Contains(result.Reason, want) {
					t.Errorf("%s: %s\nwant %s: %s", result.Outcome, result.Reason, test.outcome, want)
				}
			}
			got := namesOf(&result)
			pictured := strings.HasPrefix(got, "[journey.jpg ") && strings.HasSuffix(got, "journey.html]") && strings.Contains(reported(t, result), "data:image/jpeg")
			if test.outcome == checker.Failed && !pictured && test.name != "busy page" {
				t.Errorf("evidence %s", got)
			}
		})
	}
}

func TestFacts(t *testing.T) {
	testkit.Beside(t)
	shop, runner := shop(t), common()
	check := steps(open(shop.URL+"/errors"), see("Page"))
	check.Expect = []string{"console_errors == 0", "failed_requests == 0"}
	result := try(t, runner, ample, check)
	if want := "console_errors == 0: console_errors was 2"; result.Outcome != checker.Failed || !strings.Contains(result.Reason, "2") || !strings.Contains(result.Reason, "failed_requests") {
		t.Errorf("%s: %s, want %s", result.Outcome, result.Reason, want)
	}
	if got, want := namesOf(&result), "[journey.jpg network.har journey.html]"; got != want {
		t.Errorf("evidence %s, want %s", got, want)
	}
}

func TestGuard(t *testing.T) {
	testkit.Beside(t)
	shop := shop(t)
	runner := newRunner(t, func(o *Options) {
		o.Allow = func(addr netip.Addr) error {
			if addr.IsLoopback() {
				return fmt.Errorf("private addresses are refused")
			}
			return nil
		}
	})
	for _, address := range []string{shop.URL, strings.Replace(shop.URL, "127.0.0.1", "localhost", 1)} {
		result := try(t, runner, ample, steps(open(address+"/login")))
		if result.Outcome != checker.Unknown || !strings.Contains(result.Reason, "1 is refused: private addresses are refused (see agents.private)") {
			t.Errorf("%s: %s", result.Outcome, result.Reason)
		}
	}
}

func TestAllowOrigins(t *testing.T) {
	testkit.Beside(t)
	shop, runner := shop(t), common()
	other := strings.Replace(shop.URL, "127.0.0.1", "localhost", 1)
	check := steps(open(shop.URL+"/away?to="+other+"/login"), see("Sign in"))
	check.Browser.AllowOrigins = []string{other}
	if result := try(t, runner, ample, check); result.Outcome != checker.OK {
		t.Errorf("%s: %s", result.Outcome, result.Reason)
	}
}
