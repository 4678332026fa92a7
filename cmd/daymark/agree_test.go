package main

import (
	"context"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/notify/notifytest"
	"daymark/support"
)

// stakeholders are what the sample's configuration is replaced by, so that a
// fix needs the agreement of somebody without a role.
var stakeholders = []string{
	"rota: shop}\n", "rota: shop, stakeholder: dee}\n", "incidents:\n", "incidents:\n  fix_needs: [lead, stakeholder]\n",
	"  people:\n", "  people:\n    - {id: dee, name: Dee Silva, email: dee@shop.example}\n",
}

// roomOf is an incident with both roles taken.
type roomOf struct {
	*app
	t  *testing.T
	id string
}

func newRoom(t *testing.T, a *app) *roomOf {
	t.Helper()
	id, err := a.engine.Command(t.Context(), incident.By{Person: "ana", Via: "test"}, "", incident.Open{
		Name: "Sign-in is not available", Severity: incident.P1, What: "Nobody can sign in.",
		Components: []incident.OpenComponent{{Component: "sign-in", Status: incident.Down}},
	})
	if err != nil {
		t.Fatal(err)
	}
	r := &roomOf{a, t, id}
	r.give("ana", incident.Acknowledge{Incident: id, Role: support.Lead})
	r.give("ben", incident.Acknowledge{Incident: id, Role: support.Engineer})
	return r
}

func (r *roomOf) try(by string, c incident.Command) (string, error) {
	return r.engine.Command(r.t.Context(), incident.By{Person: by, Via: "test"}, "", c)
}

func (r *roomOf) give(by string, c incident.Command) string {
	r.t.Helper()
	made, err := r.try(by, c)
	if err != nil {
		r.t.Fatal(err)
	}
	return made
}

// propose writes a proposal and asks the stakeholder; it gives its number and
// the path of the link.
func (r *roomOf) propose(text string) (number int, path string) {
	r.t.Helper()
	number, err := strconv.Atoi(r.give("ben", incident.Write{Incident: r.id, Kind: incident.Propose, Text: text}))
	if err != nil {
		r.t.Fatal(err)
	}
	return number, r.ask(number)
}

func (r *roomOf) ask(number int) string {
	r.t.Helper()
	ask, err := strconv.Atoi(r.give("ben", incident.AskAgreement{Incident: r.id, Of: number}))
	if err != nil {
		r.t.Fatal(err)
	}
	return "/console/agree/" + notify.AgreeToken(r.key, notify.AskRef{Incident: r.id, Proposal: number, Number: ask})
}

var agreeLinks = regexp.MustCompile(`http://status\.example(/console/agree/[A-Za-z0-9._-]+)`)

