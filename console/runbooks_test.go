package console_test

import (
	"strings"
	"testing"

	"daymark/notify"
)

// TestRunbooksAreThere: what a complaint links to is on the page.
func TestRunbooksAreThere(t *testing.T) {
	p := newPages(t)
	text := p.reads("/console/runbooks", "The timers do not run", "An error budget is spent too fast", "<code>docs/operation.md#backup-and-restore</code>", `/console/runbooks#the-timers-do-not-run" rel=`)
	for _, book := range notify.Runbooks() {
		if !strings.Contains(text, `<h2 id="`+string(book)+`">`) || !strings.Contains(text, `href="#`+string(book)+`"`) {
			t.Errorf("%s is not there", book)
		}
	}
	if strings.Contains(text, "](") {
		t.Error("a link is left as it is written")
	}
	p.reads("/console/more", `href="/console/runbooks"`)
}
