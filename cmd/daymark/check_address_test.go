package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"daymark/checker"
	"daymark/internal/testkit"
)

func TestAnAddressIsACheck(t *testing.T) {
	testkit.Beside(t)
	for name, tc := range map[string]struct {
		address checkAddress
		want    string // the check as JSON, without what all have, or why it is refused
	}{
		"https":                    {checkAddress{URL: "https://shop.example/a?b=c"}, `{"id":"https://shop.example/a","http":{"url":"https://shop.example/a?b=c"}}`},
		"a request":                {checkAddress{URL: "https://shop.example", Method: "put", Header: []string{"A: b:c", "D:"}, Body: "x"}, `{"id":"https://shop.example","http":{"url":"https://shop.example","method":"PUT","headers":{"A":"b:c","D":""},"body":"x"}}`},
		"a password":               {checkAddress{URL: "https://sam:p%40ss@shop.example"}, `{"id":"https://shop.example","http":{"url":"https://shop.example","basic":{"user":"sam","password":"p@ss"}}}`},
		"what the environment has": {checkAddress{URL: "https://sam:pass@shop.example/${agent-env:A}?k=${agent-env:B}@x"}, `{"id":"https://shop.example/$%7Bagent-env:A%7D","http":{"url":"https://shop.example/${agent-env:A}?k=${agent-env:B}@x","basic":{"user":"sam","password":"pass"}}}`},
		"expressions":              {checkAddress{URL: "http://shop.example", Expect: []string{"status == 200"}, Warn: []string{"size == 1"}, Timeout: time.Second}, `{"id":"http://shop.example","timeout":1000000000,"http":{"url":"http://shop.example"},"expect":["status == 200"],"warn":["size == 1"]}`},
		"in Chromium":              {checkAddress{URL: "https://shop.example", Browser: true}, `{"id":"https://shop.example","browser":{"steps":[{"open":"https://shop.example"}]}}`},
		"tcp":                      {checkAddress{URL: "tcp://[::1]:22"}, `{"id":"tcp://[::1]:22","tcp":{"address":"[::1]:22"}}`},
		"tls":                      {checkAddress{URL: "tls://shop.example"}, `{"id":"tls://shop.example","tls":{"address":"shop.example:443"}}`},
		"smtp":                     {checkAddress{URL: "smtp://mail.example"}, `{"id":"smtp://mail.example","smtp":{"address":"mail.example:25"}}`},
		"smtp with STARTTLS":       {checkAddress{URL: "smtp://mail.example:587?starttls=true"}, `{"id":"smtp://mail.example:587","smtp":{"address":"mail.example:587","starttls":true}}`},
		"dns":                      {checkAddress{URL: "dns://shop.example"}, `{"id":"dns://shop.example","dns":{"name":"shop.example","type":"A"}}`},
		"dns by a server":          {checkAddress{URL: "dns://9.9.9.9:53/shop.example?type=mx"}, `{"id":"dns://9.9.9.9:53/shop.example","dns":{"name":"shop.example","type":"MX","server":"9.9.9.9:53"}}`},
		"icmp":                     {checkAddress{URL: "icmp://shop.example"}, `{"id":"icmp://shop.example","icmp":{"host":"shop.example"}}`},
		"grpc":                     {checkAddress{URL: "grpc://shop.example:50051"}, `{"id":"grpc://shop.example:50051","grpc":{"address":"shop.example:50051"}}`},
		"grpc of a service":        {checkAddress{URL: "grpcs://shop.example:443/shop.v1.Cart"}, `{"id":"grpcs://shop.example:443/shop.v1.Cart","grpc":{"address":"shop.example:443","service":"shop.v1.Cart","tls":true}}`},
		"a WebSocket":              {checkAddress{URL: "wss://shop.example/live?a=b", Body: "hello"}, `{"id":"wss://shop.example/live","websocket":{"url":"wss://shop.example/live?a=b","send":"hello"}}`},
		"no scheme":                {checkAddress{URL: "shop.example"}, "--url shop.example: write the address with its scheme and host, such as https://shop.example"},
		"a host and port":          {checkAddress{URL: "shop.example:443"}, "--url shop.example:443: write the address with its scheme and host, such as https://shop.example"},
		"no address":               {checkAddress{URL: "http://a:se%zz@x?key"}, "--url …@x: this is not an address such as https://shop.example"},
		"a header twice":           {checkAddress{URL: "http://x.example", Header: []string{"A: b", "A: c"}}, "--url http://x.example: --header A is given twice"},
		"a header in Chromium":     {checkAddress{URL: "http://x.example", Header: []string{"A: b"}, Browser: true}, "--url http://x.example: --header is for an HTTP request"},
		"Chromium without the web": {checkAddress{URL: "tcp://x.example:1", Browser: true}, "--url tcp://x.example:1: --browser opens only http and https"},
		"a path of tcp":            {checkAddress{URL: "tcp://x.example:1/a"}, "--url tcp://x.example:1/a: nothing follows the host of tcp://"},
		"a password of tcp":        {checkAddress{URL: "tcp://a:b@x.example:1"}, "--url tcp://x.example:1: a name and password go with http and https only"},
		"a port of icmp":           {checkAddress{URL: "icmp://x.example:1"}, "--url icmp://x.example:1: icmp has no ports"},
		"a port of a name":         {checkAddress{URL: "dns://x.example:53"}, "--url dns://x.example:53: write a name server before the name: dns://SERVER/NAME"},
		"starttls that is none":    {checkAddress{URL: "smtp://x.example?starttls=perhaps"}, `--url smtp://x.example: starttls is true or false, not "perhaps"`},
		"no time":                  {checkAddress{URL: "http://x.example", Timeout: -1}, "--timeout: less than nothing"},
		"no expression":            {checkAddress{URL: "http://x.example", Expect: []string{"status ="}}, `check http://x.example: expect "status =": `},
	} {
		t.Run(name, func(t *testing.T) {
			plan, err := tc.address.plan()
			if err != nil {
				if !strings.HasPrefix(err.Error(), tc.want) {
					t.Errorf("refused: %v\nwant %s", err, tc.want)
				}
				return
			}
			check := plan.checks[0]
			if check.Schedule != urlSchedule || !plan.guard.Deny {
				t.Errorf("schedule %q, denies %v", check.Schedule, plan.guard.Deny)
			}
			check.Schedule = ""
			got, err := json.Marshal(check)
			if err != nil {
				t.Fatal(err)
			}
			text := strings.NewReplacer(`"component":"",`, "", `"down_when":{},"up_when":{},`, "").Replace(string(got))
			if text != tc.want {
				t.Errorf("got  %s\nwant %s", text, tc.want)
			}
		})
	}
}

// Whatever is given as an address, it is a check or refused, and a password
// in it is never said.
func FuzzAddress(f *testing.F) {
	for _, seed := range []string{"https://sam:geheimnis@shop.example/a?b=c#d", "dns://9.9.9.9/x?type=MX", "smtp://[::1]:25?starttls=1", "grpcs://x:1/y", "http://a:geheimnis%@b", "%", "://", "ws://\x00", "x:geheimnis@y"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		address := checkAddress{URL: text, Private: true}
		plan, err := address.plan()
		if err != nil {
			if err.Error() == "" {
				t.Error("it is refused without a word")
			}
			return
		}
		if plan.guard.Deny || len(plan.checks) != 1 {
			t.Errorf("%+v", plan)
		}
		if _, err := checker.Prepare(plan.checks[0]); err != nil {
			t.Error(err)
		}
		if before, _, ok := strings.Cut(text, "@"); ok && strings.HasPrefix(text, "https://") && !strings.ContainsAny(before[len("https://"):], "/?#") {
			if _, password, ok := strings.Cut(before[len("https://"):], ":"); ok && len(password) > 7 && strings.Contains(plan.checks[0].ID, password+"@") {
				t.Errorf("%q tells the password", plan.checks[0].ID)
			}
		}
	})
}
