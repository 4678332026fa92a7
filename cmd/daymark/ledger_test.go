package main_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/store"
)

// tellThree writes an incident that three people are told of: one by email,
// which was taken, one whose server refused, and one by text message, which
// waits.
func tellThree(t *testing.T, s site) {
	t.Helper()
	if err := os.MkdirAll(s.data(), 0o700); err != nil {
		t.Fatal(err)
	}
	kept, err := store.Open(t.Context(), store.Options{Path: s.data("daymark.db")})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	err = kept.Write(t.Context(), func(ctx context.Context, tx incident.Tx) error {
		for _, s := range []notify.Subscriber{
			{Channel: "email", Address: "sam@mail.example", Name: "Sam", Confirmed: now},
			{Channel: "email", Address: "gone@mail.example", Confirmed: now},
			{Channel: "sms", Address: "+447700900123", Confirmed: now},
		} {
			if err := tx.(*store.Tx).KeepSubscription(ctx, &notify.Subscription{Subscriber: s}, now); err != nil {
				return err
			}
		}
		_, err := tx.Save(ctx, now, &incident.Decision{
			Incidents: []incident.Incident{{ID: "inc1", Name: "Shop is down", Phase: incident.Resolved, Severity: incident.P1, Worst: incident.P1, Since: now, Opened: now, Updated: now, Resolved: now}},
			Updates: []incident.Update{{
				ID: "inc1-1", Incident: "inc1", Number: 1, Kind: incident.Opened, Phase: incident.Investigating, Severity: incident.P1, At: now, Text: "Shop is down.",
				Channels: []string{"page", "email", "sms"},
			}},
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	claimed, err := kept.Claim(t.Context(), "email", 10, now)
	if err != nil || len(claimed) != 2 {
		t.Fatalf("claimed %v, %v", claimed, err)
	}
	for i := range claimed {
		out := notify.Outcome{ID: claimed[i].ID, To: notify.Accepted, Provider: "250 ok", Called: true}
		if claimed[i].Subscriber.Address == "gone@mail.example" {
			out.To, out.Reason, out.Provider = notify.Dead, "550 no gone@mail.example here", ""
		}
		if err := kept.Settle(t.Context(), []notify.Outcome{out}, now); err != nil {
			t.Fatal(err)
		}
	}
	if err := kept.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestTheLedgerOfTheRealProgram: by command and by API, with and without a
// server: who was told, one whole story, and one sent once more.
func TestTheLedgerOfTheRealProgram(t *testing.T) {
	testkit.Beside(t)
	s := withPeople(t, newSite(t, nightly))
	tellThree(t, s)
	daymark := func(want int, args ...string) string {
		t.Helper()
		out, code := run(t, append(append([]string{"notify"}, args...), "--config", s.config)...)
		if code != want {
			t.Fatalf("%v: status %d\n%s", args, code, out)
		}
		return strings.TrimSpace(out)
	}
	var all struct{ Rows []notify.LedgerRow }
	read := func() map[string]notify.LedgerRow {
		t.Helper()
		if err := json.Unmarshal([]byte(daymark(0, "ledger", "inc1", "--json")), &all); err != nil {
			t.Fatal(err)
		}
		by := map[string]notify.LedgerRow{}
		for _, r := range all.Rows {
			by[r.Address+r.Again] = r
		}
		return by
	}
	rows := read()
	dead, sent, waits := rows["gone@mail.example"], rows["sam@mail.example"], rows["+447700900123"]
	if len(rows) != 3 || dead.State != notify.Dead || sent.State != notify.Accepted || waits.State != notify.Pending {
		t.Fatalf("the ledger: %+v", rows)
	}
	if out := daymark(0, "ledger", "inc1", "--state", "dead"); !strings.Contains(out, "550 no gone@mail.example here") || strings.Contains(out, "sam@") {
		t.Errorf("printed: %s", out)
	}
	if out := daymark(0, "delivery", sent.ID); !strings.Contains(out, "sending") || !strings.Contains(out, "250 ok") {
		t.Errorf("its story: %s", out)
	}
	daymark(2, "ledger", "none")
	daymark(2, "delivery", "none")
	daymark(2, "resend", "none")
	if out := daymark(2, "resend", waits.ID); !strings.Contains(out, "on its way by itself") {
		t.Errorf("one that waits: %s", out)
	}
	if out := daymark(2, "resend", sent.ID); !strings.Contains(out, "--again") {
		t.Errorf("one that was taken: %s", out)
	}
	daymark(0, "resend", dead.ID)
	admin, _ := s.apiToken(t, "create", "--person", "ana", "--role", "administrator")
	reader, _ := s.apiToken(t, "create", "--person", "ben", "--role", "reader")

	server := s.serve(t)
	if rows = read(); len(rows) != 4 || rows["gone@mail.example"+dead.ID].State != notify.Pending {
		t.Errorf("sent once more: %+v", rows)
	}
	if status, body := s.api(t, "/incidents/inc1/deliveries", reader); status != http.StatusOK || !strings.Contains(body, "s…@mail.example") || strings.Contains(body, "gone@") || !strings.Contains(body, `"+44…23"`) {
		t.Errorf("a reader: %d %s", status, body)
	}
	if status, body := s.api(t, "/incidents/inc1/deliveries/counts", reader); status != http.StatusOK || !strings.Contains(body, `"state":"dead","count":1`) {
		t.Errorf("counts: %d %s", status, body)
	}
	if status, body := s.api(t, "/deliveries/"+dead.ID, admin); status != http.StatusOK || !strings.Contains(body, "gone@mail.example here") || !strings.Contains(body, `"copies":["m`) {
		t.Errorf("its story: %d %s", status, body)
	}
	again := func(token, body string) (int, string) {
		return s.post(t, "/deliveries/"+sent.ID+"/resend", token, "k1", body)
	}
	if status, body := again(reader, `{"again": true}`); status != http.StatusForbidden {
		t.Errorf("a reader sends: %d %s", status, body)
	}
	if status, body := again(admin, `{}`); status != http.StatusConflict {
		t.Errorf("without again: %d %s", status, body)
	}
	_, first := again(admin, `{"again": true}`)
	if status, second := again(admin, `{"again": true}`); status != http.StatusOK || first != second || !strings.Contains(first, `"made":"m`) {
		t.Errorf("twice with one key: %d %s and %s", status, first, second)
	}
	server.kill()
	if rows = read(); len(rows) != 5 {
		t.Errorf("%d rows, want 5", len(rows))
	}
	acts := 0
	err := store.ReadAudit(t.Context(), s.data("daymark.db"), func(e store.AuditEntry) error {
		if e.Action == "message sent once more" {
			acts++
			if !strings.HasPrefix(e.Object, dead.ID) && e.Object != sent.ID+", which may have arrived" {
				return errors.New(e.Object)
			}
		}
		return nil
	})
	if err != nil || acts != 2 {
		t.Errorf("%d acts in the audit trail, %v; want 2", acts, err)
	}
}

// post writes by the API.
func (s site) post(t *testing.T, path, token, key, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"Authorization": "Bearer " + token, "Content-Type": "application/json", "Idempotency-Key": key} {
		request.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var text strings.Builder
	if err := answer.Write(&text); err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(text.String(), "\r\n\r\n")
	return answer.StatusCode, after
}
