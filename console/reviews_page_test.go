package console_test

import (
	"html"
	"net/http"
	"reflect"
	"regexp"
	"testing"
	"time"

	"daymark/access"
	"daymark/console"
	"daymark/incident"
)

const hostile = `<script>alert(1)</script>`

func TestReviewsAndActionsAreListed(t *testing.T) {
	p := newPages(t)
	p.reviews = []incident.Review{
		{Incident: "old", Name: "Payments failed", Severity: incident.P1, Due: now.Add(-50 * time.Hour), Summary: "x", Causes: "y", Actions: []incident.ReviewAction{
			{Number: 1, Kind: incident.Prevent, Text: "renew the key " + hostile, Owner: "ana", Due: now.Add(-time.Hour)},
			{Number: 2, Kind: incident.Detect, Text: "watch the key", Owner: "gone", Due: now.Add(72 * time.Hour)},
			{Number: 3, Kind: incident.Detect, Text: "is over", Owner: "ana", Due: now, Done: now},
		}},
		{Incident: "new", Name: "It was slow", Severity: incident.P2, Due: now.Add(time.Hour)},
	}
	text := p.reads("/console/reviews", "2 reviews to write, 2 actions to do.", `href="/console/incidents/old/review"`, "2 d late", "waits for who signs it off", "Nothing is written yet.",
		"<h3>Ana Reyes</h3>", "<h3>gone</h3>", `class="error">Due <time`, "1 h late", "in 3 d", `action="/console/incidents/old/review/actions/2/done"`, "renew the key &lt;script&gt;")
	p.lacks(text, hostile, "is over")
	p.has(p.ask("/console/reviews/actions.csv"), http.StatusOK, "incident,number,kind,owner,due,text", "old,2,detect,gone,")
	p.who.Role = access.Reader
	p.lacks(p.reads("/console/reviews"), "<button")
	p.reviews = nil
	p.reads("/console/reviews?show=all", "Nothing is left to learn or to do.", "No review is due.", "No action is open.", "No review has been signed off yet.")
}

func TestAReviewIsWritten(t *testing.T) {
	p := newPages(t)
	p.who.Person = "chi"
	p.entries = []incident.Entry{{Number: 1, At: now, By: "ana", Kind: incident.Hypothesis, Text: "a key expired " + hostile}}
	p.reviews[0].Leads, p.reviews[0].Users = []string{"ana"}, 12
	page := "/console/incidents/i/review"
	text := p.reads(page, "Review: It was slow", "Support Lead: Ana Reyes.", "Daymark’s draft: nothing is written yet.", "- a key expired &lt;script&gt;", "It was slow, from 1 December 2026 12:42",
		"<h3>Times</h3>", "It can be signed off once a summary and causes are written.", "Done on 1 December 2026", "12, as somebody said", `name="no_users"`)
	p.lacks(text, hostile, "Sign it off", "For visitors")
	var given incident.Command
	p.command = func(by incident.By, _ string, command incident.Command) (string, error) {
		given = command
		return "i", nil
	}
	answer := p.ask(page, "form", "write", "from", page, "summary", "A key expired.", "causes", "", "users", "30")
	p.has(answer, http.StatusSeeOther)
	if want := (incident.WriteReview{Incident: "i", Summary: new("A key expired."), Causes: new(""), Users: 30}); !reflect.DeepEqual(given, want) || answer.Header().Get("Location") != page+"?done=write#write" {
		t.Errorf("%+v, to %s", given, answer.Header().Get("Location"))
	}
	p.reads(page+"?done=write", "It is written.")
	p.has(p.ask(page, "form", "write", "from", page, "summary", "Mine "+hostile, "users", "many"), http.StatusUnprocessableEntity, "It is to be a number, not text.", `id="write-users-wrong"`, "Mine &lt;script&gt;")
	p.has(p.ask(page+"/actions", "form", "action", "from", page, "kind", "detect", "text", "watch", "owner", "ana", "due", "2026-12-09T12:00"), http.StatusSeeOther)
	if want := (incident.AddAction{Incident: "i", Kind: incident.Detect, Text: "watch", Owner: "ana", Due: time.Date(2026, 12, 9, 12, 0, 0, 0, time.UTC)}); !reflect.DeepEqual(given, want) {
		t.Errorf("%+v", given)
	}
	p.has(p.ask(page+"/draft.md"), http.StatusOK, "# Review: It was slow", "## Timeline")
	p.who.Role = access.Reader
	p.lacks(p.reads(page, "Nothing is written."), "<textarea", "Signing off")
}

