package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"daymark/internal/civil"
	"daymark/notify"
	"daymark/slo"
)

// ObjectiveQuery says what of which runs is counted.
type ObjectiveQuery struct {
	Checks    []string
	Threshold time.Duration // answers that take longer are bad, and runs without one tell nothing; 0: runs that fail are bad
	Counted   bool          // runs in a maintenance count as all others
}

// Buckets gives the hours, or the days in the page's zone, from a moment on
// that have runs, in order.
func (s *Store) Buckets(ctx context.Context, q ObjectiveQuery, byDay bool, from time.Time) ([]slo.Bucket, error) {
	grain := hourGrain
	if byDay {
		grain = dayGrain
	}
	in, args := placesOf(q.Checks)
	args = append([]any{grain, from.Unix()}, args...)
	var all []slo.Bucket
	add := func(start int64, c slo.Counts) {
		if n := len(all); n > 0 && all[n-1].From.Unix() == start {
			all[n-1].Counts = all[n-1].Plus(c)
			return
		}
		b := slo.Bucket{From: time.Unix(start, 0).UTC(), Until: time.Unix(start+hourGrain, 0).UTC(), Counts: c}
		if byDay {
			b.Until = civil.Plus(b.From.In(s.zone), 1).UTC()
		}
		all = append(all, b)
	}
	const joined = `FROM series s JOIN rollups r ON r.series = s.id AND r.grain = ? AND r.start >= ?
		LEFT JOIN excused e ON e.series = r.series AND e.grain = r.grain AND e.start = r.start WHERE s.check_id IN `
	var err error
	if q.Threshold == 0 {
		_, err = collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (_ struct{}, err error) {
			var start int64
			var run, apart tallied
			err = rows.Scan(&start, &run.answered, &run.failed, &run.unknown, &apart.answered, &apart.failed, &apart.unknown)
			add(start, q.events(run, apart))
			return struct{}{}, err
		}, `SELECT r.start, sum(r.ok + r.degraded), sum(r.failed), sum(r.unknown),
			coalesce(sum(e.ok + e.degraded), 0), coalesce(sum(e.failed), 0), coalesce(sum(e.unknown), 0) `+joined+in+` GROUP BY r.start ORDER BY r.start`, args...)
	} else {
		used := slo.NewLatencies()
		_, err = collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (_ struct{}, err error) {
			var start int64
			var run, apart tallied
			var took, tookApart sql.RawBytes
			if err := rows.Scan(&start, &run.answered, &run.failed, &run.unknown, &took, &apart.answered, &apart.failed, &apart.unknown, &tookApart); err != nil {
				return struct{}{}, err
			}
			if run.timed, run.slow, err = slower(used, took, q.Threshold); err != nil {
				return struct{}{}, err
			}
			if apart.timed, apart.slow, err = slower(used, tookApart, q.Threshold); err != nil {
				return struct{}{}, err
			}
			add(start, q.events(run, apart))
			return struct{}{}, nil
		}, `SELECT r.start, r.ok + r.degraded, r.failed, r.unknown, r.latencies,
			coalesce(e.ok + e.degraded, 0), coalesce(e.failed, 0), coalesce(e.unknown, 0), e.latencies `+joined+in+` ORDER BY r.start`, args...)
	}
	if err != nil {
		return nil, fmt.Errorf("read the runs of an objective: %w", explain(err))
	}
	return all, nil
}

// Days are what runs came to by the day, in order, and the spans of these days
// in which there were any, to the hour.
type Days struct{ Counted, Measured []slo.Bucket }

