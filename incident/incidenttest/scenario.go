package incidenttest

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"daymark/checker"
	"daymark/incident"
)

// Scenario is one text file: what it is about, in lines that begin with #; a
// configuration, up to a line of dashes; and a history.
type Scenario struct {
	About  string
	Config string // YAML; "" for the usual one
	Lines  []Line
}

// Line is one line of a history, and what is told behind it.
type Line struct {
	Text string
	Told []string
	step step
}

// step is what a line asks for. Exactly one of its parts is set.
type step struct {
	at      time.Time     // begin, or begin again, at that time
	every   time.Duration // let rounds come so often from here on
	wait    time.Duration // let time pass without results
	restart bool
	again   bool // give the last round's results again
	rounds  int
	seen    map[string]checker.Outcome // by check, or check/region
	latency time.Duration
	late    time.Time // scheduled then, given now
	forget  bool      // a comment or an empty line
	by      string    // who gives the command
	command func(id func(name string) string) (incident.Command, error)

	maintenance *maintenanceStep
}

// marks begins a line of what is told.
const marks = "> "

var separator = regexp.MustCompile(`(?m)^---\n`)

// Parse reads a scenario; zone is that of times in it. Errors name the line.
func Parse(text string, zone *time.Location) (*Scenario, error) {
	s := &Scenario{}
	if at := separator.FindStringIndex(text); at != nil {
		s.Config, text = text[:at[0]], text[at[1]:]
		for line := range strings.Lines(s.Config) {
			if !strings.HasPrefix(line, "#") {
				break
			}
			s.About += line
		}
	}
	for number, text := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if told, is := strings.CutPrefix(text, marks); is {
			if len(s.Lines) == 0 {
				return nil, fmt.Errorf("line %d of the history: nothing led to %q", number+1, told)
			}
			last := &s.Lines[len(s.Lines)-1]
			last.Told = append(last.Told, told)
			continue
		}
		step, err := parseStep(text, zone)
		if err != nil {
			return nil, fmt.Errorf("line %d of the history, %q: %w", number+1, text, err)
		}
		s.Lines = append(s.Lines, Line{Text: text, step: step})
	}
	return s, nil
}

// String writes the scenario as its file has it.
func (s *Scenario) String() string {
	var b strings.Builder
	if s.Config != "" {
		b.WriteString(s.Config + "---\n")
	}
	for _, line := range s.Lines {
		b.WriteString(line.Text + "\n")
		for _, told := range line.Told {
			b.WriteString(marks + told + "\n")
		}
	}
	return b.String()
}

func parseStep(text string, zone *time.Location) (step, error) {
	words := strings.Fields(text)
	if len(words) == 0 || strings.HasPrefix(text, "#") {
		return step{forget: true}, nil
	}
	if person, is := strings.CutSuffix(words[0], ":"); is {
		command, err := parseCommand(strings.TrimSpace(strings.TrimPrefix(text, words[0])))
		return step{by: person, command: command}, err
	}
	argument := ""
	if len(words) > 1 {
		argument = words[1]
	}
	switch words[0] {
	case "at":
		at, err := time.ParseInLocation("2006-01-02T15:04", argument, zone)
		return step{at: at}, err
	case "every":
		d, err := time.ParseDuration(argument)
		return step{every: d}, err
	case "wait":
		d, err := time.ParseDuration(argument)
		return step{wait: d}, err
	case "restart":
		return step{restart: true}, nil
	case "again":
		return step{again: true}, nil
	case "maintenance":
		m, err := parseMaintenance(words[1:], zone)
		return step{maintenance: m}, err
	}
	return parseRound(words, zone)
}

// parseRound reads what is seen: "ok", or "journey=failed health/a=unknown",
// then how many times, how long answers take, and for late results when they
// were due.
func parseRound(words []string, zone *time.Location) (step, error) {
	s := step{rounds: 1, seen: map[string]checker.Outcome{}, latency: 100 * time.Millisecond}
	for i, word := range words {
		name, outcome, pair := strings.Cut(word, "=")
		times, count := strings.CutPrefix(word, "x")
		switch {
		case word == "ok" && i == 0:
		case pair && name == "latency":
			d, err := time.ParseDuration(outcome)
			if err != nil {
				return step{}, err
			}
			s.latency = d
		case pair && name == "due":
			at, err := time.ParseInLocation("2006-01-02T15:04:05", outcome, zone)
			if err != nil {
				return step{}, err
			}
			s.late = at
		case pair:
			s.seen[name] = checker.Outcome(outcome)
		case count:
			n, err := strconv.Atoi(times)
			if err != nil || n < 1 {
				return step{}, fmt.Errorf("%q is no number of rounds", word)
			}
			s.rounds = n
		default:
			return step{}, fmt.Errorf("%q is no step", word)
		}
	}
	return s, nil
}
