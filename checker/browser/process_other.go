//go:build !linux

package browser

import (
	"os/exec"
	"syscall"
)

// confine makes the process the leader of a group of its own. Elsewhere than
// on Linux the closing control pipe alone ends Chromium when we are killed.
func confine(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}

func using(string) []int { return nil }

func killUsing(string) {}
