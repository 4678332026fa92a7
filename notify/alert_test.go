package notify_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"daymark/incident"
	"daymark/internal/lang"
	"daymark/notify"
	"daymark/support"
)

var staffNow = time.Date(2026, 12, 1, 14, 12, 0, 0, time.UTC)

func staffing(t *testing.T, change ...func(*notify.StaffOptions)) *notify.Staffing {
	t.Helper()
	opts := notify.StaffOptions{
		Page: notify.PageInfo{Name: "Harbour Bank", URL: "https://status.harbour.example/", Zone: time.UTC},
		People: []support.Person{
			{ID: "ana", Name: "Ana Reyes", Email: "ana@harbour.example", Phone: "+447700900001", May: []string{"lead", "engineer"}},
			{ID: "dee", Name: "Dee Marsh", Email: "dee@harbour.example"},
		},
		Teams:  []incident.Team{{ID: "identity", Name: "Identity", Email: "identity@harbour.example"}, {ID: "quiet", Name: "Quiet"}},
		Owners: map[string]string{"sign-in": "identity", "batch": "quiet"},
		Channels: []notify.StaffChannel{
			{ID: "ops", Slack: "https://hooks.slack.example/x", From: "P3", Mirror: true},
			{ID: "pager", PagerDuty: &notify.PagerDuty{RoutingKey: "k"}, From: "P2"},
			{ID: "all", Webhook: &notify.Webhook{URL: "https://hooks.harbour.example", Secret: "s"}},
		},
		Ways: []string{"email", "sms", "voice"},
	}
	for _, c := range change {
		c(&opts)
	}
	s, err := notify.NewStaffing(opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// outage is a public incident that began eleven minutes ago, and reached its
// severity then.
func outage(severity incident.Severity) incident.Incident {
	since := staffNow.Add(-11 * time.Minute)
	inc := incident.Incident{
		ID: "7q2", Name: "Sign in is not available", Phase: incident.Investigating, Severity: severity, Worst: severity,
		Reason: severity.String() + ": Sign in is not available: 2 regions failing", Since: since, Opened: since,
		Affected: []incident.Affected{{Component: "sign-in", Status: incident.Down, From: since}},
		Clocks:   []incident.Promise{{Kind: incident.Acknowledged, Made: since, Due: staffNow.Add(9 * time.Minute)}},
	}
	for i := severity - 1; i < 4; i++ {
		inc.Care.Reached[i] = since
	}
	return inc
}

// shownAs lists deliveries: id, channel, address.
func shownAs(all []notify.Delivery) string {
	var lines []string
	for _, d := range all {
		lines = append(lines, d.ID+" "+d.Channel+" "+d.Subscriber.Address)
	}
	return strings.Join(lines, "\n")
}

// TestAlertWays: a person is told by the ways that an alert names and that
// reach them, never by none.
func TestAlertWays(t *testing.T) {
	for name, tc := range map[string]struct {
		alert incident.Alert
		inc   incident.Severity // 0: not at hand
		ways  []string
		want  string
	}{
		"as it says":             {incident.Alert{Kind: incident.CallAlert, Person: "ana", By: []string{"email", "voice"}}, 1, nil, "email voice"},
		"a number is missing":    {incident.Alert{Kind: incident.CallAlert, Person: "dee", By: []string{"sms", "voice"}}, 1, nil, "email"},
		"no account":             {incident.Alert{Kind: incident.CallAlert, Person: "ana", By: []string{"sms", "voice"}}, 1, []string{"email"}, "email"},
		"no mail":                {incident.Alert{Kind: incident.NudgeAlert, Person: "ana"}, 3, []string{"sms"}, "sms"},
		"usually, of a P1":       {incident.Alert{Kind: incident.NudgeAlert, Person: "ana"}, 1, nil, "email sms"},
		"usually, of a P2":       {incident.Alert{Kind: incident.HelpAlert, Person: "ana"}, 2, nil, "email sms"},
		"usually, of a P3":       {incident.Alert{Kind: incident.HelpAlert, Person: "ana"}, 3, nil, "email"},
		"a review":               {incident.Alert{Kind: incident.ReviewAlert, Person: "ana"}, 1, nil, "email"},
		"of no incident":         {incident.Alert{Kind: incident.ReportsAlert, Person: "ana", Component: "sign-in"}, 0, nil, "email"},
		"twice the same way":     {incident.Alert{Kind: incident.CallAlert, Person: "ana", By: []string{"sms", "sms"}}, 1, nil, "sms"},
		"somebody who has left":  {incident.Alert{Kind: incident.CallAlert, Person: "zoe", By: []string{"sms"}}, 1, nil, ""},
		"nothing is configured":  {incident.Alert{Kind: incident.CallAlert, Person: "ana", By: []string{"sms"}}, 1, []string{"none"}, ""},
		"a channel":              {incident.Alert{Kind: incident.CallAlert, Channel: "ops"}, 1, nil, "slack"},
		"a channel that is gone": {incident.Alert{Kind: incident.CallAlert, Channel: "gone"}, 1, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := staffing(t, func(o *notify.StaffOptions) {
				if tc.ways != nil {
					o.Ways = tc.ways
				}
			})
			var inc *incident.Incident
			if tc.inc != 0 {
				made := outage(tc.inc)
				inc = &made
			}
			tc.alert.Incident = "7q2"
			all := s.Alert(12, &tc.alert, inc, staffNow)
			var got []string
			for _, d := range all {
				got = append(got, d.Channel)
				suffix := d.Channel
				if tc.alert.Person == "" {
					suffix = tc.alert.Channel
				}
				if d.ID != "alert-12-"+suffix || d.Audience != notify.Staff || d.Notice == nil || !d.Expires.After(staffNow) || d.Incident.ID != "7q2" {
					t.Errorf("%+v", d)
				}
			}
			if strings.Join(got, " ") != tc.want {
				t.Errorf("told by %v, want %s", got, tc.want)
			}
		})
	}
}

// TestAlertWords: what, since when, which promise is next, where, and how to
// answer.
func TestAlertWords(t *testing.T) {
	s, inc := staffing(t), outage(incident.P1)
	call := incident.Alert{
		Incident: "7q2", Kind: incident.CallAlert, Rota: "main", Person: "ana", Role: support.Engineer,
		By: []string{"email", "sms", "voice"}, Text: inc.Reason,
	}
	all := s.Alert(1, &call, &inc, staffNow)
	if len(all) != 3 {
		t.Fatalf("got\n%s", shownAs(all))
	}
	email, sms, voice := all[0].Notice, all[1].Notice, all[2].Notice
	if email.Title != "P1: Sign in is not available: a Support Engineer is wanted" || email.Key != "7q2" || email.Role != "engineer" || email.Severity != incident.P1 {
		t.Errorf("the email is %+v", email)
	}
	const text = "Sign in is not available since 14:01, for 11 minutes.\n\n" +
		"P1: Sign in is not available: 2 regions failing.\n\n" +
		"An acknowledgement is due by 14:21.\n\n" +
		"To take it: daymark incident acknowledge 7q2 --role engineer --as ana"
	if email.Text != text {
		t.Errorf("the email says\n%s", email.Text)
	}
	const short = "Harbour Bank P1: Sign in is not available since 14:01. Support Engineer wanted. An acknowledgement is due by 14:21. https://status.harbour.example/incidents/7q2"
	if n, _ := notify.Segments(sms.SMS); n != 1 || sms.SMS != short {
		t.Errorf("the text message is %q, %d segments", sms.SMS, n)
	}
	if want := "This is Harbour Bank. Priority 1: Sign in is not available since 14:01. A Support Engineer is wanted. An acknowledgement is due by 14:21."; voice.Text != want {
		t.Errorf("the call says %q", voice.Text)
	}
	if life := all[2].Expires.Sub(staffNow); life > 15*time.Minute {
		t.Errorf("the call may come %s late", life)
	}

	inc.Worst, inc.Severity = incident.P4, incident.P4
	help := incident.Alert{Incident: "7q2", Kind: incident.HelpAlert, Person: "ana", By: []string{"sms"}, Text: "do customers lose money?"}
	if got := s.Alert(2, &help, &inc, staffNow)[0].Notice; got.Link != "" || got.SMS != "Harbour Bank P4: Sign in is not available since 14:01. do customers lose money?" {
		t.Errorf("of what visitors do not see: %+v", got)
	}
	review := incident.Alert{Incident: "7q2", Kind: incident.ReviewAlert, Person: "ana", Text: "Overdue since 14:00: watch keys"}
	if got := s.Alert(3, &review, nil, staffNow)[0].Notice; got.Title != "Overdue since 14:00: watch keys" || got.Key != "7q2" {
		t.Errorf("of a review: %+v", got)
	}
}

// TestStaffChannelsHear: each beginning, worsening, end and published update,
// once, from the channel's severity up; pagers only of the first three.
func TestStaffChannelsHear(t *testing.T) {
	began := func(inc incident.Incident, at ...incident.Severity) incident.Incident {
		inc.Opened = staffNow
		for i := range inc.Care.Reached {
			inc.Care.Reached[i] = time.Time{}
		}
		for i := inc.Severity - 1; i < 4; i++ {
			inc.Care.Reached[i] = staffNow
		}
		for _, severity := range at { // reached before
			inc.Care.Reached[severity-1], inc.Opened = staffNow.Add(-time.Hour), staffNow.Add(-time.Hour)
		}
		return inc
	}
	graded := func(severity incident.Severity) []incident.SeverityDecision {
		return []incident.SeverityDecision{{Incident: "7q2", At: staffNow, Severity: severity}}
	}
	over := outage(incident.P3)
	over.Phase, over.Resolved, over.Name, over.Worst = incident.Resolved, staffNow, "Sign in was slow", incident.P2
	update := func(kind incident.UpdateKind, severity incident.Severity) []incident.Update {
		return []incident.Update{{ID: "u", Incident: "7q2", Number: 3, Kind: kind, Severity: severity, Text: "We look."}}
	}
	warning := outage(incident.P4)
	warning.Check, warning.Name, warning.Care = "cert", "Sign in: tls.days_left < 14", incident.Care{}
	hidden := over
	hidden.Worst, hidden.Severity = incident.P4, incident.P4
	for name, tc := range map[string]struct {
		inc    incident.Incident
		graded []incident.SeverityDecision
		told   []incident.Update
		title  string
		want   string // channels
	}{
		"it begins as P1": {began(outage(incident.P1)), graded(1), nil, "P1: Sign in is not available", "ops pager all"},
		"as P3":           {began(outage(incident.P3)), graded(3), nil, "P3: Sign in is not available", "ops all"},
		"as P4":           {began(outage(incident.P4)), graded(4), nil, "P4: Sign in is not available", "all team-identity"},
		"it worsens":      {began(outage(incident.P2), incident.P3, incident.P4), graded(2), nil, "Worse, P2: Sign in is not available", "ops pager all"},
		"it eases":        {outage(incident.P3), graded(3), nil, "", ""},
		"it is back": {func() incident.Incident {
			i := began(outage(incident.P2))
			i.Opened = staffNow.Add(-time.Hour)
			return i
		}(), graded(2), nil, "Back again, P2: Sign in is not available", "ops pager all"},
		"it begins with an update":     {began(outage(incident.P1)), graded(1), update(incident.Opened, 1), "P1: Sign in is not available", "ops pager all"},
		"an update":                    {outage(incident.P2), nil, update(incident.Progress, 2), "P2: Sign in is not available: update 3", "ops all"},
		"an update of what is mild":    {outage(incident.P4), nil, update(incident.Progress, 4), "P4: Sign in is not available: update 3", "all team-identity"},
		"an update that it worsened":   {outage(incident.P1), nil, update(incident.Worsened, 1), "Worse, P1: Sign in is not available", "ops pager all"},
		"it ends":                      {over, nil, update(incident.Ended, 3), "Over: Sign in was slow", "ops pager all"},
		"what nobody saw ends":         {hidden, nil, nil, "Over: Sign in was slow", "all team-identity"},
		"a warning":                    {warning, graded(4), nil, "Warning: Sign in: tls.days_left < 14", "all team-identity"},
		"something else of it changes": {outage(incident.P1), nil, nil, "", ""},
		"what is long over":            {func() incident.Incident { i := over; i.Resolved = staffNow.Add(-time.Hour); return i }(), nil, nil, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := incident.Decision{Incidents: []incident.Incident{tc.inc}, Severities: tc.graded, Updates: tc.told}
			all := staffing(t).Told(&d, staffNow)
			var got []string
			ids := map[string]bool{}
			for _, told := range all {
				parts := strings.SplitN(told.ID, "-", 4) // told-7q2-u3-ops, told-7q2-at-123-ops
				tail := parts[3]
				if parts[2] == "at" {
					_, tail, _ = strings.Cut(parts[3], "-")
				}
				got = append(got, tail)
				if told.Notice.Title != tc.title || told.Notice.Key != "7q2" || ids[told.ID] {
					t.Errorf("told %s %+v", told.ID, told.Notice)
				}
				if told.Notice.Over != strings.HasPrefix(tc.title, "Over") {
					t.Errorf("is it over? %+v", told.Notice)
				}
				ids[told.ID] = true
			}
			if strings.Join(got, " ") != tc.want {
				t.Errorf("told %v, want %s", got, tc.want)
			}
		})
	}
}

