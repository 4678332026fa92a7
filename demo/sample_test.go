package demo_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"daymark/demo"
)

func vars() demo.SampleVars {
	return demo.SampleVars{Listen: "127.0.0.1:8080", Shop: "http://127.0.0.1:8081", Twilio: "http://127.0.0.1:8083", SMTP: "127.0.0.1:8082"}
}

func render(t *testing.T, v demo.SampleVars) map[string]any {
	t.Helper()
	raw := files(t, v)["daymark.yaml"]
	var doc map[string]any
	if err := yaml.UnmarshalWithOptions(raw, &doc, yaml.Strict()); err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	return doc
}

func files(t *testing.T, v demo.SampleVars) map[string][]byte {
	t.Helper()
	all, err := demo.SampleFiles(v)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// at follows a path of keys and list indices.
func at(t *testing.T, v any, path ...any) any {
	t.Helper()
	for _, step := range path {
		switch key := step.(type) {
		case string:
			v = v.(map[string]any)[key]
		case int:
			v = v.([]any)[key]
		}
	}
	return v
}

func TestSampleConfigHoldsTheAddresses(t *testing.T) {
	doc := render(t, vars())
	journey := []any{"components", 0, "checks", 0}
	for _, tc := range []struct {
		path []any
		want any
	}{
		{[]any{"page", "name"}, "Corner Shop (sample)"},
		{[]any{"page", "url"}, "http://127.0.0.1:8080"},
		{[]any{"server", "listen"}, "127.0.0.1:8080"},
		{[]any{"server", "data"}, "./data"},
		{[]any{"agents", "private", "allow", 0}, "127.0.0.0/8"},
		{append(journey, "id"), "sign-in-journey"},
		{append(journey, "means"), "major_outage"},
		{append(journey, "down_when", "regions"), uint64(2)},
		{append(journey, "browser", "steps", 0, "open"), "http://127.0.0.1:8081/sign-in"},
		{append(journey, "browser", "steps", 2, "fill", "with"), "${file:customer.password}"},
		{[]any{"components", 1, "checks", 0, "http", "url"}, "http://127.0.0.1:8081/api/health"},
		{[]any{"components", 1, "checks", 0, "expect", 1}, `json.database == "up"`},
		{[]any{"slas", 0, "P1", "channels", 2}, "sms"},
		{[]any{"notify", "email", "smtp", "host"}, "127.0.0.1"},
		{[]any{"notify", "email", "smtp", "port"}, uint64(8082)},
		{[]any{"notify", "sms", "twilio", "account_sid"}, demo.SampleAccountSID},
		{[]any{"notify", "sms", "twilio", "base_url"}, "http://127.0.0.1:8083"},
	} {
		if got := at(t, doc, tc.path...); got != tc.want {
			t.Errorf("%v is %v (%T), want %v", tc.path, got, got, tc.want)
		}
	}
}

func TestSampleConfigQuotes(t *testing.T) {
	v := vars()
	v.Data, v.PageURL = `C:\a "b": #c`, "https://status.shop.example"
	doc := render(t, v)
	if got := at(t, doc, "server", "data"); got != v.Data {
		t.Errorf("data %q", got)
	}
	if got := at(t, doc, "page", "url"); got != v.PageURL {
		t.Errorf("url %q", got)
	}
}

func TestSampleConfigWantsItsAddresses(t *testing.T) {
	for name, change := range map[string]func(*demo.SampleVars){
		"Listen": func(v *demo.SampleVars) { v.Listen = "" },
		"Shop":   func(v *demo.SampleVars) { v.Shop = "" },
		"Twilio": func(v *demo.SampleVars) { v.Twilio = "" },
		"SMTP":   func(v *demo.SampleVars) { v.SMTP = "127.0.0.1" },
	} {
		t.Run(name, func(t *testing.T) {
			v := vars()
			change(&v)
			if _, err := demo.SampleFiles(v); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestSampleStandInsTakeTheSampleCredentials(t *testing.T) {
	s := start(t, demo.Options{})
	v := vars()
	v.Shop, v.Twilio, v.SMTP = s.URL(), s.TwilioURL(), s.SMTPAddr()
	doc := render(t, v)
	twilio := at(t, doc, "notify", "sms", "twilio")
	if at(t, twilio, "account_sid") != demo.SampleAccountSID || at(t, twilio, "auth_token") != "${file:twilio.token}" || string(files(t, v)["twilio.token"]) != demo.SampleAuthToken+"\n" ||
		at(t, twilio, "messaging_service_sid") != demo.SampleMessagingServiceSID {
		t.Errorf("credentials %v", twilio)
	}
	sendSMS(t, s, "x") // with the same constants; fails unless the stand-in takes them
}

func TestSampleSubscribers(t *testing.T) {
	rows, err := csv.NewReader(bytes.NewReader(files(t, vars())["subscribers.csv"])).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 3 || strings.Join(rows[0], ",") != "channel,address,name,confirmed,components,severity" ||
		rows[1][1] != "sam@mail.example" || rows[2][1] != "+447700900123" || rows[1][3] != "yes" || rows[2][3] != "yes" {
		t.Errorf("rows %v", rows)
	}
}
