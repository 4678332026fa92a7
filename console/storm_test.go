package console_test

import (
	"net/http"
	"testing"
	"time"

	"daymark/console"
)

// TestStorm: what is held is told, and released or dropped by who asks.
func TestStorm(t *testing.T) {
	f := newFixture(t)
	f.storm = &console.Storm{Began: now, Until: now.Add(10 * time.Minute), Held: 7}
	if status, _, text := f.call("GET", "/api/v1/storm", ""); status != http.StatusOK || text != `{"holds":true,"held":7,"began":"2026-12-01T13:42:07.120Z","until":"2026-12-01T13:52:07.120Z"}`+"\n" {
		t.Errorf("%d %s", status, text)
	}
	for do, want := range map[string]string{"release": "ana releases", "drop": "ana drops"} {
		if status, _, text := f.call("POST", "/api/v1/storm", `{"do": "`+do+`"}`); status != http.StatusOK || text != `{"messages":7}`+"\n" || f.ended != want {
			t.Errorf("%s: %d %s, %s", do, status, text, f.ended)
		}
	}
	f.refused(http.StatusBadRequest, "POST", "/api/v1/storm", `{"do": "hold"}`)
	f.storm, f.calm = nil, console.ErrNotFound
	if status, _, text := f.call("GET", "/api/v1/storm", ""); status != http.StatusOK || text != `{"holds":false,"held":0}`+"\n" {
		t.Errorf("in a calm: %d %s", status, text)
	}
	if p := f.refused(http.StatusConflict, "POST", "/api/v1/storm", `{"do": "drop"}`); p.Detail != "The storm guard holds nothing back." {
		t.Errorf("in a calm: %+v", p)
	}
}