// TestTwoWriteAReview: who sends what was begun before another saved has both
// texts before them, and nothing of either is lost.
func TestTwoWriteAReview(t *testing.T) {
	p := newPages(t)
	page := "/console/incidents/i/review"
	p.reviews[0].Luck = "It was day."
	begun := p.reviews[0].State()
	drafted := regexp.MustCompile(`(?s)name="summary"[^>]*>(.*?)</textarea>`).FindStringSubmatch(p.reads(page, `name="after" value="`+begun+`"`))[1]
	p.reviews[0].Summary, p.reviews[0].Causes, p.reviews[0].Luck = "Ben’s summary "+hostile, "Ben’s causes", "It was night."
	p.command = func(_ incident.By, _ string, command incident.Command) (string, error) {
		if c := command.(incident.WriteReview); c.After != begun {
			t.Errorf("it was made from %q", c.After)
		}
		return "", &incident.Refusal{Kind: incident.Conflict, Text: "somebody else has written this review"}
	}
	sent := []string{"form", "write", "from", page, "summary", html.UnescapeString(drafted), "causes", "Ana’s\r\ncauses", "luck", "It was day.", "after", begun}
	answer := p.ask(page, sent...)
	p.has(answer, http.StatusConflict, "Somebody else has written this review.", ">Ana’s\r\ncauses</textarea>", "<pre>Ben’s causes</pre>", `aria-describedby="write-causes-now"`,
		">Ben’s summary &lt;script&gt;", ">It was night.</textarea>", `name="after" value="`+p.reviews[0].State()+`"`)
	p.lacks(answer.Body.String(), hostile, "<pre>Ben’s summary", "<pre>It was night")
	p.has(p.ask(page, append(sent, "users", "many")...), http.StatusUnprocessableEntity, `name="after" value="`+begun+`"`)
}

func TestWhoWasLeadDoesNotSign(t *testing.T) {
	p := newPages(t)
	p.reviews[0].Leads, p.reviews[0].Summary, p.reviews[0].Causes = []string{"ana"}, "A key expired.", "Nobody watched it."
	page := "/console/incidents/i/review"
	p.lacks(p.reads(page, "You were Support Lead of this incident, so somebody else signs its review off."), "Sign it off as")
	p.who.Person = "chi"
	p.reads(page, "Sign it off as chi")
	p.command = func(incident.By, string, incident.Command) (string, error) {
		return "", &incident.Refusal{Kind: incident.Forbidden, Text: "somebody else signs"}
	}
	p.has(p.ask(page+"/sign", "form", "sign", "from", page), http.StatusForbidden, "Somebody else signs.", "Sign it off as chi")
}

func TestWhatVisitorsReadOfAReview(t *testing.T) {
	p := newPages(t)
	p.reviews[0].SignedBy, p.reviews[0].Signed, p.reviews[0].Summary = "ana", now, "A key expired."
	page := "/console/incidents/i/review"
	text := p.reads(page, "Signed off by Ana Reyes on 1 December 2026, 13:42.", "Visitors read nothing of it yet.", ">A key expired.</textarea>", "Publish it")
	p.lacks(text, "Save what is written", "Take it off")
	p.command = func(incident.By, string, incident.Command) (string, error) {
		t.Error("a preview does something")
		return "", nil
	}
	p.has(p.ask(page+"/preview", "form", "publish", "from", page, "text", "It **was** "+hostile), http.StatusOK, "It <strong>was</strong> &lt;script&gt;", ">It **was** &lt;script&gt;")
	p.reviews[0].Public, p.reviews[0].Published = "We _learned_.", now
	p.reads(page, "<em>learned</em>", "Take it off the page", "Replace what visitors read")
	p.reviews[0].Severity = incident.P4
	p.lacks(p.reads(page, "for staff alone"), "Publish it")
}

func TestAReviewIsAskedFor(t *testing.T) {
	p := newPages(t)
	p.story = func(id string) (*console.IncidentStory, error) {
		if id == "gone" {
			return nil, console.ErrNotFound
		}
		over := anIncident(1)
		over.ID, over.Phase, over.Resolved = id, incident.Resolved, now
		if id == "open" {
			over = anIncident(2)
		}
		return &console.IncidentStory{Incident: over}, nil
	}
	p.has(p.ask("/console/incidents/gone/review"), http.StatusNotFound)
	p.has(p.ask("/console/incidents/gone/review/draft.md"), http.StatusNotFound)
	p.lacks(p.reads("/console/incidents/open/review", "The incident goes on"), "<form class")
	p.reads("/console/incidents/over/review", "No SLA asks for a review of it.", `action="/console/incidents/over/review/ask"`, `value="2026-12-08T13:42"`)
}

func TestTheAPIReadsReviews(t *testing.T) {
	f := newFixture(t)
	f.reviews[0].Leads = []string{"ana"}
	f.reviews[0].Actions[0].Done = time.Time{}
	if r := get[map[string]any](f, "/api/v1/incidents/i/review"); r["name"] != "It was slow" || len(r["leads"].([]any)) != 1 {
		t.Errorf("%v", r)
	}
	f.refused(http.StatusNotFound, "GET", "/api/v1/incidents/none/review", "")
	f.refused(http.StatusNotFound, "GET", "/api/v1/incidents/none/review/draft", "")
	if d := get[map[string]any](f, "/api/v1/incidents/i/review/draft"); d["media_type"] != "text/markdown" {
		t.Errorf("%v", d)
	}
	if d := get[map[string]any](f, "/api/v1/reviews/actions"); d["text"] != "incident,number,kind,owner,due,text\ni,1,detect,ana,2026-12-01T13:42:07Z,watch\n" {
		t.Errorf("%v", d)
	}
}
