package console_test

import (
	"net/http"
	"strings"
	"testing"

	"daymark/console"
	"daymark/incident"
	"daymark/support"
)

// TestNothingIsLostWhereTheFormIsGone: what a page cannot show in its form any
// more, because somebody else was first, stands above all else.
func TestNothingIsLostWhereTheFormIsGone(t *testing.T) {
	for name, test := range map[string]struct {
		over    bool // the incident is
		to      string
		pairs   []string
		refusal string
		has     []string
		lacks   []string
	}{
		"an update after it was resolved": {
			true, "/updates",
			[]string{"form", "update", "what", "Half can " + hostile, "you_can", "Wait\nor call.", "phase", "monitoring", "after", "1"},
			"incident x is over since 13:40",
			[]string{"Incident x is over since 13:40.", "Half can &lt;script&gt;", "You can</p>", "<pre>Wait\nor call.</pre>"},
			[]string{hostile, "<pre>monitoring</pre>", "<pre>1</pre>"},
		},
		"a hand-over after it was resolved": {
			true, "/handover",
			[]string{"form", "handover-lead", "role", "lead", "to", "ben", "note", "The key is stale."},
			"incident x is over since 13:40",
			[]string{"<pre>The key is stale.</pre>"},
			[]string{"<pre>ben</pre>"},
		},
		"a role that somebody took": {
			false, "/acknowledge",
			[]string{"form", "ack-lead", "role", "lead"},
			"Ana Reyes is Support Lead already: hand over",
			[]string{"Ana Reyes is Support Lead already: hand over."},
			[]string{"What you typed"},
		},
		"a form that is there": {
			false, "/entries",
			[]string{"form", "entry", "kind", "note", "text", "It is the key."},
			"no",
			[]string{">It is the key.</textarea>"},
			[]string{"What you typed", `data-own="left"`},
		},
		"a form that nobody knows": {
			false, "/entries",
			[]string{"form", "nobody", "kind", "note", "text", "It is the key."},
			"no",
			[]string{"<pre>It is the key.</pre>", `role="alert" data-own="left"`},
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPages(t)
			p.story = func(string) (*console.IncidentStory, error) {
				inc := anIncident(1)
				inc.Promise = nil
				inc.Care.Holders = support.Holders{Lead: "ana"}
				if test.over {
					inc.Phase, inc.Resolved = incident.Resolved, now
				}
				return &console.IncidentStory{Incident: inc}, nil
			}
			p.command = func(incident.By, string, incident.Command) (string, error) {
				return "", &incident.Refusal{Kind: incident.Conflict, Text: test.refusal}
			}
			page := "/console/incidents/mhwz4k1q0001"
			answer := p.ask(page+test.to, append([]string{"from", page}, test.pairs...)...)
			p.has(answer, http.StatusConflict, test.has...)
			text := answer.Body.String()
			p.lacks(text, test.lacks...)
			if strings.Count(text, `class="error" role="alert"`)+strings.Count(text, `role="alert" data-own="left"`) != 1 {
				t.Errorf("it is not said once why:\n%s", text)
			}
		})
	}
	p := newPages(t)
	p.reviews[0].Public = "" // not signed: nothing is for visitors yet
	page := "/console/incidents/i/review"
	p.has(p.ask(page+"/preview", "form", "publish", "from", page, "text", "We learned a lot."), http.StatusOK, "This form is not here any more", "<pre>We learned a lot.</pre>")
}
