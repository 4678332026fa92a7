package main

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daymark/console"
	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/store"
)

// post calls the API as an editor, and reads the answer.
func post[T any](k *keyring, path string, body any) (int, T) {
	k.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		k.t.Fatal(err)
	}
	request := httptest.NewRequest(http.MethodPost, "http://status.example/api/v1"+path, strings.NewReader(string(text)))
	request.Header.Set("Authorization", "Bearer "+k.secrets["editor"])
	request.Header.Set("Content-Type", "application/json")
	answer := httptest.NewRecorder()
	k.http.ServeHTTP(answer, request)
	var value T
	if err := json.Unmarshal(answer.Body.Bytes(), &value); err != nil {
		k.t.Fatalf("%s: %v %s", path, err, answer.Body)
	}
	return answer.Code, value
}

type looked struct {
	ID, Outcome, Detail  string
	Added, Changed, Left int
	CSV                  string
	Suppressed           string
	Subscriber           struct{ Address, State string }
	Deliveries           []struct{ What, State string }
	Reports              []struct{ Text string }
	Items                []struct{ ID, Address, Name, State, Reason, Channel string }
}

type object = map[string]any

// TestTheAPILooksAfterSubscribers goes through what staff can do, with the real
// store, and what is left of an address in the audit trail: nothing.
func TestTheAPILooksAfterSubscribers(t *testing.T) {
	testkit.Beside(t)
	k := newKeyring(t)
	component := k.doc.Components[0].ID
	sam := object{"channel": "email", "address": "Sam@Mail.Example"}
	with := func(more object) object {
		all := maps.Clone(sam)
		maps.Copy(all, more)
		return all
	}
	waiting := func() (n int) {
		t.Helper()
		claimed, err := k.store.Claim(t.Context(), "email", 100, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return len(claimed)
	}

	_, added := post[looked](k, "/subscribers", with(object{"components": []string{component}, "name": "Sam"}))
	if added.Outcome != "added" || added.ID == "" || waiting() != 1 {
		t.Fatalf("added %+v", added)
	}
	if _, again := post[looked](k, "/subscribers", with(object{"confirmed": true})); again.Outcome != "changed" || again.ID != added.ID || waiting() != 0 {
		t.Errorf("again %+v", again)
	}
	if list := tell[looked](k, "/subscribers?state=confirmed"); len(list.Items) != 1 || list.Items[0].Address != "s…@mail.example" || list.Items[0].Name != "" {
		t.Errorf("a reader sees %+v", list.Items)
	}
	for name, bad := range map[string]object{
		"component": with(object{"components": []string{"nothing"}}), "incident": with(object{"incident": "nothing"}),
		"address": {"channel": "email", "address": "sam"}, "language": with(object{"language": "tlh"}), "country": {"channel": "sms", "address": "+12025550123"},
	} {
		if status, answer := post[looked](k, "/subscribers", bad); status != http.StatusUnprocessableEntity || answer.Detail == "" {
			t.Errorf("a wrong %s: %d %+v", name, status, answer)
		}
	}
	if _, changed := post[looked](k, "/subscribers/"+added.ID, object{"severity": "P1", "maintenance": true}); changed.Outcome != "changed" {
		t.Errorf("changed %+v", changed)
	}
	if status, _ := post[looked](k, "/subscribers/nobody", object{}); status != http.StatusNotFound {
		t.Errorf("changed nobody: %d", status)
	}

	csv := "channel,address,name,confirmed,components,severity\nemail,tim@mail.example,Tim,yes,,\nemail,una@mail.example,,no," + component + ",P1\nemail,sam@mail.example,,yes,,P1\n"
	if _, counts := post[looked](k, "/subscribers/import", object{"csv": csv}); counts.Added != 2 || counts.Changed != 1 || counts.Left != 0 || waiting() != 1 {
		t.Errorf("imported %+v", counts)
	}
	if status, answer := post[looked](k, "/subscribers/import", object{"csv": "channel\n"}); status != http.StatusUnprocessableEntity || !strings.Contains(answer.Detail, "missing from the header") {
		t.Errorf("imported what is no list: %d %+v", status, answer)
	}
	exported := k.ask(http.MethodGet, "/api/v1/subscribers/export", k.secrets["editor"])
	var export struct{ CSV string }
	if err := json.Unmarshal(exported.Body.Bytes(), &export); err != nil || strings.Count(export.CSV, "\n") != 4 {
		t.Fatalf("exported %v %s", err, exported.Body)
	}
	if _, counts := post[looked](k, "/subscribers/import", object{"csv": export.CSV}); counts.Changed != 3 || counts.Added != 0 || waiting() != 0 {
		t.Errorf("imported what was exported: %+v", counts)
	}

	if _, err := k.engine.Command(t.Context(), incident.By{Person: "ana"}, "", incident.FileReport{Component: component, Text: "it hangs", Contact: "SAM@mail.example"}); err != nil {
		t.Fatal(err)
	}
	_, data := post[looked](k, "/subscribers/data", sam)
	if data.Subscriber.Address != "sam@mail.example" || data.Subscriber.State != "confirmed" || len(data.Deliveries) != 1 || len(data.Reports) != 1 {
		t.Errorf("the data is %+v", data)
	}
	if _, erased := post[looked](k, "/subscribers/erase", sam); erased.Outcome != "erased" {
		t.Errorf("erased %+v", erased)
	}
	if _, data = post[looked](k, "/subscribers/data", sam); data.Subscriber.Address != "" || len(data.Reports) != 0 || data.Suppressed != "" {
		t.Errorf("after the erasure %+v", data)
	}

	tim := object{"channel": "email", "address": "tim@mail.example"}
	if _, suppressed := post[looked](k, "/suppressions", tim); suppressed.Outcome != "suppressed" {
		t.Errorf("suppressed %+v", suppressed)
	}
	if list := tell[looked](k, "/suppressions"); len(list.Items) != 1 || list.Items[0].Reason != "staff" {
		t.Errorf("suppressions %+v", list.Items)
	}
	if _, left := post[looked](k, "/subscribers", object{"channel": "email", "address": "tim@mail.example", "confirmed": true}); left.Outcome != "left" {
		t.Errorf("added who is suppressed: %+v", left)
	}
	for _, want := range []string{"allowed", "nothing"} {
		if _, allowed := post[looked](k, "/suppressions/remove", tim); allowed.Outcome != want {
			t.Errorf("allowed %+v; want %s", allowed, want)
		}
	}
	una := tell[looked](k, "/subscribers?state=pending").Items[0].ID
	for range 2 {
		if _, ended := post[looked](k, "/subscribers/"+una+"/end", object{"suppress": true}); ended.Outcome != "ended" {
			t.Errorf("ended %+v", ended)
		}
	}
	if status, _ := post[looked](k, "/subscribers/"+una, object{}); status != http.StatusConflict {
		t.Errorf("changed who ended: %d", status)
	}
	if status, _ := post[looked](k, "/subscribers/nobody/end", object{}); status != http.StatusNotFound {
		t.Errorf("ended nobody: %d", status)
	}

	acts := map[string]int{}
	if err := store.ReadAudit(t.Context(), filepath.Join(k.doc.Server.Data, "daymark.db"), func(e store.AuditEntry) error {
		acts[e.Action]++
		if strings.Contains(e.Object, "@") {
			t.Errorf("the audit trail has an address: %+v", e)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, action := range []string{"subscriber added", "subscriber changed", "subscription ended", "subscribers imported", "address suppressed", "address no longer suppressed", "personal data exported", "personal data erased"} {
		if acts[action] == 0 {
			t.Errorf("the audit trail has no %q", action)
		}
	}
}

// TestSubscriberCommands: the command line does the same, without a server.
func TestSubscriberCommands(t *testing.T) {
	testkit.Beside(t)
	k := newKeyring(t)
	o := k.operations
	tend := func(order console.SubscriberOrder) console.SubscriberAnswer {
		t.Helper()
		answer, err := o.tendSubscribers(context.Background(), order)
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	tend(console.SubscriberOrder{Verb: console.AddSubscriber, Channel: "email", Address: "sam@mail.example", Confirmed: true, Wishes: notify.Wishes{Edges: true}})
	part, err := o.listSubscribers(t.Context(), subscriberQuestion{State: notify.Active})
	if err != nil || len(part.Subscribers) != 1 || len(part.Counts) != 1 || part.Counts[0].Count != 1 {
		t.Errorf("listed %+v, %v", part, err)
	}
	if _, err := o.tendSubscribers(t.Context(), console.SubscriberOrder{Verb: "nothing"}); err == nil {
		t.Error("did nothing, gladly")
	}
}
