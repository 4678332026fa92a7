package notify

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// ImportOptions says what a file of subscribers may hold.
type ImportOptions struct {
	Components []string          // the ids that there are
	Countries  []string          // ISO 3166-1 alpha-2: whose phone numbers are allowed
	Languages  []string          // of the page
	Refused    map[string]string // channels by which nothing is sent, with why
	Now        time.Time         // when those who are confirmed become so
}

// Bounds on a file of subscribers.
const (
	maxImportBytes  = 10 << 20
	maxImportRows   = 200_000
	maxImportFaults = 1000 // kept; more are only counted
)

// Fault is one thing wrong with a file of subscribers.
type Fault struct {
	Line    int
	Column  string // the header's name for it; empty: the whole line
	Message string
}

// ImportError is all that is wrong with a file of subscribers.
type ImportError struct {
	Faults []Fault // by line
	More   int     // faults beyond those
}

// Error has one line a fault.
func (e *ImportError) Error() string {
	var b strings.Builder
	for i, f := range e.Faults {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "line %d: ", f.Line)
		if f.Column != "" {
			b.WriteString(f.Column + ": ")
		}
		b.WriteString(f.Message)
	}
	if e.More > 0 {
		fmt.Fprintf(&b, "\nand %d more", e.More)
	}
	return b.String()
}

// columns of the file; those that a header may leave out are false.
var columns = map[string]bool{
	"channel": true, "address": true, "name": true, "confirmed": true, "components": true, "severity": true,
	"updates": false, "maintenance": false, "language": false, "incident": false,
}

// Unsaid is what a file has no column for: it stays as it is for those who are
// there already.
type Unsaid struct{ Language, Incident, Maintenance bool }

// ParseSubscribers reads CSV with a header that names these columns, in any
// order:
//
//	channel     email, sms, webhook, slack, teams or discord
//	address     an email address, a phone number with its country code, or the
//	            https address of a webhook or a chat
//	name        may be empty
//	confirmed   yes, or no: imported, and told nothing before they confirm
//	components  ids, separated by spaces or semicolons; empty: all
//	severity    P1 to P4: they hear of it and worse; empty: all
//	updates     all, or edges: only beginning, worsening and end; may be left
//	            out; empty: edges for sms, else all
//	maintenance yes or no: planned work too; may be left out; empty: no
//	language    one of the page's; may be left out; empty: the page's first
//	incident    the only one that they hear of; may be left out; empty: all
//
// It answers all subscribers, without IDs, and what the file has no column
// for, or an *ImportError with all that is
// wrong, or what the reader failed with. At most 10 MB and 200,000 rows are
// taken.
func ParseSubscribers(r io.Reader, opts ImportOptions) ([]Subscriber, Unsaid, error) {
	limited := &io.LimitedReader{R: r, N: maxImportBytes + 1}
	p := importer{opts: opts, csv: csv.NewReader(limited), seen: map[string]int{}}
	p.csv.FieldsPerRecord = -1 // counted here, so that one short row hides no other fault
	p.csv.TrimLeadingSpace = true
	if p.header() {
		for p.row() {
		}
	}
	if limited.N <= 0 {
		return nil, Unsaid{}, &ImportError{Faults: []Fault{{Line: 1, Message: "the file has more than 10 MB; import it in parts"}}}
	}
	if p.err != nil {
		return nil, Unsaid{}, fmt.Errorf("read the subscribers: %w", p.err)
	}
	if len(p.faults.Faults) > 0 {
		return nil, Unsaid{}, &p.faults
	}
	unsaid := func(column string) bool { _, said := p.at[column]; return !said }
	return p.found, Unsaid{unsaid("language"), unsaid("incident"), unsaid("maintenance")}, nil
}

// importer is the reading of one file.
type importer struct {
	opts   ImportOptions
	csv    *csv.Reader
	at     map[string]int // column → place
	width  int
	rows   int
	line   int            // of the row being read
	seen   map[string]int // channel and address → line
	found  []Subscriber
	faults ImportError
	err    error // of the reader
}

func (p *importer) fault(column, format string, args ...any) {
	if len(p.faults.Faults) >= maxImportFaults {
		p.faults.More++
		return
	}
	p.faults.Faults = append(p.faults.Faults, Fault{p.line, column, fmt.Sprintf(format, args...)})
}

// read takes the next record; false means that there is none to look at now.
func (p *importer) read() (record []string, more bool) {
	record, err := p.csv.Read()
	if parse := (*csv.ParseError)(nil); errors.As(err, &parse) {
		p.line = parse.Line
		p.fault("", "this is not CSV: %v", parse.Err)
		return nil, true
	}
	if errors.Is(err, io.EOF) {
		return nil, false
	}
	if err != nil {
		p.err = err
		return nil, false
	}
	p.line, _ = p.csv.FieldPos(0)
	return record, true
}

