package statuspage_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"daymark/incident"
	"daymark/statuspage"
)

// limit is how long a test waits for what must happen.
const limit = 2 * time.Minute

// sent is a message as an open page reads it.
type sent struct {
	Seq       int64  `json:"seq"`
	Title     string `json:"title"`
	Icon      string `json:"icon"`
	Fragments []struct{ ID, HTML string }
	Gone      []string
	Announce  string
	Reload    bool
}

func (m sent) ids() []string {
	ids := []string{}
	for _, f := range m.Fragments {
		ids = append(ids, f.ID)
	}
	return ids
}

// running is a page that is served and kept current.
type running struct {
	page *statuspage.Page
	url  string
	stop func() // ends the hub and waits for it
}

// run serves a page; with no ticks, so that only commits change it.
func run(t testing.TB, p statuspage.Params) *running {
	t.Helper()
	if p.Hub.Tick == 0 {
		p.Hub.Tick = time.Hour
	}
	if p.Hub.Gap == 0 {
		p.Hub.Gap = time.Millisecond
	}
	r := &running{page: newPage(t, p)}
	server := httptest.NewServer(handler(r.page))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.page.Hub().Run(ctx)
	}()
	r.url = server.URL
	r.stop = sync.OnceFunc(func() {
		cancel()
		select {
		case <-ended:
		case <-time.After(limit):
			t.Error("the hub did not end")
		}
		server.Close()
	})
	t.Cleanup(r.stop)
	return r
}

// refresh has a page read its source again: a hub does it when it begins.
func refresh(t *testing.T, page *statuspage.Page) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); page.Hub().Run(ctx) }()
	// A reader is answered only after the first reading.
	server := httptest.NewServer(handler(page))
	defer server.Close()
	conn := dial(t, server.URL, "?seq=0")
	next(t, conn)
	_ = conn.Close()
	cancel()
	<-ended
}

// loaded gives the number that the page has when it is loaded.
func (r *running) loaded(t testing.TB) string {
	t.Helper()
	_, body := get(t, handler(r.page), "/")
	m := regexp.MustCompile(`data-seq="(\d+)" data-build="(\w+)"`).FindStringSubmatch(body)
	if m == nil {
		t.Fatal("the page has no number")
	}
	return "?seq=" + m[1] + "&build=" + m[2]
}

func dial(t testing.TB, url, query string) *websocket.Conn {
	t.Helper()
	conn, answer, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(url, "http")+"/live"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func next(t testing.TB, conn *websocket.Conn) sent {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(limit)); err != nil {
		t.Fatal(err)
	}
	_, text, err := conn.ReadMessage()
	if err != nil {
		t.Fatal(err)
	}
	var m sent
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return m
}

// commit changes a component's status and tells the hub.
func (r *running) commit(s *source, id string, to incident.Status) {
	s.change(func(snap *statuspage.Snapshot) {
		state := snap.Components[id]
		state.Status = to
		snap.Components[id] = state
	})
	r.page.Hub().Notify(1)
}

func TestReadersGetWhatChangedAndNoMore(t *testing.T) {
	s := working(t)
	r := run(t, harbour(t, s))
	conn := dial(t, r.url, r.loaded(t))
	if hello := next(t, conn); len(hello.Fragments)+len(hello.Gone) != 0 || hello.Reload {
		t.Errorf("a page that is current got %v", hello.ids())
	}
	// Counts of checks alone are not news.
	s.change(func(snap *statuspage.Snapshot) {
		state := snap.Components["batch"]
		state.Days = slices.Clone(state.Days)
		state.Days[89].Checks++
		snap.Components["batch"] = state
		snap.Checked = noon
	})
	r.commit(s, "sign-in", incident.Slow)
	m := next(t, conn)
	if got := m.ids(); !slices.Equal(got, []string{"checked", "say", "c-sign-in"}) && !slices.Equal(got, []string{"say", "c-sign-in"}) {
		t.Errorf("sent %v", got)
	}
	if m.Title != "Sign in is slow · Harbour Bank status" || !strings.Contains(m.Icon, "degraded_performance") {
		t.Errorf("title %q, icon %q", m.Title, m.Icon)
	}
	for _, f := range m.Fragments {
		if !strings.Contains(f.HTML, `id="`+f.ID+`"`) {
			t.Errorf("%s does not hold its id", f.ID)
		}
	}
}

