package main_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// asNobody has a command run as a user whom permissions bind: root is bound
// by none, so that it becomes somebody else, who may read the test's folder;
// anybody else stays who they are.
func asNobody(t *testing.T, cmd *exec.Cmd, dir string) {
	t.Helper()
	if os.Getuid() != 0 {
		return
	}
	const nobody = 65534
	mode(t, filepath.Dir(binary()), 0o755)
	mode(t, filepath.Dir(dir), 0o755)
	mode(t, dir, 0o755)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
}

// disk is a small file system of one server's own, in memory. It is mounted
// where only that server sees it, and goes with the server; the test reaches
// it by an open folder.
type disk struct {
	t      *testing.T
	server *process
	folder *os.File
	copies string
}

// serveOnDisk starts a server whose data folder is a small disk.
func serveOnDisk(t *testing.T, s site, size string) *disk {
	t.Helper()
	if err := os.Mkdir(s.data(), 0o755); err != nil {
		t.Fatal(err)
	}
	unshare := []string{"--mount"}
	if os.Getuid() != 0 {
		unshare = append(unshare, "--user", "--map-root-user")
	}
	const mount = `mount -t tmpfs -o "size=$1" daymark-test "$2" && shift 2 && exec "$@"`
	cmd := exec.Command("unshare", append(unshare, "sh", "-c", mount, "sh", size, s.data(), binary(), "serve", "--config", s.config)...)
	server := beginCommand(t, "serve", cmd)
	eventually(t, "the server to be ready", func() bool { return ready(s.url) || server.ended() })
	if server.ended() {
		t.Fatalf("the server on a disk of its own ended. This test needs unshare and mount (Debian: util-linux), "+
			"and root with CAP_SYS_ADMIN or else user namespaces; it said:\n%s", server.out)
	}
	folder, err := os.Open(fmt.Sprintf("/proc/%d/root%s", cmd.Process.Pid, s.data()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = folder.Close() })
	return &disk{t: t, server: server, folder: folder, copies: t.TempDir()}
}

func (d *disk) path(name string) string {
	return fmt.Sprintf("/proc/self/fd/%d/%s", d.folder.Fd(), name)
}

// fill leaves not one byte free.
func (d *disk) fill() {
	d.t.Helper()
	file, err := os.Create(d.path("ballast"))
	if err != nil {
		d.t.Fatal(err)
	}
	for size := 64 << 10; size > 0 && err == nil; {
		if _, err = file.Write(make([]byte, size)); errors.Is(err, syscall.ENOSPC) {
			size, err = size/2, nil
		}
	}
	if err := errors.Join(err, file.Close()); err != nil {
		d.t.Fatal(err)
	}
}

func (d *disk) free() {
	d.t.Helper()
	if err := os.Remove(d.path("ballast")); err != nil {
		d.t.Fatal(err)
	}
}

// token makes an agent's token by the control socket, as the command does; the
// command itself would not find it.
func (d *disk) token(region string) string {
	d.t.Helper()
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", d.path("control.sock"))
	}}}
	defer client.CloseIdleConnections()
	answer, err := client.Post("http://daymark/agent-tokens/create", "application/json", strings.NewReader(`{"region":"`+region+`"}`))
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var token string
	if err := json.NewDecoder(answer.Body).Decode(&token); err != nil {
		d.t.Fatal(err)
	}
	return token
}

// database gives a copy of the database as it is now: SQLite would look for
// the file itself where this process cannot see it. Where the copy fell into a
// checkpoint it lacks what is newest.
func (d *disk) database() *data {
	d.t.Helper()
	copied := filepath.Join(d.copies, "daymark.db")
	for _, end := range []string{"-shm", "-wal", ""} {
		if err := os.Remove(copied + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			d.t.Fatal(err)
		}
	}
	for _, end := range []string{"", "-wal"} {
		if err := copyFile(copied+end, d.path("daymark.db"+end)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			d.t.Fatal(err)
		}
	}
	db, err := sql.Open("sqlite", "file:"+copied)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = db.Close() })
	return &data{d.t, db}
}

func copyFile(to, from string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }() // it was only read
	target, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}
