package notify_test

import (
	"errors"
	"strings"
	"testing"

	"daymark/notify"
)

// TestRenderAttaches: an email with a file is written in a second form, for a
// server that does not take the file; each says what it has and nothing else.
func TestRenderAttaches(t *testing.T) {
	const with, without, refused = "It is attached.", "It is not attached, it is here.", "It was refused and is there."
	file := &notify.Attachment{Key: "k", Name: "k.pdf", MediaType: "application/pdf", Data: []byte("%PDF")}
	for name, test := range map[string]struct {
		file    *notify.Attachment
		err     error
		refused string
		says    string
		bare    string // "": there is no second form
	}{
		"there":                 {file: file, refused: refused, says: with, bare: refused},
		"there, and no words":   {file: file, says: with, bare: without},
		"not there":             {refused: refused, says: without},
		"that cannot be looked": {err: errors.New("locked"), refused: refused, says: without},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := notify.NewRenderer(notify.RendererOptions{
				Page:       notify.PageInfo{Name: "Harbour Bank", URL: "https://status.harbour.example", Zone: london(t), Contact: "support@harbour.example"},
				Attachment: func(string) (*notify.Attachment, error) { return test.file, test.err },
			})
			if err != nil {
				t.Fatal(err)
			}
			m, err := r.Render(notify.Delivery{
				ID: "n1", Channel: "email", Audience: notify.Staff, Subscriber: notify.Subscriber{Address: "ana@harbour.example"},
				Notice: &notify.Notice{
					Kind: notify.AlertNotice, Title: "SLA gold, October 2026", Text: "Available: 99.9 %.\n\nTwo words.",
					Attach: &notify.Attach{Key: "k", With: with, Without: without, Refused: test.refused},
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			says := func(text, html, want string) {
				t.Helper()
				for _, sentence := range []string{with, without, refused} {
					if strings.Contains(text, sentence) != (sentence == want) || strings.Contains(html, sentence) != (sentence == want) {
						t.Errorf("of %q, where it says %q:\n%s\n%s", sentence, want, text, html)
					}
				}
				if !strings.Contains(text, "Two words.") || !strings.Contains(html, "Available: 99.9 %.") {
					t.Errorf("words are missing:\n%s\n%s", text, html)
				}
			}
			says(m.Text, m.HTML, test.says)
			if (m.Bare != nil) != (test.bare != "") || len(m.Files) != map[bool]int{true: 1}[test.bare != ""] {
				t.Fatalf("%d files, and without them %+v", len(m.Files), m.Bare)
			}
			if m.Bare != nil {
				says(m.Bare.Text, m.Bare.HTML, test.bare)
			}
		})
	}
}
