package browser

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"daymark/checker"
	"daymark/internal/testkit"
)

// victim names the variable that makes the test binary an agent to be killed.
const victim = "DAYMARK_TEST_VICTIM"

func TestMain(m *testing.M) {
	if dir := os.Getenv(victim); dir != "" {
		beVictim(dir, os.Getenv(victim+"_URL"))
	}
	// They take turns (testkit.Beside). A flag of the command line goes before.
	if err := flag.Set("test.parallel", "1000"); err != nil {
		fmt.Println("fault", err)
		os.Exit(1)
	}
	code := m.Run()
	if err := closeCommon(); err != nil {
		fmt.Println("fault", err)
		code = 1
	}
	os.Exit(code)
}

// beVictim runs a journey whose page never rests, says where its profile is and
// waits for its end.
func beVictim(dir, address string) {
	runner := New(Options{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
	job, err := checker.Prepare(checker.Check{ID: "v", Browser: &checker.Browser{Steps: []checker.BrowserStep{
		open(address + "/spin"), {Screenshot: "a"}, {Wait: time.Hour},
	}}})
	if err == nil {
		err = runner.Start(context.Background())
	}
	if err != nil {
		fmt.Println("fault", err)
		os.Exit(1)
	}
	go runner.Run(context.Background(), job)
	fmt.Println("started")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// eventually asks until it is so.
func eventually(t *testing.T, within time.Duration, what string, so func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	for !so() {
		if pause(ctx, 20*time.Millisecond) != nil {
			t.Fatalf("not within %s: %s", within, what)
		}
	}
}

func profilesIn(t testing.TB, dir string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, profilePrefix+"*"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestKilledAgentLeavesNothing(t *testing.T) {
	testkit.Beside(t)
	shop, dir := shop(t), shortDir(t)
	agent := exec.Command(os.Args[0])
	agent.Env = append(os.Environ(), victim+"="+dir, victim+"_URL="+shop.URL)
	output, err := agent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := agent.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := agent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil || line != "started\n" {
		t.Fatal(line, err)
	}
	profiles := profilesIn(t, dir)
	if len(profiles) != 1 {
		t.Fatal(profiles)
	}
	// The browser, its zygotes, GPU and network services, and two pages.
	eventually(t, ample, "Chromium with its children and a page", func() bool { return len(using(profiles[0])) >= 6 })
	if err := agent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, 20*time.Second, "all processes of Chromium gone", func() bool { return len(using(profiles[0])) == 0 })
	_ = agent.Wait() // killed

	// What is left on disk goes with the next start.
	runner := newRunner(t, func(o *Options) { o.Dir = dir })
	if err := runner.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	if now := profilesIn(t, dir); len(now) != 1 || now[0] == profiles[0] {
		t.Errorf("before %v, now %v", profiles, now)
	}
}

func TestKilledChromiumIsUnknown(t *testing.T) {
	testkit.Beside(t)
	shop, runner := shop(t), newRunner(t, nil)
	if err := runner.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	pid := chromedp.FromContext(runner.current.process.ctx).Browser.Process().Pid
	reached := make(chan struct{})
	runner.options.Redact = redactOnce(reached)
	go func() {
		<-reached // a step is done, the next one waits
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}()
	result := try(t, runner, ample, steps(open(shop.URL+"/login"), see("Elephant")))
	if result.Outcome != checker.Unknown || !strings.Contains(result.Reason, "Chromium ended during the run") {
		t.Errorf("%s: %s", result.Outcome, result.Reason)
	}
	if result := try(t, runner, ample, steps(signIn(shop.URL, "correct horse")...)); result.Outcome != checker.OK {
		t.Errorf("next run: %s: %s", result.Outcome, result.Reason)
	}
}

// redactOnce tells when the first text is redacted: the name of the first step
// that is done.
func redactOnce(reached chan struct{}) func(string) string {
	var once sync.Once
	return func(text string) string {
		once.Do(func() { close(reached) })
		return text
	}
}

func TestOneCrashOfAPageIsTriedAgain(t *testing.T) {
	testkit.Beside(t)
	shop, runner := shop(t), newRunner(t, nil)
	if err := runner.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	reached := make(chan struct{})
	runner.options.Redact = redactOnce(reached)
	profile := runner.current.process.profile.dir
	go func() {
		<-reached
		for _, pid := range using(profile) {
			line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
			if strings.Contains(string(line), "--type=renderer") {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		}
	}()
	result := try(t, runner, ample, steps(open(shop.URL+"/login"), pauseStep(2*time.Second), see("Sign in")))
	if result.Outcome != checker.OK {
		t.Errorf("%s: %s", result.Outcome, result.Reason)
	}
}

func TestNoChromium(t *testing.T) {
	testkit.Beside(t)
	broken := filepath.Join(t.TempDir(), "chromium")
	if err := os.WriteFile(broken, []byte("#!/bin/sh\necho libnothing.so is missing >&2\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/nowhere/chromium": "apt-get install chromium",
		broken:              "libnothing.so is missing",
	} {
		runner := newRunner(t, func(o *Options) { o.Path = path })
		result := try(t, runner, ample, steps(open("http://127.0.0.1/")))
		if result.Outcome != checker.Unknown || !strings.Contains(result.Reason, want) {
			t.Errorf("%s: %s", result.Outcome, result.Reason)
		}
		if left := profilesIn(t, runner.options.Dir); len(left) != 0 {
			t.Errorf("left: %v", left)
		}
	}
}

func TestNoPlaceForAProfile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{
		file:                          "not a directory",
		filepath.Join(file, "below"):  "not a directory",
		"/proc/self/task":             "lock browser profiles: open /proc/self/task/", // nobody may write there, root neither
		"/proc/self/daymark-profiles": "make directory for browser profiles: mkdir /proc/self/daymark-profiles: ",
	} {
		runner := newRunner(t, func(o *Options) { o.Dir = dir })
		result := try(t, runner, ample, steps(open("http://127.0.0.1/")))
		if result.Outcome != checker.Unknown || !strings.HasPrefix(result.Reason, "no place for Chromium's profile: ") || !strings.Contains(result.Reason, want) {
			t.Errorf("%s: %s\nwant %s", result.Outcome, result.Reason, want)
		}
	}
}

// A Chromium that takes no more runs waits for those it has, but not for ever.
func TestAnOverdueChromiumIsKilled(t *testing.T) {
	testkit.Beside(t)
	var said lockedText
	runner := newRunner(t, func(o *Options) {
		o.Logger, o.retireGrace = slog.New(slog.NewTextHandler(&said, nil)), 200*time.Millisecond
	})
	ctx, cancel := context.WithTimeout(context.Background(), ample)
	defer cancel()
	late, err := runner.acquire(ctx) // by a run that never gives it back
	if err != nil {
		t.Fatal(err)
	}
	soon, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	runner.expects(soon, late)
	runner.mu.Lock()
	runner.retire(late)
	runner.mu.Unlock()
	eventually(t, ample, "its end", late.process.ended)
	if !strings.Contains(said.String(), "a journey outlived its time: its chromium is killed") {
		t.Errorf("log:\n%s", said.String())
	}
	runner.release(late)
	eventually(t, ample, "its profile gone", func() bool { return len(profilesIn(t, runner.options.Dir)) == 0 })
}

func TestManyRunsLeaveNothing(t *testing.T) {
	shop := shop(t)
	before := runtime.NumGoroutine()
	runner := newRunner(t, func(o *Options) { o.RecycleAfter = 6 })
	if err := runner.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	first := runner.current
	for i := range 8 {
		if result := try(t, runner, ample, steps(open(shop.URL+"/login"), see("Sign in"))); result.Outcome != checker.OK {
			t.Fatalf("run %d: %s: %s", i, result.Outcome, result.Reason)
		}
	}
	if runner.current == first {
		t.Error("the browser was not replaced after 6 journeys")
	}
	// What the last runs left is cleared in the background.
	runner.current.rooms.busy.Wait()
	browser := chromedp.FromContext(runner.current.process.ctx).Browser
	contexts, err := cdp.Call(context.Background(), browser, target.GetBrowserContexts, cdp.Empty{})
	if err != nil || len(contexts.BrowserContextIDs) > 1 { // the spare
		t.Errorf("contexts left: %v %v", contexts.BrowserContextIDs, err)
	}
	pages, err := cdp.Call(context.Background(), browser, target.GetTargets, target.GetTargetsParams{})
	open := 0
	for _, info := range pages.TargetInfos {
		if info.Type == "page" {
			open++
		}
	}
	if err != nil || open > 2 { // the first, and the spare
		t.Errorf("pages left: %d %v", open, err)
	}
	if err := runner.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if left := profilesIn(t, runner.options.Dir); len(left) != 0 {
		t.Errorf("profiles left: %v", left)
	}
	shop.CloseClientConnections()
	eventually(t, ample, "goroutines gone", func() bool { return runtime.NumGoroutine() <= before })
}

func TestCloseEndsWhatRuns(t *testing.T) {
	testkit.Beside(t)
	shop, runner := shop(t), newRunner(t, nil)
	reached := make(chan struct{})
	runner.options.Redact = redactOnce(reached)
	results := make(chan checker.Result, 1)
	go func() {
		results <- try(t, runner, ample, steps(open(shop.URL+"/login"), checker.BrowserStep{Wait: time.Hour}))
	}()
	<-reached
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := runner.Close(ctx); err == nil {
		t.Error("closed in order")
	}
	if result := <-results; result.Outcome != checker.Unknown || result.Reason != "the agent is stopping" {
		t.Errorf("%s: %s", result.Outcome, result.Reason)
	}
	if result := try(t, runner, ample, steps(open(shop.URL+"/login"))); result.Outcome != checker.Unknown || result.Reason != "the agent is stopping" {
		t.Errorf("after: %s: %s", result.Outcome, result.Reason)
	}
}

func TestNoRoom(t *testing.T) {
	runner := newRunner(t, func(o *Options) { o.ContextsAtOnce = 1 })
	runner.slots <- struct{}{}
	defer func() { <-runner.slots }()
	result := try(t, runner, 10*time.Millisecond, steps(open("http://127.0.0.1/")))
	if result.Outcome != checker.Unknown || !strings.Contains(result.Reason, "no room for another journey") {
		t.Errorf("%s: %s", result.Outcome, result.Reason)
	}
}

func TestCancelledRunIsUnknown(t *testing.T) {
	testkit.Beside(t)
	shop, runner := shop(t), newRunner(t, nil)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	runner.options.Redact = func(text string) string { cancel(); return text }
	job, err := checker.Prepare(steps(open(shop.URL+"/login"), see("Elephant")))
	if err != nil {
		t.Fatal(err)
	}
	if result := runner.Run(ctx, job); result.Outcome != checker.Unknown || !strings.Contains(result.Reason, "the run was cancelled") {
		t.Errorf("%s: %s", result.Outcome, result.Reason)
	}
}

func pauseStep(d time.Duration) checker.BrowserStep { return checker.BrowserStep{Wait: d} }
