package main

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"daymark/access"
	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/store"
)

const because = "the lead does not answer, and payments are down"

// risen is a server with Rae, a reader, who is signed in with two browsers.
func risen(t *testing.T) (a *app, rae, other *visitor) {
	t.Helper()
	a = newTestAppWith(t, staffPeople)
	base := consoleOf(t, a)
	rae = newVisitor(t, base)
	rae.join(linkFor(t, a, "rae"))
	rewind(t, a, "rae")
	other = newVisitor(t, base)
	other.secret = rae.secret
	other.post("/console/sign-in", "who", "rae", "password", pass)
	other.post("/console/sign-in/code", "code", other.code())
	other.stands("/console", http.StatusOK)
	rewind(t, a, "rae")
	return a, rae, other
}

// rises lets a visitor rise.
func (v *visitor) rises() {
	v.t.Helper()
	v.get("/console/elevations")
	v.post("/console/elevate", "reason", because, "present", pass, "code", v.code())
	v.stands("/console/elevations", http.StatusOK, "You are <b>", "above your own role")
}

// mayWork says whether a visitor may do what a responder may.
func (v *visitor) mayWork() bool {
	v.t.Helper()
	v.get("/console/account")
	v.post("/console/incidents", "no such field", "x")
	if v.status != http.StatusForbidden && v.status != http.StatusUnprocessableEntity {
		v.t.Fatalf("opening an incident is answered %d", v.status)
	}
	return v.status == http.StatusUnprocessableEntity
}

func TestBreakGlass(t *testing.T) {
	testkit.Beside(t)
	a, rae, other := risen(t)
	if rae.mayWork() {
		t.Fatal("a reader opens incidents")
	}
	for wrong, pairs := range map[string][]string{
		"a reason has from 10 to 500 characters": {"reason", "asap", "present", pass, "code", rae.code()},
		"not your present password":              {"reason", because, "present", "wrong", "code", rae.code()},
		"not the code of this moment":            {"reason", because, "present", pass, "code", "000000"},
		"not the code":                           {"reason", because, "present", pass},
	} {
		rae.get("/console/elevations")
		rae.post("/console/elevate", pairs...)
		if rae.status != http.StatusUnprocessableEntity || !strings.Contains(strings.ToLower(rae.page), strings.ToLower(wrong)) {
			t.Errorf("%s: %d\n%s", wrong, rae.status, rae.page)
		}
	}
	rae.rises()
	rae.get("/console/account")
	rae.stands("/console/account", http.StatusOK, "You are <b>responder</b>", "End it")
	if !rae.mayWork() || other.mayWork() {
		t.Error("she has not risen, or in another browser too")
	}
	rae.get("/console/account")
	rae.post("/console/incidents", "name", "Letters arrive late", "severity", "P4", "then", "/console/elevations")
	rae.stands("/console/elevations", http.StatusOK, "Rae: reader to responder", because, "It lasts.", "Letters arrive late")
	found, err := a.store.Elevations(t.Context(), "", 9)
	if err != nil || len(found) != 1 {
		t.Fatalf("%+v, %v", found, err)
	}
	done, err := a.store.DoneIn(t.Context(), found[0].ID, 9)
	if err != nil || len(done) != 1 || done[0].Actor != "rae in the console, elevation "+found[0].ID {
		t.Errorf("was done: %+v, %v", done, err)
	}
	// Once more in the same browser is refused; by hand it ends at once.
	rae.post("/console/elevate", "reason", because, "present", pass, "code", "000000")
	rae.stands("/console/elevate", http.StatusUnprocessableEntity)
	rae.get("/console/account")
	rae.post("/console/elevations/"+found[0].ID+"/end", "from", "/console/account")
	rae.stands("/console/account", http.StatusOK)
	if strings.Contains(rae.page, "above your own role") || rae.mayWork() {
		t.Error("it goes on when she has ended it")
	}
	rae.get("/console/elevations")
	rae.stands("/console/elevations", http.StatusOK, "It ended by hand.")
}

// TestTheOthersAreToldOfAnElevation: administrators and whoever is on call, and
// not who rose.
func TestTheOthersAreToldOfAnElevation(t *testing.T) {
	testkit.Beside(t)
	a, rae, _ := risen(t)
	rae.rises()
	var told []string
	for _, d := range staffQueue(t, a) {
		if d.Notice == nil || d.Notice.Kind != notify.AccessNotice {
			continue
		}
		person, _ := notify.PersonOf(d.Subscriber.Address)
		told = append(told, person)
		if !strings.Contains(d.Notice.Title, "Rae rose to responder until") || !strings.Contains(d.Notice.Text, because) {
			t.Errorf("they read %+v", d.Notice)
		}
	}
	want := (&operations{engine: a.engine, doc: a.doc, core: a.core}).watchers(time.Now())
	want = slices.DeleteFunc(want, func(id string) bool { return id == "" })
	slices.Sort(want)
	slices.Sort(told)
	if !slices.Equal(told, slices.Compact(want)) || !slices.Contains(told, "ada") || slices.Contains(told, "rae") {
		t.Errorf("told are %v; want %v", told, want)
	}
}

