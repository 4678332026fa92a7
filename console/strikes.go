package console

import (
	"context"
	"net/http"
	"time"

	"daymark/access"
	"daymark/incident"
)

// Strikes are false alarms that people struck out.
type Strikes interface {
	// ListStrikes gives those of a check, what was undone included, the latest
	// first.
	ListStrikes(ctx context.Context, check string, most int) ([]incident.Strike, error)
	// StrikeOut strikes one out, with its entry in the audit trail. A key that
	// was given before, "" aside, gives what it made then.
	StrikeOut(ctx context.Context, who access.Principal, key string, asked incident.Strike) (id string, err error)
	// UndoStrike undoes one.
	UndoStrike(ctx context.Context, who access.Principal, key, id string) (string, error)
}

// strikesListed is how many the page of a check, and the API, list: more than
// people strike out.
const strikesListed = 500

func (a *API) strikesRows() []Operation {
	return []Operation{
		read("/api/v1/checks/{id}/strikes", access.ReadComponents, "The false alarms of a check that were struck out, the latest first, and what was undone.", a.listStrikes),
		write("/api/v1/checks/{id}/strikes", access.WriteIncidents, "Strike out what a check said in a time as a false alarm: runs that failed or were degraded count as such that could not tell.", a.strikeOut),
		write("/api/v1/strikes/{id}/undo", access.WriteIncidents, "Let what was struck out count again.", a.undoStrike),
	}
}

type strikeRow struct {
	ID       string `json:"id"`
	Check    string `json:"check" doc:"Its id."`
	Region   string `json:"region,omitempty" doc:"Its id; left out: all."`
	From     Time   `json:"from"`
	Until    Time   `json:"until"`
	Runs     int    `json:"runs" doc:"So many runs were struck out."`
	Reason   string `json:"reason"`
	By       string `json:"by"`
	Made     Time   `json:"made"`
	Undone   Time   `json:"undone,omitzero" doc:"They count again since then; left out: they do not."`
	UndoneBy string `json:"undone_by,omitempty"`
}

func (a *API) listStrikes(ctx context.Context, _ Call, asked idAsked) (page[strikeRow], error) {
	if check, _ := a.checkAt(asked.ID); check == nil {
		return page[strikeRow]{}, ErrNotFound
	}
	found, err := a.Strikes.ListStrikes(ctx, asked.ID, strikesListed)
	if err != nil {
		return page[strikeRow]{}, err
	}
	rows := make([]strikeRow, len(found))
	for i, s := range found {
		rows[i] = strikeRow{s.ID, s.Check, s.Region, Time{s.From}, Time{s.Until}, s.Runs, s.Reason, s.By, Time{s.Made}, Time{s.Undone}, s.UndoneBy}
	}
	return whole(rows), nil
}

type strikeAsked struct {
	idAsked
	Region string `json:"region,omitempty" doc:"By its id; left out: all regions."`
	From   Time   `json:"from" doc:"Runs that were scheduled then or later."`
	Until  Time   `json:"until" doc:"And before this time, 24 hours later at most; a time to come means now."`
	Reason string `json:"reason" longest:"10000" doc:"Why it was a false alarm."`
}

func (a *API) strikeOut(ctx context.Context, call Call, asked strikeAsked) (madeRow, error) {
	id, err := a.Strikes.StrikeOut(ctx, call.Who, ownKey(call), incident.Strike{Check: asked.ID, Region: asked.Region, From: asked.From.Time, Until: asked.Until.Time, Reason: asked.Reason})
	return madeRow{id}, err
}

func (a *API) undoStrike(ctx context.Context, call Call, asked idAsked) (madeRow, error) {
	id, err := a.Strikes.UndoStrike(ctx, call.Who, ownKey(call), asked.ID)
	return madeRow{id}, err
}

// ownKey is the key of a call, which is nobody else's.
func ownKey(call Call) string {
	if call.Key == "" {
		return ""
	}
	return call.Who.Via() + " " + call.Key
}

// strikeView is a false alarm in words.
type strikeView struct {
	When, ISO, Where, Runs string
	By, Made, Reason       string
	Undone                 string // when and by whom; "": it is in force
	Undo                   string // the address that undoes it; "": it is undone
}

func (s *Site) strikeViews(all []incident.Strike, now time.Time) []strikeView {
	var views []strikeView
	for i := range all {
		strike := &all[i]
		view := strikeView{
			When: s.clock(strike.From, now) + " to " + s.clock(strike.Until, strike.From), ISO: strike.From.UTC().Format(time.RFC3339), Where: "all regions",
			Runs: counted(strike.Runs, "run", "runs"), By: s.byName(strike.By), Made: s.clock(strike.Made, now), Reason: strike.Reason, Undo: "/console/strikes/" + strike.ID + "/undo",
		}
		if strike.Region != "" {
			view.Where = s.API.regionName(strike.Region)
		}
		if !strike.Undone.IsZero() {
			view.Undone, view.Undo = s.clock(strike.Undone, now)+" by "+s.byName(strike.UndoneBy), ""
		}
		views = append(views, view)
	}
	return views
}

// strikePage is the form that strikes out a false alarm.
type strikePage struct {
	frame
	Check, Back, Action string
	Regions             []choice
	First, Last, Most   string // as browsers choose times
	Zone                string
}

func (s *Site) serveStrike(w http.ResponseWriter, r *http.Request, who access.Principal) {
	check, _ := s.API.checkAt(r.PathValue("id"))
	if check == nil {
		s.noSuch(w, r, "check")
		return
	}
	now := s.Now()
	page := &strikePage{
		frame: s.frame(r, "Strike out a false alarm of "+check.Title(), "components", who), Check: check.Title(), Back: checkPath(check.ID), Action: checkPath(check.ID) + "/strikes",
		First: now.Add(-time.Hour).In(s.Zone).Format(localTime), Last: now.Add(time.Minute).In(s.Zone).Format(localTime), Most: now.Add(time.Hour).In(s.Zone).Format(localTime), Zone: s.Zone.String(),
	}
	// The last time that it was down is what is meant most often.
	changes, err := s.API.Watched.VerdictChanges(r.Context(), check.ID, verdictsListed)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	for i, v := range changes {
		if v.Word == incident.CheckDown || v.Word == incident.Impaired {
			page.First = v.Since.In(s.Zone).Format(localTime)
			if i > 0 {
				page.Last = changes[i-1].Since.Add(time.Minute).In(s.Zone).Format(localTime)
			}
			break
		}
	}
	for _, region := range s.regionsOf(check) {
		page.Regions = append(page.Regions, choice{region, s.API.regionName(region)})
	}
	s.show(w, r, http.StatusOK, "strike", page)
}
