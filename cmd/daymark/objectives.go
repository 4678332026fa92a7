package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"daymark/config"
	"daymark/console"
	"daymark/incident"
	"daymark/internal/pause"
	"daymark/notify"
	"daymark/slo"
	"daymark/statuspage"
	"daymark/store"
)

// How often objectives are looked at, and for how long what was seen serves
// those who ask.
const (
	objectivesEvery = time.Minute
	objectivesFresh = 2 * objectivesEvery
)

// objectives knows how the objectives stand, and tells when one burns.
type objectives struct {
	core *core
	doc  *config.Document
	log  *slog.Logger
	wake func()

	looking sync.Mutex                   // held while all are worked out, which those who ask need not wait for
	read    map[string]map[int64]badHour // by objective and when the hour begins, in Unix seconds

	mu     sync.Mutex
	latest []console.ObjectiveStanding
	at     time.Time // of latest
}

func newObjectives(c *core, doc *config.Document, log *slog.Logger, wake func()) *objectives {
	return &objectives{core: c, doc: doc, log: log, wake: wake, read: map[string]map[int64]badHour{}}
}

// run looks again and again, until ctx ends. What cannot be read is looked at
// again the next time.
func (o *objectives) run(ctx context.Context) {
	failed := false
	for {
		err := o.look(ctx)
		if err != nil && ctx.Err() == nil && !failed {
			o.log.Error("objectives cannot be looked at; it is tried again each minute", "error", err)
		}
		failed = err != nil
		if pause.For(ctx, objectivesEvery) != nil {
			return
		}
	}
}

// Objectives implements console.Objectives.
func (o *objectives) Objectives(ctx context.Context) ([]console.ObjectiveStanding, time.Time, error) {
	if all, at, fresh := o.known(); fresh {
		return all, at, nil
	}
	o.looking.Lock()
	defer o.looking.Unlock()
	if all, at, fresh := o.known(); fresh {
		return all, at, nil // somebody else asked, too
	}
	now := o.core.now()
	latest, err := o.evaluate(ctx, now)
	if err != nil {
		return nil, time.Time{}, err
	}
	o.show(latest, now)
	return latest, now, nil
}

// PublicObjectives implements statuspage.Objectives.
func (o *objectives) PublicObjectives(ctx context.Context) ([]statuspage.ObjectiveStanding, error) {
	all, at, err := o.Objectives(ctx)
	if err != nil {
		return nil, err
	}
	var public []statuspage.ObjectiveStanding
	for i := range all {
		if all[i].Public {
			public = append(public, statuspage.ObjectiveStanding{Objective: all[i].Objective, Standing: all[i].Standing, At: at})
		}
	}
	return public, nil
}

// known gives what was seen last, and whether that still serves.
func (o *objectives) known() (all []console.ObjectiveStanding, at time.Time, fresh bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.core.now()
	return slices.Clone(o.latest), o.at, !o.at.IsZero() && !now.Before(o.at) && now.Sub(o.at) <= objectivesFresh
}

func (o *objectives) show(latest []console.ObjectiveStanding, at time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.latest, o.at = slices.Clone(latest), at
}

// evaluate works out how everything stands. Its caller holds looking.
func (o *objectives) evaluate(ctx context.Context, now time.Time) ([]console.ObjectiveStanding, error) {
	alerts, err := o.core.store.ObjectiveAlerts(ctx)
	if err != nil {
		return nil, err
	}
	latest := make([]console.ObjectiveStanding, len(o.doc.SLOs))
	for i := range o.doc.SLOs {
		standing, err := o.standing(ctx, &o.doc.SLOs[i], now)
		if err != nil {
			return nil, fmt.Errorf("look at objective %s: %w", o.doc.SLOs[i].ID, err)
		}
		if alert, burns := alerts[standing.ID]; burns {
			standing.Alert, standing.Incident = &alert.Alert, alert.Incident
		}
		latest[i] = *standing
	}
	return latest, nil
}

