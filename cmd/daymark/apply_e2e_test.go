package main_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"daymark/internal/testkit"
)

const applyConfig = `version: 1
page: {name: NAME, url: "http://127.0.0.1:%[1]d"}
server: {listen: "127.0.0.1:%[1]d", data: %[2]s}
agents: {private: {deny: false}}
components:
  - id: shop
    name: Shop
    checks:
      - {id: front, schedule: "@every 1s", timeout: 20s, http: {url: "%[3]s"}}
`

// served is a server of its own process, and what it checks.
type served struct {
	*process
	t            *testing.T
	page, config string
	text, data   string
	secret       string       // path of one
	runs, slow   atomic.Int64 // answers that the check has had
}

// serveConfig serves the configuration with more of it, and pairs of what stands
// in it and what is to.
func serveConfig(t *testing.T, more string, pairs ...string) *served {
	t.Helper()
	s := &served{t: t}
	target := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if wait := s.slow.Load(); wait > 0 {
			select {
			case <-time.After(time.Duration(wait)):
			case <-r.Context().Done():
				return
			}
		}
		s.runs.Add(1)
	}))
	t.Cleanup(target.Close)
	dir, port := t.TempDir(), freePorts(t)
	s.page, s.config, s.data = fmt.Sprintf("http://127.0.0.1:%d", port), filepath.Join(dir, "daymark.yaml"), filepath.Join(dir, "data")
	s.text = fmt.Sprintf(applyConfig, port, s.data, target.URL) + more
	s.text = strings.NewReplacer(pairs...).Replace(s.text)
	s.write("NAME", "First")
	s.process = begin(t, "serve", "--config", s.config, "--log-format", "text")
	eventually(t, "the server to be ready", func() bool { return ready(s.page) })
	return s
}

// write writes the file with a part of it replaced.
func (s *served) write(from, to string) {
	s.t.Helper()
	s.text = strings.ReplaceAll(s.text, from, to)
	if err := os.WriteFile(s.config, []byte(s.text), 0o640); err != nil {
		s.t.Fatal(err)
	}
}

func (s *served) hangUp() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		s.t.Fatal(err)
	}
}

func (s *served) says(what string, times int) {
	s.t.Helper()
	eventually(s.t, "the log to say: "+what, func() bool { return strings.Count(s.out.String(), what) >= times })
}

// TestApplyingLosesNothing applies one configuration after another while the
// page is asked without a pause, over connections that stay and over new ones:
// every request is answered, no result is lost, and no run is cut off.
func TestApplyingLosesNothing(t *testing.T) {
	testkit.Beside(t)
	s := serveConfig(t, "")
	s.slow.Store(int64(300 * time.Millisecond)) // so that runs are under way
	stop := make(chan struct{})
	var asking sync.WaitGroup
	var asked, longest atomic.Int64
	for i := range 6 {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: i%2 == 0}}
		path := []string{"/", "/api/v2/summary.json", "/console/sign-in"}[i%3]
		asking.Go(func() {
			defer client.CloseIdleConnections()
			for {
				select {
				case <-stop:
					return
				default:
				}
				began := time.Now()
				answer, err := client.Get(s.page + path)
				if err != nil {
					t.Error(err)
					return
				}
				_ = answer.Body.Close()
				if answer.StatusCode != http.StatusOK {
					t.Errorf("%s answered %s", path, answer.Status)
				}
				asked.Add(1)
				for took := int64(time.Since(began)); ; {
					if most := longest.Load(); took <= most || longest.CompareAndSwap(most, took) {
						break
					}
				}
				<-time.After(5 * time.Millisecond) // the machine is not ours alone
			}
		})
	}
	const times = 4
	for i := range times {
		before := s.runs.Load()
		s.write([]string{"First", "Second"}[i%2], []string{"Second", "First"}[i%2])
		s.hangUp()
		s.says("a new configuration runs", i+1)
		eventually(t, "the check to run on", func() bool { return s.runs.Load() > before+1 })
	}
	close(stop)
	asking.Wait()
	t.Logf("%d requests, the longest took %s", asked.Load(), time.Duration(longest.Load()))
	if _, body, err := get(s.page); err != nil || !strings.Contains(string(body), "First") {
		t.Errorf("the page is not the last one: %v", err)
	}
	s.interrupt()
	db := openData(t, filepath.Join(s.data, "daymark.db"))
	ran := s.runs.Load()
	if n := db.number("SELECT count(*) FROM results"); n != ran {
		t.Errorf("the check was answered %d times, and has %d results", ran, n)
	}
	db.check("results that are not ok", "SELECT count(*) FROM results WHERE outcome <> 0", 0)
	db.check("versions", "SELECT count(*) FROM configurations", times+1)
	if strings.Contains(s.out.String(), "cut off") || strings.Contains(s.out.String(), "level=ERROR") {
		t.Errorf("the log complains:\n%s", s.out.String())
	}
}

// TestAWrongFileChangesNothing: what is not valid, or takes a restart, is said,
// and the server goes on as it was.
func TestAWrongFileChangesNothing(t *testing.T) {
	testkit.Beside(t)
	s := serveConfig(t, "")
	s.write("First", "[")
	s.hangUp()
	s.says("the configuration file is not valid; what runs goes on", 1)
	s.write(": [", ": First") // as it was
	s.hangUp()
	s.says("the configuration is the one that runs", 1)
	s.write("127.0.0.1:", "localhost:")
	s.hangUp()
	s.says("takes a restart of the server", 1)
	if !ready(s.page) {
		t.Error("the server does not go on")
	}
	if err := os.Remove(s.config); err != nil {
		t.Fatal(err)
	}
	s.hangUp()
	s.says("the configuration file cannot be read; what runs goes on", 1)
	s.write("localhost:", "127.0.0.1:")
	s.write("First", "Fifth")
	s.says("a new configuration runs", 1) // without being asked
	if _, body, err := get(s.page); err != nil || !strings.Contains(string(body), "Fifth") {
		t.Errorf("the page is the one before: %v", err)
	}
}

// TestWhatCannotStartGoesBack: a configuration that is valid and cannot be
// started leaves the one before running.
func TestWhatCannotStartGoesBack(t *testing.T) {
	testkit.Beside(t)
	s := serveConfig(t, "")
	taken := httptest.NewServer(http.NotFoundHandler())
	defer taken.Close()
	s.text += "notify:\n  email:\n    smtp: {host: 127.0.0.1, port: 1, tls: none}\n    from: status@shop.example\n    bounces: {address: bounce@shop.example, listen: " + strings.TrimPrefix(taken.URL, "http://") + "}\n"
	s.write("First", "Second")
	s.hangUp()
	s.says("the new configuration cannot be started; the one before goes on", 1)
	eventually(t, "the page to answer", func() bool {
		status, body, err := get(s.page)
		return err == nil && status == http.StatusOK && strings.Contains(string(body), "First")
	})
	before := s.runs.Load()
	eventually(t, "the check to run on", func() bool { return s.runs.Load() > before+1 })
	s.interrupt()
	openData(t, filepath.Join(s.data, "daymark.db")).check("versions", "SELECT count(*) FROM configurations", 1)
}
