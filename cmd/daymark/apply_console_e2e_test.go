package main_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// standing is what the API says of the configuration.
type standing struct {
	Number            int
	Text, Author, Why string
	Origin, Writes    string
	Failed            *struct{ Reason string }
	File              *struct{ SHA256, Text string }
	Detail, Outcome   string // of a refusal, and of a trial
	Reason            string
	Errors            []struct{ Where, Detail string }
	Applying          bool
	status            int
}

// ask calls the API, and waits as long as it does.
func (s *served) ask(token, method, path string, fields map[string]any) standing {
	s.t.Helper()
	body, err := json.Marshal(fields)
	if err != nil {
		s.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.page+"/api/v1/configuration"+path, strings.NewReader(string(body)))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	if fields != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	answer, err := (&http.Client{Timeout: time.Minute}).Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	var got standing
	if err != nil || json.Unmarshal(text, &got) != nil {
		s.t.Fatalf("%s %s: %v %s", method, path, err, text)
	}
	got.status = answer.StatusCode
	return got
}

const byConsole = `support:
  people:
    - {id: ada, name: Ada, email: ada@shop.example, role: administrator}
    - {id: edi, name: Edi, email: edi@shop.example, role: editor}
notify:
  staff:
    - {id: hook, webhook: {url: "https://hooks.shop.example/x", secret: "${file:hook.secret}"}, from: P2}
`