func (o *objectives) standing(ctx context.Context, objective *slo.Objective, now time.Time) (*console.ObjectiveStanding, error) {
	standing := &console.ObjectiveStanding{Objective: *objective}
	from, _ := objective.Window.Span(now, o.core.zone)
	standing.From = from
	q := store.ObjectiveQuery{Threshold: objective.Threshold, Counted: o.doc.Page.Uptime.Maintenance == "counted"}
	for _, check := range o.doc.Component(objective.Component).Checks {
		if isCall := check.Heartbeat != nil; objective.Indicator == slo.Availability || isCall == (objective.Indicator == slo.Heartbeat) {
			q.Checks = append(q.Checks, check.ID)
		}
	}
	if len(q.Checks) == 0 { // it stands by what it depends on
		standing.Standing = objective.Evaluate(nil, 0, now, o.core.zone)
		return standing, nil
	}
	hours, err := o.core.store.Hours(ctx, q, objective.Window, from)
	if err != nil {
		return nil, err
	}
	if len(hours) > 0 { // what was before the first run is not known
		first, err := o.core.store.FirstRun(ctx, q.Checks, hours[0].From, hours[0].Until)
		if err != nil {
			return nil, err
		}
		if first.After(hours[0].From) {
			hours[0].From = first
		}
	}
	stands := o.core.policy.Stands(objective.Component)
	standing.Standing = objective.Evaluate(hours, stands, now, o.core.zone)
	standing.Course = objective.Course(hours, stands, now, o.core.zone)
	if standing.Recent, err = o.core.store.Recent(ctx, q, slo.BurnWindows(), now); err != nil {
		return nil, err
	}
	standing.Pairs = objective.Burning(standing.Recent)
	standing.Spent, err = o.spent(ctx, objective, q, hours, from, now)
	return standing, err
}

// Availability implements console.Objectives.
func (o *objectives) Availability(ctx context.Context, from, until time.Time) ([]console.Availability, error) {
	now := o.core.now()
	if until.After(now) {
		until = now
	}
	// Any objective will do: only what is counted is asked for.
	measure := slo.Objective{Objective: 99, Window: slo.Window{Rolling: until.Sub(from)}}
	days, err := o.core.store.Days(ctx, from, until, o.doc.Page.Uptime.Maintenance == "counted", o.core.policy.Component)
	if err != nil {
		return nil, err
	}
	var all []console.Availability
	for i := range o.doc.Components {
		if c := &o.doc.Components[i]; len(c.Checks) > 0 {
			all = append(all, console.Availability{Component: c.ID, Standing: measure.Between(days[c.ID].Counted, days[c.ID].Measured, o.core.policy.Stands(c.ID), from, until)})
		}
	}
	return all, nil
}

// look works out how everything stands, and tells what burns.
func (o *objectives) look(ctx context.Context) error {
	o.looking.Lock()
	defer o.looking.Unlock()
	now := o.core.now()
	latest, err := o.evaluate(ctx, now)
	if err != nil {
		return err
	}
	defer func() { o.show(latest, now) }()
	if err := o.forget(ctx, now); err != nil {
		return err
	}
	for i := range latest {
		if err := o.tell(ctx, &latest[i], now); err != nil {
			return fmt.Errorf("tell of objective %s: %w", latest[i].ID, err)
		}
	}
	return nil
}

// forget ends the alerts of objectives that are not in the configuration any
// more, or alert nobody.
func (o *objectives) forget(ctx context.Context, now time.Time) error {
	alerts, err := o.core.store.ObjectiveAlerts(ctx)
	if err != nil {
		return err
	}
	for id, alert := range alerts {
		if !slices.ContainsFunc(o.doc.SLOs, func(x slo.Objective) bool { return x.ID == id && alerting(&x) }) {
			if err := o.becomes(ctx, id, alert.Incident, &alert.Alert, nil); err != nil {
				return err
			}
			if err := o.core.store.KeepObjectiveAlert(ctx, id, nil, nil, now); err != nil {
				return err
			}
		}
	}
	return nil
}

func alerting(x *slo.Objective) bool { return x.Alert == "notify" || x.Alert == "incident" }

// tell keeps what becomes of an objective's alert with what staff are told of
// it, and opens its incident.
func (o *objectives) tell(ctx context.Context, s *console.ObjectiveStanding, now time.Time) error {
	if !alerting(&s.Objective) {
		s.Alert = nil
		return nil
	}
	after, change := s.Look(s.Alert, s.Pairs, now)
	var kept *store.ObjectiveAlert
	if after != nil {
		kept = &store.ObjectiveAlert{Alert: *after, Incident: s.Incident}
	}
	var tell []notify.Delivery
	if change != slo.Stays {
		tell = o.deliveries(s, after, change, now)
		if err := o.becomes(ctx, s.ID, s.Incident, s.Alert, after); err != nil {
			return err
		}
	}
	if kept != nil || change != slo.Stays {
		if err := o.core.store.KeepObjectiveAlert(ctx, s.ID, kept, tell, now); err != nil {
			return err
		}
	}
	s.Alert = after
	if len(tell) > 0 {
		o.wake()
	}
	if after == nil {
		s.Incident = ""
		return nil
	}
	if s.Objective.Alert != "incident" || s.Incident != "" {
		return nil
	}
	return o.open(ctx, s, kept, now)
}

// openAfter is how long a budget burns before its objective opens an incident:
// what the checks find in that time has one of its own, which ends by itself.
const openAfter = 2 * time.Minute