// TestWhoAsksAfterAChangeWaitsForNothing: what was asked for of the page before
// is ready when the next is shown, and nothing else is made.
func TestWhoAsksAfterAChangeWaitsForNothing(t *testing.T) {
	s := working(t)
	r := run(t, harbour(t, s))
	h := handler(r.page)
	conn := dial(t, r.url, r.loaded(t))
	next(t, conn)
	get(t, h, "/")
	get(t, h, "/", "Cookie", "theme=dark", "Accept-Encoding", "br")
	for turn, want := range [][]string{{"", "dark"}, nil} { // nobody asks between the two
		r.commit(s, "sign-in", []incident.Status{incident.Slow, incident.Down}[turn])
		seq := next(t, conn).Seq
		if got := r.page.Ready(); !slices.Equal(got, want) {
			t.Errorf("change %d: ready in %q; want %q", turn+1, got, want)
		}
		if turn > 0 {
			if _, page := get(t, h, "/", "Cookie", "theme=dark"); !strings.Contains(page, fmt.Sprintf(`data-seq="%d"`, seq)) {
				t.Errorf("the page is not the one of change %d", seq)
			}
		}
	}
}

func TestFactsComeAndGoAndAreAnnounced(t *testing.T) {
	s := working(t)
	r := run(t, harbour(t, s))
	conn := dial(t, r.url, r.loaded(t))
	next(t, conn)
	open := failing(t).snapshot.Open
	s.change(func(snap *statuspage.Snapshot) { snap.Open = open })
	r.page.Hub().Notify(1)
	m := next(t, conn)
	if !slices.Contains(m.ids(), "facts") || m.Announce != "New update: A payments database changed machines at 13:41 and stopped accepting changes. We are moving it back. Next update by 14:30." {
		t.Errorf("%v %q", m.ids(), m.Announce)
	}
	s.change(func(snap *statuspage.Snapshot) { snap.Open = nil })
	r.page.Hub().Notify(1)
	m = next(t, conn)
	if !slices.Equal(m.Gone, []string{"facts"}) || m.Announce != "" {
		t.Errorf("gone %v, %q", m.Gone, m.Announce)
	}
}