// staffQueue gives the messages to staff that wait.
func staffQueue(t *testing.T, a *app) []notify.Delivery {
	t.Helper()
	var all []notify.Delivery
	for _, channel := range []string{"email", "sms"} {
		found, err := a.store.Claim(t.Context(), channel, 50, time.Now().Add(time.Second))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	return all
}

// TestAnElevationEnds: by its time, to the millisecond; with its session; by a
// new password; by an administrator.
func TestAnElevationEnds(t *testing.T) {
	testkit.Beside(t)
	a, rae, _ := risen(t)
	var last *access.Elevation
	again := func() {
		t.Helper()
		a.site.Now = time.Now
		rewind(t, a, "rae")
		rae.rises()
		found, err := a.store.Elevations(t.Context(), "", 1)
		if err != nil {
			t.Fatal(err)
		}
		last = &found[0]
	}
	at := func(moment time.Time) bool {
		a.site.Now = func() time.Time { return moment }
		return rae.mayWork()
	}
	again()
	if !at(last.Until.Add(-time.Millisecond)) || at(last.Until) || at(last.Until.Add(time.Hour)) {
		t.Error("it does not end at its time")
	}
	ada := newVisitor(t, rae.base)
	a.site.Now = time.Now
	ada.join(linkFor(t, a, "ada"))
	ada.get("/console/elevations")
	ada.post("/console/elevations/"+last.ID+"/end", "from", "/console/elevations")
	ada.stands("/console/elevations", http.StatusOK, "It ended by ada.")
	again()
	rae.get("/console/account")
	rae.post("/console/account/password", "present", pass, "password", pass+"!", "again", pass+"!")
	rae.stands("/console/account", http.StatusOK, "The password is changed.")
	if strings.Contains(rae.page, "above your own role") || rae.mayWork() {
		t.Error("a new password does not end it")
	}
	if e, err := a.store.Elevation(t.Context(), last.ID); err != nil || e.How != access.EndedWithSession {
		t.Errorf("%+v, %v", e, err)
	}
}

// TestAnElevationLendsNothingThatOutlastsIt: an administrator of an hour makes
// no token, account or agent, and a refused write is written down once a
// minute.
func TestAnElevationLendsNothingThatOutlastsIt(t *testing.T) {
	testkit.Beside(t)
	a, rae, _ := risen(t)
	a.site.Access.BreakGlass.Role = access.Administrator
	rae.rises()
	rae.get("/console/audit")
	rae.stands("/console/audit", http.StatusOK, "rose above their role")
	for range 3 {
		for _, path := range []string{"/console/people/ada/invite", "/console/people/ada/remove", "/console/agents/tokens", "/console/configuration"} {
			rae.get("/console/account")
			rae.post(path, "confirm", "ada", "region", "local", "text", a.doc.Text(), "base", "1", "why", "mine")
			rae.stands(path, http.StatusForbidden, "would outlast your elevation")
		}
	}
	rae.get("/console/tokens")
	rae.post("/console/tokens", "role", "administrator", "name", "mine", "form", "token-make", "from", "/console/tokens")
	rae.stands("/console/tokens", http.StatusForbidden, "a token that you make cannot be administrator")
	refused, err := a.store.Audit(t.Context(), store.AuditQuery{Person: "rae", Action: "refused", Most: 9})
	if err != nil || len(refused) != 3 { // one of each right
		t.Errorf("refused: %+v, %v", refused, err)
	}
	if tokens, err := a.store.APITokens(t.Context(), ""); err != nil || len(tokens) != 0 {
		t.Errorf("%+v, %v", tokens, err)
	}
}

var onceText = regexp.MustCompile(`class="once" role="status">.*?</p>\s*<code>([^<]+)</code>`)

// TestASecretIsShownOnce: in the answer to its form, and nowhere else.
func TestASecretIsShownOnce(t *testing.T) {
	testkit.Beside(t)
	a := newTestAppWith(t, staffPeople)
	ada := newVisitor(t, consoleOf(t, a))
	ada.join(linkFor(t, a, "ada"))
	for _, test := range []struct {
		page, path string
		pairs      []string
	}{
		{"/console/tokens", "/console/tokens", []string{"form", "token-make", "name", "report", "role", "reader"}},
		{"/console/people", "/console/people/rex/invite", []string{"form", "invite-rex"}},
		{"/console/agents", "/console/agents/tokens", []string{"form", "agent-local", "region", "local"}},
	} {
		ada.get(test.page)
		pairs := append(test.pairs, "from", test.page, "key", "one")
		ada.post(test.path, pairs...)
		ada.stands(test.path, http.StatusOK, "shown this once", "Cache-Control: no-store")
		found := onceText.FindStringSubmatch(strings.ReplaceAll(ada.page, "\n", " "))
		if found == nil || strings.Contains(ada.page, "Location:") {
			t.Fatalf("%s shows no secret:\n%s", test.path, ada.page)
		}
		secret := found[1]
		ada.post(test.path, pairs...) // the same form once more
		if ada.status != http.StatusConflict || strings.Contains(ada.page, secret) {
			t.Errorf("%s once more: %d", test.path, ada.status)
		}
		for _, page := range []string{test.page, "/console/audit"} {
			ada.get(page)
			if strings.Contains(ada.page, secret) {
				t.Errorf("%s still shows it", page)
			}
		}
		switch {
		case strings.HasPrefix(secret, "dmk_"):
			if token, err := a.store.APITokenByHash(t.Context(), access.HashToken(secret)); err != nil || token.Person != "ada" {
				t.Errorf("%+v, %v", token, err)
			}
		case strings.HasPrefix(secret, "dma_"):
			if token, err := a.store.AgentToken(t.Context(), access.HashToken(secret), time.Now()); err != nil || token.Region != "local" {
				t.Errorf("%+v, %v", token, err)
			}
		default:
			newVisitor(t, ada.base).join(strings.TrimPrefix(secret, "http://status.example"))
		}
	}
}
