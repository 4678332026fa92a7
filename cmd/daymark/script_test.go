package main_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts plays testdata/script over the real program and a small server,
// whose address is $SERVER. Besides the commands of testscript there are
//
//	status N PROGRAM … run a program, which gives this exit status
//	served PATH N      wait until the server was asked N times for a path
//	lines FILE N       the file has at least N lines, each a JSON object
//	xml FILE           the file is XML
//	files DIR N        N files are below a folder
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			visits := &visits{more: make(chan struct{})}
			server := httptest.NewServer(visits)
			env.Defer(func() { server.CloseClientConnections(); server.Close() })
			env.Values["visits"] = visits
			env.Setenv("TMPDIR", os.TempDir()) // Chromium takes no long names
			env.Setenv("SERVER", server.URL)
			env.Setenv("HOST", strings.TrimPrefix(server.URL, "http://"))
			env.Setenv("PATH", filepath.Dir(binary())+string(os.PathListSeparator)+env.Getenv("PATH"))
			return fillIn(env.WorkDir, server.URL)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"served": func(ts *testscript.TestScript, _ bool, args []string) {
				n, err := strconv.Atoi(args[1])
				ts.Check(err)
				ts.Check(ts.Value("visits").(*visits).wait(args[0], n, t.Context().Done()))
			},
			"status": exitStatus,
			"lines":  jsonLines,
			"xml":    isXML,
			"files":  countFiles,
		},
	})
}

// fillIn writes the server's address into the configurations of a script,
// where environment variables do not reach.
func fillIn(dir, server string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(text), "SERVER", server)), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// visits is the server: what it answers follows from the path.
type visits struct {
	mu   sync.Mutex
	seen map[string]int
	more chan struct{} // closed and made anew with each visit
}

func (v *visits) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	if v.seen == nil {
		v.seen = map[string]int{}
	}
	v.seen[r.URL.Path]++
	n := v.seen[r.URL.Path]
	close(v.more)
	v.more = make(chan struct{})
	v.mu.Unlock()
	switch r.URL.Path {
	case "/broken":
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = fmt.Fprint(w, "out of order")
	case "/flapping": // well at first, then broken
		if n > 1 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	case "/hanging":
		<-r.Context().Done()
	case "/visited": // answers once a path was asked for so often
		often, err := strconv.Atoi(r.FormValue("n"))
		if err != nil || v.wait(r.FormValue("path"), often, r.Context().Done()) != nil {
			w.WriteHeader(http.StatusInternalServerError)
		}
	case "/echo":
		_, _ = fmt.Fprintf(w, "%s %s %s", r.Method, r.Header.Get("Authorization"), r.Header.Get("X-Say"))
	case "/page":
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprint(w, "<!doctype html><link rel=icon href=data:,><title>Here</title><h1>Welcome</h1>")
	default:
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprint(w, `{"database": "up"}`)
	}
}

// wait waits until a path was asked for so often.
func (v *visits) wait(path string, n int, done <-chan struct{}) error {
	for {
		v.mu.Lock()
		seen, more := v.seen[path], v.more
		v.mu.Unlock()
		if seen >= n {
			return nil
		}
		select {
		case <-more:
		case <-done:
			return errors.New("the test ends")
		}
	}
}

func exitStatus(ts *testscript.TestScript, _ bool, args []string) {
	got, err := 0, ts.Exec(args[1], args[2:]...)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit status %d; want %s", got, args[0])
	}
}

func jsonLines(ts *testscript.TestScript, _ bool, args []string) {
	lines := strings.Split(strings.TrimSpace(ts.ReadFile(args[0])), "\n")
	for _, line := range lines {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil || object["outcome"] == nil {
			ts.Fatalf("%v in %s", err, line)
		}
	}
	if n, err := strconv.Atoi(args[1]); err != nil || len(lines) < n {
		ts.Fatalf("%d lines; want %s", len(lines), args[1])
	}
}

func isXML(ts *testscript.TestScript, _ bool, args []string) {
	var any struct {
		XMLName xml.Name `xml:"testsuites"`
	}
	ts.Check(xml.Unmarshal([]byte(ts.ReadFile(args[0])), &any))
}

func countFiles(ts *testscript.TestScript, _ bool, args []string) {
	n := 0
	ts.Check(filepath.WalkDir(ts.MkAbs(args[0]), func(_ string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			n++
		}
		return err
	}))
	if strconv.Itoa(n) != args[1] {
		ts.Fatalf("%d files below %s; want %s", n, args[0], args[1])
	}
}
