package console

import (
	"context"
	"time"

	"daymark/access"
	"daymark/incident"
)

// waitView is something that waits for somebody.
type waitView struct {
	To, Link, Rest string // an address, its words, and what stands after it
	About          string
	Late           bool
}

// waiting lists what waits for somebody besides incidents: reports, reviews and
// actions that are due soon or late, maintenance that visitors do not see yet,
// and swaps that were offered to who looks.
func (s *Site) waiting(ctx context.Context, who access.Principal, now time.Time) ([]waitView, error) {
	var all []waitView
	for _, list := range []func(context.Context, access.Principal, time.Time) ([]waitView, error){s.reportsWaiting, s.reviewsWaiting, s.maintenanceWaiting, s.swapsWaiting} {
		found, err := list(ctx, who, now)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// mostWaiting bounds how many reports are counted.
const mostWaiting = 200

func (s *Site) reportsWaiting(ctx context.Context, _ access.Principal, now time.Time) ([]waitView, error) {
	found, err := s.API.Reports.ListReports(ctx, ReportQuery{Most: mostWaiting})
	n, linked := 0, 0
	var due time.Time
	for i := range found {
		if found[i].State != incident.Received || found[i].Answered {
			continue
		}
		n++
		if found[i].Incident != "" {
			linked++
		}
		if due.IsZero() || found[i].Due.Before(due) {
			due = found[i].Due
		}
	}
	if n == 0 || err != nil {
		return nil, err
	}
	view := waitView{To: "/console/reports", Link: counted(n, "report", "reports") + " of users", Rest: " without an answer", About: "the first is to be answered by " + s.clock(due, now) + ", " + until(due, now), Late: now.After(due)}
	if linked > 0 {
		view.Rest += ", " + decimal(int64(linked)) + " of them like an incident"
	}
	return []waitView{view}, nil
}

// soon is how long before it is due something waits for somebody.
const soon = 3 * 24 * time.Hour

func (s *Site) reviewsWaiting(ctx context.Context, _ access.Principal, now time.Time) ([]waitView, error) {
	found, err := s.API.Work.Reviews(ctx, false)
	var all []waitView
	for i := range found {
		r := &found[i]
		to := "/console/incidents/" + r.Incident + "/review"
		if r.Signed.IsZero() && now.After(r.Due.Add(-soon)) {
			all = append(all, waitView{To: to, Link: "The review of " + r.Name, Rest: " is not signed off", About: "due " + s.clock(r.Due, now) + ", " + until(r.Due, now), Late: now.After(r.Due)})
		}
		for _, a := range r.Actions {
			if a.Done.IsZero() && now.After(a.Due.Add(-soon)) {
				all = append(all, waitView{To: to, Link: "Action “" + shortened(a.Text) + "”", Rest: ", owed by " + s.nameOf(a.Owner), About: "due " + s.clock(a.Due, now) + ", " + until(a.Due, now), Late: now.After(a.Due)})
			}
		}
	}
	return all, err
}

func (s *Site) maintenanceWaiting(ctx context.Context, _ access.Principal, now time.Time) ([]waitView, error) {
	found, err := s.API.Work.Maintenances(ctx, now)
	var all []waitView
	for i := range found {
		if m := &found[i]; !m.Public() && !m.Ended() {
			all = append(all, waitView{To: "/console/maintenance/" + m.ID, Link: m.Title, Rest: ", " + s.clock(m.Starts, now) + ", has not been announced", About: "visitors see it from " + s.clock(m.Announce, now)})
		}
	}
	return all, err
}

func (s *Site) swapsWaiting(ctx context.Context, who access.Principal, now time.Time) ([]waitView, error) {
	found, err := s.API.Rotas.Swaps(ctx, "", now)
	var all []waitView
	for i := range found {
		if x := &found[i]; x.Taker == who.Person && x.State(now) == incident.SwapOffered {
			all = append(all, waitView{To: "/console/rota?rota=" + x.Rota + "#offers", Link: s.nameOf(x.Giver) + " offers you a turn", Rest: " as " + x.Role.Title(), About: s.clock(x.From, now) + " to " + s.clock(x.To, now)})
		}
	}
	return all, err
}
