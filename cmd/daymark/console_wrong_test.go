package main

import (
	"html"
	"net/http"
	"strings"
	"testing"

	"daymark/internal/testkit"
)

// TestErrorsOfStaffAreOfTheConsole: who is not signed in, may not, or comes to
// an address that is not there reads what it is, and goes on from there.
func TestErrorsOfStaffAreOfTheConsole(t *testing.T) {
	testkit.Beside(t)
	a := newTestAppWith(t, staffPeople)
	base := consoleOf(t, a)
	says := func(v *visitor, path string, status int, words ...string) {
		t.Helper()
		v.stands(path, status, append(words, `<body class="staff"`, ` console</title>`, `<a href="/console/more">More</a>`, `<a href="/console">Now</a>`)...)
		for _, word := range []string{"went wrong with us", "See the status", `href="/report"`} {
			if strings.Contains(v.page, word) {
				t.Errorf("%s says %q to staff", path, word)
			}
		}
	}
	stranger := newVisitor(t, base)
	stranger.post("/console/reports", "from", "/console/reports?show=all", "text", "It hangs.")
	says(stranger, "/console/reports", http.StatusUnauthorized, "You are not signed in.</h1>", "What you sent was not done.", `href="/console/sign-in?to=%2Fconsole%2Freports%3Fshow%3Dall">Sign in</a>`)
	stranger.get("/console/nowhere")
	says(stranger, "/console/nowhere", http.StatusNotFound, "This page is not here.</h1>")
	stranger.get("/nowhere")
	stranger.stands("/nowhere", http.StatusNotFound, "This page does not exist.", "Status by Daymark.") // visitors have theirs

	rae := newVisitor(t, base)
	rae.join(linkFor(t, a, "rae"))
	rae.get("/console/account")
	rae.post("/console/reports", "from", "/console/reports", "component", "shop-api", "text", "It hangs.")
	says(rae, "/console/reports", http.StatusForbidden, "You may not do this.</h1>", "This needs the role responder, and you are reader.", "Signed in as <b>")
	rae.get("/console/configuration")
	says(rae, "/console/configuration", http.StatusForbidden, "You may not see this.</h1>")
	for path, status := range map[string]int{"/console/nowhere": http.StatusNotFound, "/console/components/none": http.StatusNotFound, "/console/checks/none": http.StatusNotFound, "/console/reports/none": http.StatusNotFound, "/console/storm": http.StatusMethodNotAllowed} {
		rae.get(path)
		says(rae, path, status, "Signed in as <b>")
	}
	rae.get("/console/account")
	csrf := html.UnescapeString(hidden.FindStringSubmatch(rae.page)[1])
	rae.post("/console/sign-out", "csrf", csrf+"x")
	says(rae, "/console/sign-out", http.StatusForbidden, "You may not do this.</h1>", "is of a session that is over")
	rae.get("/console/account")
	rae.post("/console/sign-out", "csrf", csrf, "x", strings.Repeat("x", 70<<10))
	says(rae, "/console/sign-out", http.StatusRequestEntityTooLarge, "This is too large.</h1>", "Signed in as <b>")
}
