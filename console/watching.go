package console

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"daymark/access"
	"daymark/checker"
	"daymark/incident"
	"daymark/internal/lang"
	"daymark/statuspage"
)

// Watching is what pages of components and checks need beside the API.
type Watching struct {
	// Strip draws the last 90 days of a component; nil where it is not known.
	Strip func(ctx context.Context, component string) (*statuspage.Strip, error)
	// Definition writes a check as it is configured, without secrets.
	Definition func(check string) (string, error)
}

func (s *Site) watchingRoutes() []PageRoute {
	return []PageRoute{
		{Pattern: "GET /console/components", Right: access.ReadComponents, Serve: s.serveComponents, Menu: "Components and checks", About: "How each part is now, what its checks say, and what somebody set by hand."},
		{Pattern: "GET /console/components/{id}", Right: access.ReadComponents, Serve: s.serveComponent},
		{Pattern: "GET /console/components/{id}/figures", Right: access.ReadComponents, Serve: s.serveFigures},
		{Pattern: "GET /console/components/{id}/figures/csv", Right: access.ReadComponents, Serve: s.serveFiguresCSV},
		{Pattern: "GET /console/components/{id}/status", Right: access.WriteIncidents, Serve: s.serveStatus},
		{Pattern: "GET /console/changes", Right: access.ReadComponents, Serve: s.serveChanges, Menu: "What changed", About: "Deployments and the like, as CI jobs and people tell of them."},
		{Pattern: "GET /console/checks/{id}", Right: access.ReadComponents, Serve: s.serveCheck},
		{Pattern: "GET /console/checks/{id}/silence", Right: access.WriteIncidents, Serve: s.serveCheckSilence},
		{Pattern: "GET /console/components/{id}/silence", Right: access.WriteIncidents, Serve: s.serveComponentSilence},
		{Pattern: "GET /console/checks/{id}/strike", Right: access.WriteIncidents, Serve: s.serveStrike},
		{Pattern: "GET /console/checks/{id}/runs", Right: access.ReadComponents, Serve: s.serveRuns},
		{Pattern: "GET /console/checks/{id}/evidence", Right: access.ReadEvidence, Serve: s.serveEvidenceList},
		{Pattern: "GET /console/checks/{id}/evidence/{region}/{at}/{piece}", Right: access.ReadEvidence, Serve: s.servePiece},
		{Pattern: "GET /console/checks/{id}/evidence/{region}/{at}/{piece}/file", Right: access.ReadEvidence, Serve: s.servePieceFile},
	}
}

// noSuch answers for what the configuration does not have.
func (s *Site) noSuch(w http.ResponseWriter, r *http.Request, what string) {
	s.wrong(w, r, http.StatusNotFound, "There is no such "+what+" in the configuration.")
}

// said is a status with its word and since when it is so.
type said struct {
	Status incident.Status
	Word   string
	Since  string // "" where that is not known
	Reason string
}

func (s *Site) saidOf(status incident.ComponentStatus, now time.Time) said {
	of := said{Status: cmp.Or(status.Status, incident.Unmeasured), Reason: status.Reason}
	of.Word = statuspage.StatusWord(lang.English(), of.Status)
	if !status.Since.IsZero() {
		of.Since = s.clock(status.Since, now)
	}
	return of
}

// verdictSays is how staff read what is said of a check.
var verdictSays = map[incident.VerdictWord]said{
	incident.Up:        {Status: incident.Operational, Word: "Up"},
	incident.Impaired:  {Status: incident.Slow, Word: "Degraded"},
	incident.CheckDown: {Status: incident.Down, Word: "Down"},
	incident.CannotSay: {Status: incident.Unmeasured, Word: "Cannot tell"},
}

func (s *Site) verdictSaid(v incident.Verdict, now time.Time) said {
	of, known := verdictSays[v.Word]
	if !known {
		of = said{Status: incident.Unmeasured, Word: "Not measured yet"}
	}
	of.Reason = v.Reason
	if known && !v.Since.IsZero() {
		of.Since = s.clock(v.Since, now)
	}
	return of
}

// outcomeWords is how staff read the outcome of a run.
var outcomeWords = map[checker.Outcome]string{checker.OK: "Ok", checker.Degraded: "Degraded", checker.Failed: "Failed", checker.Unknown: "Cannot tell"}

func outcomeSaid(outcome checker.Outcome) said {
	return said{Status: statuspage.OutcomeStatus(string(outcome)), Word: outcomeWords[outcome]}
}

// checkLine is a check as pages list it.
type checkLine struct {
	said
	ID, Name, Kind string
	Silence        *silenceView
}

func (s *Site) checkLines(c *incident.Component, seen *seen, now time.Time) []checkLine {
	var lines []checkLine
	for i := range c.Checks {
		check := &c.Checks[i]
		line := checkLine{said: s.verdictSaid(seen.verdicts[check.ID], now), ID: check.ID, Name: check.Title(), Silence: s.lasting(seen.silences, check.ID, "", now)}
		if kind, err := check.Kind(); err == nil {
			line.Kind = string(kind)
		}
		lines = append(lines, line)
	}
	return lines
}

// failing counts the checks that do not say that all is well.
func failing(lines []checkLine) int {
	n := 0
	for _, line := range lines {
		if line.Status.Badness() > 0 {
			n++
		}
	}
	return n
}

// handView is a status that somebody set.
type handView struct {
	By, At, Reason string
	Until          string // what ends it
	Ends           bool   // with an incident: nobody clears it
}

func (s *Site) handOf(o incident.Override, now time.Time) *handView {
	view := &handView{By: s.byName(o.By), At: s.clock(o.At, now), Reason: o.Reason, Until: "until its checks say something new"}
	switch {
	case o.Incident != "":
		view.Until, view.Ends = "until the incident that it came with is over", true
	case o.Locked:
		view.Until = "until somebody clears it"
	}
	return view
}

// seen is what was found out of all components by now.
type seen struct {
	statuses map[string]incident.ComponentStatus
	verdicts map[string]incident.Verdict
	set      map[string]incident.Override
	silences []incident.Silence
}

func (s *Site) seen(ctx context.Context) (*seen, error) {
	statuses, err := s.API.Measured.Statuses(ctx)
	if err != nil {
		return nil, err
	}
	verdicts, err := s.API.Measured.Verdicts(ctx)
	if err != nil {
		return nil, err
	}
	set, err := s.API.ByHand.Overrides(ctx)
	if err != nil {
		return nil, err
	}
	silences, err := s.API.ByHand.Silences(ctx, s.Now())
	if err != nil {
		return nil, err
	}
	return &seen{statuses, verdicts, set, silences}, nil
}

// worstFirst puts what is worst on top, and leaves what is alike in its order.
func worstFirst[T any](rows []T, status func(*T) incident.Status) {
	slices.SortStableFunc(rows, func(a, b T) int { return status(&b).Badness() - status(&a).Badness() })
}
