package statuspage_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"daymark/incident"
	"daymark/statuspage"
)

// opened is the bank with its open incident edited.
func opened(t testing.TB, edit func(*incident.Incident)) *source {
	s := failing(t)
	s.change(func(snap *statuspage.Snapshot) {
		one := snap.Open[0]
		one.Updates, one.Affected = slices.Clone(one.Updates), slices.Clone(one.Affected)
		if one.Promise != nil {
			p := *one.Promise
			one.Promise = &p
		}
		edit(&one)
		snap.Open = []incident.Incident{one}
	})
	return s
}

// unsaid is an open incident on which nobody has said anything, of a grade
// for which nothing is promised.
func unsaid(i *incident.Incident) {
	i.Updates, i.Promise, i.Severity, i.Worst = nil, nil, incident.P3, incident.P3
}

func TestAnOpenIncidentSaysWhatIsPromised(t *testing.T) {
	tests := []struct {
		name string
		edit func(*incident.Incident)
		want string
	}{
		{"the first word is promised", func(i *incident.Incident) { i.Updates = nil }, "Next update by 14:30."},
		{"and was not kept", func(i *incident.Incident) { i.Updates, i.Promise.Due = nil, noon.Add(-minutes(4)) }, "The next update was promised by 14:14."},
		{"some came", func(*incident.Incident) {}, "2 updates promised, 2 on time. Next update by 14:30."},
		{"nothing is promised", unsaid, "No update is promised for this."},
		{"an SLA promises, but nothing is due", func(i *incident.Incident) { i.Updates, i.Promise = nil, nil }, "No update is due at the moment."},
		{"no more is promised", func(i *incident.Incident) { i.Promise = nil }, "2 updates promised, 2 on time."},
		{"it ended without", func(i *incident.Incident) {
			unsaid(i)
			i.Phase, i.Resolved = incident.Resolved, noon
		}, "No update was promised."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := handler(newPage(t, harbour(t, opened(t, test.edit))))
			for path, tag := range map[string]string{"/incidents/open00000001": "<p>", "/history": `<p class="kept">`} {
				if _, body := get(t, h, path); !strings.Contains(body, tag+test.want) {
					t.Errorf("%s does not say %q:\n%s", path, test.want, body)
				}
			}
		})
	}
}

func TestWhatGoesOnIsMarkedInTheHistory(t *testing.T) {
	_, body := get(t, handler(newPage(t, harbour(t, failing(t)))), "/history")
	open, past, found := strings.Cut(body, "Signing in was slow")
	if !found || !strings.Contains(open, "goes on, since 13:42") || !strings.Contains(open, `<span class="status" data-status="major_outage">`) {
		t.Errorf("what goes on is not marked:\n%s", body)
	}
	if strings.Contains(past, "goes on") || strings.Contains(past, `class="status"`) {
		t.Error("what is over is marked as well")
	}
}

// TestListsSayHowLongItLastedAsThePageDoes: until it worked again, not until
// that was trusted.
func TestListsSayHowLongItLastedAsThePageDoes(t *testing.T) {
	s := failing(t)
	s.change(func(snap *statuspage.Snapshot) { snap.Recent[0].Resolved = snap.Recent[0].Resolved.Add(minutes(20)) })
	h := handler(newPage(t, harbour(t, s)))
	for path, want := range map[string]string{"/": "<br>38 min</p>", "/history": "<br>38 min</p>", "/incidents/past00000001": "It lasted 38 min."} {
		if _, body := get(t, h, path); !strings.Contains(body, want) {
			t.Errorf("%s does not say %q", path, want)
		}
	}
}

func TestAReopenedIncidentIsBack(t *testing.T) {
	for _, auto := range []bool{true, false} {
		s := opened(t, func(i *incident.Incident) {
			i.Updates[1].Kind, i.Updates[1].Phase, i.Updates[1].Auto = incident.Reopened, incident.Investigating, auto
		})
		_, body := get(t, handler(newPage(t, harbour(t, s))), "/incidents/open00000001")
		if !strings.Contains(body, "<h3>It is back</h3>") || strings.Contains(body, "Looking into it") {
			t.Errorf("automatic %v: a reopened incident is not said to be back", auto)
		}
	}
}

