package support_test

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"daymark/support"
)

// event is what the strict reader below finds of one VEVENT.
type event map[string]string

// readICalendar reads what RFC 5545 allows of what we write, and nothing else.
func readICalendar(text string) ([]event, error) {
	if !strings.HasSuffix(text, "\r\n") || strings.Contains(strings.ReplaceAll(text, "\r\n", ""), "\n") || strings.Contains(strings.ReplaceAll(text, "\r\n", ""), "\r") {
		return nil, errors.New("a line does not end in CRLF")
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\r\n"), "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) || line == "" {
			return nil, fmt.Errorf("a line of %d octets: %q", len(line), line)
		}
	}
	unfolded := strings.ReplaceAll(text, "\r\n ", "")
	lines := strings.Split(strings.TrimSuffix(unfolded, "\r\n"), "\r\n")
	head := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Daymark//Rota//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"}
	if len(lines) < 7 || !slices.Equal(lines[:5], head) || !strings.HasPrefix(lines[5], "X-WR-CALNAME:") || lines[len(lines)-1] != "END:VCALENDAR" {
		return nil, fmt.Errorf("it begins %q", lines[:min(6, len(lines))])
	}
	var events []event
	var open event
	property := regexp.MustCompile(`^([A-Z-]+):(.*)$`)
	for _, line := range lines[6 : len(lines)-1] {
		parts := property.FindStringSubmatch(line)
		switch {
		case line == "BEGIN:VEVENT" && open == nil:
			open = event{}
		case line == "END:VEVENT" && open != nil:
			events, open = append(events, open), nil
		case parts == nil || open == nil || open[parts[1]] != "":
			return nil, fmt.Errorf("%q does not belong there", line)
		default:
			value, err := unescape(parts[1], parts[2])
			if err != nil {
				return nil, err
			}
			open[parts[1]] = value
		}
	}
	if open != nil {
		return nil, errors.New("an event does not end")
	}
	return events, check(events)
}

func unescape(name, value string) (string, error) {
	if name != "SUMMARY" && name != "DESCRIPTION" {
		return value, nil
	}
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == '\\' && i+1 < len(value) && strings.IndexByte(`\;,n`, value[i+1]) >= 0:
			i++
			b.WriteString(strings.ReplaceAll(value[i:i+1], "n", "\n"))
		case c == '\\' || c == ';' || c == ',' || c < ' ' && c != '\t' || c == 0x7f:
			return "", fmt.Errorf("%q is not escaped in %q", c, value)
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), nil
}

// check looks for what each event has to have.
func check(events []event) error {
	seen := map[string]bool{}
	for _, e := range events {
		for _, name := range []string{"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY"} {
			if e[name] == "" {
				return fmt.Errorf("an event without %s: %v", name, e)
			}
		}
		for _, name := range []string{"DTSTAMP", "DTSTART", "DTEND"} {
			if _, err := time.Parse("20060102T150405Z", e[name]); err != nil {
				return err
			}
		}
		if seen[e["UID"]] || e["DTSTART"] >= e["DTEND"] {
			return fmt.Errorf("twice, or no time: %v", e)
		}
		seen[e["UID"]] = true
	}
	return nil
}

func agenda(person string, from, to time.Time, rotas ...*support.Roster) *support.Agenda {
	return &support.Agenda{
		Person: person, Name: "Ana; the \"first\", \\ of\nmany — " + strings.Repeat("ü", 60), Rotas: rotas, From: from, To: to, Stamp: from,
		Names: map[string]string{"ana": "Ana Reyes", "ben": "Ben, Okafor", "chi": "Chi Park"},
	}
}

func readAgenda(t testing.TB, a *support.Agenda) ([]event, string) {
	t.Helper()
	var b strings.Builder
	if err := a.WriteICalendar(&b); err != nil {
		t.Fatal(err)
	}
	events, err := readICalendar(b.String())
	if err != nil {
		t.Fatalf("%v in\n%s", err, b.String())
	}
	return events, b.String()
}

