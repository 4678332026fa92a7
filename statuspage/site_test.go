package statuspage_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"daymark/incident"
	"daymark/internal/lang"
	"daymark/internal/testkit"
	"daymark/statuspage"
)

// site serves a page in these languages.
func site(t *testing.T, s *source, languages ...string) (*statuspage.Site, http.Handler) {
	t.Helper()
	p := harbour(t, s)
	p.Options.Languages = languages
	p.Components[0].Names = map[string]string{"cy": "Mewngofnodi"}
	made, err := statuspage.NewSite(p)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for _, r := range made.Routes() {
		mux.Handle(r.Pattern, r.Handler)
	}
	return made, mux
}

// TestLanguages: a reader gets the language that they chose, or that the
// browser asks for, or the page's first.
func TestLanguages(t *testing.T) {
	_, h := site(t, failing(t), "en", "cy", "ar")
	for name, test := range map[string]struct {
		accept, cookie, want string
	}{
		"nothing asked for":     {"", "", `<html lang="en" dir="ltr">`},
		"the browser's":         {"cy-GB,cy;q=0.9,en;q=0.8", "", `<html lang="cy" dir="ltr">`},
		"not spoken":            {"fr", "", `<html lang="en" dir="ltr">`},
		"chosen":                {"cy", "lang=ar", `<html lang="ar" dir="rtl">`},
		"chosen, not spoken":    {"cy", "lang=fr", `<html lang="cy" dir="ltr">`},
		"chosen, and the theme": {"", "theme=dark; lang=cy", `<html lang="cy" dir="ltr" data-theme="dark">`},
	} {
		for _, path := range []string{"/", "/history", "/incidents/open00000001"} {
			answer, body := get(t, h, path, "Accept-Language", test.accept, "Cookie", test.cookie)
			if !strings.Contains(body, test.want) || !strings.Contains(answer.Header.Get("Vary"), "Accept-Language") {
				t.Errorf("%s, %s: %s is not there, or it does not vary: %q", name, path, test.want, answer.Header.Get("Vary"))
			}
		}
	}
	answer, _ := get(t, h, "/history?lang=cy&page=1")
	if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != "/history?page=1" || !strings.HasPrefix(answer.Header.Get("Set-Cookie"), "lang=cy; Path=/; Max-Age=") {
		t.Errorf("%d %q %q", answer.StatusCode, answer.Header.Get("Location"), answer.Header.Get("Set-Cookie"))
	}
	if answer, _ = get(t, h, "/?lang=fr"); !strings.HasPrefix(answer.Header.Get("Set-Cookie"), "lang=; Path=/; Max-Age=0") {
		t.Errorf("a language that is not spoken sets %q", answer.Header.Get("Set-Cookie"))
	}
	if _, body := get(t, h, "/"); !strings.Contains(body, `<a href="?lang=cy" hreflang="cy" lang="cy">Cymraeg</a>`) {
		t.Error("there is no choice of languages")
	}
	answer, body := get(t, h, "/incidents/nothing", "Accept-Language", "cy")
	if answer.StatusCode != http.StatusNotFound || !strings.Contains(body, `<html lang="cy"`) || !strings.Contains(body, "Nid yw’r dudalen hon yn bodoli.") || !strings.Contains(body, "Gweld y statws") {
		t.Errorf("an error answers %d\n%s", answer.StatusCode, body)
	}
	_, one := site(t, working(t), "en")
	if _, body := get(t, one, "/"); strings.Contains(body, "?lang=") {
		t.Error("one language is a choice")
	}
}

// TestNothingIsLeftInEnglish: no page of another language has a sentence that
// is an English one.
func TestNothingIsLeftInEnglish(t *testing.T) {
	english := []string{
		"Working", "Down", "since", "Since", "Everything", "Update", "update", "Last checked", "Today", "today", "Planned", "measured",
		"We ", "What ", "There is", "Our ", "Reload", "History", "Appearance", "December 20", "in the last", "available", "Promised",
	}
	for _, tag := range lang.Tags()[1:] {
		for name, s := range map[string]*source{"working": working(t), "failing": failing(t), "late": late(t), "blind": blind(t), "young": young(t)} {
			found(s)
			s.learned = "x"
			_, h := site(t, s, tag)
			for _, path := range []string{"/", "/history", "/incidents/open00000001", "/incidents/past00000001"} {
				_, body := get(t, h, path)
				_, body, _ = strings.Cut(body, "<main")
				for _, word := range english {
					if strings.Contains(text(body), word) {
						t.Errorf("%s, %s, %s: %q is English, in %s", tag, name, path, word, around(text(body), word))
					}
				}
			}
		}
	}
}

// found gives the incidents of a source what Daymark would have found, and
// drops what people wrote in English.
func found(s *source) {
	for _, list := range [][]incident.Incident{s.snapshot.Open, s.snapshot.Recent, s.all} {
		for i := range list {
			for j := range list[i].Updates {
				u := &list[i].Updates[j]
				u.Text, u.Findings = "", nil
				for _, a := range list[i].Affected {
					u.Findings = append(u.Findings, incident.Finding{Component: a.Component, Status: a.Status, Since: a.From, Everywhere: true})
				}
				if len(u.Findings) == 0 {
					u.Text = "x"
				}
			}
		}
	}
	for i := range s.snapshot.Maintenances {
		s.snapshot.Maintenances[i].Title, s.snapshot.Maintenances[i].Text = "x", "x"
	}
}

// text is markup without its tags.
func text(markup string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(markup, "<") {
		_, after, is := strings.Cut(part, ">")
		if is {
			b.WriteString(after + " ")
		}
	}
	return b.String()
}

func around(body, word string) string {
	at := strings.Index(body, word)
	return body[max(0, at-30):min(len(body), at+60)]
}

// TestLiveSpeaks: an open page is told of changes in its language.
func TestLiveSpeaks(t *testing.T) {
	testkit.NoLeaks(t)
	s := working(t)
	made, h := site(t, s, "en", "cy")
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan struct{})
	go func() { defer close(ran); made.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ran })
	conn, answer, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(server.URL, "http")+"/live?seq=0&lang=cy", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	t.Cleanup(func() { _ = conn.Close() })
	s.change(func(snapshot *statuspage.Snapshot) { *snapshot = failing(t).snapshot })
	made.Notify(1)
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	for {
		_, message, err := conn.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(message), "I lawr") {
			return
		}
	}
}
