package email_test

import (
	"context"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// mta is a Postfix of this test alone: its own configuration, queue and port,
// on loopback, so that one which serves this machine goes on undisturbed. It
// delivers mail for sam@mail.example, bounces what is for others there, and
// discards what is for sink.example.
type mta struct {
	addr  string
	queue string
	mail  string // where mail is delivered
	log   string
}

const (
	postfixDaemons = "/usr/lib/postfix/sbin"
	needsPostfix   = "scripts/install.sh test installs Postfix; these tests start one of their own, as root"
)

const mainCF = `compatibility_level = 3.6
queue_directory = %[1]s/queue
data_directory = %[1]s/data
command_directory = /usr/sbin
daemon_directory = ` + postfixDaemons + `
mail_owner = postfix
setgid_group = postdrop
maillog_file = %[1]s/log
maillog_file_prefixes = %[1]s
myhostname = mx.mail.example
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
disable_dns_lookups = yes
mydestination =
alias_maps =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_reject_unlisted_recipient = no
virtual_mailbox_domains = mail.example
virtual_mailbox_base = %[1]s/mail
virtual_mailbox_maps = inline:{ sam@mail.example=sam/ }
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
transport_maps = inline:{ { harbour.example = smtp:[%[2]s]:%[3]s }, { sink.example = discard: } }
minimal_backoff_time = 1s
maximal_backoff_time = 1s
queue_run_delay = 1s
`

const masterCF = `%s inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`

// startPostfix runs a Postfix that ends with the test. What is for
// harbour.example, our own bounces among it, it brings to the address.
func startPostfix(t testing.TB, harbour string) *mta {
	t.Helper()
	if os.Getuid() != 0 {
		t.Fatal("not root: " + needsPostfix)
	}
	owner, err := user.Lookup("postfix")
	if err != nil {
		t.Fatalf("%v: %s", err, needsPostfix)
	}
	// Its processes have accounts of their own, which the folders of t.TempDir
	// shut out.
	dir, err := os.MkdirTemp("", "daymark-postfix-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	m := &mta{addr: "127.0.0.1:" + strconv.Itoa(freePort(t)), queue: filepath.Join(dir, "queue"), mail: filepath.Join(dir, "mail"), log: filepath.Join(dir, "log")}
	host, port, err := net.SplitHostPort(harbour)
	if err != nil {
		t.Fatal(err)
	}
	m.lay(t, dir, owner, fmt.Sprintf(mainCF, dir, host, port), fmt.Sprintf(masterCF, m.addr))
	m.run(t, filepath.Join(dir, "etc"))
	return m
}

// lay makes the folders and the configuration.
func (m *mta) lay(t testing.TB, dir string, owner *user.User, main, master string) {
	t.Helper()
	uid, err := strconv.Atoi(owner.Uid)
	if err != nil {
		t.Fatal(err)
	}
	owners := map[string]int{"": 0, "etc": 0, "queue": 0, "queue/pid": 0, "data": uid, "mail": 65534}
	for _, name := range []string{"active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "maildrop", "private", "public", "saved", "trace"} {
		owners["queue/"+name] = uid
	}
	for _, name := range slices.Sorted(maps.Keys(owners)) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(path, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(path, owners[name], 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"main.cf": main, "master.cf": master} {
		if err := os.WriteFile(filepath.Join(dir, "etc", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// run starts the master, and stops it by its own id when the test ends; it
// ends with this process, too, and takes its children along.
func (m *mta) run(t testing.TB, etc string) {
	t.Helper()
	cmd := exec.Command(filepath.Join(postfixDaemons, "master"), "-d", "-c", etc)
	cmd.Env = append(os.Environ(), "MAIL_CONFIG="+etc)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	started, ended := make(chan error), make(chan struct{})
	go func() {
		defer close(ended)
		runtime.LockOSThread() // the signal comes when the thread that began it ends
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // it is stopped by a signal
		}
	}()
	if err := <-started; err != nil {
		t.Fatalf("%v: %s", err, needsPostfix)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
		if log, err := os.ReadFile(m.log); t.Failed() && err == nil {
			t.Logf("Postfix said:\n%s", log)
		}
	})
	m.await(t, "it does not answer", func() bool {
		conn, err := net.Dial("tcp", m.addr)
		if err != nil {
			return false
		}
		defer conn.Close()
		n, err := conn.Read(make([]byte, 3))
		return n > 0 && err == nil
	})
}

// await looks again until something is so.
func (m *mta) await(t testing.TB, failure string, is func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-ctx.Done():
			t.Fatalf("Postfix: %s", failure)
		case <-tick.C:
		}
	}
}

// delivered waits for so many messages to sam@mail.example and gives them as
// they lie in the mailbox.
func (m *mta) delivered(t testing.TB, n int) [][]byte {
	t.Helper()
	var files []string
	m.await(t, fmt.Sprintf("it delivers fewer than %d messages", n), func() bool {
		var err error
		files, err = filepath.Glob(filepath.Join(m.mail, "sam", "new", "*"))
		return err == nil && len(files) >= n
	})
	var all [][]byte
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, raw)
	}
	return all
}

// empty waits until nothing is in the queue.
func (m *mta) empty(t testing.TB) {
	t.Helper()
	m.await(t, "its queue does not get empty", func() bool {
		for _, name := range []string{"maildrop", "incoming", "active", "deferred"} {
			found := false
			_ = filepath.WalkDir(filepath.Join(m.queue, name), func(_ string, entry os.DirEntry, err error) error {
				found = found || err == nil && !entry.IsDir()
				return nil
			}) // what goes away meanwhile is what is waited for
			if found {
				return false
			}
		}
		return true
	})
}

// logged says whether a line of its log has all of these.
func (m *mta) logged(words ...string) bool {
	log, err := os.ReadFile(m.log)
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(log)) {
		all := true
		for _, word := range words {
			all = all && strings.Contains(line, word)
		}
		if all {
			return true
		}
	}
	return false
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
