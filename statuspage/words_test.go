package statuspage_test

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/statuspage"
)

// TestScriptsSpeakALanguageThatTheBrowserDoesNot has Chromium, which knows no
// Welsh, say what scripts say of times in it.
func TestScriptsSpeakALanguageThatTheBrowserDoesNot(t *testing.T) {
	testkit.Beside(t)
	b := browser(t) // which takes its time
	s := failing(t)
	p := harbour(t, s)
	p.Language, p.Now = "cy", time.Now
	now := time.Now()
	s.change(func(snap *statuspage.Snapshot) {
		snap.Checked = now.Add(-9 * time.Minute)
		snap.Open[0].Promise = &incident.Promise{Incident: snap.Open[0].ID, Kind: incident.NextUpdate, Made: now, Due: now.Add(30 * time.Minute)}
	})
	r := run(t, p)
	b.visit(r.url)
	b.becomes(`/\(ymhen (29|30) mun\)/.test(document.querySelector(".due").textContent)`)
	if got := b.says(`document.getElementById("checked").textContent`); !b.is(`document.getElementById("checked").textContent.includes("(9 mun yn ôl)")`) {
		t.Errorf("it says %q", got)
	}
	b.is(`document.querySelector("#c-sign-in-days summary").focus() ?? true`)
	b.key(kb.ArrowLeft)
	for range 95 {
		b.key(kb.ArrowLeft) // to the first
	}
	if got := b.says(`document.querySelector("#c-sign-in-days .reading").textContent`); !b.is(`/^\d+ (Ionawr|Chwefror|Mawrth|Ebrill|Mai|Mehefin|Gorffennaf|Awst|Medi|Hydref|Tachwedd|Rhagfyr): /.test(document.querySelector("#c-sign-in-days .reading").textContent)`) {
		t.Errorf("a day is called %q", got)
	}
	for expression, want := range map[string]string{
		`new Intl.DateTimeFormat("cy", {weekday: "short", day: "numeric", month: "short", timeZone: "UTC"}).format(Date.UTC(2026, 11, 1))`:         "Maw 1 Rhag",
		`new Intl.DateTimeFormat("cy", {day: "numeric", month: "long", timeZone: "UTC"}).formatRange(Date.UTC(2026, 8, 30), Date.UTC(2026, 9, 2))`: "30 Medi – 2 Hydref",
		`new Intl.NumberFormat("cy", {style: "unit", unit: "hour", unitDisplay: "long"}).format(3)`:                                                "3 awr",
		`new Intl.RelativeTimeFormat("cy").format(-1, "day")`:                                                                                      "1 d yn ôl",
		`new Intl.DateTimeFormat("en-GB", {day: "numeric", month: "long", timeZone: "UTC"}).format(0)`:                                             "1 January",
		`String(Intl.DateTimeFormat().resolvedOptions().timeZone.length > 0)`:                                                                      "true",
	} {
		if got := b.says(expression); got != want {
			t.Errorf("%s is %q; want %q", expression, got, want)
		}
	}
	b.faultless()
}
