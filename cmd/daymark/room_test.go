package main

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"daymark/incident"
	"daymark/support"
)

// signIn gives a browser in which a person is signed in.
func signIn(t *testing.T, a *app, base, person string) *visitor {
	t.Helper()
	v := newVisitor(t, base)
	v.join(linkFor(t, a, person))
	return v
}

// openByHand opens an incident and gives its id.
func openByHand(t *testing.T, a *app, open incident.Open) string {
	t.Helper()
	id, err := a.engine.Command(t.Context(), incident.By{Person: "ana", Via: "test"}, "", open)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// fill sends a form of the page that a visitor looks at, with what stands in
// its hidden fields.
func (v *visitor) fill(id string, pairs ...string) {
	v.t.Helper()
	found := regexp.MustCompile(`(?s)<form[^>]* action="([^"]*)" id="` + regexp.QuoteMeta(id) + `">(.*?)</form>`).FindStringSubmatch(v.page)
	if found == nil {
		v.t.Fatalf("there is no form %q at %s:\n%s", id, v.at, v.page)
	}
	for _, field := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`).FindAllStringSubmatch(found[2], -1) {
		pairs = append([]string{field[1], field[2]}, pairs...)
	}
	v.post(found[1], pairs...)
}

// has says whether the page has each text, or, after "!", has it not.
func (v *visitor) has(texts ...string) {
	v.t.Helper()
	for _, text := range texts {
		if want := !strings.HasPrefix(text, "!"); strings.Contains(v.page, strings.TrimPrefix(text, "!")) != want {
			v.t.Errorf("%s: %q is there: %t:\n%s", v.at, strings.TrimPrefix(text, "!"), !want, v.page)
		}
	}
}

func TestTheRoomOfAnIncident(t *testing.T) {
	a := newTestApp(t)
	base := consoleOf(t, a)
	id := openByHand(t, a, incident.Open{
		Name: "Sign-in is not available", Severity: incident.P1, What: "Nobody can sign in.",
		Components: []incident.OpenComponent{{Component: a.doc.Components[0].ID, Status: incident.Down}, {Component: a.doc.Components[1].ID, Status: incident.Slow}},
	})
	room := "/console/incidents/" + id
	ana, ben := signIn(t, a, base, "ana"), signIn(t, a, base, "ben")
	ana.get("/console")
	ana.has(`href="` + room + `"`)
	ana.get(room)
	ana.stands(room, http.StatusOK, "Sign-in is not available.", "Nobody is Lead yet: will you be?", "Nobody can sign in.", "An acknowledgement")
	ana.fill("ack-lead", "role", "lead")
	ana.stands(room, http.StatusOK, "You are Lead of this incident.", "Owes the update by", "The next update, owed by Ana Reyes")
	ana.has("!Nobody is Lead yet")
	_ = ben
	_ = fmt.Sprint
	_ = support.Lead
}
