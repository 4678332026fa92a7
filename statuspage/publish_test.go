package statuspage_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/statuspage"
)

// copying makes a publisher of a bank's page in these languages.
func copying(t testing.TB, s *source, shelf statuspage.Shelf, languages ...string) *statuspage.Publisher {
	t.Helper()
	p := harbour(t, s)
	p.Options.Languages = languages
	p.Subscribe = &statuspage.Subscribing{Channels: []string{"email"}}
	return publisher(t, statuspage.PublisherOptions{Page: p, Shelf: shelf, Name: "the shelf"})
}

func publisher(t testing.TB, o statuspage.PublisherOptions) *statuspage.Publisher {
	t.Helper()
	made, err := statuspage.NewPublisher(o)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func publish(t testing.TB, p *statuspage.Publisher) statuspage.Published {
	t.Helper()
	done, err := p.Publish(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// memory is a shelf that notes what is done with it.
type memory struct {
	mu    sync.Mutex
	files map[string]statuspage.File
	acts  []string
	fault error
}

func newMemory() *memory { return &memory{files: map[string]statuspage.File{}} }

func (m *memory) act(what, name string) error {
	m.acts = append(m.acts, what+" "+name)
	return m.fault
}

func (m *memory) Put(_ context.Context, f statuspage.File) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.act("put", f.Name); err != nil {
		return err
	}
	m.files[f.Name] = f
	return nil
}

func (m *memory) Get(_ context.Context, name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, found := m.files[name]
	if !found {
		return nil, fmt.Errorf("%s: %w", name, statuspage.ErrNotFound)
	}
	return f.Content, m.fault
}

func (m *memory) Remove(_ context.Context, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.files, name)
	return m.act("remove", name)
}

func (m *memory) Sizes(context.Context) (map[string]int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	sizes := map[string]int64{}
	for name, f := range m.files {
		sizes[name] = int64(len(f.Content))
	}
	return sizes, m.fault
}

// done gives what was done since it was last asked.
func (m *memory) done() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	acts := m.acts
	m.acts = nil
	return acts
}

// tree lists the files below a folder, without their hashes.
func tree(t testing.TB, dir string) string {
	t.Helper()
	var all []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			all = append(all, regexp.MustCompile(`\.[0-9a-f]{8}\.`).ReplaceAllString(name, ".HASH."))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return strings.Join(all, "\n") + "\n"
}

// TestGoldenCopy: what files there are, and how a page of the copy reads.
func TestGoldenCopy(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "copy")
	publish(t, copying(t, failing(t), statuspage.Dir(dir), "en", "ar"))
	golden(t, "copy-tree.txt", tree(t, dir))
	for file, name := range map[string]string{"index.html": "copy.html", "ar/incidents/open00000001/index.html": "copy-incident-ar.html"} {
		page, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, string(page))
	}
	published, err := os.ReadFile(filepath.Join(dir, "published.json"))
	if want := `{"at":"2026-12-01T14:18:18Z","page":"https://status.harbour.example"}` + "\n"; err != nil || string(published) != want {
		t.Errorf("published.json is %q, %v", published, err)
	}
	_, live := get(t, handler(newPage(t, harbour(t, failing(t)))), "/api/v2/summary.json")
	if copied, err := os.ReadFile(filepath.Join(dir, "api", "v2", "summary.json")); err != nil || string(copied) != live {
		t.Errorf("the API's copy is not what the server answers: %v", err)
	}
}

var (
	leading = regexp.MustCompile(`<(a|link|script|img|form)\b[^>]*?\s(?:href|src|action)="([^"]*)"`)
	anchors = regexp.MustCompile(` id="([^"]+)"`)
)

