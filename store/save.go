package store

import (
	"context"
	"fmt"
	"time"

	"daymark/incident"
	"daymark/internal/telemetry"
)

// Save implements incident.Tx.
func (t *Tx) Save(ctx context.Context, now time.Time, d *incident.Decision) (int64, error) {
	for i := range d.Verdicts {
		if err := t.saveVerdict(ctx, &d.Verdicts[i]); err != nil {
			return 0, fmt.Errorf("save the verdict on %s: %w", d.Verdicts[i].Check, err)
		}
	}
	for _, c := range d.Components {
		if err := t.saveComponent(ctx, now, c); err != nil {
			return 0, fmt.Errorf("save component %s: %w", c.Component, err)
		}
	}
	for i := range d.Incidents {
		if err := t.saveIncident(ctx, &d.Incidents[i]); err != nil {
			return 0, fmt.Errorf("save incident %s: %w", d.Incidents[i].ID, err)
		}
	}
	for i := range d.Maintenances {
		if err := t.saveMaintenance(ctx, now, &d.Maintenances[i]); err != nil {
			return 0, fmt.Errorf("save maintenance %s: %w", d.Maintenances[i].ID, err)
		}
	}
	if err := t.saveSilences(ctx, d); err != nil {
		return 0, err
	}
	for _, s := range d.Severities {
		if err := t.saveSeverity(ctx, s); err != nil {
			return 0, fmt.Errorf("save a severity of incident %s: %w", s.Incident, err)
		}
	}
	for _, p := range d.Promises {
		if _, err := t.exec(ctx, `INSERT INTO promises (incident, kind, made, due, nudged, ended, how) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (incident, kind, made) DO UPDATE SET due = excluded.due, nudged = excluded.nudged, ended = excluded.ended, how = excluded.how`,
			p.Incident, p.Kind, p.Made.UnixMilli(), p.Due.UnixMilli(), millis(p.Nudged), millis(p.Ended), p.How); err != nil {
			return 0, fmt.Errorf("save a promise of incident %s: %w", p.Incident, err)
		}
	}
	for i := range d.Updates {
		if err := t.saveUpdate(ctx, &d.Updates[i]); err != nil {
			return 0, fmt.Errorf("save update %s: %w", d.Updates[i].ID, err)
		}
		if err := t.guardStorm(ctx, now, &d.Updates[i]); err != nil {
			return 0, fmt.Errorf("guard against a storm: %w", err)
		}
	}
	if err := t.followMerged(ctx, now, d); err != nil {
		return 0, err
	}
	if err := t.saveActs(ctx, now, d); err != nil {
		return 0, err
	}
	if err := t.saveAlerts(ctx, now, d); err != nil {
		return 0, err
	}
	return t.event(ctx, now, eventOf(d))
}

func (t *Tx) saveComponent(ctx context.Context, now time.Time, c incident.ComponentChange) error {
	if _, err := t.exec(ctx, `INSERT INTO components (id, status, since, reason, created) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET status = excluded.status, since = excluded.since, reason = excluded.reason`,
		c.Component, c.Status, c.Since.UnixMilli(), c.Reason, now.UnixMilli()); err != nil {
		return err
	}
	_, err := t.exec(ctx, `INSERT INTO component_changes (component, at, status) VALUES (?, ?, ?)
		ON CONFLICT (component, at) DO UPDATE SET status = excluded.status`, c.Component, c.Since.UnixMilli(), c.Status)
	return err
}

