package lang

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var named = regexp.MustCompile(`\{\w+\}`)

// TestCatalogues holds each language to the ids and values of English, and to
// plural forms that it has.
func TestCatalogues(t *testing.T) {
	english := English().messages()
	if len(english) < 50 {
		t.Fatalf("English has %d messages", len(english))
	}
	for _, l := range languages() {
		t.Run(l.Tag, func(t *testing.T) {
			if got, want := slices.Sorted(maps.Keys(l.messages())), slices.Sorted(maps.Keys(english)); !slices.Equal(got, want) {
				t.Fatalf("ids differ from those of English: %v", difference(got, want))
			}
			var forms []string
			for _, rule := range l.locale.PluralsCardinal() {
				forms = append(forms, strings.ToLower(rule.String()))
			}
			for id, said := range l.messages() {
				if said["other"] == "" {
					t.Errorf("%s has no form for other", id)
				}
				for form, text := range said {
					if !slices.Contains(forms, form) {
						t.Errorf("%s has a form for %s, which %s has not", id, form, l.Name)
					}
					if strings.TrimSpace(text) == "" || text != strings.ToValidUTF8(text, "") {
						t.Errorf("%s.%s is %q", id, form, text)
					}
					if got, want := values(text), values(english[id]["other"]); form == "other" && !slices.Equal(got, want) {
						t.Errorf("%s has the values %v, in English %v", id, got, want)
					}
					if l.Tag != "en" && text == english[id]["other"] && wordy.MatchString(named.ReplaceAllString(text, "")) && !slices.Contains(alike, id) {
						t.Errorf("%s is as in English: %q", id, text)
					}
				}
			}
		})
	}
}

// alike are the messages with words that may read as in English.
var alike = []string{"time.d", "time.h", "time.min", "time.s", "time.ms", "page.api", "page.maintenance-day", "page.time-in", "time.within-min"}

var wordy = regexp.MustCompile(`\p{L}`)

