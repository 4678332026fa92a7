package incident

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of what a person plans.
const (
	LongestMaintenance  = 90 * 24 * time.Hour
	maxMaintenanceTitle = 255    // characters, as clients make room for
	maxMaintenanceText  = 10_000 // characters
	maxMaintenanceWhy   = 1_000  // characters
	farthestMaintenance = 2 * 366 * 24 * time.Hour
)

// MaintenanceCommand is what a person asks of maintenance: one of Plan,
// Extend, End and Cancel.
type MaintenanceCommand interface {
	// apply changes a maintenance, or makes one, and gives it with what was
	// done, as the audit trail has it; or it changes nothing and says in a
	// sentence why it cannot.
	apply(d *decider) (m *PlannedMaintenance, action string, err error)
}

// PlanMaintenance plans work. Zero Starts: now. Zero Announce: maintenance's
// `announce` before it starts, or now where that is over.
type PlanMaintenance struct {
	Title, Text      string
	Components       []string
	Announce, Starts time.Time
	Lasts            time.Duration
}

// ExtendMaintenance has work that is not over end later.
type ExtendMaintenance struct {
	ID string
	By time.Duration
}

// EndMaintenance ends work that goes on before its time.
type EndMaintenance struct{ ID, Why string }

// CancelMaintenance drops work that has not begun.
type CancelMaintenance struct{ ID, Why string }

// ErrMaintenance is what refusals of maintenance commands wrap: what was asked
// cannot be done, and asking again would not help.
var ErrMaintenance = errors.New("maintenance")

// refusal is a sentence for whoever asked.
type refusal string

func (r refusal) Error() string      { return string(r) }
func (refusal) Is(target error) bool { return target == ErrMaintenance }

func refuse(format string, args ...any) error { return refusal(fmt.Sprintf(format, args...)) }

// Maintain does what a person asks of maintenance, in one transaction with its
// audit entry and event, and gives the maintenance as it is then.
func (e *Engine) Maintain(ctx context.Context, actor string, command MaintenanceCommand) (PlannedMaintenance, error) {
	var result PlannedMaintenance
	var refused error
	err := e.transact(ctx, func(ctx context.Context, tx Tx, state *State, now time.Time) (int64, error) {
		// What is due comes first: nobody extends what is over.
		decision, err := e.decide(ctx, tx, state, nil, now)
		if err != nil {
			return 0, err
		}
		seq, err := e.save(ctx, tx, now, &decision)
		if err != nil {
			return 0, err
		}
		d := decider{policy: e.policy, state: state, now: now}
		m, action, err := command.apply(&d)
		if err != nil {
			refused = err // it has changed nothing, and what was due stays
			return seq, nil
		}
		state.Maintenances[m.ID] = m
		d.keep(m)
		if decision, err = e.decide(ctx, tx, state, nil, now); err != nil {
			return 0, err
		}
		d.add(decision)
		result = m.Clone()
		if _, err := tx.Record(ctx, now, Act{Actor: actor, Action: action, Object: m.ID + ": " + m.Title}); err != nil {
			return 0, err
		}
		return e.save(ctx, tx, now, &d.Decision)
	})
	if err == nil {
		err = refused
	}
	return result, err
}

func (c PlanMaintenance) apply(d *decider) (*PlannedMaintenance, string, error) {
	starts := c.Starts.UTC().Truncate(time.Millisecond)
	if c.Starts.IsZero() {
		starts = d.now
	}
	ends := starts.Add(c.Lasts)
	switch {
	case strings.TrimSpace(c.Title) == "":
		return nil, "", refuse("a maintenance needs a title that visitors understand")
	case utf8.RuneCountInString(c.Title) > maxMaintenanceTitle:
		return nil, "", refuse("the title has more than %d characters", maxMaintenanceTitle)
	case utf8.RuneCountInString(c.Text) > maxMaintenanceText:
		return nil, "", refuse("the text has more than %d characters", maxMaintenanceText)
	case len(c.Components) == 0:
		return nil, "", refuse("a maintenance is of one component at least")
	case c.Lasts <= 0 || c.Lasts > LongestMaintenance:
		return nil, "", refuse("a maintenance lasts more than nothing, and 90 days at most")
	case starts.Before(d.now.Add(-time.Minute)): // a minute passes while somebody writes
		return nil, "", refuse("it would have begun before now, at %s", starts.Format(time.RFC3339))
	case starts.Sub(d.now) > farthestMaintenance:
		return nil, "", refuse("it would begin more than two years from now")
	case !ends.After(d.now):
		return nil, "", refuse("it would be over before now")
	case c.Announce.After(starts):
		return nil, "", refuse("it would be announced after it begins")
	}
	for i, component := range c.Components {
		if d.policy.components[component] == nil {
			return nil, "", refuse("there is no component %q in the configuration", component)
		}
		if slices.Contains(c.Components[:i], component) {
			return nil, "", refuse("the component %q is named twice", component)
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
		return nil, "", refuse("it was planned a moment ago")
	}
	return m, "maintenance planned", nil
}

func (c ExtendMaintenance) apply(d *decider) (*PlannedMaintenance, string, error) {
	m, err := d.maintenance(c.ID)
	if err != nil {
		return nil, "", err
	}
	if m.Stage != Scheduled && m.Stage != InProgress {
		return nil, "", refuse("the maintenance %s is %s: plan another one", m.ID, m.Stage.said())
	}
	ends := m.Ends.Add(c.By)
	if c.By <= 0 || ends.Sub(m.Starts) > LongestMaintenance {
		return nil, "", refuse("a maintenance is extended by more than nothing, to 90 days at most")
	}
	m.Ends = ends
	return m, "maintenance extended until " + ends.Format(time.RFC3339), nil
}

func (c EndMaintenance) apply(d *decider) (*PlannedMaintenance, string, error) {
	m, err := d.maintenance(c.ID)
	if err != nil {
		return nil, "", err
	}
	switch {
	case m.Stage == Scheduled:
		return nil, "", refuse("the maintenance %s has not begun: cancel it", m.ID)
	case utf8.RuneCountInString(c.Why) > maxMaintenanceWhy:
		return nil, "", refuse("the reason has more than %d characters", maxMaintenanceWhy)
	case !m.to(Verifying):
		return nil, "", refuse("the maintenance %s is %s", m.ID, m.Stage.said())
	}
	m.Over, m.Why = d.now, c.Why
	return m, "maintenance ended", nil
}

func (c CancelMaintenance) apply(d *decider) (*PlannedMaintenance, string, error) {
	m, err := d.maintenance(c.ID)
	if err != nil {
		return nil, "", err
	}
	switch {
	case m.Stage == InProgress:
		return nil, "", refuse("the maintenance %s has begun: end it", m.ID)
	case utf8.RuneCountInString(c.Why) > maxMaintenanceWhy:
		return nil, "", refuse("the reason has more than %d characters", maxMaintenanceWhy)
	case !m.to(Cancelled):
		return nil, "", refuse("the maintenance %s is %s", m.ID, m.Stage.said())
	}
	m.Done, m.Why = d.now, c.Why
	return m, "maintenance cancelled", nil
}

func (d *decider) maintenance(id string) (*PlannedMaintenance, error) {
	if m := d.state.Maintenances[id]; m != nil {
		return m, nil
	}
	return nil, refuse("there is no maintenance %q", id)
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
