package main

import (
	"strings"
	"testing"
	"time"

	"daymark/access"
	"daymark/internal/testkit"
)

func TestPeopleAreInvitedListedAndRemoved(t *testing.T) {
	testkit.Beside(t)
	a := newTestApp(t)
	o := &operations{engine: a.engine, doc: a.doc, core: a.core}
	if _, err := o.invite(t.Context(), personOrder{Person: "zoe"}); err == nil || !strings.Contains(err.Error(), `no person "zoe"`) || !strings.Contains(err.Error(), "ana") {
		t.Errorf("somebody whom nobody knows: %v", err)
	}
	if _, err := o.dropAccount(t.Context(), personOrder{Person: "ben"}); err == nil || !strings.Contains(err.Error(), "no account") {
		t.Errorf("an account that is not there: %v", err)
	}
	made, err := o.invite(t.Context(), personOrder{Person: "ben"})
	if err != nil || !strings.HasPrefix(made.Link, "http://status.example/console/welcome/") || time.Until(made.Expires) > access.InvitationLife || time.Until(made.Expires) < access.InvitationLife-time.Minute {
		t.Errorf("%+v, %v", made, err)
	}
	newVisitor(t, consoleOf(t, a)).join(strings.TrimPrefix(made.Link, "http://status.example"))
	of := func(person string) (found personLine) {
		t.Helper()
		lines, err := o.listPeople(t.Context(), struct{}{})
		if err != nil || len(lines) != len(a.doc.Support.People) {
			t.Fatalf("%+v, %v", lines, err)
		}
		for _, line := range lines {
			if line.Person == person {
				found = line
			}
		}
		return found
	}
	if ben := of("ben"); ben.Account != "with a second factor" || ben.Codes != 10 || ben.Browser != 1 || ben.Name != "Ben Okafor" {
		t.Errorf("ben: %+v", ben)
	}
	if ana := of("ana"); ana.Account != "none" || ana.Role != access.Administrator || ana.Browser != 0 {
		t.Errorf("ana: %+v", ana)
	}
	if gone, err := o.dropAccount(t.Context(), personOrder{Person: "ben"}); err != nil || gone != "ben" {
		t.Errorf("%q, %v", gone, err)
	}
	if ben := of("ben"); ben.Account != "none" || ben.Browser != 0 {
		t.Errorf("ben after that: %+v", ben)
	}
}
