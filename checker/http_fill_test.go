package checker

import (
	"encoding/json"
	"net/url"
	"reflect"
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

// TestFillInAnAddress holds that a value is escaped for where it lands.
func TestFillInAnAddress(t *testing.T) {
	saved := map[string]any{
		"odd": "a&b=c+d@e:f/g?h#i;j,k$l m%2e", "host": "@evil.example", "dot": ".", "n": 12.0,
		"bare": "https://next.example", "page": "https://next.example/p", "asked": "https://next.example/p?a=1", "at": "https://next.example/p#f",
		"file": "file:///etc/passwd", "word": "next",
	}
	const odd = "a%26b%3Dc%2Bd%40e%3Af%2Fg%3Fh%23i%3Bj%2Ck%24l%20m%252e"
	const inHost = "a saved value may not stand in the host of an address: it may follow the first / after it"
	for _, test := range []struct{ template, want, problem string }{
		{"https://shop.example/{{odd}}", "https://shop.example/" + odd, ""},
		{"https://shop.example/?q={{odd}}", "https://shop.example/?q=" + strings.ReplaceAll(odd, "%20", "+"), ""},
		{"https://shop.example?q={{n}}", "https://shop.example?q=12", ""},
		{"https://shop.example/#{{odd}}", "https://shop.example/#" + odd, ""},
		{"https://shop.example/p#?{{odd}}", "https://shop.example/p#?" + odd, ""},
		{"https://shop.example/a/{{dot}}{{dot}}/b", "https://shop.example/a/%2E%2E/b", ""},
		{"https://shop.example/a/.{{dot}}/b", "https://shop.example/a/.%2E/b", ""},
		{"{{page}}/{{odd}}", "https://next.example/p/" + odd, ""},
		{"{{page}}?q={{odd}}", "https://next.example/p?q=" + strings.ReplaceAll(odd, "%20", "+"), ""},
		{"{{asked}}&q={{odd}}", "https://next.example/p?a=1&q=" + strings.ReplaceAll(odd, "%20", "+"), ""},
		{"{{at}}{{odd}}", "https://next.example/p#f" + odd, ""},
		{"{{bare}}/{{n}}", "https://next.example/12", ""},
		{"{{bare}}?{{n}}", "https://next.example?12", ""},
		{"https://shop.example{{host}}", "", inHost},
		{"https://shop.example:{{n}}/", "", inHost},
		{"https://{{word}}.example/", "", inHost},
		{"https://{{word}}@shop.example/", "", inHost},
		{"http{{word}}://shop.example/", "", inHost},
		{"https:/{{host}}/", "", inHost},
		{"{{bare}}{{host}}", "", inHost},
		{"{{bare}}.evil.example/", "", `what was saved as bare ends with a host, and ".evil.example/" would become a part of it: begin that with /`},
		{"{{word}}/x", "", `what was saved as word is not an address to go to`},
		{"{{file}}", "", `what was saved as file is not an address to go to`},
	} {
		t.Run(test.template, func(t *testing.T) {
			filled, problem := fillIn(&Request{URL: test.template}, saved)
			switch {
			case problem == nil && test.problem != "":
				t.Errorf("it became %q", filled.URL)
			case problem != nil && problem.reason != test.problem:
				t.Errorf("%q; want %q", problem.reason, test.problem)
			case problem == nil && filled.URL != test.want:
				t.Errorf("got  %s\nwant %s", filled.URL, test.want)
			}
		})
	}
}

// FuzzFillIn holds that a saved value stays a value wherever it stands:
// scheme, host and port are those written, and each part of the address holds
// exactly the value.
func FuzzFillIn(f *testing.F) {
	for _, seed := range []string{"plain", `"`, `\`, "a\r\nX: y", "?a=b#c", "../..", "..", "{{v}}", "\x00", "ü", "%2e", "@evil.example", ":8080", "&u=2", "+", "a=b;c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		saved := map[string]any{"v": value, "next": "https://shop.example:8443/p?a=1"}
		filled, problem := fillIn(&Request{URL: "https://shop.example:8443/p/{{v}}/q{{v}}?t={{v}}&u=1&{{v}}=k#{{v}}"}, saved)
		if problem != nil {
			t.Fatal(problem.reason)
		}
		address, err := url.Parse(filled.URL)
		if err != nil {
			t.Fatalf("%q made %q: %v", value, filled.URL, err)
		}
		query, err := url.ParseQuery(address.RawQuery)
		wanted := url.Values{"t": {value}, "u": {"1"}}
		wanted.Add(value, "k")
		if err != nil || address.Scheme != "https" || address.Host != "shop.example:8443" || address.User != nil || !reflect.DeepEqual(query, wanted) ||
			address.Fragment != value || address.Path != "/p/"+value+"/q"+value || strings.Count(filled.URL, "/") != 5 {
			t.Errorf("%q made the address %q (%v): path %q, query %q, fragment %q", value, filled.URL, err, address.Path, query, address.Fragment)
		}
		for part := range strings.SplitSeq(address.EscapedPath(), "/") {
			if part == "." || part == ".." {
				t.Errorf("%q leads elsewhere: %q", value, filled.URL)
			}
		}
		filled, problem = fillIn(&Request{URL: "{{next}}&t={{v}}"}, saved)
		if problem != nil {
			t.Fatal(problem.reason)
		}
		if address, err = url.Parse(filled.URL); err != nil || address.Host != "shop.example:8443" || address.Query().Get("t") != value || len(address.Query()) != 2 {
			t.Errorf("%q behind an address made %q (%v)", value, filled.URL, err)
		}
		for _, template := range []string{"https://shop.example{{v}}", "https://{{v}}/", "https{{v}}://shop.example/", "https://shop.example:1{{v}}/"} {
			if filled, problem := fillIn(&Request{URL: template}, saved); problem == nil {
				t.Errorf("%q in %q made %q", value, template, filled.URL)
			}
		}
		var body map[string]string
		if err := json.Unmarshal([]byte(filledBody(t, saved)), &body); err != nil || len(body) != 2 {
			t.Errorf("%q made the body %q: %v", value, filledBody(t, saved), err)
		} else if utf8.ValidString(value) && (body["in"] != value || body["out"] != value) {
			t.Errorf("%q became %q and %q", value, body["in"], body["out"])
		}
		filled, problem = fillIn(&Request{Headers: map[string]string{"X-A": "b {{v}}"}, Bearer: "{{v}}"}, saved)
		if problem == nil && strings.ContainsAny(filled.Headers["X-A"]+filled.Bearer, "\r\n\x00") {
			t.Errorf("%q broke a header", value)
		}
	})
}

func filledBody(t *testing.T, saved map[string]any) string {
	filled, problem := fillIn(&Request{Body: `{"in": "{{v}}", "out": {{v}}}`}, saved)
	if problem != nil {
		t.Fatal(problem.reason)
	}
	return filled.Body
}