// Days gives what all runs of the days in the page's zone came to, from one
// moment on until another, by what of gives for their check, but "".
func (s *Store) Days(ctx context.Context, from, until time.Time, counted bool, of func(check string) string) (map[string]Days, error) {
	first := dayStart(from, s.zone)
	if first.Before(from) {
		first = civil.Plus(first, 1)
	}
	var spans []slo.Bucket
	begins := []int64{first.Unix()}
	for at := first; at.Before(until); {
		next := civil.Plus(at, 1)
		spans, begins = append(spans, slo.Bucket{From: at.UTC(), Until: next.UTC()}), append(begins, next.Unix())
		at = next
	}
	q, found := ObjectiveQuery{Counted: counted}, map[string]Days{}
	add := func(tables map[rollupTable]map[string][]runs) error {
		sums := make([][2]tallied, len(spans))
		for name, checks := range byComponent(tables, of) {
			clear(sums)
			for which := range checks {
				for _, all := range checks[which] {
					tallyDays(sums, begins, all, which)
				}
			}
			found[name] = q.days(spans, sums)
		}
		return nil
	}
	if err := s.prepare(ctx, &s.days, from); err != nil {
		return nil, err
	}
	tx, err := s.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("read the days: %w", explain(err))
	}
	defer func() { _ = tx.Rollback() }() // it wrote nothing
	if err := s.days.orRead(ctx, tx, from, add); err != nil {
		return nil, fmt.Errorf("read the days: %w", explain(err))
	}
	return found, nil
}

// days gives the days among some that have runs.
func (q *ObjectiveQuery) days(spans []slo.Bucket, sums [][2]tallied) (all Days) {
	all.Counted = make([]slo.Bucket, 0, len(spans))
	for i := range spans {
		c := q.events(sums[i][0], sums[i][1])
		if c == (slo.Counts{}) {
			continue
		}
		day := slo.Bucket{From: spans[i].From, Until: spans[i].Until, Counts: c}
		hours := sums[i][0].hours
		if all.Measured == nil && !hours.whole(day) { // until then the same serves as both
			all.Measured = slices.Clone(all.Counted)
		}
		if all.Measured != nil {
			all.Measured = slices.AppendSeq(all.Measured, hours.within(day))
		}
		all.Counted = append(all.Counted, day)
	}
	if all.Measured == nil {
		all.Measured = all.Counted
	}
	return all
}

// tallyDays adds the runs of a check to days, both in order. begins has one
// moment more than there are days: when the last one ends. which is 1 of those
// in a maintenance.
func tallyDays(days [][2]tallied, begins []int64, all []runs, which int) {
	i := 0
	for at := range all {
		r := &all[at]
		if r.start < begins[0] {
			continue
		}
		for i < len(days) && r.start >= begins[i+1] {
			i++
		}
		if i == len(days) {
			return
		}
		t := &days[i][which]
		t.answered, t.failed, t.unknown = t.answered+int(r.ok+r.degraded), t.failed+int(r.failed), t.unknown+int(r.unknown)
		t.hours |= r.hours
	}
}

// tallied is what some runs came to.
type tallied struct {
	answered, failed, unknown int
	timed, slow               int // of those that answered: it is known how long they took, and that was too long
	hours                     toldHours
}

// Hours gives the hours of a window that have runs, from the moment on with
// which it begins. Of one that begins between two hours the rest of the first is
// told by the days of a month, and else by the results themselves.
func (s *Store) Hours(ctx context.Context, q ObjectiveQuery, window slo.Window, from time.Time) ([]slo.Bucket, error) {
	hour := from.Truncate(time.Hour)
	hours, err := s.Buckets(ctx, q, false, hour)
	if err != nil || from.Equal(hour) {
		return hours, err
	}
	if window.Month {
		days, err := s.Buckets(ctx, q, true, from)
		return slo.BeginByDays(hours, days, from), err
	}
	first, err := s.between(ctx, q, from, hour.Add(time.Hour))
	return slo.Begin(hours, first, from), err
}

// slower counts by latencies that are written in others, which are used again.
func slower(into *slo.Latencies, encoded []byte, threshold time.Duration) (timed, slow int, err error) {
	if len(encoded) == 0 {
		return 0, 0, nil
	}
	into.Clear()
	if err := into.MergeEncoded(encoded); err != nil {
		return 0, 0, err
	}
	return into.Count(), into.Slower(threshold), nil
}

// events gives what runs count for, of which some were in a maintenance.
func (q *ObjectiveQuery) events(run, apart tallied) slo.Counts {
	c := slo.Counts{}
	if !q.Counted {
		c.Excused = apart.answered + apart.failed + apart.unknown
		run = tallied{run.answered - apart.answered, run.failed - apart.failed, run.unknown - apart.unknown, run.timed - apart.timed, run.slow - apart.slow, run.hours}
	}
	if q.Threshold == 0 {
		c.Good, c.Bad, c.Unknown = run.answered, run.failed, run.unknown
		return c
	}
	c.Good, c.Bad = run.timed-run.slow, run.slow
	c.Unknown = run.answered - run.timed + run.failed + run.unknown
	return c
}

