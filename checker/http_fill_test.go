package checker

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFillIn(t *testing.T) {
	saved := map[string]any{"s": `a&b "c" <d>/e`, "n": 1e21, "o": map[string]any{"k": "v"}, "t": true}
	for _, test := range []struct {
		name, body, kind, want string
	}{
		{"in a JSON string", `{"a": "x{{s}}"}`, "", `{"a": "xa\u0026b \"c\" \u003cd\u003e/e"}`},
		{"after an escaped quote", `{"a\"": {{s}}}`, "", `{"a\"": "a\u0026b \"c\" \u003cd\u003e/e"}`},
		{"JSON values", `[{{n}}, {{o}}, {{t}}, "{{t}}", "{{o}}"]`, "", `[1e+21, {"k":"v"}, true, "true", "{\"k\":\"v\"}"]`},
		{"a form", `a={{s}}&b=1`, "application/x-www-form-urlencoded", `a=a%26b+%22c%22+%3Cd%3E%2Fe&b=1`},
		{"XML", `<a>{{s}}</a>`, "", `<a>a&amp;b &#34;c&#34; &lt;d&gt;/e</a>`},
		{"plain text", `{{s}}`, "text/plain", `a&b "c" <d>/e`},
	} {
		t.Run(test.name, func(t *testing.T) {
			request := &Request{Body: test.body}
			if test.kind != "" {
				request.Headers = map[string]string{"content-type": test.kind}
			}
			filled, problem := fillIn(request, saved)
			if problem != nil {
				t.Fatal(problem.reason)
			}
			if filled.Body != test.want {
				t.Errorf("got %s; want %s", filled.Body, test.want)
			}
			if request.Body != test.body {
				t.Error("the request given was changed")
			}
		})
	}
}

// FuzzFillIn holds that a saved value stays a value wherever it stands.
func FuzzFillIn(f *testing.F) {
	for _, seed := range []string{"plain", `"`, `\`, "a\r\nX: y", "?a=b#c", "../..", "{{v}}", "\x00", "ü", "%2e"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		saved := map[string]any{"v": value}
		filled, problem := fillIn(&Request{URL: "https://shop.example/p/{{v}}/q?t={{v}}&u=1", Body: `{"in": "{{v}}", "out": {{v}}}`}, saved)
		if problem != nil {
			t.Fatal(problem.reason)
		}
		address, err := url.Parse(filled.URL)
		if err != nil || address.Host != "shop.example" || address.Fragment != "" || address.Path != "/p/"+value+"/q" ||
			address.Query().Get("t") != value || len(address.Query()) != 2 || address.Query().Get("u") != "1" {
			t.Errorf("%q made the address %q (%v)", value, filled.URL, err)
		}
		var body map[string]string
		if err := json.Unmarshal([]byte(filled.Body), &body); err != nil || len(body) != 2 {
			t.Errorf("%q made the body %q: %v", value, filled.Body, err)
		} else if utf8.ValidString(value) && (body["in"] != value || body["out"] != value) {
			t.Errorf("%q became %q and %q", value, body["in"], body["out"])
		}
		filled, problem = fillIn(&Request{Headers: map[string]string{"X-A": "b {{v}}"}, Bearer: "{{v}}"}, saved)
		if problem == nil && strings.ContainsAny(filled.Headers["X-A"]+filled.Bearer, "\r\n\x00") {
			t.Errorf("%q broke a header", value)
		}
	})
}
