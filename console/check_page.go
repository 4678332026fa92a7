package console

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"daymark/access"
	"daymark/checker"
)

// checkPage is all that staff see of one check.
type checkPage struct {
	frame
	said
	ID, Check, Kind, Schedule string // Check is its name
	Component, ComponentName  string
	Runbook                   string
	Around                    *silenceView // of its component
	Silence                   *silenceView // of it
	MayAct                    bool
	RunsNow                   []choice // regions that can run it at once
	RunsElsewhere             bool     // some region cannot
	Latest                    []runView
	Silent                    []string // names of regions that have no run
	Times                     *timesView
	Strikes                   []strikeView
	Verdicts                  []said
	Runs                      []runView
	More                      string // of the older runs; "": there are none
	Evidence                  []evidenceView
	MayLook                   bool
	Definition                string
}

// runView is one run in words.
type runView struct {
	said
	Region, At, ISO, Took string
	Attempts              int    // 0: not kept
	Late                  string // by how much it began after its time; "": it did not
	Parts                 []partView
	Expectations          []expectationRow // that are not met
	Warnings              []string
}

type partView struct{ Name, Took string }

// How much the page of a check lists.
const (
	runsListed     = 20
	verdictsListed = 20
	evidenceListed = 10
)

func (s *Site) serveCheck(w http.ResponseWriter, r *http.Request, who access.Principal) {
	check, component := s.API.checkAt(r.PathValue("id"))
	if check == nil {
		s.noSuch(w, r, "check")
		return
	}
	now := s.Now()
	page := &checkPage{
		ID: check.ID, Check: check.Title(), Schedule: check.Schedule, Component: component.ID, ComponentName: cmp.Or(component.Name, component.ID),
		Runbook: component.Runbook, MayLook: s.mayLook(who), MayAct: who.May(access.WriteIncidents),
	}
	for _, region := range s.API.Runners.RunsNow(check.ID) {
		page.RunsNow = append(page.RunsNow, choice{region, s.API.regionName(region)})
	}
	page.RunsElsewhere = check.Heartbeat == nil && len(page.RunsNow) < len(s.regionsOf(check))
	if kind, err := check.Kind(); err == nil {
		page.Kind = string(kind)
	}
	if err := s.fillCheck(r, page, check, now); err != nil {
		s.fail(w, r, err)
		return
	}
	page.frame = s.frame(r, page.Check, "components", who)
	page.Live, page.Charted = true, page.Times != nil && len(page.Times.Plots) > 0
	s.show(w, r, http.StatusOK, "check", page)
}

// fillCheck reads what the page shows of a check.
func (s *Site) fillCheck(r *http.Request, page *checkPage, check *checker.Check, now time.Time) error {
	ctx := r.Context()
	verdicts, err := s.API.Measured.Verdicts(ctx)
	if err != nil {
		return err
	}
	page.said = s.verdictSaid(verdicts[check.ID], now)
	silences, err := s.API.ByHand.Silences(ctx, now)
	if err != nil {
		return err
	}
	page.Silence = s.lasting(silences, check.ID, "", now)
	page.Around = s.lasting(silences, "", page.Component, now)
	if err := s.latest(ctx, page, check, now); err != nil {
		return err
	}
	if page.Times, err = s.times(ctx, check, r.URL.Query(), now); err != nil {
		return err
	}
	changes, err := s.API.Watched.VerdictChanges(ctx, check.ID, verdictsListed)
	if err != nil {
		return err
	}
	for _, v := range changes {
		page.Verdicts = append(page.Verdicts, s.verdictSaid(v, now))
	}
	strikes, err := s.API.Strikes.ListStrikes(ctx, check.ID, strikesListed)
	if err != nil {
		return err
	}
	page.Strikes = s.strikeViews(strikes, now)
	runs, err := s.API.Watched.ListRuns(ctx, RunQuery{Check: check.ID, Most: runsListed + 1})
	if err != nil {
		return err
	}
	page.Runs, page.More = s.runViews(check.ID, runs, runsListed, now)
	if page.MayLook {
		evidence, err := s.API.Evidence.ListEvidence(ctx, EvidenceQuery{Check: check.ID, Most: evidenceListed})
		if err != nil {
			return err
		}
		page.Evidence = s.evidenceViews(check.ID, evidence, now)
	}
	if s.Watching.Definition != nil {
		page.Definition, err = s.Watching.Definition(check.ID)
	}
	return err
}

// latest lists the newest run of each region that the check runs in.
func (s *Site) latest(ctx context.Context, page *checkPage, check *checker.Check, now time.Time) error {
	runs, err := s.API.Watched.LatestRuns(ctx, check.ID)
	if err != nil {
		return err
	}
	for _, region := range s.regionsOf(check) {
		found := false
		for i := range runs {
			if runs[i].Region == region {
				page.Latest = append(page.Latest, s.runView(&runs[i], now))
				found = true
			}
		}
		if !found {
			page.Silent = append(page.Silent, s.API.regionName(region))
		}
	}
	return nil
}