// TestPagersFallSilent: what somebody takes is taken for a pager, once.
func TestPagersFallSilent(t *testing.T) {
	inc := outage(incident.P2)
	inc.Care.Acknowledged = staffNow
	d := incident.Decision{Incidents: []incident.Incident{inc}}
	all := staffing(t).Told(&d, staffNow)
	if len(all) != 1 || all[0].Channel != "pagerduty" || !all[0].Notice.Taken || all[0].Notice.Key != "7q2" || all[0].Notice.Over {
		t.Errorf("told\n%s", shownAs(all))
	}
	if all := staffing(t).Told(&d, staffNow.Add(time.Second)); len(all) != 0 {
		t.Errorf("told later\n%s", shownAs(all))
	}
}

// TestStaffReadEnglish: whatever language the page is in.
func TestStaffReadEnglish(t *testing.T) {
	s := staffing(t, func(o *notify.StaffOptions) {
		o.Wording = &incident.Wording{
			Language: lang.English(), Zone: time.UTC, Component: func(string) string { return "Sign in" }, Region: func(id string) string { return id },
			Place: func(string) int { return 0 },
		}
	})
	inc := outage(incident.P1)
	inc.Name = "Nid yw Mewngofnodi ar gael"
	d := incident.Decision{Incidents: []incident.Incident{inc}, Updates: []incident.Update{{
		ID: "u", Incident: "7q2", Number: 3, Kind: incident.Progress, Severity: incident.P1, At: staffNow, Text: "Nid yw ar gael.", Auto: true,
		Findings: []incident.Finding{{Component: "sign-in", Status: incident.Down, Since: inc.Since}},
	}}}
	got := s.Told(&d, staffNow)[0].Notice
	if got.Title != "P1: Sign in is not available: update 3" || !strings.HasPrefix(got.Text, "Sign in is not available since 14:01.") {
		t.Errorf("staff read %+v", got)
	}
	call := incident.Alert{Incident: "7q2", Kind: incident.CallAlert, Person: "ana", By: []string{"sms"}}
	if got := s.Alert(1, &call, &inc, staffNow)[0].Notice.SMS; !strings.Contains(got, "Sign in is not available since 14:01") {
		t.Errorf("staff read %q", got)
	}
}

