package incident

import (
	"reflect"
	"testing"
	"time"
)

func TestWhatAnIncidentIsCalled(t *testing.T) {
	signIn := func(status, worst Status) Affected {
		return Affected{Component: "sign-in", Status: status, Worst: worst}
	}
	api := func(status, worst Status) Affected { return Affected{Component: "api", Status: status, Worst: worst} }
	for name, test := range map[string]struct {
		affected       []Affected
		sentence, past string
	}{
		"one":                        {[]Affected{signIn(Down, Down)}, "Sign in is not available", "Sign in was not available"},
		"two, in the page's order":   {[]Affected{api(Down, Down), signIn(Down, Down)}, "Sign in and Payments API are not available", "Sign in and Payments API were not available"},
		"the worst":                  {[]Affected{signIn(Slow, Slow), api(PartlyDown, PartlyDown)}, "Payments API is partly not available", "Payments API was partly not available"},
		"what fails":                 {[]Affected{signIn(Operational, Down), api(Slow, Slow)}, "Payments API is slow", "Sign in was not available"},
		"nothing fails any more":     {[]Affected{signIn(Operational, Down), api(Operational, Slow)}, "Sign in is not available", "Sign in was not available"},
		"what is not configured too": {[]Affected{{Component: "gone", Status: Slow, Worst: Slow}, api(Slow, Slow)}, "Payments API and gone are slow", "Payments API and gone were slow"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			inc := &Incident{Phase: Investigating, Affected: test.affected}
			if got := w.policy.public.tell(inc, false); got != test.sentence {
				t.Errorf("it is %q; want %q", got, test.sentence)
			}
			inc.Phase = Resolved
			if got := w.policy.public.tell(inc, true); got != test.past {
				t.Errorf("it was %q; want %q", got, test.past)
			}
		})
	}
}

func TestHowTheEndIsTold(t *testing.T) {
	for lasted, want := range map[time.Duration]string{
		time.Second - 1:         "Sign in works again since 13:00.",
		time.Second:             "Sign in works again since 13:00. It was not available for 1 s.",
		1600 * time.Millisecond: "Sign in works again since 13:00. It was not available for 2 s.",
	} {
		w := newWorld(t, nil)
		inc := &Incident{Phase: Resolved, Affected: []Affected{
			{Component: "sign-in", Worst: Down, From: start.Add(-lasted), Until: start}, {Component: "api", From: start, Until: start},
		}}
		if got := w.policy.public.say(w.policy.endFindings(inc), start); got != want {
			t.Errorf("after %s: %q; want %q", lasted, got, want)
		}
	}
}

func TestTemplatesAreFilledWithWhatFails(t *testing.T) {
	const text = "{{components}} {{ status }}, {{severity}}, since {{since}}."
	down := Affected{Component: "sign-in", Status: Down, From: start.Add(time.Minute)}
	works := Affected{Component: "api", Status: Operational, From: start, Until: start.Add(time.Hour)}
	for name, test := range map[string]struct {
		affected []Affected
		want     string
	}{
		"one fails":              {[]Affected{down}, "Sign in is not available, P2, since 13:01."},
		"and another works":      {[]Affected{works, down}, "Sign in is not available, P2, since 13:01."},
		"all works":              {[]Affected{works}, "Payments API works, P2, since 13:00."},
		"all of several works":   {[]Affected{works, {Component: "sign-in", Status: Operational, From: start.Add(time.Minute)}}, "Sign in and Payments API work, P2, since 13:00."},
		"two fail, the earliest": {[]Affected{down, {Component: "api", Status: Slow, From: start}}, "Sign in and Payments API are not available, P2, since 13:00."},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			d := newDecider(w.state, w.policy, start)
			if got := d.fill(&Incident{Severity: P2, Since: start.Add(-time.Hour), Affected: test.affected}, text); got != test.want {
				t.Errorf("it is %q; want %q", got, test.want)
			}
		})
	}
}