// walk follows every link of every page of a copy, and counts them.
func walk(t testing.TB, dir string) int {
	t.Helper()
	read := func(name string) (string, bool) {
		content, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		return string(content), err == nil
	}
	count := 0
	for name := range strings.SplitSeq(strings.TrimSpace(tree(t, dir)), "\n") {
		if path.Ext(name) != ".html" {
			continue
		}
		page, _ := read(name)
		if !strings.HasSuffix(page, "</html>\n") {
			t.Errorf("%s is torn", name)
		}
		for _, m := range leading.FindAllStringSubmatch(page, -1) {
			count++
			link, err := url.Parse(strings.ReplaceAll(m[2], "&amp;", "&"))
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if link.Scheme == "mailto" {
				continue
			}
			if strings.Contains(m[0], `rel="canonical"`) || strings.Contains(m[0], "hreflang=") && m[1] == "link" {
				continue // says where the page itself is; nothing is asked there
			}
			if link.Host != "" {
				if link.Host != "status.harbour.example" || m[1] != "a" && m[1] != "form" {
					t.Errorf("%s asks another host: %s", name, m[0])
				}
				continue
			}
			if m[1] == "form" {
				t.Errorf("%s asks something of a file: %s", name, m[0])
			}
			to := name
			if link.Path != "" {
				if to = path.Join(path.Dir(name), link.Path); strings.HasSuffix(link.Path, "/") {
					to = path.Join(to, "index.html")
				}
			}
			target, there := read(to)
			if !there || link.RawQuery != "" {
				t.Errorf("%s: %s leads to %s, which is not there", name, m[0], to)
			}
			if link.Fragment != "" && !slices.ContainsFunc(anchors.FindAllStringSubmatch(target, -1), func(m []string) bool { return m[1] == link.Fragment }) {
				t.Errorf("%s: %s leads to a place that %s does not have", name, m[0], to)
			}
		}
	}
	return count
}

// TestEveryLinkOfACopyLeadsSomewhere: on, in the same language, to what the
// copy has, and else to the live page.
func TestEveryLinkOfACopyLeadsSomewhere(t *testing.T) {
	testkit.Beside(t)
	s := failing(t)
	for n := range testkit.Count(60, 500) {
		old := s.snapshot.Recent[0]
		old.ID = fmt.Sprintf("old%09d", n)
		s.all = append(s.all, old)
	}
	dir := t.TempDir()
	publish(t, copying(t, s, statuspage.Dir(dir), "en", "fr", "ar"))
	if n := walk(t, dir); n < 500 {
		t.Errorf("only %d links were found", n)
	}
	for _, want := range []struct{ file, link string }{
		{"fr/history/index.html", `<a rel="next" href="../../fr/history/page/2/">`},
		{"fr/history/page/2/index.html", `<a rel="prev" href="../../../../fr/history/">`},
		{"fr/history/page/2/index.html", `<a href="../../../../ar/history/page/2/" hreflang="ar"`},
		{"fr/history/page/2/index.html", `<a href="../../../../history/page/2/" hreflang="en"`},
		{"fr/history/page/2/index.html", `<a id="copy-open" href="https://status.harbour.example/history?page=2&amp;lang=fr">`},
		{"fr/history/page/2/index.html", `<a href="https://status.harbour.example/subscribe">`},
		{"components/core-api/index.html", `<a href="../../history/">Earlier months</a>`},
		{"fr/index.html", `<a href="../api/v2/summary.json">`},
		{"incidents/open00000001/index.html", `<a href="https://status.harbour.example/subscribe?incident=open00000001">`},
	} {
		page, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(want.file)))
		if err != nil || !strings.Contains(string(page), want.link) {
			t.Errorf("%s does not have %s: %v", want.file, want.link, err)
		}
	}
}

// TestEachRouteIsCopiedOrNeedsTheServer: no address is forgotten.
func TestEachRouteIsCopiedOrNeedsTheServer(t *testing.T) {
	p := harbour(t, failing(t))
	p.Subscribe = &statuspage.Subscribing{Channels: []string{"email"}, Subscriptions: newSubscriptions()}
	for _, pattern := range newPage(t, p).NotCopied() {
		t.Errorf("%s is neither in copied nor in liveOnly (publish_list.go)", pattern)
	}
}

