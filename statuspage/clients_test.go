package statuspage_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"daymark/statuspage"
)

// What a strict client reads: every key, none else, and null only where the
// API says that it may be. The types are written from the documentation of the
// API and share nothing with those that answer.
type (
	clientPage struct {
		ID        string `json:"id"`
		Name      string `json:"name"`
		URL       string `json:"url"`
		TimeZone  string `json:"time_zone"`
		UpdatedAt string `json:"updated_at"`
	}
	clientStatus struct {
		Indicator   string `json:"indicator"`
		Description string `json:"description"`
	}
	clientComponent struct {
		ID                 string   `json:"id"`
		Name               string   `json:"name"`
		Status             string   `json:"status"`
		CreatedAt          string   `json:"created_at"`
		UpdatedAt          string   `json:"updated_at"`
		Position           int      `json:"position"`
		Description        *string  `json:"description"`
		Showcase           bool     `json:"showcase"`
		StartDate          *string  `json:"start_date"`
		GroupID            *string  `json:"group_id"`
		PageID             string   `json:"page_id"`
		Group              bool     `json:"group"`
		OnlyShowIfDegraded bool     `json:"only_show_if_degraded"`
		Components         []string `json:"components"`
	}
	clientAffected struct {
		Code      string `json:"code"`
		Name      string `json:"name"`
		OldStatus string `json:"old_status"`
		NewStatus string `json:"new_status"`
	}
	clientUpdate struct {
		ID                   string            `json:"id"`
		Status               string            `json:"status"`
		Body                 string            `json:"body"`
		IncidentID           string            `json:"incident_id"`
		CreatedAt            string            `json:"created_at"`
		UpdatedAt            string            `json:"updated_at"`
		DisplayAt            string            `json:"display_at"`
		AffectedComponents   *[]clientAffected `json:"affected_components"`
		DeliverNotifications bool              `json:"deliver_notifications"`
		CustomTweet          *string           `json:"custom_tweet"`
		TweetID              *string           `json:"tweet_id"`
	}
	clientIncident struct {
		ID             string            `json:"id"`
		Name           string            `json:"name"`
		Status         string            `json:"status"`
		CreatedAt      string            `json:"created_at"`
		UpdatedAt      string            `json:"updated_at"`
		MonitoringAt   *string           `json:"monitoring_at"`
		ResolvedAt     *string           `json:"resolved_at"`
		Impact         string            `json:"impact"`
		Shortlink      string            `json:"shortlink"`
		StartedAt      string            `json:"started_at"`
		PageID         string            `json:"page_id"`
		Updates        []clientUpdate    `json:"incident_updates"`
		Components     []clientComponent `json:"components"`
		ScheduledFor   *string           `json:"scheduled_for"`
		ScheduledUntil *string           `json:"scheduled_until"`
	}
	clientAnswer struct {
		Page         *clientPage       `json:"page"`
		Components   []clientComponent `json:"components"`
		Incidents    []clientIncident  `json:"incidents"`
		Maintenances []clientIncident  `json:"scheduled_maintenances"`
		Status       *clientStatus     `json:"status"`
	}
)

var (
	clientID   = regexp.MustCompile(`^[a-z0-9]{12,}$`)
	clientTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)
	clientDay  = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)
)

// words are what an enumeration may say, by key.
var clientWords = map[string]string{
	"indicator":  "none minor major critical maintenance",
	"impact":     "none minor major critical maintenance",
	"status":     "operational degraded_performance partial_outage major_outage under_maintenance investigating identified monitoring resolved postmortem scheduled in_progress verifying completed",
	"old_status": "operational degraded_performance partial_outage major_outage under_maintenance",
	"new_status": "operational degraded_performance partial_outage major_outage under_maintenance",
}

// sound walks an answer as it came, and holds each value to what its key may
// hold.
func sound(t *testing.T, where string, value any) {
	t.Helper()
	switch value := value.(type) {
	case map[string]any:
		group, isComponent := value["group"].(bool)
		if _, has := value["components"].([]any); isComponent && has != group {
			t.Errorf("%s: a group of %v has members: %v", where, group, has)
		}
		_, incident := value["incident_updates"]
		_, planned := value["scheduled_for"]
		if incident && planned != strings.Contains(where, "scheduled_maintenances") {
			t.Errorf("%s: scheduled_for is there: %v", where, planned)
		}
		for key, one := range value {
			at := where + "." + key
			if text, is := one.(string); is {
				switch {
				case (key == "id" || strings.HasSuffix(key, "_id") || key == "code") && !clientID.MatchString(text),
					(strings.HasSuffix(key, "_at") || key == "scheduled_for" || key == "scheduled_until") && !clientTime.MatchString(text),
					key == "start_date" && !clientDay.MatchString(text),
					key == "shortlink" && !strings.HasPrefix(text, "https://"),
					clientWords[key] != "" && !strings.Contains(" "+clientWords[key]+" ", " "+text+" "):
					t.Errorf("%s is %q", at, text)
				}
			}
			if one == nil && !strings.Contains(" description start_date group_id monitoring_at resolved_at affected_components custom_tweet tweet_id ", " "+key+" ") {
				t.Errorf("%s is null", at)
			}
			sound(t, at, one)
		}
	case []any:
		for _, one := range value {
			sound(t, where+"[]", one)
		}
	}
}

