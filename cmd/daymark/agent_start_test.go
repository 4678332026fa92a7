package main_test

import (
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// agentWith starts the program as an agent with nothing but this environment.
func agentWith(t *testing.T, dir string, environment []string, args ...string) *process {
	t.Helper()
	cmd := exec.Command(binary(), append([]string{"agent"}, args...)...)
	cmd.Env, cmd.Dir = append(environment, "PATH="+os.Getenv("PATH"), "TMPDIR="+os.TempDir()), dir
	return beginCommand(t, "agent", cmd)
}

// A first start says all that is missing or wrong, at once and in words.
func TestAFirstStartSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	wrong := writeFile(t, dir, "wrong.yaml", "server: https://status.example\ntokn: x\n")
	empty := writeFile(t, dir, "empty", "")
	for name, tc := range map[string]struct {
		args []string
		says []string
	}{
		"nothing given": {nil, []string{"this agent cannot begin", "the server's address is not known: give --server, DAYMARK_SERVER", "page.url", "an agent needs its token", "daymark agent token create --region REGION"}},
		"files that are not there": {
			[]string{"--server", "https://status.example", "--token-file", "/nowhere/token", "--ca", "/nowhere/ca.pem", "--data", "/proc/daymark"},
			[]string{"the token cannot be read: stat /nowhere/token: no such file", "--ca: stat /nowhere/ca.pem", "the folder for its results cannot be made", "give another by --data"},
		},
		"files that hold nothing": {[]string{"--server", "https://status.example", "--token-file", empty, "--ca", empty}, []string{"holds no token", "holds no certificate in PEM form"}},
		"a key that is not known": {[]string{"--file", wrong}, []string{"tokn", "is not what an agent begins with", "an agent needs its token"}},
		"no network":              {[]string{"--server", "https://status.example", "--token", "dma_0", "--allow-private", "10.0.0.1"}, []string{`"10.0.0.1" is no network such as 10.20.0.0/16`}},
		"pinned without TLS":      {[]string{"--server", "http://status.example", "--token", "dma_0", "--ca", wrong}, []string{"holds no certificate"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := agentWith(t, t.TempDir(), nil, tc.args...)
			if code := p.waitEnd(); code != 2 {
				t.Errorf("status %d", code)
			}
			for _, text := range tc.says {
				if !strings.Contains(p.out.String(), text) {
					t.Errorf("it does not say %q:\n%s", text, p.out)
				}
			}
		})
	}
}

// What an agent begins with comes from flags, the environment or a file; and
// with --once it runs each check, delivers, and says how it went.
func TestAnAgentThatRunsOnce(t *testing.T) {
	t.Parallel()
	target := newCounted(t)
	s := newSite(t,
		fmt.Sprintf(`{id: well, schedule: "@every 1h", regions: [second], http: {url: %q}}`, target.url),
		fmt.Sprintf(`{id: gone, schedule: "@every 1h", regions: [second], http: {url: "%s/", method: POST}, expect: ["status == 404"]}`, target.url),
		`{id: job, heartbeat: {every: 1h}}`,
	)
	server := s.serve(t)
	db := openData(t, s.data("daymark.db"))
	dir := t.TempDir()
	writeFile(t, dir, "token", s.token(t, "second")+"\n")
	file := writeFile(t, dir, "agent.yaml", "server: "+s.url+"\ntoken-file: "+filepath.Join(dir, "token")+"\ndata: "+filepath.Join(dir, "kept")+"\n")
	count := func() int64 {
		return db.number("SELECT count(*) FROM results r JOIN series s ON s.id = r.series WHERE s.region = 'second'")
	}
	for run, p := range []func() *process{
		func() *process { return agentWith(t, dir, nil, "--file", file, "--once") },
		func() *process {
			return agentWith(t, dir, []string{"DAYMARK_SERVER=" + s.url, "DAYMARK_TOKEN_FILE=" + filepath.Join(dir, "token"), "DAYMARK_AGENT_DATA=" + dir}, "--once")
		},
	} {
		once := p()
		if code := once.waitEnd(); code != 1 {
			t.Errorf("run %d: status %d\n%s", run, code, once.out)
		}
		for _, text := range []string{"ok        well", "failed    gone", "status == 404"} {
			if !strings.Contains(once.out.String(), text) {
				t.Errorf("run %d does not say %q:\n%s", run, text, once.out)
			}
		}
		if got, want := count(), int64(2*run+2); got != want {
			t.Errorf("after run %d there are %d results; want %d", run, got, want)
		}
	}
	// Without the server it goes by its last plan, and says what waits.
	server.interrupt()
	cut := agentWith(t, dir, nil, "--file", file, "--once")
	eventually(t, "the checks to run", func() bool {
		return strings.Contains(cut.out.String(), "gone") && strings.Contains(cut.out.String(), "well")
	})
	cut.interrupt()
	if !strings.Contains(cut.out.String(), "not all results could be delivered") {
		t.Errorf("it does not say that something waits:\n%s", cut.out)
	}
	s.serve(t)
	again := agentWith(t, dir, nil, "--file", file, "--once")
	if code := again.waitEnd(); code != 1 || count() != 8 {
		t.Errorf("status %d, %d results\n%s", code, count(), again.out)
	}
}