// TestOnlyWhatChangedIsWritten, also by a publisher that begins anew, and what
// is pointed at before what points.
func TestOnlyWhatChangedIsWritten(t *testing.T) {
	s, shelf := working(t), newMemory()
	first := copying(t, s, shelf, "en", "cy")
	done := publish(t, first)
	acts := shelf.done()
	at := func(name string) int {
		return slices.IndexFunc(acts, func(act string) bool { return strings.HasPrefix(act, "put "+name) })
	}
	order := []string{"daymark-copy.json", "static/daymark", "incidents/past", "api/v2/summary.json", "history/index.html", "index.html", "published.json"}
	for i, name := range order[1:] {
		if at(name) < at(order[i]) {
			t.Errorf("%s is written before %s", name, order[i])
		}
	}
	if done.Written != done.Files || done.Files != len(shelf.files)-2 {
		t.Errorf("the first pass did %+v, and %d files are there", done, len(shelf.files))
	}
	beat := []string{"put published.json"}
	publish(t, first)
	if acts = shelf.done(); !slices.Equal(acts, beat) {
		t.Errorf("without a change it did %q", acts)
	}
	publish(t, copying(t, s, shelf, "en", "cy"))
	if acts = shelf.done(); !slices.Equal(acts, beat) {
		t.Errorf("begun anew it did %q", acts)
	}
	// Somebody removes a file: the next to begin puts it back.
	delete(shelf.files, "cy/history/index.html")
	publish(t, copying(t, s, shelf, "en", "cy"))
	if acts = shelf.done(); !slices.Contains(acts, "put cy/history/index.html") || slices.Contains(acts, "put history/index.html") {
		t.Errorf("after a loss it did %q", acts)
	}

	// A commit: the new page before those that point at it, and no more of the rest.
	s.change(func(snap *statuspage.Snapshot) { *snap = failing(t).snapshot })
	publish(t, first)
	acts = shelf.done()
	order = []string{"incidents/open00000001/index.html", "components/core-api/index.html", "history/index.html", "index.html", "published.json"}
	for i, name := range order {
		if at(name) < 0 || i > 0 && at(name) < at(order[i-1]) {
			t.Errorf("%s is not written after %s: %q", name, order[max(0, i-1)], acts)
		}
	}
	if at("incidents/past00000001") >= 0 || at("static/daymark") >= 0 {
		t.Errorf("what stayed is written: %q", acts)
	}

	// What goes away does so last; its page is gone, and the picture of a
	// status stays a day for those who loaded a page just before.
	s.change(func(snap *statuspage.Snapshot) { *snap = working(t).snapshot })
	publish(t, first)
	acts = shelf.done()
	gone := slices.Index(acts, "remove incidents/open00000001/index.html")
	if gone < 0 || gone < at("index.html") || gone < at("history/index.html") {
		t.Errorf("the page of what went away is not removed last: %q", acts)
	}
	if !slices.ContainsFunc(slices.Collect(maps.Keys(shelf.files)), func(name string) bool { return strings.Contains(name, "status-major_outage") }) {
		t.Error("a picture went at once")
	}
}

