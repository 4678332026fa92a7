package store_test

import (
	"context"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/notify"
	"daymark/store"
	"daymark/support"
)

// Each of these once went wrong.

func kinds(all []notify.Delivery) (text string) {
	for _, d := range all {
		text += d.Subscriber.Address + ":" + string(d.Update.Kind) + "(" + string(d.State) + ") "
	}
	return
}

func (f *fixture) custom(change func(*incident.PolicyOptions)) {
	f.t.Helper()
	minutes := func(n time.Duration) *support.Span { return &support.Span{Rest: n * time.Minute} }
	o := incident.PolicyOptions{
		Regions: []incident.Region{{ID: "a", Name: "Ireland"}, {ID: "b", Name: "Virginia"}},
		Components: []incident.Component{{ID: "sign-in", Name: "Sign in", Criticality: "critical", SLA: "gold", Checks: []checker.Check{{
			ID: "journey", Schedule: "@every 10s", Means: string(incident.Down),
			HTTP: &checker.HTTP{Request: checker.Request{URL: "https://shop.example/"}},
		}}}},
		Severities: incident.SeverityTable{P1: `availability == "none"`, P2: `availability == "full"`},
		Rules:      incident.Rules{ResolveAfter: 30 * time.Second, EaseAfter: 30 * time.Second},
		SLAs: []incident.SLA{{
			ID: "gold",
			P1: &incident.Promises{First: minutes(0), Update: minutes(2), Channels: []string{"page", "email", "sms"}},
			P2: &incident.Promises{First: minutes(0), Update: minutes(2), Channels: []string{"page", "email"}},
		}},
	}
	if change != nil {
		change(&o)
	}
	var err error
	if f.policy, err = incident.NewPolicy(o); err != nil {
		f.t.Fatal(err)
	}
	if f.engine, err = incident.NewEngine(incident.EngineOptions{Store: f.store, Policy: f.policy, Now: f.time}); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) tick() {
	f.t.Helper()
	if err := f.engine.Tick(context.Background()); err != nil {
		f.t.Fatal(err)
	}
}

// submit gives results of one region to the engine.
func (f *fixture) submit(region string, results ...checker.Result) []checker.Rejection {
	f.t.Helper()
	rejected, err := f.engine.Submit(context.Background(), region, results)
	if err != nil {
		f.t.Fatal(err)
	}
	return rejected
}

func TestAnOpeningNeverFollowsItsEnd(t *testing.T) {
	f := newFixture(t)
	f.subscribe(sam())
	f.rounds(2, checker.OK)
	f.rounds(2, checker.Failed)
	d := f.claim("email")[0]
	f.rounds(6, checker.OK)      // ended while the send is under way
	f.settle(d.ID, notify.Retry) // 4xx: never sent
	got := f.claim("email")
	if len(got) > 0 {
		t.Error("never told, and now gets:", kinds(got))
	}
}

func TestWhoWasRefusedDoesNotHearTheEnd(t *testing.T) {
	f := newFixture(t)
	f.subscribe(sam())
	f.rounds(2, checker.OK)
	f.rounds(2, checker.Failed)
	d := f.claim("email")[0]
	f.rounds(6, checker.OK)
	f.settle(d.ID, notify.Dead)
	if got := f.claim("email"); len(got) > 0 {
		t.Error("refused for good, and now gets:", kinds(got))
	}
}

func TestWhatNeverArrivedWasNotTold(t *testing.T) {
	f := newFixture(t)
	f.subscribe(notify.Subscriber{Channel: "sms", Address: "+447700900123", Confirmed: start})
	f.rounds(2, checker.OK)
	f.rounds(2, checker.Failed)
	d := f.claim("sms")[0]
	f.settle(d.ID, notify.Accepted)
	if _, err := f.store.Report(context.Background(), d.ID, notify.Undelivered, "SM", "30003", f.time()); err != nil {
		t.Fatal(err)
	}
	f.rounds(6, checker.OK)
	if got := f.claim("sms"); len(got) > 0 {
		t.Error("never arrived, and now gets:", kinds(got))
	}
}

func TestWhoWasToldHearsTheEnd(t *testing.T) {
	f := newFixture(t)
	f.subscribe(sam())
	f.rounds(2, checker.OK)
	f.rounds(2, checker.Failed)
	f.settle(f.claim("email")[0].ID, notify.Accepted) // told it is down
	// now the mail server is away: nothing is claimed
	f.rounds(6, checker.OK)     // ended
	f.rounds(3, checker.Failed) // reopened
	f.rounds(6, checker.OK)     // ended
	if got := f.claim("email"); len(got) != 1 {
		t.Error("was told that it is down, and never that it is over:", kinds(got))
	}
}

func TestOnlyANewerMessageReplacesAnOlderOne(t *testing.T) {
	f := newFixture(t)
	f.custom(nil)
	p1 := sam()
	p1.Severity = incident.P1
	f.subscribe(p1, notify.Subscriber{Channel: "sms", Address: "+447700900123", Confirmed: start})
	f.rounds(2, checker.OK)
	f.rounds(3, checker.Failed) // P1: email and sms queued; both remotes are away for two minutes
	for range 12 {
		f.round(checker.Degraded)
		f.tick()
	} // eases to P2; the promised update comes
	f.claim("email")
	f.claim("sms")
	if n := f.count("SELECT count(*) FROM deliveries WHERE state = 'sending'"); n != 2 {
		t.Error("P1 messages were replaced by nothing; claimed", n)
	}
}

func TestABacklogAfterARestartOpensNothing(t *testing.T) {
	f := newFixture(t)
	f.subscribe(sam())
	f.rounds(5, checker.OK)
	begin := f.time()
	f.pass(2 * time.Hour)
	f.reopen()
	f.tick()
	f.pass(time.Second)
	var list []checker.Result
	for i := range 6 {
		r := f.result("b", checker.Failed)
		r.At = begin.Add(time.Duration(i+1) * 10 * time.Second)
		list = append(list, r)
	}
	f.submit("b", list...)
	s := f.snapshot()
	if len(s.Open) > 0 {
		t.Errorf("opened %s since %v at %v; mail: %s", s.Open[0].Name, s.Open[0].Since, f.time(), kinds(f.claim("email")))
	}
}

func TestDowntimeIsCountedWhole(t *testing.T) {
	f := newFixture(t)
	f.rounds(2, checker.OK)
	f.round(checker.Degraded)
	feed := func(o checker.Outcome) {
		f.pass(6 * time.Second)
		var rs []checker.Result
		for _, r := range []string{"a", "b"} {
			rs = append(rs, f.result(r, o))
		}
		f.pass(4 * time.Second)
		for _, r := range rs {
			f.submit(r.Region, r)
		}
	}
	for range 31 {
		feed(checker.Failed)
	}
	f.pass(31 * time.Second)
	c := f.snapshot().Components["sign-in"]
	if c.Days[89].Down < 4*time.Minute {
		t.Error("down for 5 minutes; counted", c.Days[89].Down)
	}
}

func TestSweptResultsAreNotCountedAgain(t *testing.T) {
	f := newFixture(t)
	r := f.result("a", checker.Failed)
	f.submit("a", r)
	f.pass(20 * 24 * time.Hour)
	if _, err := f.store.Sweep(context.Background(), store.Retention{Results: 14 * 24 * time.Hour}, f.time()); err != nil {
		t.Fatal(err)
	}
	f.submit("a", r)
	if n := f.count("SELECT sum(failed) FROM rollups WHERE grain = 86400"); n != 1 {
		t.Error("the day counts", n)
	}
}