func (t *Tx) saveIncident(ctx context.Context, inc *incident.Incident) error {
	turns, err := encodeTimes(inc.Turns)
	if err != nil {
		return err
	}
	care, err := encode(inc.Care)
	if err != nil {
		return err
	}
	if _, err := t.exec(ctx, `INSERT INTO incidents (id, check_id, name, phase, severity, worst, reason, since, opened, updated, monitoring, resolved, clean_since, ease_since, turns, care)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, phase = excluded.phase, severity = excluded.severity, worst = excluded.worst,
		reason = excluded.reason, since = excluded.since, updated = excluded.updated, monitoring = excluded.monitoring, resolved = excluded.resolved,
		clean_since = excluded.clean_since, ease_since = excluded.ease_since, turns = excluded.turns, care = excluded.care`,
		inc.ID, inc.Check, inc.Name, inc.Phase, inc.Severity, inc.Worst, inc.Reason, inc.Since.UnixMilli(), inc.Opened.UnixMilli(), inc.Updated.UnixMilli(),
		millis(inc.Monitoring), millis(inc.Resolved), millis(inc.CleanSince), millis(inc.EaseSince), turns, care); err != nil {
		return err
	}
	for i, a := range inc.Affected {
		if _, err := t.exec(ctx, `INSERT INTO affected (incident, component, position, status, worst, since, until) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (incident, component) DO UPDATE SET position = excluded.position, status = excluded.status, worst = excluded.worst,
			since = excluded.since, until = excluded.until`,
			inc.ID, a.Component, i, a.Status, a.Worst, a.From.UnixMilli(), millis(a.Until)); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tx) saveSeverity(ctx context.Context, s incident.SeverityDecision) error {
	facts, err := encode(s.Facts)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `INSERT INTO severity_decisions (incident, at, severity, reason, clause, facts, author) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (incident, at) DO UPDATE SET severity = excluded.severity, reason = excluded.reason, clause = excluded.clause, facts = excluded.facts,
		author = excluded.author`,
		s.Incident, s.At.UnixMilli(), s.Severity, s.Reason, s.Clause, facts, s.By)
	return err
}

func (t *Tx) saveUpdate(ctx context.Context, u *incident.Update) error {
	changes, err := encode(u.Changes)
	if err != nil {
		return err
	}
	channels, err := encode(u.Channels)
	if err != nil {
		return err
	}
	findings := "[]"
	if len(u.Findings) > 0 {
		if findings, err = encode(u.Findings); err != nil {
			return err
		}
	}
	ctx, span := telemetry.Start(ctx, "outbox")
	defer span.End()
	span.Set("daymark.incident", u.Incident)
	span.Set("daymark.update", u.ID)
	if _, err := t.exec(ctx, `INSERT INTO updates (id, incident, number, kind, phase, severity, at, text, auto, promised, next_by, changes, channels, author, findings, trace)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		u.ID, u.Incident, u.Number, u.Kind, u.Phase, u.Severity, u.At.UnixMilli(), u.Text, u.Auto, millis(u.Promised), millis(u.NextBy), changes, channels, u.By, findings, telemetry.Of(ctx)); err != nil {
		return err
	}
	return t.queueDeliveries(ctx, u)
}

// what is the content of an event.
type what struct {
	Components []string `json:"components,omitempty"`
	Incidents  []string `json:"incidents,omitempty"`
	Act        string   `json:"act,omitempty"`

	Maintenances []string `json:"maintenances,omitempty"`

	quiet bool // for staff alone: no change of the public page
}

func eventOf(d *incident.Decision) what {
	w := what{quiet: d.Quiet()}
	for _, c := range d.Components {
		w.Components = append(w.Components, c.Component)
	}
	for _, inc := range d.Incidents {
		w.Incidents = append(w.Incidents, inc.ID)
	}
	for i := range d.Maintenances {
		w.Maintenances = append(w.Maintenances, d.Maintenances[i].ID)
	}
	return w
}

func (t *Tx) event(ctx context.Context, now time.Time, w what) (int64, error) {
	text, err := encode(w)
	if err != nil {
		return 0, err
	}
	done, err := t.exec(ctx, "INSERT INTO events (at, what, quiet) VALUES (?, ?, ?)", now.UnixMilli(), text, w.quiet)
	if err != nil {
		return 0, fmt.Errorf("save an event: %w", err)
	}
	return done.LastInsertId()
}