// regionsOf lists the regions that a check runs in.
func (s *Site) regionsOf(check *checker.Check) []string {
	if len(check.Regions) > 0 {
		return check.Regions
	}
	var all []string
	for _, region := range s.API.Regions {
		all = append(all, region.ID)
	}
	return all
}

func (s *Site) runView(r *checker.Result, now time.Time) runView {
	view := runView{
		said: outcomeSaid(r.Outcome), Region: s.API.regionName(r.Region), At: s.clockSeconds(r.At, now), ISO: r.At.UTC().Format(time.RFC3339),
		Attempts: r.Attempts, Warnings: r.Warnings,
	}
	view.Reason = r.Reason
	if r.Started.After(r.At) {
		view.Late = took(r.Started.Sub(r.At))
	}
	if r.Latency > 0 {
		view.Took = took(r.Latency)
	}
	for _, t := range r.Timings {
		view.Parts = append(view.Parts, partView{partName(t.Name), took(t.Duration)})
	}
	for _, e := range r.Expectations {
		if !e.Met {
			view.Expectations = append(view.Expectations, expectationRow(e))
		}
	}
	return view
}

// clockSeconds is clock to the second.
func (s *Site) clockSeconds(at, now time.Time) string {
	return s.clock(at, now) + at.In(s.Zone).Format(":05")
}

// took writes how long a part of a run takes: "3.2 ms", "412 ms", "2.41 s".
func took(d time.Duration) string {
	ms := float64(d.Microseconds()) / 1000
	switch {
	case d <= 0:
		return "–"
	case ms < 10:
		return strconv.FormatFloat(ms, 'f', 1, 64) + " ms"
	case ms < 1000:
		return strconv.FormatFloat(ms, 'f', 0, 64) + " ms"
	}
	return strconv.FormatFloat(ms/1000, 'f', 2, 64) + " s"
}

// partNames are the parts of a run as people call them; a step has its own name.
var partNames = map[string]string{
	"redirects": "Redirects", "dns": "Name lookup", "connect": "Connect", "tls": "TLS", "first_byte": "First byte", "transfer": "Transfer",
	"answer": "Answer", "signatures": "Signatures", "banner": "Banner", "handshake": "Handshake",
}

func partName(name string) string { return cmp.Or(partNames[name], name) }

// runViews puts runs, of which there is one more than asked for where there
// are others, into words, and says where the others are.
func (s *Site) runViews(check string, runs []checker.Result, most int, now time.Time) (views []runView, more string) {
	for i := range runs {
		if i == most {
			last := &runs[i-1]
			return views, checkPath(check) + "/runs?cursor=" + encodeCursor(strconv.FormatInt(last.At.UnixMilli(), 10), last.Region)
		}
		views = append(views, s.runView(&runs[i], now))
	}
	return views, ""
}

func checkPath(id string) string { return "/console/checks/" + url.PathEscape(id) }

// runsPage lists the runs of a check, a part at a time.
type runsPage struct {
	frame
	ID, Check string
	Runs      []runView
	More      string
	Older     bool // these are not the newest
}

// runsAPage is how many runs one part has.
const runsAPage = 100

func (s *Site) serveRuns(w http.ResponseWriter, r *http.Request, who access.Principal) {
	check, at, region := s.listOf(w, r)
	if check == nil {
		return
	}
	runs, err := s.API.Watched.ListRuns(r.Context(), RunQuery{Check: check.ID, AfterAt: at, AfterRegion: region, Most: runsAPage + 1})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page := &runsPage{frame: s.frame(r, "Runs of "+check.Title(), "components", who), ID: check.ID, Check: check.Title(), Older: !at.IsZero()}
	page.Runs, page.More = s.runViews(check.ID, runs, runsAPage, s.Now())
	s.show(w, r, http.StatusOK, "runs", page)
}

// listOf gives the check whose runs an address lists, and where the list goes
// on; nil where that is answered.
func (s *Site) listOf(w http.ResponseWriter, r *http.Request) (check *checker.Check, at time.Time, region string) {
	check, _ = s.API.checkAt(r.PathValue("id"))
	if check == nil {
		s.noSuch(w, r, "check")
		return nil, at, ""
	}
	at, region, ok := placeOf(r)
	if !ok {
		s.wrong(w, r, http.StatusBadRequest, "This address is not one that a page of ours gave.")
		return nil, at, ""
	}
	return check, at, region
}

// placeOf reads where a list of runs goes on.
func placeOf(r *http.Request) (at time.Time, region string, ok bool) {
	asked := paging{Cursor: r.URL.Query().Get("cursor")}
	parts, err := asked.parts(2)
	if err != nil || parts == nil {
		return time.Time{}, "", err == nil
	}
	ms, err := strconv.ParseInt(parts[0], 10, 64)
	return time.UnixMilli(ms), parts[1], err == nil
}