// becomes tells the incident of an objective that its alert calls people now,
// or is over.
func (o *objectives) becomes(ctx context.Context, id, inc string, before, after *slo.Alert) error {
	if inc == "" {
		return nil
	}
	c := incident.Burns{Incident: inc}
	if after != nil {
		c.Severity = severityFor(after)
	} else {
		after = before
	}
	key := fmt.Sprintf("objective %s %d %s", id, after.Since.UnixMilli(), c.Severity)
	_, err := o.core.engine.Command(ctx, openedBy(id), key, c)
	return err
}

func openedBy(objective string) incident.By { return incident.By{Via: "objective " + objective} }

// severityFor gives P3 to what calls people, and P4, which is for staff alone, to
// what waits for them.
func severityFor(alert *slo.Alert) incident.Severity {
	if alert.Pair.Page {
		return incident.P3
	}
	return incident.P4
}

// open opens an incident for what burns, or finds the one that is open for it.
func (o *objectives) open(ctx context.Context, s *console.ObjectiveStanding, kept *store.ObjectiveAlert, now time.Time) error {
	outages, err := o.core.store.Outages(ctx, s.Component, now)
	if err != nil {
		return err
	}
	for _, outage := range outages {
		if outage.Until.IsZero() {
			kept.Incident = outage.Incident
		}
	}
	if kept.Incident == "" && now.Sub(kept.Since) < openAfter {
		return nil
	}
	if kept.Incident == "" {
		// By this key it is opened once, whatever becomes of us.
		key := fmt.Sprintf("objective %s %d", s.ID, kept.Since.UnixMilli())
		kept.Incident, err = o.core.engine.Command(ctx, openedBy(s.ID), key, incident.Open{
			Name: o.name(s) + failsTooOften(s.Indicator), Severity: severityFor(&kept.Alert),
			Components: []incident.OpenComponent{{Component: s.Component}},
		})
		if err != nil {
			return err
		}
	}
	s.Incident = kept.Incident
	return o.core.store.KeepObjectiveAlert(ctx, s.ID, kept, nil, now)
}

func (o *objectives) name(s *console.ObjectiveStanding) string {
	return o.doc.Component(s.Component).Name
}

func failsTooOften(indicator string) string {
	switch indicator {
	case slo.Latency:
		return ": answers are slow too often"
	case slo.Heartbeat:
		return ": runs fail or do not come"
	}
	return " fails more often than it may"
}

// deliveries say to staff what became of an alert.
func (o *objectives) deliveries(s *console.ObjectiveStanding, after *slo.Alert, change slo.Change, now time.Time) []notify.Delivery {
	about := after
	if about == nil {
		about = s.Alert
	}
	id := fmt.Sprintf("slo-%s-%d", s.ID, about.Since.UnixMilli())
	n := notify.Notice{Key: "slo-" + s.ID, Link: o.doc.Page.URL + "/console/objectives/" + s.ID, LinkText: "See the objective"}
	number := func(value float64, places int) string { return strconv.FormatFloat(value, 'f', places, 64) }
	left := fmt.Sprintf("%s %% of the budget of the window (%s) is left.", number(100*slo.Floor(s.Left, 2), 0), s.Window)
	switch change {
	case slo.Ends:
		n.Over, n.Title = true, o.name(s)+": the error budget is not spent too fast any more"
		n.Text = "The objective " + s.ID + " is " + number(s.Objective.Objective, -1) + " %. " + left
		id += "-over"
	default:
		i := slices.IndexFunc(s.Pairs, func(b slo.Burning) bool { return b.Fires() })
		burning := s.Pairs[i]
		n.Title = fmt.Sprintf("%s spends its error budget %s times too fast", o.name(s), number(burning.LongRate, 1))
		n.Text = fmt.Sprintf("Of %s in the last %s so many were bad that the budget of the objective %s (%s %%) is spent %s times faster than allowed, and in the last %s %s times. From %s times on staff are told.\n\n%s",
			map[string]string{slo.Availability: "the runs", slo.Latency: "the answers", slo.Heartbeat: "the calls"}[s.Indicator], shortly(burning.Long), s.ID, number(s.Objective.Objective, -1),
			number(burning.LongRate, 1), shortly(burning.Short), number(burning.ShortRate, 1), number(burning.Burn, -1), left)
		if change == slo.Worsens {
			id += "-worse"
		}
	}
	return o.core.staff.Trouble(notify.RunbookBurnRate, id, n, now)
}

// shortly writes one of the windows.
func shortly(d time.Duration) string {
	switch {
	case d < time.Hour:
		return strconv.Itoa(int(d.Minutes())) + " minutes"
	case d == time.Hour:
		return "hour"
	case d < 48*time.Hour && d%(24*time.Hour) != 0:
		return strconv.Itoa(int(d.Hours())) + " hours"
	case d == 24*time.Hour:
		return "day"
	}
	return strconv.Itoa(int(d.Hours()/24)) + " days"
}