// Recent gives the counts of the time before a moment, for each length asked.
// What lies beyond the last whole hour before it is read from the results, the
// rest from the hours: so a length longer than results are kept lacks a part of
// its first hour.
func (s *Store) Recent(ctx context.Context, q ObjectiveQuery, lengths []time.Duration, now time.Time) (map[time.Duration]slo.Counts, error) {
	longest := time.Duration(0)
	for _, length := range lengths {
		longest = max(longest, length)
	}
	hours, err := s.Buckets(ctx, q, false, now.Add(-longest))
	if err != nil {
		return nil, err
	}
	counts := map[time.Duration]slo.Counts{}
	for _, length := range lengths {
		from := now.Add(-length)
		whole := from.Truncate(time.Hour)
		if whole.Before(from) {
			whole = whole.Add(time.Hour)
		}
		sum, err := s.between(ctx, q, from, earlierOf(whole, now.Add(time.Millisecond)))
		if err != nil {
			return nil, err
		}
		for _, hour := range hours {
			if !hour.From.Before(whole) {
				sum = sum.Plus(hour.Counts)
			}
		}
		counts[length] = sum
	}
	return counts, nil
}

func earlierOf(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// between counts the runs of a time one by one, of those whose results are kept.
func (s *Store) between(ctx context.Context, q ObjectiveQuery, from, until time.Time) (slo.Counts, error) {
	in, checks := placesOf(q.Checks)
	args := append([]any{slo.SlowerFrom(q.Threshold).Microseconds(), from.UnixMilli(), until.UnixMilli()}, checks...)
	var all, apart tallied
	_, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (_ struct{}, err error) {
		var excused bool
		var t tallied
		err = rows.Scan(&excused, &t.answered, &t.failed, &t.unknown, &t.slow)
		if t.timed = t.answered; excused {
			apart = t
		}
		all = tallied{all.answered + t.answered, all.failed + t.failed, all.unknown + t.unknown, all.timed + t.timed, all.slow + t.slow, 0}
		return struct{}{}, err
	}, `SELECT r.excused, sum(CASE WHEN r.outcome <= 1 THEN 1 ELSE 0 END), sum(CASE WHEN r.outcome = 2 THEN 1 ELSE 0 END), sum(CASE WHEN r.outcome = 3 THEN 1 ELSE 0 END),
		sum(CASE WHEN r.outcome <= 1 AND r.latency > ? THEN 1 ELSE 0 END)
		FROM series s CROSS JOIN results r ON r.series = s.id AND r.at >= ? AND r.at < ? WHERE s.check_id IN `+in+` GROUP BY r.excused`, args...)
	if err != nil {
		return slo.Counts{}, fmt.Errorf("count the latest runs of an objective: %w", explain(err))
	}
	return q.events(all, apart), nil
}

// BadRuns gives when the bad runs of a time were, in order, of those whose
// results are kept.
func (s *Store) BadRuns(ctx context.Context, q ObjectiveQuery, from, until time.Time) ([]time.Time, error) {
	in, checks := placesOf(q.Checks)
	args := append([]any{from.UnixMilli(), until.UnixMilli(), q.Threshold == 0, slo.SlowerFrom(q.Threshold).Microseconds(), q.Counted}, checks...)
	all, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (time.Time, error) {
		var at sql.NullInt64
		err := rows.Scan(&at)
		return moment(at), err
	}, `SELECT r.at FROM series s CROSS JOIN results r ON r.series = s.id AND r.at >= ? AND r.at < ?
		AND CASE WHEN ? THEN r.outcome = 2 ELSE r.outcome <= 1 AND r.latency > ? END AND (? OR NOT r.excused) WHERE s.check_id IN `+in+` ORDER BY r.at`, args...)
	if err != nil {
		return nil, fmt.Errorf("read the bad runs of an objective: %w", explain(err))
	}
	return all, nil
}