// TestAMaintenanceKeepsItsPage when the overview lists it no longer, and it is
// not made anew.
func TestAMaintenanceKeepsItsPage(t *testing.T) {
	s, shelf := maintained(t), newMemory()
	first := copying(t, s, shelf, "en", "cy")
	publish(t, first)
	s.change(func(snap *statuspage.Snapshot) {
		done, called := snap.Maintenances[0], snap.Maintenances[3]
		called.Stage, called.Done, called.Updated = incident.Cancelled, noon, noon
		s.gone, snap.Maintenances = append(s.gone, done, called), snap.Maintenances[1:3]
	})
	shelf.done()
	publish(t, first)
	acts := shelf.done()
	for _, tag := range []string{"", "cy/"} {
		name := tag + "maintenance/work00000001/index.html"
		if _, there := shelf.files[name]; !there || slices.Contains(acts, "put "+name) {
			t.Errorf("%s is there: %t; what was done: %q", name, there, acts)
		}
		name = tag + "maintenance/work00000004/index.html"
		if page, there := shelf.files[name]; !there || !slices.Contains(acts, "put "+name) || tag == "" && !strings.Contains(string(page.Content), "does not take place") {
			t.Errorf("%s does not say that it is cancelled; what was done: %q", name, acts)
		}
	}
}

// TestAssetsGoADayLater.
func TestAssetsGoADayLater(t *testing.T) {
	s, shelf, now := failing(t), newMemory(), noon
	p := harbour(t, s)
	p.Now = func() time.Time { return now }
	first := publisher(t, statuspage.PublisherOptions{Page: p, Shelf: shelf, Name: "the shelf"})
	publish(t, first)
	s.change(func(snap *statuspage.Snapshot) { *snap = working(t).snapshot })
	has := func() bool {
		for name := range shelf.files {
			if strings.Contains(name, "status-major_outage") {
				return true
			}
		}
		return false
	}
	for _, step := range []struct {
		after time.Duration
		there bool
	}{{0, true}, {23 * time.Hour, true}, {25 * time.Hour, false}} {
		now = noon.Add(step.after)
		publish(t, first)
		if has() != step.there {
			t.Errorf("after %s it is there: %t", step.after, has())
		}
	}
}

// TestWhatWasLearnedLaterIsCopied: the page of an incident that is over is
// made anew where its record changed, and only then.
func TestWhatWasLearnedLaterIsCopied(t *testing.T) {
	s, shelf := working(t), newMemory()
	p := copying(t, s, shelf, "en", "de")
	ctx, cancel := context.WithCancel(context.Background())
	synctest.Test(t, func(t *testing.T) {
		ran := make(chan struct{})
		go func() { defer close(ran); p.Run(ctx) }()
		synctest.Wait()
		s.mu.Lock()
		s.learned = "We had too few machines."
		s.mu.Unlock()
		shelf.done()
		p.Notify(8)
		time.Sleep(2 * time.Second)
		for _, name := range []string{"incidents/past00000001/index.html", "de/incidents/past00000001/index.html"} {
			if page, err := shelf.Get(ctx, name); err != nil || !strings.Contains(string(page), "too few machines") {
				t.Errorf("%s does not say what was learned: %v", name, err)
			}
		}
		cancel()
		<-ran
	})
}

// TestAPlaceOfSomebodyElseIsRefused: nothing there is overwritten.
func TestAPlaceOfSomebodyElseIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte("theirs"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := copying(t, working(t), statuspage.Dir(dir)).Publish(context.Background())
	if err == nil || !strings.Contains(err.Error(), "an index.html is there that Daymark has not written") {
		t.Errorf("it said %v", err)
	}
	if got := tree(t, dir); got != "index.html\n" {
		t.Errorf("it wrote %s", got)
	}
	// What else is there stays, and so does what a file of theirs is called.
	if err := errors.Join(os.Remove(filepath.Join(dir, "index.html")), os.WriteFile(filepath.Join(dir, "CNAME"), []byte("x"), 0o600)); err != nil {
		t.Fatal(err)
	}
	s := failing(t)
	p := copying(t, s, statuspage.Dir(dir))
	publish(t, p)
	s.change(func(snap *statuspage.Snapshot) { snap.Open = nil })
	publish(t, p)
	if got := tree(t, dir); !strings.Contains(got, "CNAME\n") || strings.Contains(got, "open00000001") {
		t.Errorf("there is %s", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "incidents", "open00000001")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("an empty folder is left")
	}
}