// TestTheConsoleWritesTheConfiguration: with server.config: console a version
// is applied by the API, written to the file, refused where another came before
// it, and gone back from.
func TestTheConsoleWritesTheConfiguration(t *testing.T) {
	t.Parallel()
	s := serveConsole(t)
	ada, _ := site{config: s.config}.apiToken(t, "create", "--person", "ada", "--role", "administrator", "--expires", "1h")
	edi, _ := site{config: s.config}.apiToken(t, "create", "--person", "edi", "--role", "editor", "--expires", "1h")

	first := s.ask(ada, "GET", "", nil)
	if first.Number != 1 || first.Text != s.text || first.Origin != "file" || first.Writes != "console" {
		t.Fatalf("at first it is %+v", first)
	}
	second := strings.ReplaceAll(first.Text, "First", "Second")
	order := map[string]any{"text": second, "why": "a better <b>name</b>", "base": 1}
	if got := s.ask(edi, "POST", "", order); got.status != http.StatusForbidden {
		t.Errorf("an editor applies: %+v", got)
	}
	if got := s.ask(ada, "POST", "", order); !got.Applying {
		t.Fatalf("it is not applied: %+v", got)
	}
	got := s.ask(ada, "GET", "", nil) // waits for what becomes of it
	if got.Number != 2 || got.Text != second || got.Origin != "console" || !strings.HasPrefix(got.Author, "ada ") || got.Why != "a better <b>name</b>" || got.Failed != nil || got.File != nil {
		t.Fatalf("then it is %+v", got)
	}
	about, err := os.Stat(s.config)
	if content, read := os.ReadFile(s.config); err != nil || read != nil || string(content) != second || about.Mode().Perm() != 0o640 {
		t.Errorf("the file has mode %v: %s", about.Mode(), content)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(s.config), ".daymark-*")); len(left) > 0 {
		t.Errorf("left over are %v", left)
	}
	if _, body, err := get(s.page); err != nil || !strings.Contains(string(body), "Second") {
		t.Errorf("the page is the one before: %v", err)
	}

	order["text"] = strings.ReplaceAll(first.Text, "First", "Third")
	if got := s.ask(ada, "POST", "", order); got.status != http.StatusConflict || !strings.Contains(got.Detail, "Version 2 runs meanwhile") {
		t.Errorf("from a version that is gone: %+v", got)
	}
	order["base"] = 2
	for text, want := range map[string]string{
		strings.ReplaceAll(second, "Second", `"${file:`+s.secret+`}"`):    "Is not used here",
		strings.ReplaceAll(second, "Second", "["):                         "",
		strings.ReplaceAll(second, "127.0.0.1:", "localhost:"):            "",
		strings.ReplaceAll(second, "role: administrator", "role: editor"): "",
	} {
		order["text"] = text
		if got := s.ask(ada, "POST", "", order); got.status != http.StatusUnprocessableEntity || want != "" && (len(got.Errors) == 0 || !strings.Contains(strings.ToLower(got.Errors[0].Detail), strings.ToLower(want))) {
			t.Errorf("%s is taken: %+v", text, got)
		}
	}

	s.text = second
	s.write("Second", "By hand")
	s.hangUp()
	s.says("the configuration file was changed by hand", 1)
	got = s.ask(ada, "GET", "", nil)
	if got.Number != 2 || got.File == nil || got.File.Text != s.text {
		t.Fatalf("a file that was changed by hand: %+v", got)
	}
	order["text"] = strings.ReplaceAll(second, "Second", "Third")
	if got := s.ask(ada, "POST", "", order); got.status != http.StatusConflict || !strings.Contains(got.Detail, "changed by hand") {
		t.Errorf("it is written over: %+v", got)
	}
	order["file"] = got.File.SHA256
	if got := s.ask(ada, "POST", "", order); !got.Applying {
		t.Fatalf("whoever has seen it may: %+v", got)
	}
	if got := s.ask(ada, "GET", "", nil); got.Number != 3 || got.File != nil {
		t.Errorf("then it is %+v", got)
	}

	out, code := run(t, "config", "back", "1", "--why", "the name was good", "--config", s.config)
	if code != 0 || !strings.Contains(out, "version 4 runs, with the text of version 1") {
		t.Errorf("back: %d %s", code, out)
	}
	if out, code := run(t, "config", "versions", "--config", s.config); code != 0 || strings.Count(out, "\n") != 5 || !strings.Contains(out, "command line") || !strings.Contains(out, "the name was good") {
		t.Errorf("versions: %d %s", code, out)
	}
	if out, code := run(t, "config", "diff", "1", "2", "--config", s.config); code != 0 || !strings.Contains(out, "+page: {contact: status@shop.example, name: Second") {
		t.Errorf("diff: %d %s", code, out)
	}
	if out, code := run(t, "config", "back", "9", "--why", "x", "--config", s.config); code != 2 || !strings.Contains(out, "there is no version 9") {
		t.Errorf("back to nothing: %d %s", code, out)
	}

	try := map[string]any{"text": strings.ReplaceAll(first.Text, "timeout: 20s", "timeout: 19s, expect: [status == 204]"), "check": "front", "region": "local"}
	if got := s.ask(ada, "POST", "/try", try); got.status != http.StatusOK || got.Outcome != "failed" || !strings.Contains(got.Reason, "status == 204") {
		t.Errorf("a trial: %+v", got)
	}
	try["text"] = strings.Replace(first.Text, "private: {deny: false}", "private: {deny: true}", 1)
	if got := s.ask(ada, "POST", "/try", try); got.Outcome != "ok" {
		t.Errorf("the guard is that of the version that runs: %+v", got)
	}
	try["region"] = "west"
	if got := s.ask(ada, "POST", "/try", try); got.status != http.StatusUnprocessableEntity {
		t.Errorf("elsewhere: %+v", got)
	}

	// A new secret comes by the file alone, and who has seen the file takes it.
	other := filepath.Join(filepath.Dir(s.config), "other.secret")
	if err := os.WriteFile(other, []byte("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.text = first.Text
	s.write("from: P2}", "from: P2}\n    - {id: second, webhook: {url: \"https://hooks.shop.example/y\", secret: \"${file:"+other+"}\"}, from: P2}")
	s.hangUp()
	s.says("the configuration file was changed by hand", 2)
	disk := s.ask(ada, "GET", "", nil).File
	if disk == nil || disk.Text != s.text {
		t.Fatalf("the file is %+v", disk)
	}
	order = map[string]any{"text": s.text + "# mine\n", "why": "another hook", "base": 4, "file": disk.SHA256}
	if got := s.ask(ada, "POST", "", order); got.status != http.StatusUnprocessableEntity {
		t.Errorf("a text with a secret that is new: %+v", got)
	}
	order["text"] = s.text
	if got := s.ask(ada, "POST", "", order); !got.Applying {
		t.Errorf("the file is not taken: %+v", got)
	}
	if got := s.ask(ada, "GET", "", nil); got.Number != 5 || got.File != nil {
		t.Errorf("then it is %+v", got)
	}
}

func serveConsole(t *testing.T) *served {
	t.Helper()
	dir := t.TempDir()
	secret := filepath.Join(dir, "hook.secret")
	if err := os.WriteFile(secret, []byte("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serveConfig(t, strings.Replace(byConsole, "hook.secret", secret, 1), "server: {", "server: {config: console, ", "page: {", "page: {contact: status@shop.example, ")
	s.secret = secret
	return s
}
