package card_test

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daymark/internal/card"
	"daymark/internal/lang"
	"daymark/internal/testkit"
)

// cards are what is looked at with DAYMARK_CARDS=folder.
var cards = map[string]card.Card{
	"down": {
		Status: "major_outage", Word: "Down", Name: "Harbour Bank", Sentence: "Payments are failing and Sign in is slow.",
		Follow: "Next update by 14:30.", AsOf: "As of 14:18 on Tuesday 1 December 2026, London time", Tag: "en",
	},
	"works": {Status: "operational", Word: "Working", Name: "Harbour Bank", Sentence: "Everything works.", AsOf: "As of 14:18 on Tuesday 1 December 2026, London time", Tag: "en"},
	"arabic": {
		Status: "partial_outage", Word: "متوقف جزئيًا", Name: "Harbour Bank", Sentence: "الدفع وSign in لا يعملان منذ 14:30 وقد بدأنا البحث عن السبب.",
		Follow: "التحديث التالي بحلول 14:30.", AsOf: "حتى 14:18 يوم الثلاثاء 1 ديسمبر 2026", Tag: "ar", RTL: true,
	},
	"long": {
		Status: "degraded_performance", Word: "Slow", Name: strings.Repeat("A bank with a long name ", 9), Sentence: strings.Repeat("Ŵyth ŷd Ελληνικά Донаудампфшиффахрт ", 20),
		Follow: strings.Repeat("more and more ", 30), AsOf: "As of 14:18", Tag: "cy",
	},
	"maintenance": {Status: "under_maintenance", Word: "Maintenance", Name: "Harbour Bank", Sentence: "Overnight statements is being worked on.", Follow: "Planned until 16:00 today.", AsOf: "As of 14:18", Tag: "en"},
	"unknown":     {Status: "unknown", Word: "Not measured", Name: "Harbour Bank", Sentence: "We cannot tell at the moment.", AsOf: "As of 14:18", Tag: "en"},
}

func draw(t testing.TB, c card.Card) []byte {
	t.Helper()
	content, err := card.Draw(c)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// TestCards: a card is a PNG of its size, small, the same for the same words,
// with ink where the words are and none outside its margins.
func TestCards(t *testing.T) {
	for name, c := range cards {
		content := draw(t, c)
		if folder := os.Getenv("DAYMARK_CARDS"); folder != "" {
			if err := os.WriteFile(filepath.Join(folder, name+".png"), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		picture, err := png.Decode(bytes.NewReader(content))
		if err != nil || picture.Bounds() != image.Rect(0, 0, card.Width, card.Height) || len(content) > 40_000 {
			t.Fatalf("%s: %v, %d bytes", name, err, len(content))
		}
		pixels, is := picture.(*image.Paletted)
		if !is {
			t.Fatalf("%s has a byte a pixel no more: %T", name, picture)
		}
		paper := pixels.ColorIndexAt(2, 300)
		inked := func(x0, y0, x1, y1 int) bool {
			for y := y0; y < y1; y++ {
				for x := x0; x < x1; x++ {
					if pixels.Pix[y*pixels.Stride+x] != paper {
						return true
					}
				}
			}
			return false
		}
		if !inked(80, 60, 1120, 130) || !inked(300, 184, 900, 320) || !inked(80, 560, 1120, 600) {
			t.Errorf("%s lacks a text", name)
		}
		if inked(0, 20, 70, 630) || inked(1130, 20, 1200, 630) || inked(0, 600, 1200, 630) {
			t.Errorf("%s writes over its margin", name)
		}
	}
	if !bytes.Equal(draw(t, cards["arabic"]), draw(t, cards["arabic"])) {
		t.Error("the same words are drawn in two ways")
	}
	if _, err := card.Draw(card.Card{Status: "<script>"}); err == nil {
		t.Error("a status that is none is drawn")
	}
}

// TestTheTimeOfACardIsWhole: its last letter is drawn, however long the day is.
func TestTheTimeOfACardIsWhole(t *testing.T) {
	for _, asOf := range []string{"As of 22:22 on Wednesday 26 November 2026, London time", "État à 22:22 le mercredi 26 novembre 2026, heure de Los Angeles"} {
		c := cards["down"]
		c.Word, c.AsOf = "Partly down", asOf+"m"
		whole := draw(t, c)
		if c.AsOf = asOf + "i"; bytes.Equal(whole, draw(t, c)) {
			t.Errorf("the end of %q is cut", asOf)
		}
	}
}

// TestHostileTexts: whatever a text holds, a card comes out.
func TestHostileTexts(t *testing.T) {
	texts := []string{"\x00\xff\u202e\u2066", strings.Repeat("ل", 5000), "", " ", "<script>alert(1)</script>", strings.Repeat("W", 5000), "\u0300\u0301", "日本語 हिन्दी 👩‍👩‍👧"}
	for i, text := range texts[:testkit.Count(3, len(texts))] {
		c := cards["down"]
		c.Name, c.Sentence, c.Follow, c.AsOf, c.Word, c.Tag = text, text, text, text, text, text
		c.RTL = i%2 == 0
		draw(t, c)
	}
}

// TestEveryLanguageCanBeDrawn: no letter of what we say ourselves is missing.
func TestEveryLanguageCanBeDrawn(t *testing.T) {
	for _, tag := range lang.Tags() {
		l := lang.Find(tag)
		for _, id := range []string{"page.everything-works", "page.cannot-tell", "page.is-down", "status.partly", "incident.slow", "card.as-of", "notify.next-by", "time.zone"} {
			if text := l.Text(id, nil); !card.Drawable(text) {
				t.Errorf("%s: %q cannot be drawn", tag, text)
			}
		}
	}
	if card.Drawable("日本語") || !card.Drawable("Ŵyth — “ŷd” 99.95 % Ελλάδα Москва") {
		t.Error("what can be drawn is told wrong")
	}
}

func BenchmarkDraw(b *testing.B) {
	c := cards["down"]
	for b.Loop() {
		draw(b, c)
	}
}