func TestReadersCatchUp(t *testing.T) {
	s := working(t)
	p := harbour(t, s)
	p.Hub.Remember = 3
	r := run(t, p)
	witness := dial(t, r.url, r.loaded(t))
	next(t, witness)
	numbers := []string{r.loaded(t)}
	step := func(id string, to incident.Status) {
		r.commit(s, id, to)
		next(t, witness)
		numbers = append(numbers, r.loaded(t))
	}
	step("core-api", incident.Slow)
	step("sign-in", incident.Slow)
	step("batch", incident.Slow)
	tests := []struct {
		name, query string
		want        []string
	}{
		{"nothing missed", numbers[3], []string{}},
		{"the last change", numbers[2], []string{"say", "c-batch"}},
		{"two changes, merged", numbers[1], []string{"say", "c-sign-in", "c-batch"}},
		{"all that is remembered", numbers[0], []string{"say", "c-core-api", "c-sign-in", "c-batch"}},
		{"no number", "?seq=abc", []string{"checked", "say", "c-core-api", "c-sign-in", "c-batch", "planned", "past"}},
		{"long ago", "?seq=5", []string{"checked", "say", "c-core-api", "c-sign-in", "c-batch", "planned", "past"}},
		{"from the future", "?seq=9999999999999", []string{"checked", "say", "c-core-api", "c-sign-in", "c-batch", "planned", "past"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := next(t, dial(t, r.url, test.query)).ids(); !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
	step("batch", incident.Operational)
	if got := next(t, dial(t, r.url, numbers[0])).ids(); !slices.Contains(got, "past") {
		t.Errorf("a forgotten change gave %v, not all", got)
	}
	if m := next(t, dial(t, r.url, "?seq=5&build=other")); !m.Reload || len(m.Fragments) != 0 {
		t.Errorf("a page of another make got %+v", m)
	}
}

func TestTimeAloneMovesThePage(t *testing.T) {
	s := failing(t)
	p := harbour(t, s)
	var mu sync.Mutex
	now := noon
	p.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	p.Hub.Tick = 20 * time.Millisecond
	r := run(t, p)
	conn := dial(t, r.url, r.loaded(t))
	next(t, conn)
	mu.Lock()
	now = noon.Add(minutes(14))
	mu.Unlock()
	deadline := time.Now().Add(limit)
	for time.Now().Before(deadline) {
		for _, f := range next(t, conn).Fragments {
			if f.ID == "say" && strings.Contains(f.HTML, `data-promise="late"`) {
				return
			}
		}
	}
	t.Error("the promise never became late")
}

func TestASlowReaderIsCutAndHoldsNobody(t *testing.T) {
	s := working(t)
	p := harbour(t, s)
	p.Hub.Queue = 2
	// A text that no buffer of the kernel's swallows.
	filler := strings.Repeat("x", 1<<20)
	r := run(t, p)
	slow := dial(t, r.url, r.loaded(t)) // is never read
	quick := dial(t, r.url, r.loaded(t))
	next(t, quick)
	for i := 0; i < 200 && r.page.Hub().Readers() > 1; i++ {
		s.change(func(snap *statuspage.Snapshot) {
			one := snap.Recent[0]
			one.Updates = []incident.Update{{ID: "long", Number: 1, At: noon, Text: fmt.Sprint(i, filler)}}
			snap.Recent = []incident.Incident{one}
		})
		r.page.Hub().Notify(1)
		next(t, quick)
	}
	if got := r.page.Hub().Readers(); got != 1 {
		t.Errorf("%d readers are left; the slow one should be cut", got)
	}
	_ = slow
}

func TestWhoSpeaksOrShoutsIsDropped(t *testing.T) {
	r := run(t, harbour(t, working(t)))
	tests := []struct {
		name string
		say  func(*websocket.Conn) error
	}{
		{"a word", func(c *websocket.Conn) error { return c.WriteMessage(websocket.TextMessage, []byte("hello")) }},
		{"a huge frame", func(c *websocket.Conn) error { return c.WriteMessage(websocket.BinaryMessage, make([]byte, 1<<20)) }},
		{"garbage", func(c *websocket.Conn) error {
			_, err := c.NetConn().Write([]byte("\xff\xff\xff\xff garbage"))
			return err
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			conn := dial(t, r.url, "?seq=0")
			next(t, conn)
			_ = test.say(conn) // a huge frame may be cut off while it is written
			if err := conn.SetReadDeadline(time.Now().Add(limit)); err != nil {
				t.Fatal(err)
			}
			_, _, err := conn.ReadMessage()
			if err == nil || timedOut(err) {
				t.Errorf("still open: %v", err)
			}
		})
	}
}

// timedOut says whether an error is only that a deadline passed.
func timedOut(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

func TestSilenceIsDropped(t *testing.T) {
	p := harbour(t, working(t))
	p.Hub.Silence = 50 * time.Millisecond
	r := run(t, p)
	conn := dial(t, r.url, "?seq=0")
	next(t, conn)
	if err := conn.SetReadDeadline(time.Now().Add(limit)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := conn.ReadMessage(); err == nil {
		t.Error("a message came")
	} else if timedOut(err) {
		t.Error("still open")
	}
}

func TestOriginsAndLimits(t *testing.T) {
	p := harbour(t, working(t))
	p.Hub.Readers = 2
	r := run(t, p)
	host := strings.TrimPrefix(r.url, "http://")
	open := func(origin string) (*websocket.Conn, int) {
		header := http.Header{}
		if origin != "" {
			header.Set("Origin", origin)
		}
		conn, answer, err := websocket.DefaultDialer.Dial("ws://"+host+"/live?seq=0", header)
		if err != nil && answer == nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		return conn, answer.StatusCode
	}
	for origin, want := range map[string]int{
		"": 101, "http://" + host: 101, "https://status.harbour.example": 101,
		"https://evil.example": 403, "null": 403, "https://status.harbour.example.evil.example": 403,
	} {
		conn, status := open(origin)
		if status != want {
			t.Errorf("origin %q: %d, want %d", origin, status, want)
		}
		if conn != nil {
			next(t, conn)
			_ = conn.Close()
			eventually(t, "the reader is gone", func() bool { return r.page.Hub().Readers() == 0 })
		}
	}
	first, _ := open("")
	second, _ := open("")
	if _, status := open(""); status != http.StatusServiceUnavailable {
		t.Errorf("the third of two got %d", status)
	}
	_, _ = first.Close(), second.Close()
	eventually(t, "both readers are gone", func() bool { return r.page.Hub().Readers() == 0 })
	if answer, err := http.Get(r.url + "/live"); err != nil || answer.StatusCode != http.StatusBadRequest {
		t.Errorf("a plain request: %v %v", answer, err)
	} else {
		_ = answer.Body.Close()
	}
}

// eventually waits for something that another goroutine does.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	end := time.After(limit)
	for !holds() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("never so: %s", what)
		}
	}
}

func TestTwoHundredReadersAndNoneIsLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	s := working(t)
	r := run(t, harbour(t, s))
	query := r.loaded(t)
	const readers = 200
	var conns []*websocket.Conn
	for range readers {
		conn := dial(t, r.url, query)
		next(t, conn)
		conns = append(conns, conn)
	}
	if got := r.page.Hub().Readers(); got != readers {
		t.Fatalf("%d readers", got)
	}
	r.commit(s, "batch", incident.Down)
	for i, conn := range conns {
		if m := next(t, conn); !slices.Contains(m.ids(), "c-batch") {
			t.Fatalf("reader %d got %v", i, m.ids())
		}
	}
	for _, conn := range conns[:50] {
		_ = conn.Close()
	}
	eventually(t, "the fifty are gone", func() bool { return r.page.Hub().Readers() == readers-50 })
	r.stop()
	if got := r.page.Hub().Readers(); got != 0 {
		t.Errorf("%d readers outlive the hub", got)
	}
	for i, conn := range conns[50:] {
		if err := conn.SetReadDeadline(time.Now().Add(limit)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := conn.ReadMessage(); !websocket.IsCloseError(err, websocket.CloseServiceRestart) {
			t.Fatalf("reader %d was not told to come back: %v", i, err)
		}
	}
	eventually(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= before })
}

func TestNotifyNeverBlocks(t *testing.T) {
	page := newPage(t, harbour(t, working(t)))
	for i := range 10_000 {
		page.Hub().Notify(int64(i)) // nobody runs the hub
	}
}

func TestTheHubSurvivesAFailingSource(t *testing.T) {
	s := working(t)
	r := run(t, harbour(t, s))
	conn := dial(t, r.url, r.loaded(t))
	next(t, conn)
	s.mu.Lock()
	s.fault = fmt.Errorf("the disk is full")
	before := s.reads
	s.mu.Unlock()
	r.commit(s, "batch", incident.Down)
	eventually(t, "it was tried", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.reads > before })
	if answer, _ := get(t, handler(r.page), "/"); answer.StatusCode != http.StatusOK {
		t.Error("the old page is gone")
	}
	s.mu.Lock()
	s.fault = nil
	s.mu.Unlock()
	if m := next(t, conn); !slices.Contains(m.ids(), "c-batch") {
		t.Errorf("after the fault: %v", m.ids())
	}
}
