package console_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"daymark/access"
	"daymark/console"
	"daymark/notify"
)

func aDelivery(n int) notify.LedgerRow {
	return notify.LedgerRow{
		ID: fmt.Sprintf("u1-s%d", n), Incident: "i", Update: 1, Audience: notify.Public, Channel: "email", Subscriber: fmt.Sprintf("s%d", n),
		Address: "sam@mail.example", Name: "Sam Hill", State: notify.Dead, Reason: "550 <sam@mail.example> is unknown", Attempts: 2, Provider: "p",
		Created: now, Due: now, Expires: now.Add(time.Hour), Changed: now, Doubted: now, Place: int64(n),
	}
}

func TestTheLedgerByPages(t *testing.T) {
	f := newFixture(t)
	f.ledger = func(q notify.LedgerQuery) (found []notify.LedgerRow, err error) {
		if q.Incident != "i" || q.Channel != "email" || q.State != notify.Dead {
			t.Errorf("asked for %+v", q)
		}
		for n := 1; n < 6 && len(found) < q.Most; n++ {
			if row := aDelivery(n); q.After == (notify.LedgerPlace{}) || row.Place > q.After.Place {
				found = append(found, row)
			}
		}
		return found, nil
	}
	path := "/api/v1/incidents/i/deliveries?channel=email&state=dead&limit=2"
	var ids []string
	for next := path; next != ""; {
		page := get[list](f, next)
		for _, item := range page.Items {
			ids = append(ids, item["subscriber"].(string))
		}
		next = ""
		if page.Next != "" {
			next = path + "&cursor=" + page.Next
		}
	}
	if got := strings.Join(ids, " "); got != "s1 s2 s3 s4 s5" {
		t.Errorf("the pages hold %s", got)
	}
	f.refused(400, "GET", path+"&cursor=eA", "")
}

// Who may not see addresses gets masked ones, in rows and in reasons.
func TestAddressesAreForWhoMaySeeThem(t *testing.T) {
	for role, whole := range map[access.Role]bool{access.Reader: false, access.Responder: false, access.Editor: true, access.Administrator: true} {
		f := newFixture(t)
		f.who.Role = role
		f.ledger = func(notify.LedgerQuery) ([]notify.LedgerRow, error) { return []notify.LedgerRow{aDelivery(1)}, nil }
		f.delivery = func(string) (*notify.DeliveryStory, error) {
			return &notify.DeliveryStory{
				LedgerRow: aDelivery(1), Copies: []string{"c"},
				Events: []notify.DeliveryEvent{{At: now, State: notify.Dead, Reason: "550 <sam@mail.example> is unknown", Provider: "p"}},
			}, nil
		}
		_, _, rows := f.call("GET", "/api/v1/incidents/i/deliveries", "")
		_, _, story := f.call("GET", "/api/v1/deliveries/u1-s1", "")
		for _, text := range []string{rows, story} {
			if strings.Contains(text, "sam@mail.example") != whole || strings.Contains(text, "Sam Hill") != whole || strings.Contains(text, "s…@mail.example") == whole {
				t.Errorf("%s sees %s", role, text)
			}
		}
	}
}

func TestADeliveryAndItsCounts(t *testing.T) {
	f := newFixture(t)
	f.counts = func(string) ([]notify.LedgerCount, error) {
		return []notify.LedgerCount{{Channel: "email", State: notify.Accepted, Count: 7}}, nil
	}
	if counts := get[list](f, "/api/v1/incidents/i/deliveries/counts"); len(counts.Items) != 1 || counts.Items[0]["count"] != 7.0 {
		t.Errorf("counts: %v", counts)
	}
	f.delivery = func(id string) (*notify.DeliveryStory, error) {
		story := &notify.DeliveryStory{LedgerRow: aDelivery(1)}
		story.State, story.ID = notify.Retry, id
		return story, nil
	}
	if one := get[map[string]any](f, "/api/v1/deliveries/d"); one["due"] != "2026-12-01T13:42:07.120Z" || one["id"] != "d" || len(one["events"].([]any)) != 0 {
		t.Errorf("one that waits: %v", one)
	}
}

// An incident that is not there is not an empty list, and one that nobody was
// told of is.
func TestTheLedgerOfNothing(t *testing.T) {
	f := newFixture(t)
	f.refused(404, "GET", "/api/v1/incidents/none/deliveries", "")
	f.refused(404, "GET", "/api/v1/incidents/none/deliveries/counts", "")
	f.refused(404, "GET", "/api/v1/deliveries/none", "")
	f.story = func(string) (*console.IncidentStory, error) { return &console.IncidentStory{}, nil }
	if rows := get[list](f, "/api/v1/incidents/i/deliveries"); len(rows.Items) != 0 {
		t.Errorf("told were %v", rows)
	}
}

func TestResend(t *testing.T) {
	f := newFixture(t)
	var got console.Resending
	f.resend = func(r console.Resending) (string, error) {
		if got = r; !r.Second {
			return "", fmt.Errorf("resend: %w", notify.ErrSecond)
		}
		return "new", nil
	}
	if p := f.refused(409, "POST", "/api/v1/deliveries/d/resend", ""); !strings.Contains(p.Detail, "may have it already") {
		t.Errorf("without again: %+v", p)
	}
	status, _, text := f.call("POST", "/api/v1/deliveries/d/resend", `{"again": true}`, "Idempotency-Key", "k1")
	if status != 200 || !strings.Contains(text, `"made":"new"`) || got.ID != "d" || got.Who.Person != "ana" || !strings.HasSuffix(got.Key, " k1") {
		t.Errorf("%d %s by %+v", status, text, got)
	}
	f.resend = func(console.Resending) (string, error) { return "", errors.Join(console.ErrNotFound) }
	f.refused(404, "POST", "/api/v1/deliveries/none/resend", "")
}
