package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"daymark/internal/testkit"
)

const people = `support:
  people:
    - {id: ana, name: Ana Reyes, email: ana@harbour.example, role: administrator}
    - {id: ben, name: Ben Okafor, email: ben@harbour.example, role: responder}
`

// withPeople adds people to a site.
func withPeople(t *testing.T, s site) site {
	t.Helper()
	text, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, s.dir, "daymark.yaml", string(text)+people)
	return s
}

// apiToken makes a token by the command line and gives it with its id.
func (s site) apiToken(t *testing.T, args ...string) (secret, id string) {
	t.Helper()
	program := binary() // before its time begins
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, append([]string{"token", args[0], "--config", s.config}, args[1:]...)...)
	var out, hint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &hint
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, hint.String())
	}
	secret = strings.TrimSpace(out.String())
	found := regexp.MustCompile(`Its id is (\w+);`).FindStringSubmatch(hint.String())
	if !strings.HasPrefix(secret, "dmk_") || strings.Contains(secret, "\n") || found == nil || strings.Contains(hint.String(), secret) {
		t.Fatalf("printed was %q, and beside it %q", secret, hint.String())
	}
	return secret, found[1]
}

// api asks the API with a token.
func (s site) api(t *testing.T, path, token string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/api/v1"+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var body bytes.Buffer
	if _, err := body.ReadFrom(answer.Body); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, body.String()
}

// TestTokens is the life of a token on the real program: made while no server
// runs, used, rotated and revoked while one does, and again without.
func TestTokens(t *testing.T) {
	testkit.Beside(t)
	s := withPeople(t, newSite(t, nightly))
	secret, id := s.apiToken(t, "create", "--person", "ana", "--role", "administrator", "--name", "weekly report") // no server runs yet
	server := s.serve(t)
	if status, body := s.api(t, "/me", secret); status != http.StatusOK || !strings.Contains(body, `"name":"weekly report"`) || !strings.Contains(body, `"last_used":"20`) {
		t.Fatalf("who am I: %d %s", status, body)
	}
	if status, body := s.api(t, "/me", ""); status != http.StatusUnauthorized || !strings.Contains(body, "This needs a token") {
		t.Errorf("without a token: %d %s", status, body)
	}
	narrow, _ := s.apiToken(t, "create", "--person", "ana", "--role", "reader", "--scope", "read", "--expires", "1h")
	if status, body := s.api(t, "/audit", narrow); status != http.StatusForbidden {
		t.Errorf("a reader's audit trail: %d %s", status, body)
	}
	if status, body := s.api(t, "/audit", secret); status != http.StatusOK || !strings.Contains(body, "API token created") || strings.Contains(body, secret) {
		t.Errorf("the audit trail: %d %s", status, body)
	}
	rotated, _ := s.apiToken(t, "rotate", id, "--overlap", "0")
	for token, want := range map[string]int{secret: http.StatusUnauthorized, rotated: http.StatusOK} {
		if status, body := s.api(t, "/me", token); status != want {
			t.Errorf("after the rotation: %d; want %d: %s", status, want, body)
		}
	}
	out, code := run(t, "token", "list", "--config", s.config)
	if code != 0 || strings.Count(out, "weekly report") != 2 || !strings.Contains(out, "the token has expired") || strings.Contains(out, "dmk_") {
		t.Errorf("the list: %d %s", code, out)
	}
	var lines []struct{ ID, Person, State string }
	out, code = run(t, "token", "list", "--config", s.config, "--person", "ana", "--json")
	if err := json.Unmarshal([]byte(out), &lines); err != nil || code != 0 || len(lines) != 3 {
		t.Fatalf("as JSON: %d %v %s", code, err, out)
	}
	s.refusesTokens(t, id)
	server.interrupt()
	out, code = run(t, "token", "revoke", "--config", s.config, lines[1].ID, "--reason", "the laptop is lost")
	if code != 0 || !strings.Contains(out, "of ana") || !strings.Contains(out, "is revoked") {
		t.Errorf("revoked without a server: %d %s", code, out)
	}
	s.keepsNoSecret(t, secret, narrow, rotated)
	server = s.serve(t)
	if status, body := s.api(t, "/me", narrow); status != http.StatusUnauthorized || !strings.Contains(body, "was revoked") {
		t.Errorf("revoked: %d %s", status, body)
	}
	if out, code := run(t, "audit", "export", "--config", s.config); code != 0 || !strings.Contains(out, "only read): the laptop is lost") || !strings.Contains(out, "API token rotated") {
		t.Errorf("the audit trail: %d %s", code, out)
	}
	server.noPanic()
}

// refusesTokens asks for what cannot be.
func (s site) refusesTokens(t *testing.T, ended string) {
	t.Helper()
	for _, test := range []struct{ args, want string }{
		{"create --person zoe --role reader", "it has ana, ben"},
		{"create --person ben --role administrator", "ben is responder"},
		{"create --person ana --role owner", "roles are reader, responder, editor, administrator"},
		{"create --person ana --role reader --scope all", "scopes are read, incidents"},
		{"create --person ana --role reader --expires 5y", "2 years"},
		{"create --person ana --role reader --expires soon", "--expires"},
		{"rotate " + ended, "has ended already"},
		{"rotate nothing", "there is no token"},
		{"rotate nothing --overlap 1y", "90 d at most"},
		{"revoke nothing", "daymark token list"},
	} {
		args := strings.Fields(test.args)
		out, code := run(t, append([]string{"token", args[0], "--config", s.config}, args[1:]...)...)
		if code != 2 || !strings.Contains(out, test.want) {
			t.Errorf("token %s: %d %s; want %q", test.args, code, out, test.want)
		}
	}
}

// keepsNoSecret looks for tokens in the files of the database.
func (s site) keepsNoSecret(t *testing.T, secrets ...string) {
	t.Helper()
	content, err := os.ReadFile(s.data("daymark.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range secrets {
		if bytes.Contains(content, []byte(secret[4:])) {
			t.Error("a token is in the database")
		}
	}
}

var shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")

// TestExamplesOfTheAPIWork runs the examples of docs/api.md, as they stand, in
// a shell.
func TestExamplesOfTheAPIWork(t *testing.T) {
	testkit.Beside(t)
	text, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	s := withPeople(t, newSite(t, nightly))
	s.serve(t)
	token, _ := s.apiToken(t, "create", "--person", "ana", "--role", "administrator", "--expires", "30d", "--name", "weekly report")
	_, other := s.apiToken(t, "create", "--person", "ben", "--role", "responder")
	blocks := shellBlock.FindAllStringSubmatch(string(text), -1)
	if len(blocks) < 3 {
		t.Fatalf("docs/api.md has %d examples", len(blocks))
	}
	for _, block := range blocks {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		command := exec.CommandContext(ctx, "bash", "-euc", block[1])
		command.Env = append(os.Environ(), "DAYMARK="+s.url, "TOKEN="+token, "OTHER="+other)
		out, err := command.Output()
		cancel()
		decoder, answers := json.NewDecoder(bytes.NewReader(out)), 0
		for decoder.More() {
			var answer map[string]any
			if err := decoder.Decode(&answer); err != nil || len(answer) == 0 {
				t.Fatalf("%v in %s", err, out)
			}
			answers++
		}
		if want := strings.Count(block[1], "curl "); err != nil || answers != want {
			t.Errorf("%v, %d answers; want %d of\n%s%s", err, answers, want, block[1], out)
		}
	}
	if status, body := s.api(t, "/tokens?person=ben", token); status != http.StatusOK || !strings.Contains(body, `"works":false`) {
		t.Errorf("after the examples: %d %s", status, body)
	}
}
