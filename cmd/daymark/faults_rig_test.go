package main_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// faulty is a server with three regions of two agents each, all of them real
// processes, and what can go wrong with them.
type faulty struct {
	t      *testing.T
	site   site
	target *asked
	server *process
	agents []*faultyAgent
	// servers are all that ever were.
	servers []*process

	program string // that the server is now
	next    string // the program, as another version
}

// faultyAgent is one agent with its way to the server.
type faultyAgent struct {
	t       *testing.T
	region  string
	name    string
	program string // that it is now
	command func() *exec.Cmd
	process *process
	past    []*process // this and those before
	way     *cutWay
	clock   string // a file with the milliseconds by which its clock is wrong
	disk    *disk  // nil: it has none of its own
	busy    bool   // something is wrong with it already
}

var faultyRegions = []string{"dublin", "oslo", "turin"}

// So many checks, each every so often: a machine that is busy with other tests
// may keep an agent waiting for a second.
const (
	faultyChecks = 10
	faultyEvery  = 2 * time.Second
)

func newFaulty(t *testing.T) *faulty {
	t.Helper()
	f := &faulty{t: t, target: newAsked(t), program: binary(), next: next.wait()}
	address := freeAddress(t)
	f.site = site{url: "http://" + address, dir: t.TempDir()}
	document := fmt.Sprintf(`version: 1
page: {name: Faults, url: "http://%[1]s"}
server: {listen: "%[1]s", data: ./data}
regions: [{id: dublin, name: Dublin}, {id: oslo, name: Oslo}, {id: turin, name: Turin}]
agents: {lease: %[2]s, private: {deny: true, allow: [127.0.0.0/8]}}
components:
  - id: shop
    name: Shop
    checks:
`, address, faultyLease)
	for i := range faultyChecks {
		document += fmt.Sprintf("      - {id: check-%d, schedule: \"@every %s\", timeout: 4s, http: {url: \"%s/?check=check-%d&agent=${agent-env:FAULTY_AGENT}\"}}\n", i, faultyEvery, f.target.url, i)
	}
	f.site.config = writeFile(t, f.site.dir, "daymark.yaml", document)
	f.begin()
	for _, region := range faultyRegions {
		for i := range 2 {
			f.agents = append(f.agents, f.newAgent(address, region, fmt.Sprintf("%s-%d", region, i), region == "turin" && i == 1))
		}
	}
	for _, a := range f.agents {
		a.start()
	}
	for _, a := range f.agents {
		a.process.waitSays("connected to the server")
	}
	return f
}

// begin starts the server by the program that it is now.
func (f *faulty) begin() {
	f.server = f.site.serve(f.t, func(cmd *exec.Cmd) { cmd.Path = f.program })
	f.servers = append(f.servers, f.server)
}

// other gives the other one of two versions of the program.
func (f *faulty) other(program string) string {
	if program == binary() {
		return f.next
	}
	return binary()
}

func (f *faulty) newAgent(server, region, name string, ownDisk bool) *faultyAgent {
	t := f.t
	a := &faultyAgent{t: t, region: region, name: name, program: binary(), way: newCutWay(t, server), clock: filepath.Join(f.site.dir, name+".clock")}
	data := filepath.Join(f.site.dir, name)
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	words := []string{"agent", "--server", "http://" + a.way.address(), "--token", f.site.token(t, region), "--data", data, "--name", name, "--log-level", "debug"}
	var enter []string
	if ownDisk {
		enter = a.holdDisk(data)
	}
	a.command = func() *exec.Cmd {
		all := slices.Concat(enter, []string{a.program}, words)
		cmd := exec.Command(all[0], all[1:]...)
		cmd.Env = append(os.Environ(), "FAULTY_AGENT="+name, clockVariable+"="+a.clock)
		return cmd
	}
	return a
}

// holdDisk mounts a small disk at a folder, which stays while agents come and
// go, and gives the words that start a program where it is seen.
func (a *faultyAgent) holdDisk(data string) []string {
	unshare, enter := []string{"--mount"}, []string{"nsenter", "--mount"}
	if os.Getuid() != 0 {
		unshare = append(unshare, "--user", "--map-root-user")
		enter = append(enter, "--user", "--preserve-credentials")
	}
	const mount = `mount -t tmpfs -o size=4m daymark-test "$1" && echo mounted && exec sleep 100000`
	holder := beginCommand(a.t, "the disk", exec.Command("unshare", append(unshare, "sh", "-c", mount, "sh", data)...))
	holder.waitSays("mounted")
	folder, err := os.Open(fmt.Sprintf("/proc/%d/root%s", holder.cmd.Process.Pid, data))
	if err != nil {
		a.t.Fatal(err)
	}
	a.t.Cleanup(func() { _ = folder.Close() })
	a.disk = &disk{t: a.t, folder: folder}
	return append(enter, "--target", strconv.Itoa(holder.cmd.Process.Pid), "--")
}

func (a *faultyAgent) start() {
	a.process = beginCommand(a.t, a.name, a.command())
	a.past = append(a.past, a.process)
}

func (a *faultyAgent) signal(signal syscall.Signal) {
	if err := a.process.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		a.t.Error(err)
	}
}

// setClock makes the agent's clock wrong by so much.
func (a *faultyAgent) setClock(by time.Duration) {
	next := a.clock + ".next"
	if err := errors.Join(os.WriteFile(next, []byte(strconv.FormatInt(by.Milliseconds(), 10)), 0o600), os.Rename(next, a.clock)); err != nil {
		a.t.Error(err)
	}
}

// cutWay is the network between an agent and the server. Cut, it lets nothing
// through, and nobody is told; broken, it ends all connections.
type cutWay struct {
	listener net.Listener
	to       string
	parts    sync.WaitGroup

	mu    sync.Mutex
	mend  chan struct{} // open while it is cut; nil: it is whole
	conns map[net.Conn]struct{}
	ended bool
}

func newCutWay(t *testing.T, to string) *cutWay {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &cutWay{listener: listener, to: to, conns: map[net.Conn]struct{}{}}
	w.parts.Go(w.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		w.mu.Lock()
		w.ended = true
		w.mu.Unlock()
		w.restore()
		w.sever()
		w.parts.Wait()
	})
	return w
}

func (w *cutWay) address() string { return w.listener.Addr().String() }

func (w *cutWay) accept() {
	for {
		agent, err := w.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", w.to)
		if err != nil {
			_ = agent.Close()
			continue
		}
		w.mu.Lock()
		w.conns[agent], w.conns[server] = struct{}{}, struct{}{}
		ended := w.ended
		w.mu.Unlock()
		if ended {
			w.sever()
		}
		w.parts.Go(func() { w.carry(agent, server) })
		w.parts.Go(func() { w.carry(server, agent) })
	}
}

// carry copies until either side ends; while the way is cut, it waits.
func (w *cutWay) carry(from, to net.Conn) {
	defer func() {
		_, _ = from.Close(), to.Close()
		w.mu.Lock()
		delete(w.conns, from)
		w.mu.Unlock()
	}()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		w.mu.Lock()
		cut := w.mend
		w.mu.Unlock()
		if cut != nil {
			<-cut
		}
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (w *cutWay) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.mend == nil {
		w.mend = make(chan struct{})
	}
}

func (w *cutWay) restore() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.mend != nil {
		close(w.mend)
		w.mend = nil
	}
}

func (w *cutWay) sever() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for conn := range w.conns {
		_ = conn.Close()
	}
}
