package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/notify"
)

// told is one delivery as a case has it.
type toldRow struct {
	Subscriber string
	Number     int
	State      notify.State
	Reason     string
	Doubted    bool
}

var everyState = []notify.State{
	notify.Pending, notify.Retry, notify.Sending, notify.Unknown, notify.Accepted, notify.Delivered,
	notify.Undelivered, notify.Superseded, notify.Suppressed, notify.Expired, notify.Dead,
}

var everyKind = []incident.UpdateKind{incident.Opened, incident.Worsened, incident.Progress, incident.Ended, incident.Reopened}

// TestQueueDecidesAsTheRule: what SQL decides about all at once is what
// notify.Decide says of each, over the same random subscribers and history.
func TestQueueDecidesAsTheRule(t *testing.T) {
	inMemory(t)
	f := newFixture(t)
	db := openBeside(t, f.path)
	t.Cleanup(func() { _ = db.Close() })
	exec := func(query string, args ...any) {
		t.Helper()
		if _, err := db.Exec(query, args...); err != nil {
			t.Fatal(query, err)
		}
	}
	channels := []string{"email", "sms", "webhook", "slack", "teams"}
	components := []string{"api", "shop", "sign-in", `odd"api`}
	run := 0
	rapid.Check(t, func(r *rapid.T) {
		for range testkit.Count(1, 20) {
			run++
			for _, table := range []string{"delivery_events", "deliveries", "updates", "subscribers", "incidents"} {
				exec("DELETE FROM " + table)
			}
			inc, at := fmt.Sprintf("i%d", run), start
			for _, id := range []string{inc, "other"} {
				exec("INSERT INTO incidents (id, name, phase, severity, worst, reason, since, opened, updated) VALUES (?, 'x', 'investigating', 1, 1, '', 0, 0, 0)", id)
			}
			subscribers := map[string]notify.Subscriber{}
			ended := map[string]bool{}
			for i := range rapid.IntRange(0, 6).Draw(r, "subscribers") {
				s := notify.Subscriber{
					ID: fmt.Sprintf("s%d", i), Channel: rapid.SampledFrom(channels).Draw(r, "channel"), Address: fmt.Sprint(i),
					Components: rapid.SliceOfNDistinct(rapid.SampledFrom(components), 0, 2, rapid.ID[string]).Draw(r, "components"),
					Severity:   incident.Severity(rapid.IntRange(0, 4).Draw(r, "least")), Edges: rapid.Bool().Draw(r, "edges"),
				}
				updates, confirmed, end := "all", any(nil), any(nil)
				if s.Edges {
					updates = "edges"
				}
				if rapid.IntRange(0, 4).Draw(r, "confirmed") > 0 {
					s.Confirmed, confirmed = at, at.UnixMilli()
				}
				if ended[s.ID] = rapid.IntRange(0, 5).Draw(r, "ended") == 0; ended[s.ID] {
					end = at.UnixMilli()
				}
				only := any(nil)
				if s.Incident = rapid.SampledFrom([]string{"", "", inc, "other"}).Draw(r, "only"); s.Incident != "" {
					only = s.Incident
				}
				list, _ := json.Marshal(append([]string{}, s.Components...))
				exec("INSERT INTO subscribers (id, channel, address, name, components, severity, updates, confirmed, ended, incident, created) VALUES (?, ?, ?, '', ?, ?, ?, ?, ?, ?, 0)",
					s.ID, s.Channel, s.Address, string(list), s.Severity, updates, confirmed, end, only)
				subscribers[s.ID] = s
			}
			number := rapid.IntRange(1, 4).Draw(r, "number")
			p := &publishing{tb: t, store: f.store, now: at}
			kinds := map[int]incident.UpdateKind{}
			var before []toldRow
			for n := 1; n < number; n++ {
				kinds[n] = rapid.SampledFrom(everyKind).Draw(r, "kind before")
				p.save(p.update(inc, n, kinds[n], incident.P1)) // to nobody: the rows follow
			}
			for n := 1; n < number; n++ {
				for _, id := range slices.Sorted(maps.Keys(subscribers)) {
					for again := range rapid.SampledFrom([]int{1, 1, 0, 2}).Draw(r, "copies") {
						row := toldRow{id, n, rapid.SampledFrom(everyState).Draw(r, "state"), "", rapid.IntRange(0, 3).Draw(r, "doubted") == 0}
						doubted := any(nil)
						if row.Doubted = row.Doubted && row.State != notify.Pending; row.Doubted {
							doubted = 1
						}
						before = append(before, row)
						exec(`INSERT INTO deliveries (id, audience, update_id, incident, number, subscriber, channel, address, name, state, lane, due, expires, attempts, provider, reason, created, changed, doubted)
							VALUES (?, 'public', ?, ?, ?, ?, ?, '', '', ?, 1, 0, 0, 0, '', '', 0, 0, ?)`,
							fmt.Sprint(inc, n, id, again), fmt.Sprint(inc, "-", n), inc, n, id, subscribers[id].Channel, row.State, doubted)
					}
				}
			}
			d := p.update(inc, number, rapid.SampledFrom(everyKind).Draw(r, "kind"), incident.Severity(rapid.IntRange(1, 4).Draw(r, "severity")),
				rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"email", "sms", "webhook", "chat"}), 0, 3, rapid.ID[string]).Draw(r, "words")...)
			u := &d.Updates[0]
			u.Changes = nil
			for _, c := range rapid.SliceOfNDistinct(rapid.SampledFrom(components[:3]), 0, 3, rapid.ID[string]).Draw(r, "changed") {
				u.Changes = append(u.Changes, incident.AffectedChange{Component: c})
			}
			foretold, err := f.store.Readers(context.Background(), u)
			if err != nil {
				r.Fatal(err)
			}
			p.save(d)
			want := decideEach(u, subscribers, ended, kinds, before)
			got := readTold(r, f)
			if !slices.Equal(got, want) {
				r.Fatalf("update %+v\nof %+v\nafter %+v\nqueued %+v\nwant   %+v", *u, subscribers, before, got, want)
			}
			queued := map[string]int{}
			for _, row := range got {
				if row.Number == number && row.State == notify.Pending {
					queued[subscribers[row.Subscriber].Channel]++
				}
			}
			if !maps.Equal(foretold, queued) {
				r.Fatalf("update %+v\nof %+v\nafter %+v\nforetold %v\nqueued   %v", *u, subscribers, before, foretold, queued)
			}
		}
	})
}

