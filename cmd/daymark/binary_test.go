package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// clockVariable names the variable by which an agent of a test has a wrong
// clock; see testClock.
const clockVariable = "DAYMARK_TEST_CLOCK"

// program is a real program, which is built once for all tests of this package
// while those begin that do without.
type program struct {
	path string
	err  error
	done chan struct{}
}

// built is the program as it is, and next one to which it is upgraded.
var built, next program

// binary gives the path of the real program.
func binary() string { return built.wait() }

func (p *program) wait() string {
	<-p.done
	if p.err != nil {
		panic(p.err)
	}
	return p.path
}

func TestMain(m *testing.M) {
	if job := os.Getenv(senderVariable); job != "" {
		fmt.Fprintln(os.Stderr, sendUntilKilled(job))
		os.Exit(1)
	}
	if os.Getenv(targetVariable) != "" {
		fmt.Fprintln(os.Stderr, remember())
		os.Exit(1)
	}
	// Some wait for long, and others take turns (testkit.Beside). A flag of the
	// command line goes before.
	if err := flag.Set("test.parallel", "1000"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(withBinary(m))
}

func withBinary(m *testing.M) int {
	dir, err := os.MkdirTemp("", "daymark-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	built.path, built.done = filepath.Join(dir, "daymark"), make(chan struct{})
	next.path, next.done = filepath.Join(dir, "daymark-next"), make(chan struct{})
	go func() {
		built.err = build(built.path, "")
		close(built.done)
		next.err = build(next.path, "-X main.version=next")
		close(next.done)
	}()
	defer func() { <-next.done }()
	return m.Run()
}

// build makes the program, with a clock that tests can set and what else is
// told to the linker.
func build(path, flags string) error {
	command := exec.Command("go", "build", "-ldflags", "-X main.testClock="+clockVariable+" "+flags, "-o", path, ".")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	command.Stdout, command.Stderr = os.Stderr, os.Stderr // files, which need no goroutine beside tests that look for those left behind
	if err := command.Run(); err != nil {
		return fmt.Errorf("build the program: %w", err)
	}
	return nil
}

// process is one daymark that a test started.
type process struct {
	t    *testing.T
	name string
	cmd  *exec.Cmd
	out  *lockedBuffer
	done chan struct{}
	err  error
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// begin starts the program; it is ended with the test.
func begin(t *testing.T, args ...string) *process {
	t.Helper()
	return beginCommand(t, args[0], exec.Command(binary(), args...))
}

// beginCommand starts the program by a command that was prepared.
func beginCommand(t *testing.T, name string, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{t: t, name: name, cmd: cmd, out: &lockedBuffer{}, done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	p.cmd.WaitDelay = 5 * time.Second
	takeTurn(t, p.cmd)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("%s said:\n%s", p.name, tail(p.out.String(), 6000))
		}
	})
	return p
}

// takeTurn lets the program go after those of the two tests that hold theirs to
// times, whatever runs beside them. Those go first, where that is allowed.
func takeTurn(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	turn := "5"
	if name, _, _ := strings.Cut(t.Name(), "/"); name == "TestFaults" || name == "TestEndToEnd" {
		turn = "-5"
	}
	cmd.Args = append([]string{"nice", "-n", turn, cmd.Path}, cmd.Args[1:]...)
	cmd.Path = must(exec.LookPath("nice")) // which becomes the program; its threads inherit its turn
}

func tail(text string, most int) string {
	if len(text) > most {
		return "…" + text[len(text)-most:]
	}
	return text
}

// kill ends the process as a power cut would.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	<-p.done
}

// interrupt asks the process to end, as Ctrl-C does, and waits for it.
func (p *process) interrupt() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		p.t.Fatal(err)
	}
	p.waitEnd()
}

// run runs a command to its end and gives what it said and its exit status.
func run(t *testing.T, args ...string) (string, int) {
	t.Helper()
	program := binary() // before its time begins
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return runCommand(t, exec.CommandContext(ctx, program, args...))
}

// runCommand is run for a command that was prepared.
func runCommand(t *testing.T, cmd *exec.Cmd) (string, int) {
	t.Helper()
	out, err := cmd.CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return string(out), exit.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(out), 0
}

// ports counts what freePorts has given, from somewhere on.
var ports atomic.Int64

func init() { ports.Store(rand.Int64N(6_000)) }

// freePorts finds a port that is free together with the one above it, and that
// nobody else is given: neither another test, nor a connection that goes out,
// for which systems take those above 32,767.
func freePorts(tb testing.TB) int {
	tb.Helper()
	for range 100 {
		port := 20_000 + 2*int(ports.Add(1)%6_000)
		first, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		second, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port+1))
		_ = first.Close()
		if err == nil {
			_ = second.Close()
			return port
		}
	}
	tb.Fatal("there are no two free ports in a row")
	return 0
}

// freeAddress is one of freePorts, on loopback.
func freeAddress(tb testing.TB) string {
	tb.Helper()
	return fmt.Sprintf("127.0.0.1:%d", freePorts(tb))
}

// patience is for how long what has to happen is waited for: on a machine that
// does much else.
const patience = 3 * time.Minute

// stopsWithin bounds how long a process takes to end, which is given fifteen
// seconds by itself, and thirty by its unit.
const stopsWithin = 45 * time.Second

// eventually asks again and again until holds answers true.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		case <-tick.C:
		}
	}
}

func get(url string) (int, []byte, error) {
	answer, err := http.Get(url)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 32<<20))
	return answer.StatusCode, body, err
}

func getJSON[T any](t *testing.T, url string) T {
	t.Helper()
	var value T
	status, body, err := get(url)
	if err != nil || status != http.StatusOK {
		t.Fatalf("%s: %d, %v", url, status, err)
	}
	if err := json.Unmarshal(body, &value); err != nil {
		t.Fatalf("%s: %v in %s", url, err, tail(string(body), 300))
	}
	return value
}

func ready(url string) bool {
	status, _, err := get(url + "/readyz")
	return err == nil && status == http.StatusOK
}

// flip turns the shop's switch.
func flip(t *testing.T, shop, mode string) {
	t.Helper()
	answer, err := http.PostForm(shop+"/switch", map[string][]string{"mode": {mode}})
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("the switch answered %s", answer.Status)
	}
}

// summary is what the tests read of /api/v2/summary.json.
type summary struct {
	Status     struct{ Indicator, Description string }
	Components []struct {
		Name, Status string
		Group        bool
	}
	Incidents []struct {
		ID, Name, Status, Impact string
		Updates                  []struct{ Body, Status string } `json:"incident_updates"`
	}
}

func (s summary) statusOf(name string) string {
	for _, c := range s.Components {
		if c.Name == name && !c.Group {
			return c.Status
		}
	}
	return ""
}

// outboxes is what the sample's mail server and Twilio got.
type outboxes struct {
	Emails []struct {
		From, Subject, Raw string
		To                 []string
		MessageID          string `json:"message_id"`
	}
	SMS []struct{ To, Body, SID, Status string }
}

// processesOf lists the processes whose command line names a text.
func processesOf(t *testing.T, text string) []string {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, entry := range entries {
		line, err := os.ReadFile(filepath.Join("/proc", entry.Name(), "cmdline"))
		if err == nil && strings.Contains(string(line), text) {
			all = append(all, entry.Name()+": "+strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return all
}
