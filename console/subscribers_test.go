package console_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"daymark/access"
	"daymark/console"
	"daymark/incident"
	"daymark/notify"
)

// The subscribers of the tests: two, and what was asked of them last.

func (s *sources) ListSubscribers(_ context.Context, q console.SubscriberQuery) ([]notify.Subscription, error) {
	all := []notify.Subscription{
		{Subscriber: notify.Subscriber{ID: "s1", Channel: "email", Address: "sam@mail.example", Name: "Sam", Severity: incident.P2, Edges: true, Confirmed: now}, Source: notify.BySelf, Created: now},
		{Subscriber: notify.Subscriber{ID: "s2", Channel: "sms", Address: "+447700900123", Components: []string{"api"}}, Source: notify.ByImport, Created: now, Ended: now, Reason: notify.EndedByStop},
		{Subscriber: notify.Subscriber{ID: "s3", Channel: "email"}, Source: notify.BySelf, Created: now, Ended: now, Reason: notify.EndedByErasure},
	}
	var found []notify.Subscription
	for _, one := range all {
		if one.ID > q.After && len(found) < q.Most && (q.State == "" || one.State() == q.State) {
			found = append(found, one)
		}
	}
	return found, nil
}

func (s *sources) CountSubscribers(context.Context) ([]console.SubscriberCount, error) {
	return []console.SubscriberCount{{Channel: "email", State: notify.Active, Count: 3}}, nil
}

func (s *sources) ListSuppressions(_ context.Context, before time.Time, _ string, most int) ([]notify.Suppression, error) {
	all := []notify.Suppression{{Hash: "b", Channel: "sms", Reason: notify.EndedByStop, Hard: true, At: now}, {Hash: "a", Channel: "email", Reason: notify.EndedByReader, At: now}}
	if !before.IsZero() {
		all = all[1:]
	}
	return all[:min(most, len(all))], nil
}

func (s *sources) LookAfter(_ context.Context, who access.Principal, order console.SubscriberOrder) (console.SubscriberAnswer, error) {
	s.orders = append(s.orders, order)
	switch {
	case order.ID == "nobody":
		return console.SubscriberAnswer{}, &incident.Refusal{Kind: incident.NotFound, Text: "there is no subscriber \"nobody\""}
	case order.Address == "sam@harbour":
		return console.SubscriberAnswer{}, &incident.Refusal{Kind: incident.Invalid, Text: "the address needs a dot"}
	case order.Verb == console.ShowPerson:
		return console.SubscriberAnswer{ID: "s1", Outcome: "nothing", Data: &console.SubscriberData{
			Subscription: &notify.PersonalData{
				Channel: "email", Address: order.Address, State: notify.Active, Source: notify.BySelf, Created: now, Confirmed: now,
				Deliveries: []notify.Told{{ID: "u1-s1", What: "update 1 of incident i", State: notify.Delivered, Created: now, Changed: now}},
			},
			Suppressed: notify.EndedByStop, Reports: []console.PersonalReport{{ID: "r", Component: "api", At: now, Text: "it hangs"}},
		}}, nil
	}
	return console.SubscriberAnswer{ID: "s1", Outcome: "added", Added: 2, Left: 1}, nil
}

// TestSubscribersHideAddresses: who may not see addresses sees enough to know one again.
func TestSubscribersHideAddresses(t *testing.T) {
	for _, test := range []struct {
		who   access.Principal
		whole bool
	}{
		{access.Principal{Kind: access.ByToken, Person: "rae", Role: access.Reader}, false},
		{access.Principal{Kind: access.ByToken, Person: "rex", Role: access.Responder}, false},
		{access.Principal{Kind: access.ByToken, Person: "edi", Role: access.Editor}, true},
		{access.Principal{Kind: access.ByToken, Person: "edi", Role: access.Editor, Scopes: []access.Scope{access.ScopeRead}}, true},
	} {
		f := newFixture(t)
		f.who = test.who
		status, _, body := f.call(http.MethodGet, "/api/v1/subscribers", "")
		if status != http.StatusOK || strings.Contains(body, "sam@mail.example") != test.whole || strings.Contains(body, "+447700900123") != test.whole || strings.Contains(body, `"Sam"`) != test.whole {
			t.Errorf("%s with %v: %d %s", test.who.Role, test.who.Scopes, status, body)
		}
		if !strings.Contains(body, `"reason":"stop"`) || !strings.Contains(body, `"severity":"P2"`) {
			t.Errorf("it says %s", body)
		}
	}
}

