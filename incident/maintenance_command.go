package incident

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"daymark/internal/expression"
)

// Limits of what a person plans.
const (
	LongestMaintenance  = 90 * 24 * time.Hour
	maxMaintenanceTitle = 255    // characters, as clients make room for
	maxMaintenanceText  = 10_000 // characters
	maxMaintenanceWhy   = 1_000  // characters
	farthestMaintenance = 2 * 366 * 24 * time.Hour
)

// PlanMaintenance plans work. Zero Starts: now. Zero Announce: maintenance's
// `announce` before it starts, or now where that is over.
type PlanMaintenance struct {
	Title      string        `json:"title"`
	Text       string        `json:"text"`
	Components []string      `json:"components"`
	Announce   time.Time     `json:"announce,omitzero"`
	Starts     time.Time     `json:"starts,omitzero"`
	Lasts      time.Duration `json:"lasts"`
}

// ExtendMaintenance has work that is not over end later.
type ExtendMaintenance struct {
	ID string        `json:"id"`
	By time.Duration `json:"by"`
}

// EndMaintenance ends work that goes on before its time.
type EndMaintenance struct {
	ID  string `json:"id"`
	Why string `json:"why"`
}

// CancelMaintenance drops work that has not begun.
type CancelMaintenance struct {
	ID  string `json:"id"`
	Why string `json:"why"`
}

func (c PlanMaintenance) act() (action, object string) { return "maintenance planned", c.Title }

func (c PlanMaintenance) apply(d *decider, _ By) (string, error) { return d.maintained(c.plan(d)) }

func (c ExtendMaintenance) act() (action, object string) {
	return "maintenance extended by " + expression.FormatDuration(c.By), c.ID
}

func (c ExtendMaintenance) apply(d *decider, _ By) (string, error) { return d.maintained(c.extend(d)) }

func (c EndMaintenance) act() (action, object string) { return "maintenance ended", c.ID }

func (c EndMaintenance) apply(d *decider, _ By) (string, error) { return d.maintained(c.end(d)) }

func (c CancelMaintenance) act() (action, object string) { return "maintenance cancelled", c.ID }

func (c CancelMaintenance) apply(d *decider, _ By) (string, error) { return d.maintained(c.cancel(d)) }

// maintained keeps a maintenance that a person changed.
func (d *decider) maintained(m *PlannedMaintenance, err error) (string, error) {
	if err != nil {
		return "", err
	}
	d.state.Maintenances[m.ID] = m
	d.keep(m)
	return m.ID, nil
}

func (c PlanMaintenance) plan(d *decider) (*PlannedMaintenance, error) {
	starts := c.Starts.UTC().Truncate(time.Millisecond)
	if c.Starts.IsZero() {
		starts = d.now
	}
	ends := starts.Add(c.Lasts)
	switch {
	case strings.TrimSpace(c.Title) == "":
		return nil, refuse(Invalid, "a maintenance needs a title that visitors understand")
	case utf8.RuneCountInString(c.Title) > maxMaintenanceTitle:
		return nil, refuse(Invalid, "the title has more than %d characters", maxMaintenanceTitle)
	case utf8.RuneCountInString(c.Text) > maxMaintenanceText:
		return nil, refuse(Invalid, "the text has more than %d characters", maxMaintenanceText)
	case len(c.Components) == 0:
		return nil, refuse(Invalid, "a maintenance is of one component at least")
	case c.Lasts <= 0 || c.Lasts > LongestMaintenance:
		return nil, refuse(Invalid, "a maintenance lasts more than nothing, and 90 days at most")
	case starts.Before(d.now.Add(-time.Minute)): // a minute passes while somebody writes
		return nil, refuse(Invalid, "it would have begun before now, at %s", starts.Format(time.RFC3339))
	case starts.Sub(d.now) > farthestMaintenance:
		return nil, refuse(Invalid, "it would begin more than two years from now")
	case !ends.After(d.now):
		return nil, refuse(Invalid, "it would be over before now")
	case c.Announce.After(starts):
		return nil, refuse(Invalid, "it would be announced after it begins")
	}
	for i, component := range c.Components {
		if d.policy.components[component] == nil {
			return nil, refuse(NotFound, "there is no component %q in the configuration", component)
		}
		if slices.Contains(c.Components[:i], component) {
			return nil, refuse(Invalid, "the component %q is named twice", component)
		}
	}
	announce := c.Announce.UTC().Truncate(time.Millisecond)
	if c.Announce.IsZero() {
		announce = starts.Add(-d.policy.announce)
	}
	m := &PlannedMaintenance{
		ID: newID(d.now, fmt.Sprint("maintenance ", len(d.state.Maintenances), c)), Title: strings.TrimSpace(c.Title), Text: strings.TrimSpace(c.Text),
		Components: slices.Clone(c.Components), Stage: Scheduled, Announce: later(announce, d.now), Starts: starts, Ends: ends, Made: d.now,
	}
	if starts.Before(m.Announce) {
		m.Announce = starts
	}
	if d.state.Maintenances[m.ID] != nil {
		return nil, refuse(Conflict, "it was planned a moment ago")
	}
	return m, nil
}

