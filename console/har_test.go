package console

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"daymark/checker"
	"daymark/incident"
)

// TestAnyArchiveIsDrawnWithinItsPlace: whatever numbers and texts a target has
// us keep, bars stay on their line and texts within their bounds.
func TestAnyArchiveIsDrawnWithinItsPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.OneOf(rapid.Float64Range(-1e308, 1e308), rapid.Float64Range(-10, 5000))
		var entries []map[string]any
		for range rapid.IntRange(1, 20).Draw(t, "requests") {
			at := time.Unix(rapid.Int64Range(-60_000_000_000, 250_000_000_000).Draw(t, "at"), 0).UTC()
			entries = append(entries, map[string]any{
				"startedDateTime": at.Format(time.RFC3339), "time": number.Draw(t, "time"),
				"request":  map[string]any{"method": rapid.String().Draw(t, "method"), "url": strings.Repeat(rapid.StringN(1, 20, -1).Draw(t, "url"), rapid.IntRange(0, 100).Draw(t, "times"))},
				"response": map[string]any{"status": rapid.IntRange(-9, 999).Draw(t, "status"), "bodySize": rapid.Int64().Draw(t, "size"), "_error": rapid.String().Draw(t, "error")},
				"timings":  map[string]any{"wait": number.Draw(t, "wait"), "receive": number.Draw(t, "receive"), "dns": number.Draw(t, "dns")},
			})
		}
		data, err := json.Marshal(map[string]any{"log": map[string]any{"entries": entries}})
		if err != nil {
			t.Fatal(err)
		}
		w := readHAR(data)
		if w == nil { // a year that no time has
			return
		}
		if w.Asked != len(entries) || len(w.Rows) != len(entries) {
			t.Fatalf("%d of %d", len(w.Rows), len(entries))
		}
		for _, row := range w.Rows {
			if row.From < 0 || row.From > row.Wait || row.Wait > row.To || row.To > waterfallWidth+2 {
				t.Fatalf("a bar from %d by %d to %d", row.From, row.Wait, row.To)
			}
			if utf8.RuneCountInString(row.URL) > mostURL+1 || utf8.RuneCountInString(row.Method) > 21 {
				t.Fatalf("%d characters", len(row.URL))
			}
		}
	})
}

func TestWhatIsNoArchiveIsNone(t *testing.T) {
	for _, text := range []string{"", "{}", "[]", "null", `{"log":{"entries":[]}}`, `{"log":{"entries":[{"startedDateTime":"yesterday"}]}}`, "<html>"} {
		if w := readHAR([]byte(text)); w != nil {
			t.Errorf("%q: %+v", text, w)
		}
	}
	entry := `{"startedDateTime":"2026-12-01T13:00:00Z","time":10,"request":{"method":"GET","url":"u"},"response":{"status":200}}`
	w := readHAR([]byte(`{"log":{"entries":[` + strings.Repeat(entry+",", mostExchanges) + entry + `]}}`))
	if w == nil || w.Asked != mostExchanges+1 || len(w.Rows) != mostExchanges {
		t.Errorf("many requests: %+v", w)
	}
}

func TestWhichEvidenceIsAPicture(t *testing.T) {
	for data, want := range map[string]string{
		"\xff\xd8\xff\xe0": "image/jpeg", "\x89PNG\x0D\x0A\x1A\x0A": "image/png", "RIFF\x00\x00\x00\x00WEBPVP8 ": "image/webp",
		"<svg xmlns='http://www.w3.org/2000/svg'/>": "", "<html>": "", "GIF89a": "", "": "",
	} {
		if got := pictureType([]byte(data)); got != want {
			t.Errorf("%q: %q; want %q", data, got, want)
		}
	}
}

func TestHowTextOfEvidenceIsShown(t *testing.T) {
	for name, test := range map[string]struct {
		data, text string
		cut, none  bool
	}{
		"text":    {"a <b>", "a <b>", false, false},
		"JSON":    {`{"a":[1]}`, "{\n  \"a\": [\n    1\n  ]\n}", false, false},
		"binary":  {"a\x00b", "", false, true},
		"no text": {"\xff\xfe", "", false, true},
		"long":    {strings.Repeat("a", mostShown+1), strings.Repeat("a", mostShown), true, false},
		"empty":   {"", "", false, false},
	} {
		var p piecePage
		if p.fillText([]byte(test.data)); p.Text != test.text || p.Cut != test.cut || p.None != test.none {
			t.Errorf("%s: %d characters, %t, %t", name, len(p.Text), p.Cut, p.None)
		}
	}
}

// Buckets hold each run that answered or failed in its time, and no other.
func TestRunsAreLaidOnStretchesOfTime(t *testing.T) {
	from := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		var runs []checker.Result
		want := 0
		for range rapid.IntRange(0, 50).Draw(t, "runs") {
			r := checker.Result{
				Region: rapid.SampledFrom([]string{"west", "east", "left"}).Draw(t, "region"), At: from.Add(time.Duration(rapid.IntRange(-10, 70).Draw(t, "minute")) * time.Minute),
				Outcome: rapid.SampledFrom([]checker.Outcome{checker.OK, checker.Degraded, checker.Failed, checker.Unknown}).Draw(t, "outcome"), Latency: time.Second,
			}
			if r.Region != "left" && r.Outcome != checker.Unknown && !r.At.Before(from) && r.At.Before(from.Add(time.Hour)) {
				want++
			}
			runs = append(runs, r)
		}
		got := 0
		for _, region := range bucketsOf(runs, []string{"west", "east"}, wholeRun, from, 5*time.Minute, 12) {
			for _, b := range region.Buckets {
				got += b.Answered + b.Failed
				if b.Sum != time.Duration(b.Answered)*time.Second {
					t.Fatalf("%+v", b)
				}
			}
		}
		if got != want {
			t.Fatalf("%d runs of %d", got, want)
		}
	})
}

func TestNumbersOfTheConsole(t *testing.T) {
	for d, want := range map[time.Duration]string{1234 * time.Microsecond: "1.2 ms", 412 * time.Millisecond: "412 ms", 2410 * time.Millisecond: "2.41 s"} {
		if got := took(d); got != want {
			t.Errorf("%v: %s", d, got)
		}
	}
	if got := fmt.Sprint(sayComponents(3, 0, 0), sayComponents(3, 1, 0), sayComponents(3, 2, 1), sayComponents(3, 0, 1), sayComponents(0, 0, 0), sayComponents(2, 0, 2)); !strings.Contains(got, "No component is measured.") || !strings.Contains(got, "1 component of 3") || !strings.Contains(got, "2 components of 3") || !strings.Contains(got, "1 component is not measured") {
		t.Error(got)
	}
	if got := outcomeSaid(checker.Failed); got.Status != incident.Down || got.Word != "Failed" {
		t.Errorf("%+v", got)
	}
}
