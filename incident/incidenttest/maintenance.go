package incidenttest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"daymark/incident"
)

// maintenanceStep is a line such as
//
//	maintenance plan sign-in,api from=2026-12-01T13:05 lasts=10m New disks
//	maintenance extend m1 by=10m
//	maintenance end m1
//	maintenance cancel m1 The supplier is ill
//
// Maintenance is numbered m1, m2, … in the order in which it was planned.
type maintenanceStep struct {
	verb           string
	what           string // components of a plan, else m1, m2, …
	from, announce time.Time
	lasts, by      time.Duration
	words          string // title or reason
}

func parseMaintenance(words []string, zone *time.Location) (*maintenanceStep, error) {
	if len(words) < 2 || !slices.Contains([]string{"plan", "extend", "end", "cancel"}, words[0]) {
		return nil, errors.New("maintenance is planned, extended, ended or cancelled")
	}
	m := &maintenanceStep{verb: words[0], what: words[1]}
	var rest []string
	for _, word := range words[2:] {
		key, value, _ := strings.Cut(word, "=")
		var err error
		switch key {
		case "from":
			m.from, err = time.ParseInLocation("2006-01-02T15:04", value, zone)
		case "announce":
			m.announce, err = time.ParseInLocation("2006-01-02T15:04", value, zone)
		case "lasts":
			m.lasts, err = time.ParseDuration(value)
		case "by":
			m.by, err = time.ParseDuration(value)
		default:
			rest = append(rest, word)
		}
		if err != nil {
			return nil, err
		}
	}
	m.words = strings.Join(rest, " ")
	return m, nil
}

// maintain does what a person asks; a refusal is told.
func (p *player) maintain(ctx context.Context, s *maintenanceStep) error {
	id := s.what
	if n := 0; s.verb != "plan" {
		if _, err := fmt.Sscanf(s.what, "m%d", &n); err == nil && n >= 1 && n <= len(p.teller.calls) {
			id = p.teller.calls[n-1]
		}
	}
	var command incident.Command
	switch s.verb {
	case "plan":
		command = incident.PlanMaintenance{
			Title: s.words, Components: strings.Split(s.what, ","), Announce: s.announce, Starts: s.from, Lasts: s.lasts,
		}
	case "extend":
		command = incident.ExtendMaintenance{ID: id, By: s.by}
	case "end":
		command = incident.EndMaintenance{ID: id, Why: s.words}
	case "cancel":
		command = incident.CancelMaintenance{ID: id, Why: s.words}
	}
	_, err := p.engine.Command(ctx, incident.By{Via: "somebody"}, "", command)
	if _, ok := errors.AsType[*incident.Refusal](err); ok {
		p.teller.tell(p.now, "refused: "+strings.ReplaceAll(err.Error(), id, s.what))
		return nil
	}
	return err
}

// maintenance tells what became of one.
func (t *told) maintenance(now time.Time, m *incident.PlannedMaintenance) {
	before, known := t.works[m.ID]
	t.works[m.ID] = m.Clone()
	if !known {
		t.calls = append(t.calls, m.ID)
	}
	name := fmt.Sprintf("m%d", slices.Index(t.calls, m.ID)+1)
	if !known || before.Stage == incident.Cancelled && m.Stage == incident.Scheduled {
		before = incident.PlannedMaintenance{Ends: m.Ends, Stage: incident.Scheduled}
		t.tell(now, fmt.Sprintf("%s is scheduled: %s, of %s, from %s to %s",
			name, m.Title, strings.Join(m.Components, " "), t.clock(m.Starts, now), t.clock(m.Ends, now)))
	}
	if before.Announced.IsZero() && !m.Announced.IsZero() {
		t.tell(now, name+" is announced")
	}
	if !before.Ends.Equal(m.Ends) {
		t.tell(now, name+" lasts until "+t.clock(m.Ends, now))
	}
	if before.Stage != m.Stage {
		text := fmt.Sprintf("%s is %s", name, m.Stage)
		if m.Stage == incident.Verifying {
			text += ", over since " + t.clock(m.Over, now)
		}
		if m.Why != "" && before.Why != m.Why {
			text += ": " + m.Why
		}
		t.tell(now, text)
	}
}