func (c ExtendMaintenance) extend(d *decider) (*PlannedMaintenance, error) {
	m, err := d.maintenance(c.ID)
	if err != nil {
		return nil, err
	}
	if m.Stage != Scheduled && m.Stage != InProgress {
		return nil, refuse(Conflict, "the maintenance %s is %s: plan another one", m.ID, m.Stage.said())
	}
	ends := m.Ends.Add(c.By)
	if c.By <= 0 || ends.Sub(m.Starts) > LongestMaintenance {
		return nil, refuse(Invalid, "a maintenance is extended by more than nothing, to 90 days at most")
	}
	m.Moves = append(m.Moves, Move{At: d.now, From: m.Ends, To: ends})
	m.Moves = m.Moves[max(0, len(m.Moves)-mostMoves):]
	m.Ends = ends
	return m, nil
}

func (c EndMaintenance) end(d *decider) (*PlannedMaintenance, error) {
	m, err := d.maintenance(c.ID)
	if err != nil {
		return nil, err
	}
	switch {
	case m.Stage == Scheduled:
		return nil, refuse(Conflict, "the maintenance %s has not begun: cancel it", m.ID)
	case utf8.RuneCountInString(c.Why) > maxMaintenanceWhy:
		return nil, refuse(Invalid, "the reason has more than %d characters", maxMaintenanceWhy)
	case !m.to(Verifying):
		return nil, refuse(Conflict, "the maintenance %s is %s", m.ID, m.Stage.said())
	}
	m.Over, m.Why = d.now, c.Why
	return m, nil
}

func (c CancelMaintenance) cancel(d *decider) (*PlannedMaintenance, error) {
	m, err := d.maintenance(c.ID)
	if err != nil {
		return nil, err
	}
	switch {
	case m.Stage == InProgress:
		return nil, refuse(Conflict, "the maintenance %s has begun: end it", m.ID)
	case utf8.RuneCountInString(c.Why) > maxMaintenanceWhy:
		return nil, refuse(Invalid, "the reason has more than %d characters", maxMaintenanceWhy)
	case !m.to(Cancelled):
		return nil, refuse(Conflict, "the maintenance %s is %s", m.ID, m.Stage.said())
	}
	m.Done, m.Why = d.now, c.Why
	return m, nil
}

func (d *decider) maintenance(id string) (*PlannedMaintenance, error) {
	if m := d.state.Maintenances[id]; m != nil {
		return m, nil
	}
	return nil, refuse(NotFound, "there is no maintenance %q", id)
}

// said is a stage in a sentence.
func (s Stage) said() string {
	switch s {
	case InProgress:
		return "going on"
	case Verifying:
		return "over, and being verified"
	case Completed:
		return "completed already"
	case Cancelled:
		return "cancelled already"
	case Scheduled:
	}
	return "scheduled"
}
