package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"

	"daymark/incident"
	"daymark/notify"
)

// heldFor is how long the storm guard holds messages back before they go out
// by themselves.
const heldFor = 10 * time.Minute

// heldReason is why a delivery that is held waits.
const heldReason = "held by the storm guard"

// Storm is a time in which machines began more messages than allowed.
type Storm struct {
	ID    int64
	Began time.Time
	Until time.Time // then what is held goes out by itself
	Ended time.Time // zero: nobody has decided
	How   string    // released, dropped; "" while nobody has decided
	By    string
	Held  int // deliveries that wait
}

// guardStorm holds back an automatic update that is one too many in its
// minute, and asks staff. It counts updates that Daymark published and warnings
// that began, each once, however many hear of it; what a person published is
// neither counted nor held. The end of an incident is counted and never held: it
// goes only to those who were told, and they wait for it.
func (t *Tx) guardStorm(ctx context.Context, now time.Time, u *incident.Update) error {
	if !u.Auto || u.Kind == incident.Ended || t.store.storm <= 0 {
		return nil
	}
	since := now.Add(-time.Minute).UnixMilli()
	begun, err := t.number(ctx, `SELECT (SELECT count(*) FROM updates WHERE auto AND at > ?) + (SELECT count(*) FROM incidents WHERE check_id <> '' AND opened > ?)`, since, since)
	if err != nil || begun.Int64 <= int64(t.store.storm) {
		return err
	}
	storm, err := t.currentStorm(ctx, now)
	if err != nil {
		return err
	}
	if storm != nil && storm.How == Released {
		return nil // a person has said that they may go
	}
	if storm == nil || storm.How != "" {
		if storm, err = t.beginStorm(ctx, now, begun.Int64); err != nil {
			return err
		}
	}
	if _, err := t.exec(ctx, "INSERT INTO held_updates (update_id, storm) VALUES (?, ?)", u.ID, storm.ID); err != nil {
		return err
	}
	_, err = t.exec(ctx, `UPDATE deliveries AS d SET due = ?1, reason = ?2 WHERE incident = ?3 AND update_id = ?4 AND state = 'pending'
		AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.incident = ?3 AND o.subscriber = d.subscriber AND o.number < d.number
			AND o.state = 'superseded' AND o.successor = d.id AND o.due <> ?1)`, storm.Until.UnixMilli(), heldReason, u.Incident, u.ID)
	return err
}

// ofStormSQL is the deliveries of the updates that storms held back.
const ofStormSQL = `held_updates h CROSS JOIN updates u ON u.id = h.update_id CROSS JOIN deliveries d ON d.incident = u.incident AND d.update_id = u.id`

const stormColumns = `id, began, until, ended, how, by,
	(SELECT count(*) FROM ` + ofStormSQL + ` WHERE h.storm = storms.id AND d.state = 'pending' AND d.due = storms.until)`

func scanStorm(rows *sql.Rows) (s Storm, err error) {
	var began, until, ended sql.NullInt64
	err = rows.Scan(&s.ID, &began, &until, &ended, &s.How, &s.By, &s.Held)
	s.Began, s.Until, s.Ended = moment(began), moment(until), moment(ended)
	return s, err
}

// currentStorm gives the latest storm, if what it held has not gone out by
// itself; else nil.
func (t *Tx) currentStorm(ctx context.Context, now time.Time) (*Storm, error) {
	found, err := collect(ctx, t.query, scanStorm, "SELECT "+stormColumns+" FROM storms WHERE until > ? ORDER BY id DESC LIMIT 1", now.UnixMilli())
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

func (t *Tx) beginStorm(ctx context.Context, now time.Time, begun int64) (*Storm, error) {
	s := &Storm{Began: now, Until: now.Add(heldFor)}
	done, err := t.exec(ctx, "INSERT INTO storms (began, until, how, by) VALUES (?, ?, '', '')", s.Began.UnixMilli(), s.Until.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("begin a storm: %w", err)
	}
	if s.ID, err = done.LastInsertId(); err != nil || t.store.staff == nil {
		return s, err
	}
	id := "storm-" + strconv.FormatInt(s.ID, 10)
	notice := notify.Notice{
		Title: fmt.Sprintf("Daymark has begun %d messages within a minute: is it really so bad?", begun), Key: id,
		Text: fmt.Sprintf("Automatic updates beyond %d a minute (notify.storm.per_minute) are held back, but for the ends of incidents. They go out by themselves at %s.\n\n"+
			"To let them go now: daymark notify storm release\n\nTo keep them from going out: daymark notify storm drop\n\nWhat people publish goes out at once, as always.",
			t.store.storm, s.Until.In(t.store.zone).Format("15:04")),
	}
	return s, t.queueAll(ctx, now, t.store.staff.Trouble(notify.RunbookStorm, id, notice, now))
}

// How people end a storm.
const (
	Released = "released"
	Dropped  = "dropped"
)

// EndStorm lets the messages of the latest storm go, or keeps them from going
// out, and says how many there were. After a release nothing more is held until
// the storm's own end. ErrNotFound: nothing is held.
func (t *Tx) EndStorm(ctx context.Context, now time.Time, how, by string) (int, error) {
	storm, err := t.currentStorm(ctx, now)
	if err != nil {
		return 0, fmt.Errorf("end a storm: %w", err)
	}
	if storm == nil || storm.How != "" {
		return 0, fmt.Errorf("end a storm: %w", ErrNotFound)
	}
	state, reason := notify.Pending, ""
	if how == Dropped {
		state, reason = notify.Suppressed, "dropped by "+by+", after the storm guard had held it"
	}
	done, err := t.exec(ctx, `UPDATE deliveries SET state = ?, reason = ?, due = ?, changed = ? WHERE state = 'pending' AND due = ?
		AND rowid IN (SELECT d.rowid FROM `+ofStormSQL+` WHERE h.storm = ?)`, state, reason, now.UnixMilli(), now.UnixMilli(), storm.Until.UnixMilli(), storm.ID)
	if err != nil {
		return 0, fmt.Errorf("end a storm: %w", err)
	}
	n, err := done.RowsAffected()
	if err != nil {
		return 0, err
	}
	if how == Dropped {
		if err := t.tell(ctx, suppressedNowSQL+" AND d.rowid IN (SELECT d.rowid FROM "+ofStormSQL+" WHERE h.storm = ?)", now.UnixMilli(), storm.ID); err != nil {
			return 0, fmt.Errorf("tell the end of a storm: %w", err)
		}
	}
	_, err = t.exec(ctx, "UPDATE storms SET ended = ?, how = ?, by = ? WHERE id = ?", now.UnixMilli(), how, by, storm.ID)
	return int(n), err
}

// Storm gives the storm that holds messages now; ErrNotFound where none does.
func (s *Store) Storm(ctx context.Context, now time.Time) (*Storm, error) {
	found, err := collect(ctx, s.readers.QueryContext, scanStorm, "SELECT "+stormColumns+" FROM storms WHERE until > ? ORDER BY id DESC LIMIT 1", now.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("read the storm: %w", explain(err))
	}
	if len(found) == 0 || found[0].How != "" {
		return nil, fmt.Errorf("storm: %w", ErrNotFound)
	}
	return &found[0], nil
}