// required holds an object to the keys of a type that is not optional.
func required(t *testing.T, where string, of reflect.Type, value any) {
	t.Helper()
	switch of.Kind() {
	case reflect.Pointer:
		if value != nil {
			required(t, where, of.Elem(), value)
		}
	case reflect.Slice:
		all, _ := value.([]any)
		for _, one := range all {
			required(t, where+"[]", of.Elem(), one)
		}
	case reflect.Struct:
		object, is := value.(map[string]any)
		if !is {
			t.Errorf("%s is %v", where, value)
			return
		}
		for field := range of.Fields() {
			key := field.Tag.Get("json")
			one, has := object[key]
			optional := key == "scheduled_for" || key == "scheduled_until" || key == "components" && of == reflect.TypeFor[clientComponent]() || of == reflect.TypeFor[clientAnswer]()
			if !has && !optional {
				t.Errorf("%s has no key %s", where, key)
			}
			if has {
				required(t, where+"."+key, field.Type, one)
			}
		}
	}
}

// TestStrictClients: a client that takes nothing for granted reads all eight
// addresses, in trouble, in maintenance, on a good day and before the first.
func TestStrictClients(t *testing.T) {
	for name, s := range map[string]*source{"everything": everything(t), "working": working(t), "young": young(t)} {
		h := handler(newPage(t, harbour(t, s)))
		for _, path := range eight {
			where := name + " " + path
			_, body := get(t, h, "/api/v2/"+path+".json?per_page=100")
			strict := json.NewDecoder(strings.NewReader(body))
			strict.DisallowUnknownFields()
			var answer clientAnswer
			var raw map[string]any
			if err := strict.Decode(&answer); err != nil {
				t.Fatalf("%s: %v\n%s", where, err, body)
			}
			if err := json.Unmarshal([]byte(body), &raw); err != nil {
				t.Fatal(err)
			}
			sound(t, where, raw)
			required(t, where, reflect.TypeFor[clientAnswer](), raw)
			if !strings.HasPrefix(body, `{"page":{"id":`) || answer.Page.URL != "https://status.harbour.example" {
				t.Errorf("%s: it begins with %.80s", where, body)
			}
			for _, list := range [][]clientIncident{answer.Incidents, answer.Maintenances} {
				for i := range list {
					if i > 0 && list[i].CreatedAt > list[i-1].CreatedAt {
						t.Errorf("%s: %s is newer than the one before it", where, list[i].ID)
					}
					for n, u := range list[i].Updates {
						if u.IncidentID != list[i].ID || n > 0 && u.DisplayAt > list[i].Updates[n-1].DisplayAt {
							t.Errorf("%s: update %s is out of place", where, u.ID)
						}
					}
				}
			}
		}
	}
}

// TestAReviewedIncidentIsAPostmortem: what was learned is the newest update,
// and stands in the answer for one incident.
func TestAReviewedIncidentIsAPostmortem(t *testing.T) {
	s := everything(t)
	h := handler(newPage(t, harbour(t, s)))
	_, body := get(t, h, "/incidents/past00000001.json")
	golden(t, "incident-one.json", body)
	answer, body := get(t, h, "/incidents/open00000001.json")
	if answer.Header.Get("Access-Control-Allow-Origin") != "*" || !strings.HasSuffix(body, `"postmortem_body":null,"postmortem_published_at":null}`) {
		t.Errorf("%v %s", answer.Header, body)
	}
	if answer, body = get(t, h, "/incidents/none.json"); answer.StatusCode != http.StatusNotFound || !json.Valid([]byte(body)) {
		t.Errorf("%d %s", answer.StatusCode, body)
	}
}