// TestMirror: the entries of a room, as they were written, to the channels
// that mirror them.
func TestMirror(t *testing.T) {
	inc := outage(incident.P2)
	d := incident.Decision{Incidents: []incident.Incident{inc}, Entries: []incident.Entry{
		{Incident: "7q2", Number: 4, By: "ana", Kind: incident.Hypothesis, Text: "the key expired"},
		{Incident: "7q2", Number: 5, By: "ana", Kind: incident.Agreement, Of: 3, Text: "do it"},
		{Incident: "7q2", Number: 6, Kind: incident.Event, Text: "Merged."},
	}}
	var got []string
	for _, e := range staffing(t).Told(&d, staffNow) {
		got = append(got, fmt.Sprintf("%s %s %s: %s", e.ID, e.Channel, e.Notice.Title, e.Notice.Text))
		if e.Notice.Kind != notify.EntryNotice {
			t.Errorf("it is %+v", e.Notice)
		}
	}
	want := []string{
		"entry-7q2-4-ops slack Ana Reyes, hypothesis 4: the key expired",
		"entry-7q2-5-ops slack Ana Reyes, agreement 5, on proposal 3: do it",
		"entry-7q2-6-ops slack Daymark: Merged.",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("mirrored\n%s", strings.Join(got, "\n"))
	}
	inc.Worst = incident.P4
	d.Incidents[0] = inc
	if all := staffing(t).Told(&d, staffNow); len(all) != 0 {
		t.Errorf("of P4 were mirrored\n%s", shownAs(all))
	}
}

