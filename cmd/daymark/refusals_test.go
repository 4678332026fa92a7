package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"daymark/internal/testkit"
	"daymark/store"
)

// TestRefusalsAreInTheTrail: wrong codes and forms of other sites, by whom as
// far as that is known, once a minute.
func TestRefusalsAreInTheTrail(t *testing.T) {
	testkit.Beside(t)
	a := newTestApp(t)
	base := consoleOf(t, a)
	v := newVisitor(t, base)
	v.join(firstLink(t, a), "person", "ana")
	from := func(site, path string, header ...string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+path, strings.NewReader(url.Values{"csrf": {"guessed"}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", site)
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		v.do(r)
		return v.status
	}
	for range 5 {
		for path, site := range map[string]string{"/console/sign-out": "same-origin", "/console/sign-in": "cross-site", "/console/account/password": "cross-site"} {
			if status := from(site, path); status != http.StatusForbidden && path != "/console/sign-out" {
				t.Errorf("%s of another site: %d", path, status)
			}
		}
	}
	other := newVisitor(t, base)
	for range 3 {
		other.get("/console/sign-in")
		other.post("/console/sign-in", "who", "ana", "password", pass)
		other.stands("/console/sign-in/code", http.StatusOK)
		other.post("/console/sign-in/code", "code", "000000")
		other.stands("/console/sign-in/code", http.StatusUnprocessableEntity)
	}
	entries, err := a.store.Audit(t.Context(), store.AuditQuery{Action: "refused", Most: 50})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, e := range entries {
		got[e.Actor+"|"+e.Action]++
		if !strings.HasSuffix(e.Object, " from 127.0.0.1") || !strings.HasPrefix(e.Object, "POST /console/") {
			t.Errorf("what was refused is %q", e.Object)
		}
	}
	want := []string{"nobody signed in|refused: form of another page", "ana in the console|refused: form of another page", "ana in the console|refused: wrong second factor"}
	for _, one := range want {
		if got[one] != 1 {
			t.Errorf("%s is in the trail %d times", one, got[one])
		}
	}
	if len(got) != len(want) {
		t.Errorf("the trail has %v", got)
	}
}