func TestAStakeholderAgreesByALink(t *testing.T) {
	testkit.Beside(t)
	box, err := notifytest.NewMailbox(notifytest.MailboxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := box.Start(context.Background(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	a := newTestAppOf(t, box.Addr(), stakeholders...)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); a.sender.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	r := newRoom(t, a)
	r.give("ben", incident.Write{Incident: r.id, Kind: incident.Hypothesis, Text: "the key of 10.1.2.3 is stale"})
	number := r.give("ben", incident.Write{Incident: r.id, Kind: incident.Propose, Text: "renew <b>the key</b>\non both machines"})

	base := consoleOf(t, a)
	ana := newVisitor(t, base)
	ana.join(firstLink(t, a), "person", "ana")
	ana.get("/console/account")
	ask := "/console/incidents/" + r.id + "/entries/" + number + "/ask"
	ana.post(ask, "form", "ask", "from", "/console")
	ana.stands(ask, http.StatusOK, "A link for Dee Silva", "It was mailed to Dee Silva.")
	link := agreeLinks.FindStringSubmatch(ana.page)[1]

	var mail string
	for deadline := time.Now().Add(liveFor); mail == ""; <-time.After(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no link is mailed")
		}
		for _, m := range box.Messages() {
			if text := m.Text; strings.Contains(text, "/console/agree/") {
				mail = text
			}
		}
	}
	if found := agreeLinks.FindStringSubmatch(mail); found == nil || found[1] != link {
		t.Errorf("the link %s is mailed as %s", link, mail)
	}

	// A stranger to the console opens it: it shows the proposal and nothing else.
	dee := newVisitor(t, base)
	dee.get(link)
	dee.stands(link, http.StatusOK, "Ben Okafor proposes a fix", "renew &lt;b&gt;the key&lt;/b&gt;", "Sign-in is not available")
	if strings.Contains(dee.page, "10.1.2.3") || strings.Contains(dee.page, "Ana Reyes") {
		t.Errorf("it tells more than the proposal: %s", dee.page)
	}
	dee.post(link, "answer", "perhaps")
	dee.stands(link, http.StatusUnprocessableEntity, "Please choose")
	dee.post(link, "answer", "decline", "reason", "  ")
	dee.stands(link, http.StatusUnprocessableEntity, "Please say why not")
	dee.post(link, "answer", "agree", "reason", "Go on, <i>please</i>.")
	dee.stands(link, http.StatusOK, "You have agreed.")
	dee.post(link, "answer", "decline", "reason", "no")
	dee.stands(link, http.StatusConflict, "You have agreed.")
	story, err := a.store.IncidentStory(t.Context(), r.id)
	if err != nil {
		t.Fatal(err)
	}
	last := story.Entries[len(story.Entries)-1]
	if last.Kind != incident.Agreement || last.By != "dee" || last.Text != "Go on, <i>please</i>." || strconv.Itoa(last.Of) != number {
		t.Errorf("the last entry is %+v", last)
	}
	of, _ := strconv.Atoi(number)
	fixed := incident.Write{Incident: r.id, Kind: incident.Action, Of: of, Done: true, Text: "renewed"}
	if _, err := r.try("ben", fixed); err == nil || !strings.Contains(err.Error(), "Ana Reyes") {
		t.Errorf("the Lead has not agreed, and the fix is done: %v", err)
	}
	r.give("ana", incident.Write{Incident: r.id, Kind: incident.Agreement, Of: of, Text: "yes"})
	r.give("ben", fixed)
}

func TestALinkToAgreeIsGoodOnceAndForAWhile(t *testing.T) {
	testkit.Beside(t)
	a := newTestAppOf(t, "127.0.0.1:3", stakeholders...)
	r := newRoom(t, a)
	base := consoleOf(t, a)
	dee := newVisitor(t, base)

	number, link := r.propose("turn it off")
	second := r.ask(number)
	dee.get(link)
	dee.stands(link, http.StatusGone, "replaced by another")
	dee.get(second[:len(second)-2] + "xx")
	dee.stands(second[:len(second)-2]+"xx", http.StatusNotFound, "not a link of ours")
	dee.get("/console/agree/" + strings.Replace(strings.TrimPrefix(second, "/console/agree/"), ".2-", ".3-", 1))
	if dee.status != http.StatusNotFound {
		t.Errorf("a number that was not asked: %d", dee.status)
	}

	// Of many at once, one is taken.
	var all sync.WaitGroup
	for range 5 { // more of them from one network would wait
		all.Go(func() {
			v := newVisitor(t, base)
			v.post(second, "answer", "decline", "reason", "too risky")
		})
	}
	all.Wait()
	dee.get(second)
	dee.stands(second, http.StatusOK, "You have not agreed.")
	story, err := a.store.IncidentStory(t.Context(), r.id)
	if err != nil {
		t.Fatal(err)
	}
	said := 0
	for _, e := range story.Entries {
		if e.Of == number && strings.HasPrefix(e.Text, "Does not agree: too risky") {
			said++
		}
	}
	if said != 1 {
		t.Errorf("it is said %d times", said)
	}

	_, link = r.propose("turn it off and on")
	r.give("ana", incident.Resolve{Incident: r.id})
	dee.get(link)
	dee.stands(link, http.StatusGone, "not needed any more")
	dee.post(link, "answer", "agree")
	dee.stands(link, http.StatusConflict, "not needed any more")

	later := newTestAppOf(t, "127.0.0.1:3", stakeholders...)
	_, link = newRoom(t, later).propose("turn it off")
	later.site.Now = func() time.Time { return time.Now().Add(incident.AskLife + time.Second) }
	late := newVisitor(t, consoleOf(t, later))
	late.get(link)
	late.stands(link, http.StatusGone, "This link has expired.")
}

func TestWhoIsAskedToAgree(t *testing.T) {
	testkit.Beside(t)
	plain := newRoom(t, newTestApp(t))
	number, err := strconv.Atoi(plain.give("ben", incident.Write{Incident: plain.id, Kind: incident.Propose, Text: "turn it off"}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plain.try("ana", incident.AskAgreement{Incident: plain.id, Of: number}); err == nil || !strings.Contains(err.Error(), "needs no stakeholder") {
		t.Errorf("without a stakeholder: %v", err)
	}
	r := newRoom(t, newTestAppOf(t, "127.0.0.1:3", stakeholders...))
	number, _ = r.propose("turn it off")
	for want, c := range map[string]incident.AskAgreement{
		"is no proposal":     {Incident: r.id, Of: 99},
		"Dee Silva is asked": {Incident: r.id, Of: number, Person: "ben"},
		"no incident":        {Incident: "nothing", Of: number},
	} {
		if _, err := r.try("ana", c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v; want %q", c, err, want)
		}
	}
	// Nobody answers in another's name by what they may do themselves.
	if _, err := r.try("ben", incident.AnswerAsk{Incident: r.id, Of: number, Ask: 1, Agree: true}); err == nil {
		t.Error("Ben answered for Dee")
	}
}

func TestManyLinksFromOneNetworkWait(t *testing.T) {
	testkit.Beside(t)
	a := newTestApp(t)
	v := newVisitor(t, consoleOf(t, a))
	counts := map[int]int{}
	for range 40 {
		v.get("/console/agree/aguess")
		counts[v.status]++
	}
	if counts[http.StatusNotFound] < 30 || counts[http.StatusTooManyRequests] == 0 {
		t.Errorf("of 40: %v", counts)
	}
}
