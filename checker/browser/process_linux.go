package browser

import (
	"bytes"
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// confine makes the process the leader of a group of its own, so that an
// interrupt from the terminal does not reach it before we close it in order,
// and has the kernel kill it when we die. The kernel does that when the thread
// that started it ends; chromedp holds that thread until the process is gone.
func confine(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}

// using lists the processes that run with this profile. Chromium passes it to
// its children, whose command lines are rewritten with spaces for zeros; its
// crash handler has its database there; others inherit the environment.
func using(profile string) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var all []int
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		// A process that is gone by now, or another user's, cannot be read.
		line, _ := os.ReadFile("/proc/" + entry.Name() + "/cmdline")
		environment, _ := os.ReadFile("/proc/" + entry.Name() + "/environ")
		if names(line, "--user-data-dir="+profile) || names(line, "--database="+profile) || names(environment, "TMPDIR="+profile) {
			all = append(all, pid)
		}
	}
	return all
}

// names tells whether the text holds the wanted path, whole or as the
// beginning of a longer one.
func names(text []byte, wanted string) bool {
	for {
		at := bytes.Index(text, []byte(wanted))
		if at < 0 {
			return false
		}
		text = text[at+len(wanted):]
		if len(text) == 0 || bytes.IndexByte([]byte("\x00 /"), text[0]) >= 0 {
			return true
		}
	}
}

func killUsing(profile string) {
	for _, pid := range using(profile) {
		// Gone already is as good as killed.
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}