func TestSubscribersComeInParts(t *testing.T) {
	f := newFixture(t)
	_, _, first := f.call(http.MethodGet, "/api/v1/subscribers?limit=1", "")
	_, cursor, _ := strings.Cut(first, `"next":"`)
	cursor, _, _ = strings.Cut(cursor, `"`)
	if _, _, second := f.call(http.MethodGet, "/api/v1/subscribers?limit=1&cursor="+cursor, ""); !strings.Contains(second, `"s2"`) || strings.Contains(second, `"s1"`) {
		t.Errorf("the second part is %s", second)
	}
	_, _, first = f.call(http.MethodGet, "/api/v1/suppressions?limit=1", "")
	_, cursor, _ = strings.Cut(first, `"next":"`)
	cursor, _, _ = strings.Cut(cursor, `"`)
	if _, _, second := f.call(http.MethodGet, "/api/v1/suppressions?limit=1&cursor="+cursor, ""); !strings.Contains(second, `"hash":"a"`) {
		t.Errorf("the second part is %s", second)
	}
	if _, _, only := f.call(http.MethodGet, "/api/v1/subscribers?state=ended", ""); strings.Contains(only, `"s1"`) {
		t.Errorf("those who ended are %s", only)
	}
	if status, _, counts := f.call(http.MethodGet, "/api/v1/subscribers/counts", ""); status != http.StatusOK || !strings.Contains(counts, `{"channel":"email","state":"confirmed","count":3}`) {
		t.Errorf("the counts are %d %s", status, counts)
	}
	if _, _, csv := f.call(http.MethodGet, "/api/v1/subscribers/export", ""); !strings.Contains(csv, `email,sam@mail.example,Sam,yes,,P2,edges,no`) || strings.Contains(csv, "+447700900123") {
		t.Errorf("the export is %s", csv)
	}
}

func TestLookAfterSubscribers(t *testing.T) {
	for name, test := range map[string]struct {
		path, body string
		status     int
		want       console.SubscriberOrder
	}{
		"add": {
			"/api/v1/subscribers", `{"channel": "sms", "address": "+447700900123", "components": ["api"], "severity": "P1"}`, http.StatusOK,
			console.SubscriberOrder{Verb: "add", Channel: "sms", Address: "+447700900123", Wishes: notify.Wishes{Components: []string{"api"}, Severity: incident.P1, Edges: true}},
		},
		"add, whole": {
			"/api/v1/subscribers", `{"channel": "email", "address": "a@b.example", "name": "A", "updates": "all", "maintenance": true, "language": "en", "confirmed": true}`, http.StatusOK,
			console.SubscriberOrder{Verb: "add", Channel: "email", Address: "a@b.example", Name: "A", Confirmed: true, Wishes: notify.Wishes{Maintenance: true, Language: "en"}},
		},
		"change":        {"/api/v1/subscribers/s1", `{"updates": "edges"}`, http.StatusOK, console.SubscriberOrder{Verb: "change", ID: "s1", Wishes: notify.Wishes{Edges: true}}},
		"end":           {"/api/v1/subscribers/s1/end", `{"suppress": true}`, http.StatusOK, console.SubscriberOrder{Verb: "end", ID: "s1", Suppress: true}},
		"end nobody":    {"/api/v1/subscribers/nobody/end", `{}`, http.StatusNotFound, console.SubscriberOrder{Verb: "end", ID: "nobody"}},
		"import":        {"/api/v1/subscribers/import", `{"csv": "channel\n"}`, http.StatusOK, console.SubscriberOrder{Verb: "import", CSV: "channel\n"}},
		"suppress":      {"/api/v1/suppressions", `{"channel": "email", "address": "a@b.example"}`, http.StatusOK, console.SubscriberOrder{Verb: "suppress", Channel: "email", Address: "a@b.example"}},
		"allow":         {"/api/v1/suppressions/remove", `{"channel": "email", "address": "a@b.example"}`, http.StatusOK, console.SubscriberOrder{Verb: "allow", Channel: "email", Address: "a@b.example"}},
		"data":          {"/api/v1/subscribers/data", `{"channel": "email", "address": "a@b.example"}`, http.StatusOK, console.SubscriberOrder{Verb: "data", Channel: "email", Address: "a@b.example"}},
		"erase":         {"/api/v1/subscribers/erase", `{"channel": "email", "address": "a@b.example", "suppress": true}`, http.StatusOK, console.SubscriberOrder{Verb: "erase", Channel: "email", Address: "a@b.example", Suppress: true}},
		"wrong address": {"/api/v1/subscribers", `{"channel": "email", "address": "sam@harbour"}`, http.StatusUnprocessableEntity, console.SubscriberOrder{Verb: "add", Channel: "email", Address: "sam@harbour"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			status, _, body := f.call(http.MethodPost, test.path, test.body)
			if status != test.status || len(f.orders) != 1 {
				t.Fatalf("%d %s, %d orders", status, body, len(f.orders))
			}
			got := f.orders[0]
			if got.Verb != test.want.Verb || got.ID != test.want.ID || got.Channel != test.want.Channel || got.Address != test.want.Address || got.Name != test.want.Name ||
				got.Confirmed != test.want.Confirmed || got.Suppress != test.want.Suppress || got.CSV != test.want.CSV ||
				strings.Join(got.Wishes.Components, " ") != strings.Join(test.want.Wishes.Components, " ") || got.Wishes.Severity != test.want.Wishes.Severity ||
				got.Wishes.Edges != test.want.Wishes.Edges || got.Wishes.Maintenance != test.want.Wishes.Maintenance || got.Wishes.Language != test.want.Wishes.Language {
				t.Errorf("asked for %+v; want %+v", got, test.want)
			}
		})
	}
	f := newFixture(t)
	for _, bad := range []string{`{}`, `{"channel": "pigeon", "address": "x"}`, `{"channel": "email", "address": "a@b.example", "severity": "P9"}`, `{"channel": "email", "address": "a@b.example", "extra": 1}`} {
		if status, _, body := f.call(http.MethodPost, "/api/v1/subscribers", bad); status != http.StatusBadRequest || len(f.orders) > 0 {
			t.Errorf("%s: %d %s", bad, status, body)
		}
	}
}
