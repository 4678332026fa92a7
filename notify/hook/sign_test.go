package hook_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"daymark/notify"
	"daymark/notify/hook"
	"daymark/notify/notifytest"
)

// TestSignatures: the receiver verifies by the text of Standard Webhooks; one
// with another secret, or long after, does not.
func TestSignatures(t *testing.T) {
	for _, test := range []struct {
		name  string
		key   []byte
		now   time.Duration
		class notify.Class
	}{
		{"as it is", key, 0, notify.Taken},
		{"another server's key", []byte("another key of sixteen bytes"), 0, notify.Refused},
		{"a clock that is late", key, -6 * time.Minute, notify.Refused},
		{"a clock that is early", key, 6 * time.Minute, notify.Refused},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := stand(t, notifytest.HookWebhook, func(o *hook.Options) {
				o.Key, o.Now = test.key, func() time.Time { return time.Now().Add(test.now) }
			})
			m := rendered(t, opening("webhook", r.address()))
			sent := r.channel(t, notifytest.HookWebhook).Send(limited(t), m)
			if sent.Class != test.class {
				t.Fatalf("it is %+v", sent)
			}
			if posts := r.Posts(); len(posts) == 1 && posts[0].ID != m.ID {
				t.Errorf("its id is %q, want the delivery's, %q", posts[0].ID, m.ID)
			}
			tellsNoSecret(t, sent)
		})
	}
}

// TestTheSpecificationsOwnExample: id, time and text of Standard Webhooks'
// example give its signature.
func TestTheSpecificationsOwnExample(t *testing.T) {
	signature, err := hook.Sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; err != nil || signature != want {
		t.Errorf("%v: it is %s, want %s", err, signature, want)
	}
}

var examples = regexp.MustCompile("(?s)```(python|go)\n(.*?)```")

// TestExamplesOfTheDocumentationVerify runs the receivers of
// docs/notifications.md on a message that was really sent, and on ones that
// were changed on the way.
func TestExamplesOfTheDocumentationVerify(t *testing.T) {
	doc, err := os.ReadFile("../../docs/notifications.md")
	if err != nil {
		t.Fatal(err)
	}
	r := stand(t, notifytest.HookWebhook)
	if sent := r.channel(t, notifytest.HookWebhook).Send(limited(t), rendered(t, opening("webhook", r.address()))); sent.Class != notify.Taken {
		t.Fatalf("it is %+v", sent)
	}
	post := r.Posts()[0]
	old := strconv.FormatInt(time.Now().Add(-time.Hour).Unix(), 10)
	var cases []example
	for _, c := range []struct {
		name   string
		change func(h http.Header, body *string, secret *string)
		want   bool
	}{
		{"as it came", func(http.Header, *string, *string) {}, true},
		{"a second signature before it", func(h http.Header, _, _ *string) {
			h.Set("webhook-signature", "v1,AAAA "+h.Get("webhook-signature"))
		}, true},
		{"another text", func(_ http.Header, body, _ *string) { *body += " " }, false},
		{"another id", func(h http.Header, _, _ *string) { h.Set("webhook-id", "u2-s1") }, false},
		{"an old time", func(h http.Header, _, _ *string) { h.Set("webhook-timestamp", old) }, false},
		{"no time", func(h http.Header, _, _ *string) { h.Set("webhook-timestamp", "soon") }, false},
		{"another secret", func(_ http.Header, _, secret *string) { *secret = staffKey }, false},
		{"no signature", func(h http.Header, _, _ *string) { h.Set("webhook-signature", "") }, false},
	} {
		e := example{Name: c.name, Secret: notify.WebhookSecret(key, subscriber), Body: string(post.Body), Want: c.want}
		h := post.Header.Clone()
		c.change(h, &e.Body, &e.Secret)
		e.ID, e.Timestamp, e.Signature = h.Get("webhook-id"), h.Get("webhook-timestamp"), h.Get("webhook-signature")
		cases = append(cases, e)
	}
	input, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	found := examples.FindAllSubmatch(doc, -1)
	if len(found) != 2 {
		t.Fatalf("%d examples are in docs/notifications.md, want one in Python and one in Go", len(found))
	}
	for _, match := range found {
		t.Run(string(match[1]), func(t *testing.T) {
			file, run := harness(t, string(match[1]))
			path := filepath.Join(t.TempDir(), file)
			text := append(bytes.Replace(match[2], []byte("import ("), []byte("import (\n\t\"encoding/json\"\n\t\"os\""), 1), run...)
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
			command := exec.CommandContext(t.Context(), "python3", path)
			if file == "main.go" {
				command = exec.CommandContext(t.Context(), "go", "run", path)
			}
			command.Stdin = bytes.NewReader(input)
			out, err := command.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			var got []bool
			if err := json.Unmarshal(out, &got); err != nil || len(got) != len(cases) {
				t.Fatalf("%v\n%s", err, out)
			}
			for i, c := range cases {
				if got[i] != c.Want {
					t.Errorf("%s: verified %v, want %v", c.Name, got[i], c.Want)
				}
			}
		})
	}
}

// example is a message as an example of the documentation is asked of it.
type example struct {
	Name, Secret, ID, Timestamp, Signature, Body string
	Want                                         bool
}

// harness asks an example's verify of all messages.
func harness(t *testing.T, language string) (file, text string) {
	t.Helper()
	switch language {
	case "python":
		return "main.py", `
import json, sys
print(json.dumps([verify(c["Secret"], {"webhook-id": c["ID"], "webhook-timestamp": c["Timestamp"], "webhook-signature": c["Signature"]}, c["Body"].encode()) for c in json.load(sys.stdin)]))
`
	case "go":
		return "main.go", `
func main() {
	var cases []struct{ Secret, ID, Timestamp, Signature, Body string }
	_ = json.NewDecoder(os.Stdin).Decode(&cases)
	var got []bool
	for _, c := range cases {
		h := http.Header{}
		h.Set("webhook-id", c.ID)
		h.Set("webhook-timestamp", c.Timestamp)
		h.Set("webhook-signature", c.Signature)
		got = append(got, verify(c.Secret, h, []byte(c.Body)))
	}
	_ = json.NewEncoder(os.Stdout).Encode(got)
}
`
	}
	t.Fatalf("no example can be in %s", language)
	return "", ""
}