func TestWhatIsAffectedHasItsShape(t *testing.T) {
	h := handler(newPage(t, harbour(t, failing(t))))
	_, body := get(t, h, "/incidents/open00000001")
	want := `<li><a href="/components/core-api">Payments API</a><span class="status" data-status="major_outage"><svg class="i" aria-hidden="true"><use href="#major_outage"/></svg>Down, since 13:42</span></li>`
	if !strings.Contains(body, want) {
		t.Error("an open incident shows no shape")
	}
	if _, body = get(t, h, "/incidents/past00000001"); !strings.Contains(body, `<li><a href="/components/sign-in">Sign in</a><span>Slow, 09:20 to 09:58`) {
		t.Error("one that is over shows more than words")
	}
}

// TestWhatIsAffectedIsSaidAsItIs: words and shape are those of now while it
// fails, and what was not always at its worst is not said to have been.
func TestWhatIsAffectedIsSaidAsItIs(t *testing.T) {
	for name, test := range map[string]struct {
		edit func(*incident.Incident)
		want string
	}{
		"slow now": {
			func(i *incident.Incident) { i.Affected[0].Status = incident.Slow },
			`<span class="status" data-status="degraded_performance"><svg class="i" aria-hidden="true"><use href="#degraded_performance"/></svg>Slow now, affected since 13:42</span>`,
		},
		"works meanwhile": {func(i *incident.Incident) {
			i.Affected[0].Status, i.Affected[0].Until = incident.Operational, noon.Add(-minutes(5))
		}, `<a href="/components/core-api">Payments API</a><span>Down, 13:42 to 14:13 (31 min)</span>`},
		"mixed, and works meanwhile": {func(i *incident.Incident) {
			i.Care.Eased = map[string]incident.Eased{"core-api": {For: minutes(9)}}
			i.Affected[0].Status, i.Affected[0].Until = incident.Operational, noon.Add(-minutes(5))
		}, `<a href="/components/core-api">Payments API</a><span>Down at worst, 13:42 to 14:13 (31 min)</span>`},
	} {
		if _, body := get(t, handler(newPage(t, harbour(t, opened(t, test.edit)))), "/incidents/open00000001"); !strings.Contains(body, test.want) {
			t.Errorf("%s: no %s in\n%s", name, test.want, body[strings.Index(body, "<dl"):strings.Index(body, "</dl>")])
		}
	}
}

func TestOneThatWasMergedSaysWhereItGoesOn(t *testing.T) {
	s := failing(t)
	s.change(func(snap *statuspage.Snapshot) { snap.Recent[0].Care.MergedInto = "open00000001" })
	_, body := get(t, handler(newPage(t, harbour(t, s))), "/incidents/past00000001")
	if strings.Contains(body, "It is over") || strings.Contains(body, "works again") || strings.Contains(body, "<h3>Resolved</h3>") {
		t.Errorf("it is over: %s", body)
	}
	if !strings.Contains(body, `It goes on as part of another incident: <a href="/incidents/open00000001">follow it there</a>.`) {
		t.Errorf("it does not say where it goes on: %s", body)
	}
}

// TestTheHistorySaysWhereAMergedOneGoesOn, and no time that it lasted: it was
// not over then.
func TestTheHistorySaysWhereAMergedOneGoesOn(t *testing.T) {
	s := failing(t)
	h := handler(newPage(t, harbour(t, s)))
	for _, path := range []string{"/", "/history"} {
		_, before := get(t, h, path)
		s.change(func(snap *statuspage.Snapshot) { snap.Recent[0].Care.MergedInto = "open00000001" })
		_, after := get(t, handler(newPage(t, harbour(t, s))), path)
		s.change(func(snap *statuspage.Snapshot) { snap.Recent[0].Care.MergedInto = "" })
		const there = `<p>It goes on as part of another incident: <a href="/incidents/open00000001">follow it there</a>.</p>`
		if strings.Contains(before, there) || strings.Count(after, there) != 1 {
			t.Errorf("%s says %d times where it goes on", path, strings.Count(after, there))
		}
		lasted := regexp.MustCompile(`</time><br>[^<]`)
		if b, a := len(lasted.FindAllString(before, -1)), len(lasted.FindAllString(after, -1)); a != b-1 {
			t.Errorf("%s says of %d how long they lasted, and said it of %d", path, a, b)
		}
	}
}