// TestResolve: a delivery names a person, and goes to the address of today.
func TestResolve(t *testing.T) {
	s := staffing(t)
	for name, tc := range map[string]struct{ channel, address, want string }{
		"email":               {"email", "person:ana", "ana@harbour.example"},
		"a call":              {"voice", "person:ana", "+447700900001"},
		"a text":              {"sms", "person:ana", "+447700900001"},
		"a team":              {"email", "team:identity", "identity@harbour.example"},
		"a channel":           {"slack", "ops", "ops"},
		"an address":          {"sms", "+447700900009", "+447700900009"},
		"nobody":              {"email", "person:zoe", ""},
		"no number":           {"sms", "person:dee", ""},
		"a team without mail": {"email", "team:quiet", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := s.Resolve(notify.Delivery{Channel: tc.channel, Audience: notify.Staff, Subscriber: notify.Subscriber{Address: tc.address}})
			if (err != nil) != (tc.want == "") || err == nil && got.Subscriber.Address != tc.want {
				t.Errorf("got %q, %v", got.Subscriber.Address, err)
			}
		})
	}
	if got, err := s.Resolve(notify.Delivery{Channel: "email", Audience: notify.Public, Subscriber: notify.Subscriber{Address: "person:ana"}}); err != nil || got.Subscriber.Address != "person:ana" {
		t.Errorf("a subscriber's address was looked up: %+v, %v", got, err)
	}
}