// TestMonths: history.json tells three months a page, until there is nothing
// older.
func TestMonths(t *testing.T) {
	s := everything(t)
	old := s.snapshot.Recent[0]
	old.ID, old.Opened = "old000000001", noon.AddDate(0, -5, 0)
	s.all = append(s.all, old)
	h := handler(newPage(t, harbour(t, s)))
	_, body := get(t, h, "/history.json")
	golden(t, "history.json", body)
	for page, want := range map[string]string{
		"2": `{"months":[{"name":"September","year":2026,"incidents":[]},{"name":"August","year":2026,"incidents":[]},{"name":"July","year":2026,"incidents":[{"code":"old000000001"`,
		"3": `{"months":[]}`, "4": `{"months":[]}`,
	} {
		if _, body := get(t, h, "/history.json?page="+page); !strings.HasPrefix(body, want) {
			t.Errorf("page %s is %s", page, body)
		}
	}
}

// TestShowcase tells days by component, of those that publish them.
func TestShowcase(t *testing.T) {
	p := harbour(t, everything(t))
	p.Components[2].Show = []string{"regions"}
	h := handler(newPage(t, p))
	var all, one struct {
		Timelines map[string]struct {
			Component struct{ Code, Name, StartDate string }
			Days      []struct {
				Date    string
				Outages map[string]int
				Related []struct{ Name string } `json:"related_events"`
			}
		}
		Values []struct {
			Component      string
			Ninety, Thirty float64
		}
	}
	_, body := get(t, h, "/uptime_showcase")
	if err := json.Unmarshal([]byte(body), &all); err != nil || len(all.Timelines) != 2 || len(all.Values) != 2 {
		t.Fatalf("%v %s", err, body)
	}
	id := all.Values[0].Component
	if _, body = get(t, h, "/uptime_showcase?components="+id+",nothing"); json.Unmarshal([]byte(body), &one) != nil || len(one.Timelines) != 1 {
		t.Fatal(body)
	}
	line := one.Timelines[id]
	today := line.Days[len(line.Days)-1]
	if len(line.Days) != 90 || line.Component.Name != "Payments API" || line.Component.StartDate != "2026-09-03" || today.Date != "2026-12-01" ||
		today.Outages["m"] != 36*60 || len(today.Outages) != 1 || today.Related[0].Name != "Payments are failing" || one.Values[0].Ninety >= 100 {
		t.Errorf("%+v %+v", line, one.Values)
	}
	// It changes while nothing happens.
	first, _ := get(t, h, "/uptime_showcase")
	if again, _ := get(t, h, "/uptime_showcase", "If-Modified-Since", time.Now().UTC().Format(http.TimeFormat)); again.StatusCode != http.StatusOK {
		t.Errorf("by its time alone it is answered with %d", again.StatusCode)
	}
	if again, _ := get(t, h, "/uptime_showcase", "If-None-Match", first.Header.Get("Etag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("by its tag it is answered with %d", again.StatusCode)
	}
	if answer, _ := get(t, h, "/uptime_showcase?components="+strings.Repeat("a,", 60)+"a"); answer.StatusCode != http.StatusBadRequest {
		t.Errorf("61 components are answered with %d", answer.StatusCode)
	}
}

// TestStatuspageClient: the npm client of Statuspage's API reads a server of
// ours, and has what we sent.
func TestStatuspageClient(t *testing.T) {
	held(t, "statuspage.io")
	h := handler(newPage(t, harbour(t, everything(t))))
	server := httptest.NewServer(h)
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, "node", filepath.Join("testdata", "clients", "read.cjs"), filepath.Join("..", "tools", "npm"), server.URL)
	var complaint strings.Builder
	command.Stderr = &complaint
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, complaint.String())
	}
	var got map[string]json.RawMessage
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"summary": "summary", "status": "status", "components": "components", "incidents": "incidents", "unresolved": "incidents/unresolved",
		"upcoming": "scheduled-maintenances/upcoming", "active": "scheduled-maintenances/upcoming", "all": "scheduled-maintenances/upcoming",
	} {
		var want, has any
		_, body := get(t, h, "/api/v2/"+path+".json")
		if json.Unmarshal([]byte(body), &want) != nil || json.Unmarshal(got[name], &has) != nil || !reflect.DeepEqual(want, has) {
			t.Errorf("%s: it read %.200s", name, got[name])
		}
	}
}

// everything is the bank on its worst day: two open things, work in each
// stage, and a past from which was learned.
func everything(t testing.TB) *source {
	s, works := failing(t), maintained(t)
	s.learned = "A reminder went to everybody at once.\n\nReminders are spread over a day now."
	s.change(func(snap *statuspage.Snapshot) {
		snap.Maintenances = works.snapshot.Maintenances
		snap.Components["batch"] = works.snapshot.Components["batch"]
	})
	return s
}
