package main_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"testing"
	"time"
)

// targetVariable has a process that a test starts of its own binary be a target
// that remembers, until it is killed. In a process with other tests it would
// answer late.
const targetVariable = "DAYMARK_TEST_TARGET"

// targetSays is the beginning of what the process says once it answers.
const targetSays = "the target answers at "

// remember answers, and tells at /asked who asked what and when: Unix
// milliseconds by "check agent".
func remember() error {
	var mu sync.Mutex
	times := map[string][]int64{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		key := r.URL.Query().Get("check") + " " + r.URL.Query().Get("agent")
		mu.Lock()
		times[key] = append(times[key], time.Now().UnixMilli())
		mu.Unlock()
		_, _ = fmt.Fprint(w, "fine") // the check tells
	})
	mux.HandleFunc("GET /asked", func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		_ = json.NewEncoder(w).Encode(times) // who asks sees that it is cut off
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("%shttp://%s\n", targetSays, listener.Addr())
	return http.Serve(listener, mux)
}

// asked is such a target.
type asked struct {
	t   *testing.T
	url string
}

func newAsked(t *testing.T) *asked {
	t.Helper()
	cmd := exec.Command(must(os.Executable()))
	cmd.Env = append(os.Environ(), targetVariable+"=yes")
	p := beginCommand(t, "the target", cmd)
	var says []string
	eventually(t, "the target to say where it is", func() bool {
		says = regexp.MustCompile(targetSays + `(\S+)\n`).FindStringSubmatch(p.out.String())
		return says != nil
	})
	return &asked{t, says[1]}
}

// times gives what the target remembers.
func (a *asked) times() map[string][]int64 {
	a.t.Helper()
	return getJSON[map[string][]int64](a.t, a.url+"/asked")
}
