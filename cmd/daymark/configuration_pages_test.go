package main

import (
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"daymark/internal/testkit"
)

// TestThePagesOfTheConfiguration: the document is shown, what is typed is
// validated at its line and kept when it is refused, and hostile text is text.
func TestThePagesOfTheConfiguration(t *testing.T) {
	testkit.Beside(t)
	a := newTestAppWith(t, staffPeople)
	a.configurations.came = origin{author: "ana in the console", why: `<script>alert("why")</script>`}
	if err := a.configurations.keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	v := newVisitor(t, consoleOf(t, a))
	v.join(firstLink(t, a), "person", "ana")

	v.get("/console/configuration")
	v.stands("/console/configuration", http.StatusOK, "Version 1 runs.", "&lt;script&gt;alert(", "Only the file may change it", "version: 1", "Valid, and the same as version 1")
	typed := regexp.MustCompile(`(?s)<textarea[^>]*>(.*?)</textarea>`)
	text := html.UnescapeString(typed.FindStringSubmatch(v.page)[1])
	if text != a.doc.Text() {
		t.Errorf("the document is shown as\n%s", text)
	}
	wrong := strings.Replace(text, "version: 1\n", "version: 1\n\"<img src=x onerror=alert(1)>\": 5\n", 1)
	line := strings.Count(wrong[:strings.Index(wrong, "<img")], "\n") + 1
	v.post("/console/configuration/validate", "form", "document", "from", "/console/configuration", "text", strings.ReplaceAll(wrong, "\n", "\r\n"))
	v.stands("/console/configuration/validate", http.StatusOK, "1 fault.", "&lt;img src=x", `data-line="`+strconv.Itoa(line)+`"`, "this key is not known", "<ins>+ ")
	if strings.Contains(v.page, "<img src=x") || html.UnescapeString(typed.FindStringSubmatch(v.page)[1]) != strings.ReplaceAll(wrong, "\n", "\r\n") && !strings.Contains(html.UnescapeString(v.page), "\"<img src=x onerror=alert(1)>\": 5") {
		t.Error("what was typed is not kept as text")
	}
	right := strings.Replace(text, "version: 1\n", "version: 1\n# </textarea><b>mine</b>\n", 1)
	v.post("/console/configuration", "form", "document", "from", "/console/configuration", "text", right, "why", "because", "base", "1")
	v.stands("/console/configuration", http.StatusConflict, "takes no other configuration", "&lt;/textarea&gt;&lt;b&gt;mine", "lines added: 1, taken away: 0")
	if strings.Contains(v.page, "<b>mine") {
		t.Error("the text ends its field")
	}
	v.post("/console/configuration/try", "text", text, "check", "nothing", "region", "local", "why", "x", "beside", "why base", "form", "document", "from", "/console/configuration")
	v.stands("/console/configuration/try", http.StatusNotFound, "The text has no check &#34;nothing&#34;.")
	v.post("/console/configuration/try", "text", text, "check", "sign-in-journey", "region", "second", "form", "document", "from", "/console/configuration")
	v.stands("/console/configuration/try", http.StatusConflict, "no agent of second is connected now")

	v.get("/console/configuration/versions")
	v.stands("/console/configuration/versions", http.StatusOK, "Version 1", "&lt;script&gt;alert(")
	v.get("/console/configuration/versions/1")
	v.stands("/console/configuration/versions/1", http.StatusOK, "There is no version before it.", "version: 1")
	for path, want := range map[string]int{"/console/configuration/versions/2": http.StatusNotFound, "/console/configuration/versions/x": http.StatusNotFound, "/console/configuration/versions/1?against=9": http.StatusNotFound} {
		if v.get(path); v.status != want {
			t.Errorf("%s: %d", path, v.status)
		}
	}
	v.get("/console")
	if strings.Contains(v.page, "A change was not applied") {
		t.Error("the first page complains of nothing")
	}

	reader := newVisitor(t, v.base)
	reader.join(linkFor(t, a, "rae"))
	for _, path := range []string{"/console/configuration", "/console/configuration/versions", "/console/configuration/versions/1"} {
		if reader.get(path); reader.status != http.StatusForbidden {
			t.Errorf("a reader sees %s: %d", path, reader.status)
		}
	}
	editor := newVisitor(t, v.base)
	editor.join(linkFor(t, a, "edi"))
	editor.get("/console/configuration")
	editor.stands("/console/configuration", http.StatusOK, "Administrators can run a check")
	for _, path := range []string{"/console/configuration", "/console/configuration/try", "/console/configuration/versions/1/back"} {
		editor.get("/console/configuration")
		if editor.post(path, "text", text, "why", "x", "base", "1"); editor.status != http.StatusForbidden {
			t.Errorf("an editor does %s: %d", path, editor.status)
		}
	}
}

// TestATrialIsShown: with its parts, beside the text that it is of.
func TestATrialIsShown(t *testing.T) {
	testkit.Beside(t)
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"database": "<b>read_only"}`))
	}))
	t.Cleanup(target.Close)
	a := newTestAppOf(t, "127.0.0.1:3", `"http://127.0.0.1:1/api/health"`, `"`+target.URL+`"`)
	if err := a.configurations.keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	v := newVisitor(t, consoleOf(t, a))
	v.join(firstLink(t, a), "person", "ana")
	v.get("/console/configuration")
	text := a.doc.Text() + "# typed\n"
	v.post("/console/configuration/try", "text", text, "check", "api-health", "region", "local", "beside", "why base", "form", "document", "from", "/console/configuration")
	v.stands("/console/configuration/try", http.StatusOK, "api-health: failed", "json.database == &#34;up&#34;", "read_only", "First byte", "# typed", "Nobody is told of it")
}