// TestTrouble: Daymark complains where somebody reads it.
func TestTrouble(t *testing.T) {
	n := notify.Notice{Title: "The budget is spent", Key: "budget"}
	if got := shownAs(staffing(t).Trouble(notify.RunbookBudget, "budget-1", n, staffNow, "pager")); got != "budget-1-ops slack ops\nbudget-1-all webhook all" {
		t.Errorf("told\n%s", got)
	}
	bare := staffing(t, func(o *notify.StaffOptions) { o.Channels = nil })
	const at = "https://status.harbour.example/console/runbooks#the-budget-of-text-messages-is-spent"
	if got := bare.Trouble(notify.RunbookBudget, "budget-1", n, staffNow)[0].Notice; got.Link != at || got.LinkText != "Open the runbook" || got.Text != "" {
		t.Errorf("it leads to %s, and says %q", got.Link, got.Text)
	}
	linked := n
	linked.Link, linked.Text = "https://status.harbour.example/console/objectives", "It is spent."
	if got := bare.Trouble(notify.RunbookBudget, "budget-1", linked, staffNow)[0].Notice; got.Link != linked.Link || got.Text != "It is spent.\n\nRunbook: "+at {
		t.Errorf("it leads to %s, and says %q", got.Link, got.Text)
	}
	nowhere := staffing(t, func(o *notify.StaffOptions) { o.Channels, o.Page.URL = nil, "" })
	if got := nowhere.Trouble(notify.RunbookBudget, "budget-1", n, staffNow)[0].Notice; got.Link != "" || got.Text != "Runbook: docs/operation.md#the-budget-of-text-messages-is-spent" {
		t.Errorf("without an address it leads to %q, and says %q", got.Link, got.Text)
	}
	over := n
	over.Over = true
	if end := bare.Trouble(notify.RunbookBudget, "budget-1", over, staffNow)[0].Notice; end.Text != "" || end.Link != "" {
		t.Error("the end of it asks something")
	}
	if got := shownAs(bare.Trouble(notify.RunbookBudget, "budget-1", n, staffNow)); got != "budget-1-ana email person:ana" {
		t.Errorf("told\n%s", got)
	}
}