func values(text string) []string {
	found := named.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

func difference(a, b []string) []string {
	only := func(x, y []string) []string {
		return slices.DeleteFunc(slices.Clone(x), func(s string) bool { return slices.Contains(y, s) })
	}
	return append(only(a, b), only(b, a)...)
}

func TestCounts(t *testing.T) {
	for _, c := range []struct {
		tag  string
		n    int
		want string
	}{
		{"en", 1, "every day"},
		{"en", 2, "every 2 days"},
		{"en", 1234, "every 1,234 days"},
		{"de", 1, "jeden Tag"},
		{"de", 1234, "alle 1.234 Tage"},
		{"cy", 2, "bob 2 ddiwrnod"},
		{"cy", 3, "bob 3 diwrnod"},
		{"ar", 2, "كل يومين"},
		{"ar", 5, "كل 5 أيام"},
		{"ar", 11, "كل 11 يومًا"},
		{"ar", 100, "كل 100 يوم"},
	} {
		if got := Find(c.tag).Count("time.every-d", c.n, nil); got != c.want {
			t.Errorf("%s: %d is %q, want %q", c.tag, c.n, got, c.want)
		}
	}
}

func TestTimes(t *testing.T) {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 12, 1, 14, 30, 0, 0, zone)
	for tag, want := range map[string]string{
		"en": "14:30 on 1 December", "cy": "14:30 ar 1 Rhagfyr", "fr": "14:30 le 1 décembre", "de": "14:30 am 1. Dezember",
		"es": "14:30 del 1 de diciembre", "ar": "14:30 يوم 1 ديسمبر",
	} {
		l := Find(tag)
		if got := l.Clock(at, at.AddDate(0, 0, 1), zone); got != want {
			t.Errorf("%s: %q, want %q", tag, got, want)
		}
		if got := l.Clock(at, at.Add(time.Hour), zone); got != "14:30" {
			t.Errorf("%s: today's is %q", tag, got)
		}
	}
	for d, want := range map[time.Duration]string{
		0: "less than a second", 45 * time.Second: "45 s", 12 * time.Minute: "12 min", 74 * time.Minute: "1 h 14 min",
		51*time.Hour + 20*time.Minute: "2 d 3 h", 2*time.Minute + 20*time.Second: "2 min 20 s",
	} {
		if got := English().Duration(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
	for d, want := range map[time.Duration]string{30 * time.Minute: "every 30 minutes", time.Hour: "every hour", 48 * time.Hour: "every 2 days"} {
		if got := English().Every(d); got != want {
			t.Errorf("every %v is %q, want %q", d, got, want)
		}
	}
	if got := English().Within(24 * time.Hour); got != "1 day" {
		t.Errorf("within a day is %q", got)
	}
	if got := English().Zone(zone, at); got != "London time" {
		t.Errorf("the zone is %q", got)
	}
	if got := Find("de").Zone(time.UTC, at); got != "UTC" {
		t.Errorf("UTC is %q", got)
	}
}

func TestFinePercentages(t *testing.T) {
	for n, want := range map[int64]string{99950: "99.95\u00a0%", 99999: "99.999\u00a0%", 100000: "100\u00a0%", 99000: "99\u00a0%", 0: "0\u00a0%"} {
		if got := English().PercentFine(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

func TestLatencies(t *testing.T) {
	for d, want := range map[time.Duration]string{
		300 * time.Microsecond: "0 ms", 212 * time.Millisecond: "212 ms", 999400 * time.Microsecond: "999 ms", 999600 * time.Microsecond: "1 s",
		2450 * time.Millisecond: "2.5 s", 2040 * time.Millisecond: "2 s", 9960 * time.Millisecond: "10 s", 38200 * time.Millisecond: "38 s",
	} {
		if got := English().Latency(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
	if got := Find("de").Latency(2400 * time.Millisecond); got != "2,4 Sek." {
		t.Errorf("German says %q", got)
	}
}

func TestLists(t *testing.T) {
	for _, c := range []struct {
		tag  string
		want []string
	}{
		{"en", []string{"", "A", "A and B", "A, B and 1 more", "A, B and 2 more"}},
		{"ar", []string{"", "A", "A وB", "A، B وخدمة أخرى", "A، B وخدمتان أخريان"}},
	} {
		for n, want := range c.want {
			if got := Find(c.tag).Few([]string{"A", "B", "C", "D"}[:n], 2); got != want {
				t.Errorf("%s: %d names are %q, want %q", c.tag, n, got, want)
			}
		}
	}
}

// TestValuesAreNotLookedAt: what fills a message is never filled in turn.
func TestValuesAreNotLookedAt(t *testing.T) {
	if got := English().Text("notify.since", Values{"sentence": "{time} {n}", "time": "14:30"}); got != "{time} {n} since 14:30" {
		t.Errorf("it says %q", got)
	}
}

// TestOneFullStopEndsASentence, where a shortened word brings one of its own.
func TestOneFullStopEndsASentence(t *testing.T) {
	german := Find("de")
	got := german.Text("page.component-limit", Values{"time": german.Latency(time.Second)})
	if want := "Gestrichelt: 1 Sek. Darüber nennen wir es langsam."; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
	if got := fill("{a}, {b}. {a}", Values{"a": "1 s", "b": "2 s"}); got != "1 s, 2 s. 1 s" {
		t.Errorf("others become %q", got)
	}
}

func TestMatch(t *testing.T) {
	offered := []string{"en", "cy", "ar"}
	for header, want := range map[string]string{
		"": "en", "cy": "cy", "cy-GB, en;q=0.5": "cy", "de, ar;q=0.8": "ar", "de": "en", "*": "en", ";;;": "en",
		"fr;q=0.9, en-US;q=0.3": "en", strings.Repeat("x", 10_000): "en",
	} {
		if got := Match(header, offered); got != want {
			t.Errorf("%q is answered with %s, want %s", header, got, want)
		}
	}
	if got := Match("fr", []string{"ar", "en"}); got != "ar" {
		t.Errorf("a page in Arabic answers in %s", got)
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("en, cy;q=0.3")
	f.Fuzz(func(t *testing.T, header string) {
		if got := Match(header, []string{"en", "ar"}); got != "en" && got != "ar" {
			t.Errorf("%q is answered with %q", header, got)
		}
	})
}
