package console

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
)

type formSample struct {
	ID    string         `path:"id" json:"-"`
	Text  string         `json:"text" longest:"20"`
	Note  string         `json:"note,omitempty"`
	Kind  string         `json:"kind,omitempty" words:"a,b"`
	Users int            `json:"users,omitempty" most:"9"`
	Quick bool           `json:"quick"`
	At    Time           `json:"at,omitzero"`
	Names []string       `json:"names,omitempty"`
	Parts []statusOfPart `json:"parts,omitempty"`
}

func readSample(t *testing.T, body string) (formSample, string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/console/x", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetPathValue("id", "x1")
	if err := r.ParseForm(); err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	var got formSample
	wrong, err := decodeForm(r, reflect.ValueOf(&got).Elem(), zone)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, w := range wrong {
		said = append(said, w.Where+": "+w.Detail)
	}
	return got, strings.Join(said, " ")
}

func TestAFormIsReadAsItsJSONWouldBe(t *testing.T) {
	got, said := readSample(t, url.Values{
		"csrf": {"x"}, "key": {"k"}, "form": {"f"}, "from": {"/console"}, "text": {"  two\r\nlines "}, "note": {""}, "kind": {"b"}, "users": {"7"}, "quick": {"on"},
		"at": {"2026-07-01T12:30"}, "names": {"ana", "", "ben"}, "parts.1.component": {"pay"}, "parts.1.status": {"major_outage"}, "parts.3.component": {"web"}, "parts.2.status": {"major_outage"},
	}.Encode())
	want := formSample{
		ID: "x1", Text: "two\nlines", Kind: "b", Users: 7, Quick: true, At: Time{time.Date(2026, 7, 1, 11, 30, 0, 0, time.UTC)}, Names: []string{"ana", "ben"},
		Parts: []statusOfPart{{Component: "pay", Status: "major_outage"}, {Component: "web"}},
	}
	got.At = Time{got.At.UTC()}
	if said != "" || !reflect.DeepEqual(got, want) {
		t.Errorf("%s\n got %+v\nwant %+v", said, got, want)
	}
}

func TestWhatIsWrongInAFormIsSaidAtItsField(t *testing.T) {
	for body, want := range map[string]string{
		"":                           "body.text: It is missing.",
		"text=+":                     "body.text: It is missing.",
		"text=a&kind=c":              "body.kind: It is to be one of a, b.",
		"text=a&users=many":          "body.users: It is to be a number, not text.",
		"text=a&users=10":            "body.users: It is to be a whole number from 0 to 9.",
		"text=a&at=soon":             "body.at: It is to be a time such as 2026-12-01T13:00:00Z.",
		"text=a&role=lead":           "body.role: There is no such field.",
		"text=abcdefghijklmnopqrstu": "body.text: It has more than 20 characters.",
	} {
		if _, said := readSample(t, body); said != want {
			t.Errorf("%q: %s; want %s", body, said, want)
		}
	}
}