// TestWhereNothingIsMeasuredTheAPIIsNotCopied: a file cannot say that it does
// not know.
func TestWhereNothingIsMeasuredTheAPIIsNotCopied(t *testing.T) {
	s, shelf, now := blind(t), newMemory(), noon
	p := harbour(t, s)
	p.Now = func() time.Time { return now }
	first := publisher(t, statuspage.PublisherOptions{Page: p, Shelf: shelf, Name: "the shelf"})
	publish(t, first)
	if _, err := shelf.Get(t.Context(), "api/v2/status.json"); err != nil {
		t.Fatal(err)
	}
	now = noon.Add(6 * time.Minute)
	publish(t, first)
	if _, err := shelf.Get(t.Context(), "api/v2/status.json"); !errors.Is(err, statuspage.ErrNotFound) {
		t.Errorf("status.json is still there: %v", err)
	}
}

// TestTroubleIsTold: what fails is tried again, told after a minute, and its
// end too, each once; the source's faults as well as the shelf's.
func TestTroubleIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, shelf := working(t), newMemory()
		var told []statuspage.PublishTrouble
		page := harbour(t, s)
		page.Now, page.Logger = time.Now, slog.New(slog.DiscardHandler)
		refusing := errors.New("the pager is down")
		p := publisher(t, statuspage.PublisherOptions{Page: page, Shelf: shelf, Name: "the shelf", Trouble: func(_ context.Context, trouble statuspage.PublishTrouble) error {
			if refusing != nil {
				err := refusing
				refusing = nil
				return err
			}
			told = append(told, trouble)
			return nil
		}})
		ctx, cancel := context.WithCancel(context.Background())
		ran := make(chan struct{})
		go func() { defer close(ran); p.Run(ctx) }()
		synctest.Wait()
		shelf.mu.Lock()
		shelf.fault = errors.New("no space left on device")
		shelf.mu.Unlock()
		p.Notify(1)
		p.Notify(2)
		time.Sleep(5 * time.Minute)
		shelf.mu.Lock()
		shelf.fault = nil
		tries := len(shelf.acts)
		shelf.mu.Unlock()
		time.Sleep(5 * time.Minute)
		cancel()
		<-ran
		if len(told) != 2 || told[0].Over || !strings.Contains(told[0].Reason, "write the copy of the page to the shelf: no space left on device") || !told[1].Over || !told[1].Since.Equal(told[0].Since) {
			t.Errorf("told was %+v", told)
		}
		if tries > 100 {
			t.Errorf("%d acts in five minutes of failing", tries)
		}
	})
}

// TestManyChangesAreOnePassASecond, and the last of them is written.
func TestManyChangesAreOnePassASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, shelf := working(t), newMemory()
		page := harbour(t, s)
		page.Now = time.Now
		p := publisher(t, statuspage.PublisherOptions{Page: page, Shelf: shelf, Name: "the shelf"})
		ctx, cancel := context.WithCancel(context.Background())
		ran := make(chan struct{})
		go func() { defer close(ran); p.Run(ctx) }()
		synctest.Wait()
		time.Sleep(10 * time.Second)
		shelf.done()
		for n := range 100 { // for ten seconds
			s.change(func(snap *statuspage.Snapshot) {
				state := snap.Components["batch"]
				state.Status = []incident.Status{incident.Slow, incident.Operational}[n%2]
				snap.Components["batch"] = state
			})
			p.Notify(int64(n))
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(time.Second)
		passes := 0
		for _, act := range shelf.done() {
			if act == "put published.json" {
				passes++
			}
		}
		if passes < 9 || passes > 12 {
			t.Errorf("%d passes in eleven seconds", passes)
		}
		if page, err := shelf.Get(ctx, "index.html"); err != nil || !strings.Contains(string(page), "Everything works.") {
			t.Errorf("the last change is not written: %v", err)
		}
		cancel()
		<-ran
	})
}