func TestEachVariableOfATemplateIsChecked(t *testing.T) {
	for text, good := range map[string]bool{
		"We look.": true, "{{components}} {{status}} since {{ since }} ({{severity}}, {{regions}})": true,
		"{{component}}": false, "{{components}} {{state}}": false, "{{components}} {{status}} {{}}": false,
	} {
		if err := CheckTemplate(text); (err == nil) != good {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// Each update tells of each component what it was in the one before.
func TestAnUpdateTellsWhatChanged(t *testing.T) {
	w := newWorld(t, nil)
	d := newDecider(w.state, w.policy, start)
	inc := &Incident{
		Affected: []Affected{{Component: "api", Status: Operational}, {Component: "sign-in", Status: Down}},
		Updates: []Update{
			{Changes: []AffectedChange{{Component: "sign-in", New: PartlyDown}, {Component: "api", New: Slow}}},
			{Changes: []AffectedChange{{Component: "sign-in", New: Slow}, {Component: "api", New: Down}}},
		},
	}
	for _, want := range [][]AffectedChange{
		{{"sign-in", Slow, Down}, {"api", Down, Operational}},
		{{"sign-in", PartlyDown, Down}, {"api", Slow, Operational}},
		{{"sign-in", Operational, Down}, {"api", Operational, Operational}},
	} {
		got := d.changes(inc)
		if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
			t.Errorf("after %d updates it is %+v; want %+v", len(inc.Updates), got, want)
		}
		inc.Updates = inc.Updates[:max(0, len(inc.Updates)-1)]
	}
}

// Of what works nothing else is found, and of what fails from where.
func TestWhatIsFound(t *testing.T) {
	for name, test := range map[string]struct {
		seen outcomes
		want Finding // of sign-in
	}{
		"from two regions": {outcomes{"journey/a": failed, "journey/b": failed}, Finding{Component: "sign-in", Status: Down, Since: start.Add(20 * time.Second), Regions: []string{"a", "b"}}},
		"from everywhere":  {outcomes{"journey": failed}, Finding{Component: "sign-in", Status: Down, Since: start.Add(20 * time.Second), Everywhere: true}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.see(nil)
			w.seeTimes(3, test.seen)
			inc := w.only()
			inc.Affected = append([]Affected{{Component: "api", Status: Operational, From: start}}, inc.Affected...)
			want := []Finding{test.want, {Component: "api", Status: Operational}}
			if got := w.policy.findings(inc, w.state, w.now); !reflect.DeepEqual(got, want) {
				t.Errorf("it is %+v; want %+v", got, want)
			}
		})
	}
}

// What Daymark found is said in the reader's language; what a person wrote, or
// put right, stays as it is written.
func TestInWhichLanguageAnUpdateIs(t *testing.T) {
	w := newWorld(t, func(o *PolicyOptions) {
		o.Language = "cy"
		o.Components[0].Names = map[string]string{"cy": "Mewngofnodi"}
	})
	found := []Finding{{Component: "sign-in", Status: Operational, Since: start, Worst: Down, Lasted: 50 * time.Second}}
	for name, test := range map[string]struct {
		update       Update
		welsh, staff string
	}{
		"found":     {Update{Text: "x", At: start, Findings: found}, "Mae Mewngofnodi yn gweithio eto ers 13:00. Nid oedd ar gael am 50 eil.", "Sign in works again since 13:00. It was not available for 50 s."},
		"put right": {Update{Text: "x", At: start, Findings: found, Edited: start}, "x", "x"},
		"written":   {Update{Text: "x", At: start}, "x", "x"},
	} {
		t.Run(name, func(t *testing.T) {
			if welsh, staff := w.policy.public.Text(&test.update), w.policy.staff.Text(&test.update); welsh != test.welsh || staff != test.staff {
				t.Errorf("it is %q and %q; want %q and %q", welsh, staff, test.welsh, test.staff)
			}
		})
	}
}
