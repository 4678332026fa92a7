package config_test

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"daymark/config"
	"daymark/support"
)

// environment is what the example needs.
func environment(name string) (string, bool) {
	values := map[string]string{
		"PROBE_PASSWORD":     "correct horse",
		"SMTP_USER":          "mailer",
		"SMTP_PASSWORD":      "battery staple",
		"TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000001",
		"TWILIO_AUTH_TOKEN":  "0123456789abcdef",
		"SLACK_WEBHOOK":      "https://hooks.slack.example/services/T0/B0/x",
		"HOOK_SECRET":        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		"WORDS":              "not a number",
		"NOTHING":            "",
		"BAD_EXPRESSION":     "statuss == 200",
	}
	value, ok := values[name]
	return value, ok
}

func options() config.Options { return config.Options{LookupEnv: environment, Now: today} }

// today is a Thursday in November, so that what rotas are told of does not
// change as years go by.
func today() time.Time { return time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC) }

// folder makes a folder with the files that the example refers to.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "dkim.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	write(t, dir, "logo.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`))
	return dir
}

func write(t *testing.T, dir, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const examplePath = "../docs/daymark.example.yaml"

func loadExample(t *testing.T) *config.Document {
	t.Helper()
	source, err := os.ReadFile(examplePath)
	if err != nil {
		t.Fatal(err)
	}
	document, err := config.Load(write(t, folder(t), "daymark.yaml", source), options())
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func TestExampleHoldsWhatItSays(t *testing.T) {
	d := loadExample(t)
	checkEqual(t, "page.name", d.Page.Name, "Harbour Bank")
	checkEqual(t, "uptime.partial", d.Page.Uptime.Partial, 0.3)
	checkEqual(t, "retention.days", d.Server.Retention.Days, 5*365*24*time.Hour)
	checkEqual(t, "retention.evidence_size", int64(d.Server.Retention.EvidenceSize), 5_000_000_000)
	checkEqual(t, "regions", len(d.Regions), 3)
	checkEqual(t, "components", len(d.Components), 3)
	health := d.Check("api-health")
	checkEqual(t, "url", health.HTTP.URL, "https://api.harbour.example/health")
	checkEqual(t, "component", health.Component, "core-api")
	checkEqual(t, "redirects", *health.HTTP.Redirects, 5)
	checkEqual(t, "header", health.HTTP.Headers["Authorization"], "Bearer ${agent-env:API_TOKEN}")
	checkEqual(t, "expect", health.Expect[1], `json.database == "up"`)
	checkEqual(t, "save", d.Check("api-transfer").HTTP.Steps[0].Save["token"], "json.token")
	checkEqual(t, "default regions", len(d.Check("dns").Regions), 3)
	checkEqual(t, "grace", d.Check("batch-heartbeat").Heartbeat.Grace, 30*time.Minute)
	steps := d.Check("sign-in-journey").Browser.Steps
	checkEqual(t, "secret", steps[2].Fill.With, "correct horse")
	checkEqual(t, "is", steps[5].Expect.Is, any("Accounts"))
	gold := d.SLAs[0]
	checkEqual(t, "hours", gold.Hours.Always, true)
	checkEqual(t, "first", *gold.P1.First, support.Span{Rest: 2 * time.Minute})
	checkEqual(t, "a service day", *d.SLAs[1].P3.Acknowledge, support.Span{Days: 1})
	checkEqual(t, "P4 channels are none, not unsaid", gold.P4.Channels != nil && len(gold.P4.Channels) == 0, true)
	checkEqual(t, "days", d.SLAs[1].Hours.Days, "MON-FRI")
	checkEqual(t, "window", d.SLOs[0].Window.Rolling, 28*24*time.Hour)
	checkEqual(t, "month", d.SLOs[2].Window.Month, true)
	checkEqual(t, "on call", d.Support.Rotas[0].OnCall.Always, true)
	checkEqual(t, "rate", d.Notify.Subscriptions.SignUps.Network.Count, 10)
	checkEqual(t, "routing", d.Notify.Staff[1].Webhook.Secret, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	checkEqual(t, "logo is absolute", filepath.IsAbs(d.Page.Theme.Logo), true)
	checkEqual(t, "data is absolute", filepath.IsAbs(d.Server.Data), true)
	checkEqual(t, "secrets hold the password", slices.Contains(d.Secrets(), "battery staple"), true)
	checkEqual(t, "secrets hold no agent's", slices.Contains(d.Secrets(), "API_TOKEN"), false)
	if !strings.HasPrefix(d.Notify.Email.DKIM.Key, "-----BEGIN PRIVATE KEY-----") {
		t.Error("the DKIM key was not read from its file")
	}
}

func TestLeastConfiguration(t *testing.T) {
	path := write(t, t.TempDir(), "daymark.yaml", []byte("version: 1\npage: {name: Least, url: http://localhost:8080/}\n"))
	d, err := config.Load(path, options())
	if err != nil {
		t.Fatal(err)
	}
	checkEqual(t, "url without its slash", d.Page.URL, "http://localhost:8080")
	checkEqual(t, "region", d.Regions[0].ID, config.LocalRegion)
	checkEqual(t, "listen", d.Server.Listen, "127.0.0.1:8080")
	checkEqual(t, "private", d.Agents.Private.Deny, true)
	checkEqual(t, "language", d.Page.Languages[0], "en")
	checkEqual(t, "data", d.Server.Data, filepath.Join(filepath.Dir(path), "data"))
}

func TestPositionsNameTheLineInTheFile(t *testing.T) {
	d := loadExample(t)
	source, err := os.ReadFile(examplePath)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(source), "\n")
	for path, begins := range map[string]string{
		"page.name":                               "Harbour Bank",
		"page.theme.light.on_accent":              `"#ffffff"`,
		"components[1].checks[0].schedule":        `"@every 30s"`,
		"components[1].checks[0].expect[1]":       `json.database`,
		"components[2].checks[1].dns.type":        "A,",
		"support.rotas[0].escalation[2].tell[1]":  "ops-slack",
		"slas[0].P1.channels[2]":                  "sms",
		"severities.P2":                           "availability",
		"notify.sms.twilio.messaging_service_sid": "MG0000",
		"notify.staff[1].webhook":                 "{url:",
		"components[0]":                           "id: sign-in",
		"components[0].checks[0].nothing.there":   "id: sign-in-journey",
	} {
		at := d.Position(path)
		if rest := lines[at.Line-1][at.Column-1:]; !strings.HasPrefix(rest, begins) {
			t.Errorf("%s is placed at %d:%d, where the file has %q; want %q", path, at.Line, at.Column, rest, begins)
		}
	}
}

func TestNotYetTellsWhatIsOnAndDoesNotWork(t *testing.T) {
	d := loadExample(t)
	all := []string{
		"version", "page", "server", "regions", "agents", "teams", "groups", "severities", "incidents", "slas",
		"support", "notify", "components[].id", "components[].*",
	}
	var got []string
	for _, fault := range d.NotYet(all) {
		got = append(got, fault.Path)
	}
	// publish is off: all that it holds is empty.
	if want := "reports maintenance slos"; strings.Join(got, " ") != want {
		t.Errorf("told %q; want %q", strings.Join(got, " "), want)
	}

	some := append(all[:len(all)-1:len(all)-1], "reports", "maintenance", "slos",
		"components[].name", "components[].names", "components[].description", "components[].group", "components[].owner",
		"components[].criticality", "components[].sla", "components[].runbook", "components[].depends_on", "components[].show",
		"components[].checks[].id", "components[].checks[].name", "components[].checks[].schedule", "components[].checks[].regions",
		"components[].checks[].timeout", "components[].checks[].attempts", "components[].checks[].down_when",
		"components[].checks[].up_when", "components[].checks[].means", "components[].checks[].expect", "components[].checks[].degraded",
		"components[].checks[].warn", "components[].checks[].browser", "components[].checks[].http.url", "components[].checks[].http.method",
		"components[].checks[].http.headers.*", "components[].checks[].http.steps",
		"components[].checks[].heartbeat", "components[].checks[].dns", "components[].checks[].tcp.address",
		"components[].checks[].smtp.address", "components[].checks[].tls", "components[].checks[].icmp", "components[].checks[].websocket")
	got = nil
	for _, fault := range d.NotYet(some) {
		got = append(got, fault.Path)
	}
	want := "components[1].checks[0].http.redirects components[2].checks[3].smtp.starttls components[2].checks[6].grpc"
	if strings.Join(got, " ") != want {
		t.Errorf("told %q; want %q", strings.Join(got, " "), want)
	}
}

func TestSecretsNeverShowInFaults(t *testing.T) {
	const secret = "s3cr3t-v4lue"
	template := `version: 1
page: {name: A, url: "SECRET", timezone: "SECRET", languages: ["SECRET"], theme: {logo: "SECRET", light: {accent: "SECRET"}}}
server: {listen: "SECRET", config: "SECRET", trusted_proxies: ["SECRET"], retention: {results: "SECRET", evidence_size: "SECRET"}, backup: {keep: "SECRET", drill: "SECRET"}}
components:
  - id: "SECRET"
    name: A
    group: "SECRET"
    depends_on: ["SECRET", "SECRET"]
    checks:
      - {id: a, schedule: "SECRET", regions: ["SECRET"], http: {url: "SECRET", ca: "SECRET", ip: "SECRET"}, expect: ["SECRET"], means: "SECRET"}
      - {id: a, schedule: "@daily", tcp: {address: "SECRET"}}
slas: [{id: "SECRET", hours: "SECRET", P1: {channels: ["SECRET"], update: "SECRET"}}]
slos: [{id: b, component: "SECRET", indicator: "SECRET", objective: "SECRET", window: "SECRET"}]
support: {people: [{id: "SECRET", name: A, email: "SECRET", phone: "SECRET"}, {id: "SECRET", name: A, email: "SECRET"}]}
notify: {email: {dkim: {key: "SECRET"}, bounces: {listen: "SECRET"}}, sms: {countries: ["SECRET"]}, subscriptions: {sign_ups: {address: "SECRET"}}}
`
	for _, value := range []string{secret, "qz"} { // one that redaction leaves alone, too
		env := func(string) (string, bool) { return value, true }
		_, err := config.Parse("daymark.yaml", []byte(strings.ReplaceAll(template, "SECRET", "${env:IT}")), config.Options{LookupEnv: env})
		var faults config.Faults
		if !errors.As(err, &faults) || len(faults) < 30 {
			t.Fatalf("%d faults; want at least 30: %v", len(faults), err)
		}
		for _, fault := range faults {
			if strings.Contains(fault.String(), value) {
				t.Errorf("the secret shows in: %s", fault)
			}
		}
	}
}

func TestAFileThatCannotBeRead(t *testing.T) {
	for name, path := range map[string]string{"missing": "nowhere.yaml", "folder": t.TempDir(), "device": "/dev/zero"} {
		_, err := config.Load(path, options())
		var faults config.Faults
		if !errors.As(err, &faults) || len(faults) != 1 || !strings.HasPrefix(err.Error(), path+": the file cannot be read: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func checkEqual[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v; want %v", what, got, want)
	}
}