// FirstRun gives when the first run of checks in a time was due, zero where none
// is kept.
func (s *Store) FirstRun(ctx context.Context, checks []string, from, until time.Time) (time.Time, error) {
	in, args := placesOf(checks)
	var at sql.NullInt64
	err := s.readers.QueryRowContext(ctx, `SELECT min((SELECT min(at) FROM results WHERE series = s.id AND at >= ? AND at < ?)) FROM series s WHERE s.check_id IN `+in,
		append([]any{from.UnixMilli(), until.UnixMilli()}, args...)...).Scan(&at)
	if err != nil {
		return time.Time{}, fmt.Errorf("read the first run of an objective: %w", explain(err))
	}
	return moment(at), nil
}

// placesOf gives the list of an IN and its values.
func placesOf(values []string) (string, []any) {
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	return "(" + strings.TrimSuffix(strings.Repeat("?, ", len(values)), ", ") + ")", args
}

// Outages gives when incidents affected a component, from a moment on, oldest
// first. A warning is none: nothing is broken by it.
func (s *Store) Outages(ctx context.Context, component string, from time.Time) ([]slo.Outage, error) {
	all, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (o slo.Outage, err error) {
		var since, until, opened, closed sql.NullInt64
		err = rows.Scan(&o.Incident, &since, &until, &opened, &closed)
		o.From, o.Until, o.Opened, o.Closed = moment(since), moment(until), moment(opened), moment(closed)
		return o, err
	}, `SELECT a.incident, a.since, coalesce(a.until, i.resolved), i.since, i.resolved FROM affected a JOIN incidents i ON i.id = a.incident
		WHERE a.component = ? AND i.check_id = '' AND coalesce(a.until, i.resolved, 9e15) > ? ORDER BY a.since, a.incident`, component, from.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("read the incidents of component %s: %w", component, explain(err))
	}
	return all, nil
}

// ObjectiveAlert is that an objective burns too fast, and the incident that
// tells of it; "" for none.
type ObjectiveAlert struct {
	slo.Alert
	Incident string
}

// ObjectiveAlerts gives what burns, by the objective.
func (s *Store) ObjectiveAlerts(ctx context.Context) (map[string]ObjectiveAlert, error) {
	found, err := collect(ctx, s.readers.QueryContext, func(rows *sql.Rows) (a ObjectiveAlert, err error) {
		var long, since, held int64
		err = rows.Scan(&a.Objective, &long, &since, &held, &a.Incident)
		a.Since, a.Held = time.UnixMilli(since).UTC(), time.UnixMilli(held).UTC()
		for _, p := range slo.Pairs() {
			if int64(p.Long/time.Second) == long {
				a.Pair = p
			}
		}
		return a, err
	}, "SELECT objective, pair_long, since, held, incident FROM objective_alerts")
	if err != nil {
		return nil, fmt.Errorf("read what burns: %w", explain(err))
	}
	all := map[string]ObjectiveAlert{}
	for _, a := range found {
		all[a.Objective] = a
	}
	return all, nil
}

// KeepObjectiveAlert keeps an alert, or nil that an objective has none any
// more, and queues what staff are told of it, in one transaction.
func (s *Store) KeepObjectiveAlert(ctx context.Context, objective string, a *ObjectiveAlert, tell []notify.Delivery, now time.Time) error {
	err := s.transact(ctx, func(ctx context.Context, t *Tx) error {
		var err error
		if a == nil {
			_, err = t.exec(ctx, "DELETE FROM objective_alerts WHERE objective = ?", objective)
		} else {
			_, err = t.exec(ctx, `INSERT INTO objective_alerts (objective, pair_long, since, held, incident) VALUES (?, ?, ?, ?, ?)
				ON CONFLICT (objective) DO UPDATE SET pair_long = excluded.pair_long, since = excluded.since, held = excluded.held, incident = excluded.incident`,
				objective, int64(a.Pair.Long/time.Second), a.Since.UnixMilli(), a.Held.UnixMilli(), a.Incident)
		}
		if err != nil || len(tell) == 0 {
			return err
		}
		return t.queueAll(ctx, now, tell)
	})
	if err != nil {
		return fmt.Errorf("keep that objective %s burns: %w", objective, err)
	}
	return nil
}
