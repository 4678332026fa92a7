package main_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// load is what a server and its agents have to do: so many checks in each of
// some regions, so often.
type load struct {
	regions []string
	checks  int
	every   time.Duration
	before  func(data string, hour time.Time) // has the folder of each agent first; nil: it is empty
	broken  func(check string) bool           // the target answers 500; nil: it never does
}

// perComponent is how many checks of a load a component has.
const perComponent = 100

// loaded is a server and an agent elsewhere in each region with all that load,
// and the target in this process.
type loaded struct {
	address string
	server  *measured
	agents  []*measured
	db      *sql.DB
	begun   time.Time

	mu   sync.Mutex
	hits map[string][]time.Time // by check
	all  []time.Time
}

// startLoaded starts them all.
func startLoaded(tb testing.TB, o load) *loaded {
	tb.Helper()
	l := &loaded{hits: map[string][]time.Time{}}
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		now, check := time.Now(), r.URL.Path[1:]
		l.mu.Lock()
		l.hits[check] = append(l.hits[check], now)
		l.all = append(l.all, now)
		l.mu.Unlock()
		if o.broken != nil && o.broken(check) {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		fmt.Fprint(w, "fine")
	}))
	tb.Cleanup(target.Close)
	dir := tb.TempDir()
	l.address = freeAddress(tb)
	config := filepath.Join(dir, "daymark.yaml")
	if err := os.WriteFile(config, []byte(o.document(l.address, target.URL)), 0o600); err != nil {
		tb.Fatal(err)
	}
	var tokens []string
	for _, region := range o.regions {
		token, err := exec.Command(binary(), "agent", "token", "create", "--config", config, "--region", region).Output()
		if err != nil {
			tb.Fatal(err)
		}
		tokens = append(tokens, strings.TrimSpace(string(token)))
	}
	l.server = launch(tb, exec.Command(binary(), "serve", "--config", config))
	reach(tb, l.server, "http://"+l.address+"/readyz")
	var err error
	if l.db, err = sql.Open("sqlite", "file:"+filepath.Join(dir, "data", "daymark.db")+"?mode=ro&_pragma=busy_timeout(10000)"); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { l.db.Close() })
	for i, region := range o.regions {
		data := filepath.Join(dir, "agent-"+region)
		if o.before != nil {
			o.before(data, time.Now().Truncate(time.Hour))
		}
		l.begun = time.Now()
		l.agents = append(l.agents, launch(tb, exec.Command(binary(), "agent", "--server", "http://"+l.address, "--token", tokens[i], "--data", data)))
	}
	return l
}

// document is the configuration of a load.
func (o *load) document(address, target string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "version: 1\npage: {name: Test, url: \"http://%[1]s\"}\nserver: {listen: \"%[1]s\", data: ./data}\nregions:\n", address)
	for _, region := range o.regions {
		fmt.Fprintf(&text, "  - {id: %[1]s, name: %[1]s}\n", region)
	}
	text.WriteString("agents: {private: {deny: true, allow: [127.0.0.0/8]}}\ncomponents:\n")
	for i := range o.checks {
		if i%perComponent == 0 {
			fmt.Fprintf(&text, "  - id: c%[1]d\n    name: Component %[1]d\n    checks:\n", i/perComponent)
		}
		fmt.Fprintf(&text, "      - {id: check-%d, schedule: \"@every %s\", http: {url: \"%s/check-%d\"}}\n", i, o.every, target, i)
	}
	return text.String()
}

// asked gives when the target was asked, in order.
func (l *loaded) asked() []time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.all)
}

func (l *loaded) number(tb testing.TB, query string, args ...any) (n int) {
	tb.Helper()
	var found sql.NullInt64
	if err := l.db.QueryRow(query, args...).Scan(&found); err != nil {
		tb.Fatal(err)
	}
	return int(found.Int64)
}

// lateness gives how long after its time each run that was due since a moment
// has come to the target, sorted. The regions of a check come there in the
// order in which they are due, but for what makes no difference to all of them.
func (l *loaded) lateness(tb testing.TB, since time.Time) (all []time.Duration) {
	tb.Helper()
	rows, err := l.db.Query("SELECT s.check_id, r.at FROM results r JOIN series s ON s.id = r.series WHERE r.at >= ? AND r.outcome = 0 ORDER BY r.at", since.UnixMilli())
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	l.mu.Lock()
	defer l.mu.Unlock()
	next := map[string]int{}
	for rows.Next() {
		var check string
		var ms int64
		if err := rows.Scan(&check, &ms); err != nil {
			tb.Fatal(err)
		}
		due, hits := time.UnixMilli(ms), l.hits[check]
		for next[check] < len(hits) && hits[next[check]].Before(due) {
			next[check]++
		}
		if i := next[check]; i < len(hits) {
			all = append(all, hits[i].Sub(due))
			next[check]++
		}
	}
	if err := rows.Err(); err != nil {
		tb.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// share gives the time that a share of them took at most.
func share(all []time.Duration, part float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	return all[min(int(part*float64(len(all))), len(all)-1)]
}

// peak gives the most memory that a program has had, in bytes.
func (m *measured) peak(tb testing.TB) int { return m.memory(tb, "VmHWM:") }

// memory gives a line of what the kernel says of a program's memory, in bytes.
func (m *measured) memory(tb testing.TB, line string) int {
	tb.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", m.cmd.Process.Pid))
	if err != nil {
		tb.Fatal(err)
	}
	for text := range strings.Lines(string(status)) {
		if rest, found := strings.CutPrefix(text, line); found {
			kB, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")))
			if err != nil {
				tb.Fatal(err)
			}
			return kB * 1024
		}
	}
	tb.Fatal("the kernel does not say how much memory it has")
	return 0
}