func TestWithoutAPromiseOnlyWhatIsMeasuredIsSaid(t *testing.T) {
	tests := []struct {
		name string
		now  []incident.Status
		want string
	}{
		{"failing", []incident.Status{incident.Slow, incident.Down}, "Our checks see it failing. No update is promised for this."},
		{"slow", []incident.Status{incident.Slow, incident.Operational}, "Our checks see that it is slow. No update is promised for this."},
		{"works again", []incident.Status{incident.Operational, incident.Operational}, "Our checks saw it failing, and see it work again. No update is promised for this."},
		{"not measured", []incident.Status{incident.Operational, incident.Unmeasured}, "Our checks saw it failing, and cannot tell at the moment. No update is promised for this."},
		{"about no component", nil, "We have seen it. No update is promised for this."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := opened(t, func(i *incident.Incident) {
				unsaid(i)
				i.Affected = nil
				for n, status := range test.now {
					i.Affected = append(i.Affected, incident.Affected{Component: []string{"core-api", "sign-in"}[n], Status: status, Worst: incident.Down, From: i.Since})
				}
			})
			if got := statuspage.BuildView(layout(t), &s.snapshot, noon).Facts.Doing[0].Text; got != test.want {
				t.Errorf("said %q, want %q", got, test.want)
			}
		})
	}
	s := opened(t, func(i *incident.Incident) { i.Updates = nil })
	if got := statuspage.BuildView(layout(t), &s.snapshot, noon).Facts.Doing[0].Text; !strings.HasPrefix(got, "Our checks have seen it.") {
		t.Errorf("with a promise: %q", got)
	}
}

// TestOurWordsRunInTheirDirection, also where a name in other letters stands
// first; what a person wrote runs as its own words do.
func TestOurWordsRunInTheirDirection(t *testing.T) {
	s := opened(t, func(i *incident.Incident) {
		i.Updates[0].Findings = []incident.Finding{{Component: "core-api", Status: incident.Down, Since: i.Since, Everywhere: true}}
	})
	p := harbour(t, s)
	p.Options.Languages = []string{"en", "ar"}
	_, body := get(t, siteOf(t, p), "/incidents/open00000001?in=ar")
	for _, want := range []string{`<div class="prose" dir="rtl"><p>`, `<div class="prose" dir="auto" lang="en"><p>`} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in\n%s", want, body)
		}
	}
}

// TestNoSentenceEndsTwice: a shortened month brings a full stop of its own.
func TestNoSentenceEndsTwice(t *testing.T) {
	p := harbour(t, opened(t, func(i *incident.Incident) { i.Since = noon.AddDate(0, 0, -2) }))
	p.Options.Languages = []string{"de"}
	_, body := get(t, siteOf(t, p), "/incidents/open00000001")
	if !strings.Contains(body, " Nov.</time> ") || strings.Contains(body, ".</time>.") {
		t.Error(body)
	}
}

func TestErrorsHaveHeadAndFootOfThePage(t *testing.T) {
	_, body := get(t, handler(newPage(t, harbour(t, working(t)))), "/nowhere")
	for _, want := range []string{
		`<a class="brand" href="/"><svg`, `<a href="/history">History</a>`, `<a href="mailto:support@harbour.example">`, "Status by Daymark.", `<link rel="icon" href="/`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in\n%s", want, body)
		}
	}
}

// TestLearned: what is published of a review stands on the page of an incident
// that is over, as text.
func TestLearned(t *testing.T) {
	s := failing(t)
	s.learned = "A key had <expired>.\n\nA job renews it now."
	h := handler(newPage(t, harbour(t, s)))
	_, body := get(t, h, "/incidents/past00000001")
	for _, want := range []string{"What we learned", "<p>A key had &lt;expired&gt;.</p>", "<p>A job renews it now.</p>"} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is missing from the page", want)
		}
	}
	if _, body = get(t, h, "/incidents/open00000001"); strings.Contains(body, "What we learned") {
		t.Error("an open incident shows what was learned")
	}
}
