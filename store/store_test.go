package store_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/statuspage"
	"daymark/store"
	"daymark/support"
)

var start = time.Date(2026, 12, 1, 13, 0, 0, 0, time.UTC)

// testKey is the store's.
var testKey = []byte("a key of sixteen bytes, and more")

// newDatabase writes a database that holds nothing yet: to make its tables takes
// longer than what most tests do with them.
var newDatabase = testkit.Copies(func(path string) error {
	s, err := store.Open(context.Background(), store.Options{Path: path})
	if err != nil {
		return err
	}
	return s.Close()
})

// fixture is a store on disk with an engine whose clock the test moves.
type fixture struct {
	t      testing.TB
	path   string
	store  *store.Store
	engine *incident.Engine
	policy *incident.Policy
	page   *store.Page
	mu     sync.Mutex
	now    time.Time
	checks []checker.Check
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	return newFixtureOf(t, "journey")
}

// newFixtureOf is newFixture with other checks of its component.
func newFixtureOf(t testing.TB, ids ...string) *fixture {
	t.Helper()
	f := &fixture{t: t, path: filepath.Join(t.TempDir(), "daymark.db"), now: start}
	f.measures(ids...)
	newDatabase(t, f.path)
	f.open()
	t.Cleanup(func() {
		if err := f.store.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// measures sets the checks of the component.
func (f *fixture) measures(ids ...string) {
	for _, id := range ids {
		f.checks = append(f.checks, checker.Check{
			ID: id, Component: "sign-in", Schedule: "@every 10s", Means: string(incident.Down),
			HTTP: &checker.HTTP{Request: checker.Request{URL: "https://shop.example/"}},
		})
	}
}

func (f *fixture) open() {
	f.t.Helper()
	if f.checks == nil {
		f.measures("journey")
	}
	var err error
	if f.store, err = store.Open(context.Background(), store.Options{Path: f.path, Key: testKey}); err != nil {
		f.t.Fatal(err)
	}
	minutes := func(n time.Duration) *support.Span { return &support.Span{Rest: n * time.Minute} }
	f.policy, err = incident.NewPolicy(incident.PolicyOptions{
		Regions:    []incident.Region{{ID: "a", Name: "Ireland"}, {ID: "b", Name: "Virginia"}},
		Components: []incident.Component{{ID: "sign-in", Name: "Sign in", Criticality: "critical", SLA: "gold", Checks: f.checks}},
		Severities: incident.SeverityTable{P1: `availability == "none"`},
		Rules:      incident.Rules{ResolveAfter: 30 * time.Second},
		SLAs: []incident.SLA{{ID: "gold", P1: &incident.Promises{
			First: minutes(0), Update: minutes(30), Channels: []string{"page", "email", "sms"},
		}}},
	})
	if err != nil {
		f.t.Fatal(err)
	}
	f.engine, err = incident.NewEngine(incident.EngineOptions{Store: f.store, Policy: f.policy, MaxAge: 14 * 24 * time.Hour, Now: f.time})
	if err != nil {
		f.t.Fatal(err)
	}
	f.page = store.NewPage(f.store, f.policy.Component)
}

func (f *fixture) time() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

func (f *fixture) pass(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

// advance moves the clock on to a time, unless it is there already.
func (f *fixture) advance(to time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if to.After(f.now) {
		f.now = to
	}
}

// reopen closes and opens again, as a restart does.
func (f *fixture) reopen() {
	f.t.Helper()
	if err := f.store.Close(); err != nil {
		f.t.Fatal(err)
	}
	f.open()
}

func (f *fixture) result(region string, outcome checker.Outcome) checker.Result {
	return checker.Result{Check: "journey", Region: region, At: f.time(), Outcome: outcome, Latency: 120 * time.Millisecond, Reason: "a reason"}
}

// round lets both regions see an outcome of each check, ten seconds after the
// last.
func (f *fixture) round(outcome checker.Outcome) {
	f.t.Helper()
	f.pass(10 * time.Second)
	for _, region := range []string{"a", "b"} {
		var results []checker.Result
		for i := range f.checks {
			r := f.result(region, outcome)
			r.Check = f.checks[i].ID
			results = append(results, r)
		}
		rejected, err := f.engine.Submit(context.Background(), region, results)
		if err != nil || len(rejected) > 0 {
			f.t.Fatal(err, rejected)
		}
	}
}

func (f *fixture) rounds(n int, outcome checker.Outcome) {
	f.t.Helper()
	for range n {
		f.round(outcome)
	}
}

func (f *fixture) snapshot() *statuspage.Snapshot {
	f.t.Helper()
	s, err := f.page.Snapshot(context.Background(), f.time())
	if err != nil {
		f.t.Fatal(err)
	}
	return s
}

func (f *fixture) subscribe(list ...notify.Subscriber) {
	f.t.Helper()
	c := newConsent(f.t, f)
	err := f.engine.Do(context.Background(), incident.Act{Actor: "test", Action: "subscribers imported"},
		func(ctx context.Context, tx incident.Tx, now time.Time) error {
			for _, s := range list {
				var err error
				if s.Confirmed.IsZero() { // kept, and asked nothing
					err = tx.(*store.Tx).KeepSubscription(ctx, &notify.Subscription{Subscriber: s, Source: notify.ByImport}, now)
				} else {
					_, _, err = c.Add(ctx, tx.(*store.Tx), s, notify.ByImport)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) claim(channel string) []notify.Delivery {
	f.t.Helper()
	all, err := f.store.Claim(context.Background(), channel, 100, f.time())
	if err != nil {
		f.t.Fatal(err)
	}
	return all
}

func (f *fixture) settle(id string, to notify.State) {
	f.t.Helper()
	if err := f.store.Settle(context.Background(), []notify.Outcome{{ID: id, To: to, Called: true, Due: f.time()}}, f.time()); err != nil {
		f.t.Fatal(err)
	}
}

// count reads one number beside the store.
func (f *fixture) count(query string, args ...any) int {
	f.t.Helper()
	db, err := sql.Open("sqlite", "file:"+f.path)
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var n int
	if err := db.QueryRow(query, args...).Scan(&n); err != nil {
		f.t.Fatal(err)
	}
	return n
}

func sam() notify.Subscriber {
	return notify.Subscriber{Channel: "email", Address: "sam@mail.example", Confirmed: start}
}

func TestAResultIsKeptOnceWithItsRollups(t *testing.T) {
	f := newFixture(t)
	r := f.result("a", checker.OK)
	other := f.result("a", checker.Failed)
	other.At = other.At.Add(time.Second)
	for range 3 {
		if _, err := f.engine.Submit(context.Background(), "a", []checker.Result{r, r, other}); err != nil {
			t.Fatal(err)
		}
	}
	if n := f.count("SELECT count(*) FROM results"); n != 2 {
		t.Errorf("%d results; want 2", n)
	}
	if n := f.count("SELECT sum(ok) * 10 + sum(failed) FROM rollups WHERE grain = 86400"); n != 11 {
		t.Errorf("the day counts %d; want one ok and one failed", n)
	}
	if n := f.count("SELECT sum(ok) * 10 + sum(failed) FROM rollups WHERE grain = 3600"); n != 11 {
		t.Errorf("the hour counts %d; want one ok and one failed", n)
	}
}

func TestAnIncidentSurvivesARestartAtAnyPoint(t *testing.T) {
	f := newFixture(t)
	f.subscribe(sam())
	f.rounds(2, checker.OK)
	for i := range 3 {
		f.round(checker.Failed)
		f.reopen()
		if i == 0 && len(f.snapshot().Open) != 0 {
			t.Fatal("opened by one failure")
		}
	}
	s := f.snapshot()
	if len(s.Open) != 1 || s.Open[0].Severity != incident.P1 || s.Open[0].Promise == nil || len(s.Open[0].Updates) != 1 {
		t.Fatalf("open incidents: %+v", s.Open)
	}
	if got := s.Components["sign-in"].Status; got != incident.Down {
		t.Errorf("status %s", got)
	}
	for range 3 {
		f.round(checker.OK)
		f.reopen()
	}
	f.rounds(5, checker.OK) // what nobody watched does not count
	s = f.snapshot()
	if len(s.Open) != 0 || len(s.Recent) != 1 || len(s.Recent[0].Updates) != 2 {
		t.Fatalf("open %+v, recent %+v", s.Open, s.Recent)
	}
	if n := f.count("SELECT count(*) FROM incidents"); n != 1 {
		t.Errorf("%d incidents", n)
	}
	if n := f.count("SELECT count(*) FROM promises WHERE ended IS NULL"); n != 0 {
		t.Errorf("%d clocks still run", n)
	}
}

func TestAFailedTransactionLeavesNothingBehind(t *testing.T) {
	f := newFixture(t)
	f.rounds(2, checker.OK)
	f.round(checker.Failed)
	boom := errors.New("boom")
	f.pass(10 * time.Second)
	var group sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		group.Go(func() {
			if i%2 == 0 {
				errs[i] = f.engine.Do(context.Background(), incident.Act{}, func(ctx context.Context, tx incident.Tx, _ time.Time) error {
					r := f.result("a", checker.Failed)
					if _, err := tx.AddResults(ctx, []checker.Result{r}); err != nil {
						return err
					}
					return boom
				})
				return
			}
			_, errs[i] = f.engine.Submit(context.Background(), "b", []checker.Result{f.result("b", checker.Failed)})
		})
	}
	group.Wait()
	for i, err := range errs {
		if want := i%2 == 0; errors.Is(err, boom) != want || !want && err != nil {
			t.Errorf("transaction %d: %v", i, err)
		}
	}
	if n := f.count("SELECT count(*) FROM results r JOIN series s ON s.id = r.series WHERE at = ? AND region = 'a'", f.time().UnixMilli()); n != 0 {
		t.Error("a rolled-back result is there")
	}
	if n := f.count("SELECT count(*) FROM results r JOIN series s ON s.id = r.series WHERE at = ? AND region = 'b'", f.time().UnixMilli()); n != 1 {
		t.Errorf("%d results of region b; want 1", n)
	}
}

func TestAPanicInAWriteIsItsError(t *testing.T) {
	f := newFixture(t)
	err := f.engine.Do(context.Background(), incident.Act{}, func(context.Context, incident.Tx, time.Time) error { panic("oh") })
	if err == nil {
		t.Fatal("a panic was committed")
	}
	f.round(checker.OK)
}

func TestDeliveriesAreQueuedWithTheUpdateAndClaimedOnce(t *testing.T) {
	f := newFixture(t)
	never := notify.Subscriber{Channel: "email", Address: "new@mail.example"} // not confirmed
	elsewhere := notify.Subscriber{Channel: "email", Address: "other@mail.example", Confirmed: start, Components: []string{"mail"}}
	phone := notify.Subscriber{Channel: "sms", Address: "+447700900123", Confirmed: start}
	f.subscribe(sam(), never, elsewhere, phone)
	f.rounds(2, checker.OK)
	f.rounds(2, checker.Failed)
	claimed := f.claim("email")
	if len(claimed) != 1 || claimed[0].Subscriber.Address != "sam@mail.example" || claimed[0].Update.Kind != incident.Opened {
		t.Fatalf("claimed %+v", claimed)
	}
	if again := f.claim("email"); len(again) != 0 {
		t.Errorf("claimed twice: %+v", again)
	}
	if sms := f.claim("sms"); len(sms) != 1 || sms[0].Incident.Name != "Sign in is not available" {
		t.Errorf("sms %+v", sms)
	}
	f.settle(claimed[0].ID, notify.Accepted)
	f.rounds(5, checker.OK)
	over := f.claim("email")
	if len(over) != 1 || over[0].Update.Kind != incident.Ended {
		t.Fatalf("after the end: %+v", over)
	}
}

func TestAResolutionOfWhatNobodyHeardEndsBoth(t *testing.T) {
	f := newFixture(t)
	f.subscribe(sam())
	f.rounds(2, checker.OK)
	f.rounds(2, checker.Failed)
	f.rounds(5, checker.OK)
	if got := f.claim("email"); len(got) != 0 {
		t.Errorf("claimed %+v", got)
	}
	if n := f.count("SELECT count(*) FROM deliveries WHERE state = 'suppressed'"); n != 2 {
		t.Errorf("%d suppressed; want both", n)
	}
}

func TestWhatMayHaveBeenSentIsNeverReplaced(t *testing.T) {
	f := newFixture(t)
	f.subscribe(sam())
	f.rounds(2, checker.OK)
	f.rounds(2, checker.Failed)
	opening := f.claim("email")[0]
	f.reopen()
	if n, err := f.store.Recover(context.Background(), f.time()); err != nil || n != 1 {
		t.Fatalf("recovered %d, %v", n, err)
	}
	f.rounds(5, checker.OK)
	claimed := f.claim("email")
	if len(claimed) != 1 || claimed[0].ID != opening.ID || claimed[0].State != notify.Unknown {
		t.Fatalf("claimed %+v", claimed)
	}
	f.settle(opening.ID, notify.Accepted)
	if over := f.claim("email"); len(over) != 1 || over[0].Update.Kind != incident.Ended {
		t.Fatalf("then claimed %+v", over)
	}
}

func TestACallbackThatComesFirstStands(t *testing.T) {
	f := newFixture(t)
	f.subscribe(sam())
	f.rounds(2, checker.OK)
	f.rounds(2, checker.Failed)
	d := f.claim("email")[0]
	if ok, err := f.store.Report(context.Background(), d.ID, notify.Delivered, "SM1", "", f.time()); !ok || err != nil {
		t.Fatal(ok, err)
	}
	f.settle(d.ID, notify.Accepted)
	if n := f.count("SELECT count(*) FROM deliveries WHERE state = 'delivered' AND provider = 'SM1'"); n != 1 {
		t.Error("the callback was overwritten")
	}
	if ok, err := f.store.Report(context.Background(), d.ID, notify.Accepted, "", "", f.time()); ok || err != nil {
		t.Error("went back", err)
	}
	if ok, err := f.store.Report(context.Background(), "nothing", notify.Delivered, "", "", f.time()); ok || err != nil {
		t.Error("reported on nothing", err)
	}
}

func TestWhatIsTooOldExpires(t *testing.T) {
	f := newFixture(t)
	f.subscribe(sam())
	f.rounds(2, checker.OK)
	f.rounds(2, checker.Failed)
	f.pass(5 * time.Hour)
	if got := f.claim("email"); len(got) != 0 {
		t.Errorf("claimed %+v", got)
	}
	if n := f.count("SELECT count(*) FROM deliveries WHERE state = 'expired'"); n != 1 {
		t.Errorf("%d expired", n)
	}
}

func TestAnImportNeverBringsBackWhoSaidNo(t *testing.T) {
	f := newFixture(t)
	f.subscribe(sam())
	f.subscribe(sam())
	if n := f.count("SELECT count(*) FROM subscribers"); n != 1 {
		t.Errorf("%d subscribers", n)
	}
	if n := f.count("SELECT count(*) FROM audit WHERE action = 'subscribers imported'"); n != 2 {
		t.Errorf("%d audit entries", n)
	}
}

func TestThePageReadsDaysRegionsAndWhenItWasChecked(t *testing.T) {
	f := newFixture(t)
	f.rounds(2, checker.OK)
	f.rounds(2, checker.Failed)
	f.pass(time.Minute)
	s := f.snapshot()
	c := s.Components["sign-in"]
	if len(c.Days) != 90 {
		t.Fatalf("%d days", len(c.Days))
	}
	today := c.Days[89]
	if today.Checks != 8 || today.Failed != 4 || today.Down != 70*time.Second || !today.Date.Equal(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("today %+v", today)
	}
	if c.Days[88].Checks != 0 {
		t.Errorf("yesterday %+v", c.Days[88])
	}
	if len(c.Regions) != 2 || c.Regions[0].Outcome != "failed" {
		t.Errorf("regions %+v", c.Regions)
	}
	if want := f.time().Add(-time.Minute); !s.Checked.Equal(want) {
		t.Errorf("checked at %v; want %v", s.Checked, want)
	}
	inc, err := f.page.Incident(context.Background(), s.Open[0].ID)
	if err != nil || len(inc.Updates) != 1 || len(inc.Updates[0].Changes) != 1 {
		t.Errorf("%+v, %v", inc, err)
	}
	if _, err := f.page.Incident(context.Background(), "nothing"); !errors.Is(err, statuspage.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestSweepKeepsWhatIsYoung(t *testing.T) {
	f := newFixture(t)
	f.rounds(3, checker.Failed)
	f.pass(20 * 24 * time.Hour)
	f.rounds(3, checker.OK)
	gone, err := f.store.Sweep(context.Background(), store.Retention{Results: 14 * 24 * time.Hour}, f.time())
	if err != nil || gone != 6 {
		t.Errorf("swept %d, %v; want 6", gone, err)
	}
	if n := f.count("SELECT count(*) FROM results"); n != 6 {
		t.Errorf("%d left", n)
	}
}

// A file that takes no writes is to be found out when it is opened, and a full
// disk when it is asked for: both only show where a page is really written.
func TestWritableWritesAndSoDoesOpening(t *testing.T) {
	f := newFixture(t)
	beside, err := sql.Open("sqlite", "file:"+f.path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	beside.SetMaxOpenConns(1) // the number below is each connection's own
	defer func() { _ = beside.Close() }()
	version := func() (n int64) {
		t.Helper()
		if err := beside.QueryRow("PRAGMA data_version").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := version()
	if err := f.store.Close(); err != nil {
		t.Fatal(err)
	}
	if closed := version(); closed != before {
		t.Fatalf("closing wrote: %d, then %d", before, closed)
	}
	f.open()
	if version() == before {
		t.Error("opening an up-to-date file wrote nothing")
	}
	for range 3 { // of which at most one is due
		if err := f.store.Writable(context.Background()); err != nil {
			t.Error(err)
		}
	}
}

func TestCloseEndsTheWriter(t *testing.T) {
	testkit.NoLeaks(t)
	s, err := store.Open(context.Background(), store.Options{Path: filepath.Join(t.TempDir(), "x.db")})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Writable(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Writable(context.Background()); !errors.Is(err, store.ErrClosed) {
		t.Errorf("a write after the end: %v", err)
	}
}

func TestRejections(t *testing.T) {
	f := newFixture(t)
	for want, change := range map[string]func(*checker.Result){
		`the result is of region "b", but this agent is of region "a"`:       func(r *checker.Result) { r.Region = "b" },
		`there is no check "x" in the configuration`:                         func(r *checker.Result) { r.Check = "x" },
		`"maybe" is no outcome`:                                              func(r *checker.Result) { r.Outcome = "maybe" },
		"the scheduled time lies in the future: is the agent's clock right?": func(r *checker.Result) { r.At = r.At.Add(time.Hour) },
		"the result is older than results are kept":                          func(r *checker.Result) { r.At = r.At.AddDate(0, -2, 0) },
	} {
		r := f.result("a", checker.OK)
		change(&r)
		good := f.result("a", checker.OK)
		rejected, err := f.engine.Submit(context.Background(), "a", []checker.Result{r, good})
		if err != nil || len(rejected) != 1 || rejected[0].Reason != want {
			t.Errorf("got %+v, %v; want %q", rejected, err, want)
		}
	}
	if n := f.count("SELECT count(*) FROM results"); n != 1 {
		t.Errorf("%d results; want the good one", n)
	}
}
