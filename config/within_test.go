package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daymark/config"
)

const openText = `version: 1
page: {name: Harbour, url: https://status.harbour.example}
publish:
  s3: {endpoint: https://s3.example, region: eu, bucket: b, access_key: AKIA1, secret_key: "open'sesame \"now\""}
components:
  - id: api
    name: API
    checks:
      - id: health
        schedule: "@every 1m"
        http:
          url: https://bob:hunter22@api.harbour.example/health
          headers: {Authorization: Bearer abcdefgh, Accept: text/plain}
      - id: journey
        schedule: "@every 1m"
        browser:
          steps:
            - open: https://app.harbour.example
            - fill: {field: Email, with: probe@harbour.example}
            - fill: {field: Password, with: tr0ub4dor}
      - id: saves
        schedule: "@every 1m"
        http:
          steps:
            - {url: https://api.harbour.example/token, save: {token: json.token}}
            - {url: https://api.harbour.example/me, headers: {Authorization: "Bearer {{token}}"}}
`

func parsed(t *testing.T, text string, o config.Options) *config.Document {
	t.Helper()
	doc, err := config.Parse("daymark.yaml", []byte(text), o)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestSecretsThatAreWrittenOutAreHidden(t *testing.T) {
	doc := parsed(t, openText, options())
	shown, hidden, whole := doc.Shown()
	if hidden != 4 || !whole {
		t.Fatalf("%d are hidden, whole: %t\n%s", hidden, whole, shown)
	}
	for _, secret := range []string{"sesame", "now", "hunter22", "abcdefgh", "tr0ub4dor"} {
		if strings.Contains(shown, secret) {
			t.Errorf("%s is shown:\n%s", secret, shown)
		}
	}
	for _, plain := range []string{"AKIA1", "text/plain", "probe@harbour.example", "json.token", `"Bearer {{token}}"`, `secret_key: "(hidden)"`, "url: (hidden)"} {
		if !strings.Contains(shown, plain) {
			t.Errorf("%s is not shown:\n%s", plain, shown)
		}
	}
	if strings.Count(shown, "\n") != strings.Count(openText, "\n") || doc.Text() != openText {
		t.Error("the lines are others")
	}
}

// A document without secrets is shown as it is written; so is the example.
func TestADocumentIsShownAsItIsWritten(t *testing.T) {
	dir := folder(t)
	content, err := os.ReadFile(examplePath)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := config.Load(write(t, dir, "daymark.yaml", content), options())
	if err != nil {
		t.Fatal(err)
	}
	if shown, hidden, whole := doc.Shown(); shown != string(content) || hidden != 0 || !whole {
		t.Errorf("%d hidden, whole: %t", hidden, whole)
	}
}

// A key that stands in the file as a block is hidden, line by line.
func TestABlockIsHidden(t *testing.T) {
	text := "version: 1\npage: {name: Harbour, url: https://status.harbour.example}\nnotify:\n  email:\n    dkim:\n      domain: harbour.example\n      selector: d\n      key: |\n" +
		"        -----BEGIN PRIVATE KEY-----\n        MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n        -----END PRIVATE KEY-----\n"
	doc := parsed(t, text, options())
	shown, hidden, whole := doc.Shown()
	if hidden != 1 || !whole || strings.Contains(shown, "MC4C") || strings.Contains(shown, "BEGIN") || !strings.Contains(shown, config.Hidden) {
		t.Errorf("%d, %t:\n%s", hidden, whole, shown)
	}
}

// What comes from elsewhere than the file moves no secret, reads no other file
// and holds no secret.
func TestATextWithinTheDocumentThatRuns(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "token", []byte("abcdefgh"))
	write(t, dir, "other", []byte("zyxwvuts"))
	base := `version: 1
page: {name: NAME, url: https://status.harbour.example}
components:
  - id: api
    name: API
    checks:
      - {id: a, schedule: "@every 1m", http: {url: https://a.example, bearer: "${file:token}"}}
`
	path := filepath.Join(dir, "daymark.yaml")
	running, err := config.Parse(path, []byte(base), options())
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ from, to, want string }{
		"as it is":              {"NAME", "NAME", ""},
		"another name":          {"NAME", "Harbour", ""},
		"another check with it": {"https://a.example", "https://b.example", ""},
		"a secret in the name":  {"NAME", `"${file:token}"`, "${file:token} is not used here"},
		"another secret":        {"${file:token}", "${file:other}", "${file:other} is not used here"},
		"a variable":            {"${file:token}", "${env:HOOK_SECRET}", "${env:HOOK_SECRET} is not used here"},
		"the agent's variable":  {"${file:token}", "${agent-env:PATH}", "${agent-env:PATH} is not used here"},
		"a secret written out":  {"${file:token}", "abcdefgh", "a secret is not written out"},
		"a file":                {"bearer: ", "ca: other, bearer: ", "cannot be read: the configuration that runs does not name it"},
		"an absolute file":      {"bearer: ", "ca: /etc/hostname, bearer: ", "does not name it"},
		"a reference with no }": {"${file:token}", "${file:token", "a ${ begins here"},
		"what is hidden":        {"${file:token}", config.Hidden, "a secret is not written out"},
	} {
		o := options()
		o.Within = running
		_, err := config.Parse(path, []byte(strings.Replace(base, test.from, test.to, 1)), o)
		said := ""
		if err != nil {
			said = err.Error()
		}
		if (said == "") != (test.want == "") || !strings.Contains(said, test.want) || strings.Contains(said, "zyxwvuts") {
			t.Errorf("%s: %q; want %q", name, said, test.want)
		}
	}
}

