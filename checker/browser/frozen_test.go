package browser

import (
	"strings"
	"syscall"
	"testing"

	"daymark/checker"
)

// TestAFrozenChromiumBlamesNoPage: what a journey sees in a Chromium that does
// not answer is no fault of the page, and the next journey has another one.
func TestAFrozenChromiumBlamesNoPage(t *testing.T) {
	t.Parallel() // it waits
	shop, runner := shop(t), newRunner(t, nil)
	most := patience(t, runner, shop.URL+"/login", "Sign in")
	pid := runner.current.process.pid
	reached := make(chan struct{})
	runner.options.Redact = redactOnce(reached)
	go func() {
		<-reached // a step is done, the next one waits
		_ = syscall.Kill(pid, syscall.SIGSTOP)
	}()
	result := try(t, runner, most, steps(open(shop.URL+"/login"), see("Elephant")))
	if result.Outcome != checker.Unknown || !strings.Contains(result.Reason, "Chromium did not answer") {
		t.Errorf("%s: %s", result.Outcome, result.Reason)
	}
	runner.options.Redact = func(text string) string { return text }
	if result := try(t, runner, ample, steps(signIn(shop.URL, "correct horse")...)); result.Outcome != checker.OK {
		t.Errorf("the next journey: %s: %s", result.Outcome, result.Reason)
	}
}

// TestChromiumThatCannotBeStarted is told of until one can.
func TestChromiumThatCannotBeStarted(t *testing.T) {
	runner := newRunner(t, func(o *Options) { o.Path = "/nowhere/chromium" })
	if fault := runner.Fault(); fault != "" {
		t.Errorf("before anything was tried it says %q", fault)
	}
	if err := runner.Start(t.Context()); err == nil {
		t.Fatal("it started")
	}
	if fault := runner.Fault(); !strings.Contains(fault, "no browser check can be run") || !strings.Contains(fault, "Chromium") {
		t.Errorf("it says %q", fault)
	}
	runner.options.Path = ""
	if err := runner.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if fault := runner.Fault(); fault != "" {
		t.Errorf("with one that runs it says %q", fault)
	}
}