func TestACalendarOfOnePerson(t *testing.T) {
	rota := mainRota()
	rota.Swaps = []support.Swap{{Role: "lead", Person: "chi", From: "2026-03-25T09:00", To: "2026-03-26T09:00"}}
	r := roster(t, rota)
	from := time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)
	events, _ := readAgenda(t, agenda("ben", from, from.AddDate(0, 0, 21), r))
	var got []string
	for _, e := range events {
		got = append(got, strings.Join([]string{e["SUMMARY"], e["DTSTART"], e["DTEND"], e["DESCRIPTION"]}, " | "))
	}
	want := []string{
		"Support Lead, main | 20260316T090000Z | 20260323T090000Z | Support Engineer: Chi Park.",
		"Support Engineer, main | 20260323T090000Z | 20260330T080000Z | Support Lead: Ana Reyes, then Chi Park.", // to 09:00 BST
		"Support Lead, main | 20260330T080000Z | 20260406T080000Z | Support Engineer: Chi Park.",
		"Support Engineer, main | 20260406T080000Z | 20260413T080000Z | Support Lead: Ana Reyes.",
	}
	if !slices.Equal(got, want) {
		t.Errorf("it has\n%s\nand not\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A line is folded only where it is longer than 75 octets, and never inside a letter.
func TestLongLinesAreFolded(t *testing.T) {
	from := time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)
	const name = "X-WR-CALNAME:On call: "
	for text, want := range map[string]string{
		strings.Repeat("a", 75-len(name)):                                       strings.Repeat("a", 75-len(name)),
		strings.Repeat("a", 76-len(name)):                                       strings.Repeat("a", 75-len(name)) + "\r\n a",
		strings.Repeat("a", 74-len(name)) + "ü" + strings.Repeat("b", 72) + "ü": strings.Repeat("a", 74-len(name)) + "\r\n ü" + strings.Repeat("b", 72) + "\r\n ü",
	} {
		a := agenda("ben", from, from.AddDate(0, 0, 7), roster(t, mainRota()))
		a.Name = text
		if _, got := readAgenda(t, a); !strings.Contains(got, name+want+"\r\n") {
			t.Errorf("without\n%s\n%s", name+want, got)
		}
	}
}

// Whenever it is written, an event of a turn is the same but for its stamp.
func TestACalendarWrittenAgainHasTheSameEvents(t *testing.T) {
	rota := mainRota()
	rota.OnCall = support.Hours{Timezone: "Europe/London", Days: "MON-FRI", From: "08:00", To: "18:00"}
	rapid.Check(t, func(t *rapid.T) {
		chosen := mainRota()
		if rapid.Bool().Draw(t, "hours") {
			chosen = rota
		}
		chosen.Handover = rapid.SampledFrom([]string{"MON 09:00", "daily 01:30", "SUN 02:00"}).Draw(t, "handover")
		r, err := support.NewRoster(chosen, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		from := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 60*24*240).Draw(t, "minutes")) * time.Minute)
		later := from.Add(time.Duration(rapid.IntRange(0, 60*24*10).Draw(t, "later")) * time.Minute)
		to := from.AddDate(0, 0, 15)
		read := func(from time.Time) map[string]string {
			var b strings.Builder
			if err := agenda("ben", from, to, r).WriteICalendar(&b); err != nil {
				t.Fatal(err)
			}
			events, err := readICalendar(b.String())
			if err != nil {
				t.Fatal(err)
			}
			all := map[string]string{}
			for _, e := range events {
				all[e["UID"]] = strings.Join([]string{e["DTSTART"], e["DTEND"], e["SUMMARY"], e["DESCRIPTION"]}, " ")
				ends, _ := time.Parse("20060102T150405Z", e["DTEND"])
				if !ends.After(from) {
					t.Fatalf("it was over before: %v", e)
				}
			}
			return all
		}
		first, second := read(from), read(later)
		for uid, says := range second {
			if first[uid] != says {
				t.Fatalf("%q became %q", first[uid], says)
			}
		}
	})
}

// failingWriter takes so many bytes.
type failingWriter int

func (w *failingWriter) Write(p []byte) (int, error) {
	if *w -= failingWriter(len(p)); *w < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

func TestACalendarThatCannotBeWritten(t *testing.T) {
	full := failingWriter(100)
	from := time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)
	if err := agenda("ben", from, from.AddDate(0, 0, 21), roster(t, mainRota())).WriteICalendar(&full); !errors.Is(err, io.ErrShortWrite) {
		t.Error(err)
	}
}

// Whatever a name holds, what is written can be read and says the same.
func FuzzICalendarText(f *testing.F) {
	for _, name := range []string{"", "Ana", "a;b,c\\d\ne", "\r\n \t\x00\x7f", "\xff\xfe", strings.Repeat("é😀", 100), "BEGIN:VEVENT\r\nEND:VCALENDAR"} {
		f.Add(name)
	}
	r := roster(f, mainRota())
	from := time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, name string) {
		a := agenda("ben", from, from.AddDate(0, 0, 7), r)
		a.Name, a.Names = name, map[string]string{"chi": name}
		events, text := readAgenda(t, a)
		if len(events) != 2 {
			t.Fatalf("%d events in\n%s", len(events), text)
		}
	})
}