// FuzzShown: no text within a document makes it read another file or variable,
// and what is shown never has a bearer in it.
func FuzzShown(f *testing.F) {
	f.Add(openText, "s3cr3t-v4lue")
	f.Add("version: 1\npage: {name: a, url: https://a.example}\n", "b1tter~pill")
	running, err := config.Parse("daymark.yaml", []byte("version: 1\npage: {name: a, url: https://a.example}\n"), config.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text, secret string) {
		closed := config.Options{
			LookupEnv: func(string) (string, bool) { t.Error("a variable is looked up"); return "", false },
			ReadFile:  func(string, int64) ([]byte, error) { t.Error("a file is read"); return nil, errors.New("no") },
			Now:       today, Within: running,
		}
		_, _ = config.Parse("daymark.yaml", []byte(text), closed)
		if doc, err := config.Parse("daymark.yaml", []byte(text), config.Options{Now: today, ReadFile: func(string, int64) ([]byte, error) { return nil, os.ErrNotExist }}); err == nil {
			for _, component := range doc.Components {
				for i := range component.Checks {
					if http := component.Checks[i].HTTP; http != nil && len(http.Bearer) > 7 && !strings.Contains(http.Bearer, "{") {
						if shown, _, _ := doc.Shown(); strings.Contains(shown, "bearer: "+http.Bearer) {
							t.Errorf("%q is shown in %s", http.Bearer, shown)
						}
					}
				}
			}
		}
	})
}

// A trial sends a secret only as the document that runs does.
func TestATrialMovesNoSecret(t *testing.T) {
	const secretText = `version: 1
page: {name: Harbour, url: https://status.harbour.example}
components:
  - id: api
    name: API
    checks:
      - id: health
        schedule: "@every 1m"
        http: {url: https://api.harbour.example/health, headers: {Authorization: "Bearer ${env:TOKEN}"}}
        expect: [status == 200]
      - id: open
        schedule: "@every 1m"
        http: {url: https://api.harbour.example/open}
`
	with := func(text string) *config.Document {
		o := options()
		o.LookupEnv = func(string) (string, bool) { return "abcdefgh", true }
		return parsed(t, text, o)
	}
	running := with(secretText)
	for change, want := range map[string]bool{
		"":                            true,
		"status == 200=>status < 300": true,
		"- id: health\n        schedule: \"@every 1m\"=>- id: health\n        name: Health\n        timeout: 5s\n        schedule: \"@every 2m\"": true,
		"api.harbour.example/health=>elsewhere.example/health": false,
		"Authorization:=>X-Other:":                             false,
		"headers: {=>method: POST, headers: {":                 false,
		"- id: health=>- id: other":                            false,
		"/open}=>/open, headers: {X: \"${env:TOKEN}\"}}":       true,
	} {
		old, instead, _ := strings.Cut(change, "=>")
		doc := with(strings.Replace(secretText, old, instead, 1))
		id := "health"
		if strings.Contains(change, "other") {
			id = "other"
		}
		if got := doc.SendsAs(running, id); got != want {
			t.Errorf("%q: %t", change, got)
		}
	}
	moved := with(strings.Replace(secretText, "/open}", "/open, headers: {X: \"${env:TOKEN}\"}}", 1))
	if moved.SendsAs(running, "open") || !with(secretText).SendsAs(running, "open") {
		t.Error("a check that used no secret may be tried with one, or without one not")
	}
}

// What lets somebody in is hidden in addresses, bodies and headers, too; what
// only sounds so is not.
func TestSecretsWithinValuesAreHidden(t *testing.T) {
	for value, want := range map[string]string{
		"https://a.example/x?page=2&api_key=abc123#top":      "https://a.example/x?page=2&api_key=" + config.Hidden + "#top",
		"https://a.example/x?access_token=abc&sort_key=name": "https://a.example/x?access_token=" + config.Hidden + "&sort_key=name",
		"user=sam&password=tr0ub4dor":                        "user=sam&password=" + config.Hidden,
		`{"user": "sam", "password": "tr0\"ub"}`:             `{"user": "sam", "password": "` + config.Hidden + `"}`,
		`{"clientSecret":"x","monkey":"y"}`:                  `{"clientSecret":"` + config.Hidden + `","monkey":"y"}`,
		"https://a.example/x?token=${env:TOKEN}":             "https://a.example/x?token=${env:TOKEN}",
		"https://a.example/x?token={{token}}":                "https://a.example/x?token={{token}}",
		"https://a.example/keys?monkey=1&author=ana":         "https://a.example/keys?monkey=1&author=ana",
		`json.token != ""`:                                   `json.token != ""`,
	} {
		if got := config.HideInner(value); got != want {
			t.Errorf("%s: %s; want %s", value, got, want)
		}
	}
	for name, want := range map[string]bool{
		"Authorization": true, "X-Auth": true, "X-Auth-Key": true, "X-Shop-Key": true, "X-Signature": true, "X-Access-Key": true, "Ocp-Apim-Subscription-Key": true, "X-Api-Key": true, "Cookie": true,
		"Accept": false, "X-Monkey": false, "User-Agent": false, "If-Match": false, "X-Author": false, "Cache-Control": false,
	} {
		if config.LetsIn(name) != want {
			t.Errorf("%s lets somebody in: %t", name, !want)
		}
	}
}