func (p *importer) header() bool {
	p.line = 1
	record, _ := p.read()
	if record == nil {
		p.fault("", "the file begins with no header: channel,address,name,confirmed,components,severity")
		return false
	}
	record[0] = strings.TrimPrefix(record[0], "\uFEFF") // spreadsheets write it
	p.at, p.width = map[string]int{}, len(record)
	for i, name := range record {
		name = strings.ToLower(strings.TrimSpace(name))
		if _, known := columns[name]; !known {
			p.fault(shown(name), "is no column; there are channel, address, name, confirmed, components, severity, updates, maintenance, language and incident")
		}
		if _, twice := p.at[name]; twice {
			p.fault(shown(name), "is there twice")
		}
		p.at[name] = i
	}
	for _, name := range []string{"channel", "address", "name", "confirmed", "components", "severity"} {
		if _, ok := p.at[name]; !ok {
			p.fault(name, "is missing from the header")
		}
	}
	return len(p.faults.Faults) == 0
}

// row reads one subscriber; false ends the file.
func (p *importer) row() bool {
	record, more := p.read()
	if !more || record == nil {
		return more
	}
	if p.rows++; p.rows > maxImportRows {
		p.fault("", "the file has more than %d rows; import it in parts", maxImportRows)
		return false
	}
	if len(record) != p.width {
		p.fault("", "has %d fields; the header has %d", len(record), p.width)
		return true
	}
	get := func(column string) string {
		if i, ok := p.at[column]; ok {
			return strings.TrimSpace(record[i])
		}
		return ""
	}
	s := Subscriber{Channel: get("channel")}
	p.who(&s, get)
	p.what(&s, get)
	p.found = append(p.found, s)
	return true
}

// who reads the address, the name and the consent.
func (p *importer) who(s *Subscriber, get func(string) string) {
	var err error
	switch s.Channel {
	case "email":
		s.Address, err = ParseEmail(get("address"))
	case "sms":
		s.Address, err = ParsePhone(get("address"), p.opts.Countries)
	case "webhook", "slack", "teams", "discord":
		s.Address, err = ParseAddress(s.Channel, get("address"), nil)
	default:
		p.fault("channel", "is %q; it can be email, sms, webhook, slack, teams or discord", shown(s.Channel))
	}
	if why := p.opts.Refused[s.Channel]; why != "" {
		p.fault("channel", "%s", why)
	}
	if err != nil {
		p.fault("address", "%v", err)
	}
	if s.Address != "" {
		key := s.Channel + " " + strings.ToLower(s.Address)
		if first, twice := p.seen[key]; twice {
			p.fault("address", "is on line %d already", first)
		} else {
			p.seen[key] = p.line
		}
	}
	s.Name = get("name")
	if utf8.RuneCountInString(s.Name) > maxName || strings.ContainsFunc(s.Name, control) {
		p.fault("name", "is longer than %d characters or not on one line", maxName)
	}
	switch get("confirmed") {
	case "yes":
		s.Confirmed = p.opts.Now
	case "no":
	default:
		p.fault("confirmed", "is %q; it can be yes (they agreed, and you can show it) or no", shown(get("confirmed")))
	}
}

// what reads what the subscriber wants to hear.
func (p *importer) what(s *Subscriber, get func(string) string) {
	for _, id := range strings.FieldsFunc(get("components"), func(r rune) bool { return r == ' ' || r == ';' }) {
		switch {
		case !slices.Contains(p.opts.Components, id):
			p.fault("components", "there is no component %q", shown(id))
		case !slices.Contains(s.Components, id):
			s.Components = append(s.Components, id)
		}
	}
	var ok bool
	if s.Severity, ok = severities[get("severity")]; !ok {
		p.fault("severity", "is %q; it can be P1, P2, P3, P4 or empty", shown(get("severity")))
	}
	switch get("updates") {
	case "all":
	case "edges":
		s.Edges = true
	case "":
		s.Edges = s.Channel == "sms"
	default:
		p.fault("updates", "is %q; it can be all, edges or empty", shown(get("updates")))
	}
	switch get("maintenance") {
	case "yes":
		s.Maintenance = true
	case "no", "":
	default:
		p.fault("maintenance", "is %q; it can be yes, no or empty", shown(get("maintenance")))
	}
	if s.Language = get("language"); s.Language != "" && !slices.Contains(p.opts.Languages, s.Language) {
		p.fault("language", "is %q; it can be %s or empty", shown(s.Language), strings.Join(p.opts.Languages, ", "))
	}
	if s.Incident = get("incident"); len(s.Incident) > maxIncidentID {
		p.fault("incident", "there is no incident %q", shown(s.Incident))
	}
	if s.Incident != "" {
		s.Want(s.Wishes().alone())
	}
}

// shown cuts what a file holds for a message.
func shown(text string) string { return cut(text, 60) }

func control(r rune) bool { return r < ' ' || r == 0x7f }