// A pinned authority is the only one that counts.
func TestAPinnedAuthority(t *testing.T) {
	t.Parallel()
	s := newSite(t, `{id: api, schedule: "@every 1h", regions: [second], http: {url: "http://127.0.0.1:1/"}}`)
	s.serve(t)
	to, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	secure := httptest.NewUnstartedServer(httputil.NewSingleHostReverseProxy(to))
	secure.StartTLS()
	t.Cleanup(secure.Close)
	dir, token := t.TempDir(), s.token(t, "second")
	right := writeFile(t, dir, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})))
	other := httptest.NewUnstartedServer(http.NotFoundHandler())
	other.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	other.StartTLS()
	t.Cleanup(other.Close)
	p := agentWith(t, dir, nil, "--server", secure.URL, "--token", token, "--ca", right)
	p.waitSays("connected to the server")
	p.interrupt()
	none := agentWith(t, t.TempDir(), nil, "--server", secure.URL, "--token", token)
	none.waitSays("is signed by an authority that is not trusted")
	none.interrupt()
}

// An agent's own flags only narrow what agents.private allows.
func TestAnAgentNarrowsWhatIsPrivate(t *testing.T) {
	t.Parallel()
	target := newCounted(t)
	s := newSite(t, fmt.Sprintf(`{id: api, schedule: "@every 1h", regions: [second], http: {url: %q}}`, target.url))
	s.serve(t)
	token := s.token(t, "second")
	for name, tc := range map[string]struct {
		args []string
		code int
		says string
	}{
		"nothing":            {nil, 0, "ok        api"},
		"allow":              {[]string{"--allow-private", "127.0.0.0/8"}, 0, "ok        api"},
		"allow another":      {[]string{"--allow-private", "10.0.0.0/8"}, 3, "this agent's own --allow-private"},
		"deny":               {[]string{"--deny-private"}, 3, "this agent's own --allow-private or --deny-private"},
		"both at once":       {[]string{"--deny-private", "--allow-private", "127.0.0.0/8"}, 2, "can't be used together"},
		"more than the plan": {[]string{"--allow-private", "0.0.0.0/0"}, 0, "ok        api"}, // but no more than 127.0.0.0/8
	} {
		t.Run(name, func(t *testing.T) {
			p := agentWith(t, t.TempDir(), nil, append([]string{"--server", s.url, "--token", token, "--once"}, tc.args...)...)
			if code := p.waitEnd(); code != tc.code || !strings.Contains(p.out.String(), tc.says) {
				t.Errorf("status %d:\n%s", code, p.out)
			}
		})
	}
}
