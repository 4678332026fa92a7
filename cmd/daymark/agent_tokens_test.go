package main_test

import (
	"strings"
	"testing"
	"time"
)

// Tokens of agents are made, replaced with an overlap, listed and revoked by
// the command line, with a server and without; a revoked one ends its
// connection at once, and what its agent kept another delivers.
func TestTokensOfAgentsByCommand(t *testing.T) {
	t.Parallel()
	s := newSite(t, `{id: api, schedule: "@every 1h", regions: [second], http: {url: "http://127.0.0.1:1/"}}`)
	command := func(args ...string) (string, int) {
		t.Helper()
		out, code := run(t, append([]string{"agent", "token"}, append(args, "--config", s.config)...)...)
		return out, code
	}
	first := s.token(t, "second") // no server runs
	server := s.serve(t)
	agent := begin(t, "agent", "--server", s.url, "--token", first, "--data", t.TempDir(), "--name", "probe-1")
	agent.waitSays("connected to the server")
	list, _ := command("list")
	lines := strings.Split(strings.TrimSpace(list), "\n")
	if len(lines) != 2 || !strings.Contains(lines[1], "second") || !strings.Contains(lines[1], "works") {
		t.Fatalf("listed:\n%s", list)
	}
	id := strings.Fields(lines[1])[0]
	if out, code := command("rotate", id, "--overlap", "31d"); code != 2 || !strings.Contains(out, "30 d at most") {
		t.Errorf("an overlap that is too long: %d, %s", code, out)
	}
	second, code := command("rotate", id, "--overlap", "1h")
	if second = strings.TrimSpace(second); code != 0 || !strings.HasPrefix(second, "dma_") || second == first {
		t.Fatalf("rotated: %d, %s", code, second)
	}
	if list, _ := command("list"); strings.Count(list, "\n") != 3 || !strings.Contains(list, "replaced, works until") {
		t.Errorf("listed:\n%s", list)
	}
	if out, code := command("revoke", id, "--reason", "a test"); code != 0 || !strings.Contains(out, "the token of second is revoked") {
		t.Errorf("revoked: %d, %s", code, out)
	}
	server.waitSays("its token opens nothing any more")
	agent.waitSays("the server refused the token")
	agent.interrupt()
	if out, code := command("revoke", id); code != 2 || !strings.Contains(out, "no agent's token") {
		t.Errorf("revoked again: %d, %s", code, out)
	}
	again := begin(t, "agent", "--server", s.url, "--token", second, "--data", t.TempDir())
	again.waitSays("connected to the server")
	third, code := command("rotate", works(t, command), "--overlap", "0")
	if third = strings.TrimSpace(third); code != 0 || !strings.HasPrefix(third, "dma_") || third == second {
		t.Fatalf("rotated without overlap: %d, %s", code, third)
	}
	again.waitSays("the server refused the token")
	again.interrupt()
	again = begin(t, "agent", "--server", s.url, "--token", third, "--data", t.TempDir())
	again.waitSays("connected to the server")
	again.interrupt()
	server.interrupt()
	if out, code := command("list", "--region", "second", "--json"); code != 0 || !strings.Contains(out, `"state": "revoked `+time.Now().UTC().Format("2006")) {
		t.Errorf("without a server: %d, %s", code, out)
	}
}

// works gives the id of the one token that works.
func works(t *testing.T, command func(args ...string) (string, int)) string {
	t.Helper()
	list, _ := command("list")
	for line := range strings.Lines(list) {
		if strings.Contains(line, "works") && !strings.Contains(line, "revoked") {
			return strings.Fields(line)[0]
		}
	}
	t.Fatalf("none works:\n%s", list)
	return ""
}
