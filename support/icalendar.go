package support

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// Agenda is the turns of one person on some rotas, to be written as a
// calendar.
type Agenda struct {
	Person   string
	Name     string            // of the person
	Names    map[string]string // of all people, by id
	Rotas    []*Roster
	From, To time.Time
	Stamp    time.Time // when it is written
}

// WriteICalendar writes an agenda as iCalendar (RFC 5545): an event for each
// turn, with times in UTC. An event keeps its UID while the turn begins at the
// same time, so that a calendar that reads again changes it and adds none.
func (a *Agenda) WriteICalendar(w io.Writer) error {
	c := &calendarWriter{w: w}
	c.line("BEGIN:VCALENDAR")
	c.line("VERSION:2.0")
	c.line("PRODID:-//Daymark//Rota//EN")
	c.line("CALSCALE:GREGORIAN")
	c.line("METHOD:PUBLISH")
	c.line("X-WR-CALNAME:" + escapeText("On call: "+a.Name))
	for _, r := range a.Rotas {
		for _, turn := range r.Turns(a.Person, a.From, a.To) {
			c.line("BEGIN:VEVENT")
			c.line("UID:" + a.uid(r, turn))
			c.line("DTSTAMP:" + utc(a.Stamp))
			c.line("DTSTART:" + utc(turn.From))
			c.line("DTEND:" + utc(turn.To))
			c.line("SUMMARY:" + escapeText(turn.Role.Title()+", "+r.rota.ID))
			c.line("DESCRIPTION:" + escapeText(a.description(turn)))
			c.line("TRANSP:TRANSPARENT") // one can be on call and in a meeting
			c.line("END:VEVENT")
		}
	}
	c.line("END:VCALENDAR")
	if c.err != nil {
		return fmt.Errorf("write the calendar: %w", c.err)
	}
	return nil
}

// description says with whom.
func (a *Agenda) description(turn PersonalTurn) string {
	other := Lead
	if turn.Role == Lead {
		other = Engineer
	}
	var names []string
	for _, id := range turn.With {
		name := a.Names[id]
		if name == "" {
			name = id
		}
		if name != "" {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "Nobody is " + other.Title() + "."
	}
	return other.Title() + ": " + strings.Join(names, ", then ") + "."
}

func (a *Agenda) uid(r *Roster, turn PersonalTurn) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{r.rota.ID, string(turn.Role), a.Person, utc(turn.From)}, "\x00")))
	return hex.EncodeToString(sum[:12]) + "@rota.daymark"
}

func utc(at time.Time) string { return at.UTC().Format("20060102T150405Z") }

// escapeText writes a value of the type TEXT. Control characters have no place
// in it.
func escapeText(text string) string {
	text = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`).Replace(strings.ToValidUTF8(text, "\uFFFD"))
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, text)
}

// calendarWriter writes content lines, folded at 75 octets.
type calendarWriter struct {
	w   io.Writer
	err error
}

// foldAt is how many octets a line has at most, without its end.
const foldAt = 75

func (c *calendarWriter) line(text string) {
	var b strings.Builder
	width := 0
	for len(text) > 0 {
		_, size := utf8.DecodeRuneInString(text)
		if width+size > foldAt {
			b.WriteString("\r\n ")
			width = 1
		}
		b.WriteString(text[:size])
		text = text[size:]
		width += size
	}
	b.WriteString("\r\n")
	if c.err == nil {
		_, c.err = io.WriteString(c.w, b.String())
	}
}