// decideEach is the rule, one subscriber after the other.
func decideEach(u *incident.Update, subscribers map[string]notify.Subscriber, ended map[string]bool, kinds map[int]incident.UpdateKind, before []toldRow) []toldRow {
	rows := slices.Clone(before)
	hears := map[string]bool{}
	var channels []string
	for _, word := range u.Channels {
		channels = append(channels, notify.ChannelsOf(word)...)
	}
	for id, s := range subscribers {
		last, word, heard := 0, 0, 0 // of what was told the last of all, the last that is no end, and the last end for certain
		for _, row := range before {
			ends := kinds[row.Number] == incident.Ended
			switch {
			case row.Subscriber != id || !row.State.Told(row.Doubted):
				continue
			case !ends:
				word = max(word, row.Number)
			case row.State.Certain():
				heard = max(heard, row.Number)
			}
			last = max(last, row.Number)
		}
		told := last > 0 && kinds[last] != incident.Ended
		if u.Kind == incident.Ended {
			told = word > heard
		}
		if s.Confirmed.IsZero() || ended[id] || !slices.Contains(channels, s.Channel) && (u.Kind != incident.Ended || !told) {
			continue
		}
		state, reason, wanted := notify.Decide(u, &s, told)
		if !wanted {
			continue
		}
		hears[id] = true
		for i := range rows {
			if row := &rows[i]; row.Subscriber == id && (row.State == notify.Pending || row.State == notify.Retry) && !row.Doubted {
				row.State, row.Reason = notify.Superseded, notify.ReasonSuperseded
				if state == notify.Suppressed {
					row.State, row.Reason = notify.Suppressed, notify.ReasonOver
				}
			}
		}
		rows = append(rows, toldRow{id, u.Number, state, reason, false})
	}
	for i := range rows {
		row := &rows[i]
		switch waits := (row.State == notify.Pending || row.State == notify.Retry) && !row.Doubted && row.Number < u.Number; {
		case !waits:
		case u.Kind == incident.Ended && !hears[row.Subscriber]:
			row.State, row.Reason = notify.Suppressed, notify.ReasonOver
		case u.Kind == incident.Reopened && kinds[row.Number] == incident.Ended:
			row.State, row.Reason = notify.Suppressed, notify.ReasonAgain
		}
	}
	slices.SortFunc(rows, compareTold)
	return rows
}

func compareTold(a, b toldRow) int {
	return slices.Compare([]string{a.Subscriber, fmt.Sprint(a.Number), string(a.State), fmt.Sprint(a.Doubted)}, []string{b.Subscriber, fmt.Sprint(b.Number), string(b.State), fmt.Sprint(b.Doubted)})
}

func readTold(tb rapid.TB, f *fixture) (rows []toldRow) {
	db := openBeside(f.t, f.path)
	defer func() { _ = db.Close() }()
	found, err := db.QueryContext(context.Background(), "SELECT subscriber, number, state, reason, doubted IS NOT NULL FROM deliveries")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		var row toldRow
		if err := found.Scan(&row.Subscriber, &row.Number, &row.State, &row.Reason, &row.Doubted); err != nil {
			tb.Fatal(err)
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, compareTold)
	return rows
}

// TestAnUpdateAndItsDeliveriesAreOne: a write that fails after the queueing
// leaves neither.
func TestAnUpdateAndItsDeliveriesAreOne(t *testing.T) {
	f := newFixture(t)
	f.subscribe(sam())
	p := &publishing{tb: t, store: f.store, now: start}
	d := p.update("i", 1, incident.Opened, incident.P1, "email")
	err := f.store.Write(t.Context(), func(ctx context.Context, tx incident.Tx) error {
		if _, err := tx.Save(ctx, start, d); err != nil {
			return err
		}
		return context.Canceled
	})
	if err == nil {
		t.Fatal("the write was taken")
	}
	if n := f.count("SELECT (SELECT count(*) FROM updates) + (SELECT count(*) FROM deliveries)"); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	p.save(d)
	if n := f.count("SELECT (SELECT count(*) FROM updates) * (SELECT count(*) FROM deliveries)"); n != 1 {
		t.Errorf("there is no update with its delivery: %d", n)
	}
}
