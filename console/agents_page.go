package console

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"daymark/access"
	"daymark/incident"
	"daymark/internal/expression"
)

// agentsPage shows what measures from each region.
type agentsPage struct {
	frame
	Dead    string // regions from which nothing is measured, in a sentence; empty: there is none
	May     bool   // who looks may make and end tokens
	Regions []regionAgentsView
	Ended   []agentTokenView // tokens that open nothing any more
}

type regionAgentsView struct {
	regionAgentsRow
	Status       incident.Status
	Word, Newest string
	Living       []livingView
	Tokens       []agentTokenView
}

type livingView struct {
	livingRow
	Status               incident.Status
	Word, SeenAgo, Since string
	Late                 string
	Feels                string // how it says that it is; empty: it does not
}

type agentTokenView struct {
	agentTokenRow
	Label, Made, Heard, Until string
}

func (s *Site) serveAgents(w http.ResponseWriter, r *http.Request, who access.Principal) {
	call := Call{Who: who}
	regions, err := s.API.listAgents(r.Context(), call, nothing{})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	tokens, err := s.API.listAgentTokens(r.Context(), call, nothing{})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page := &agentsPage{frame: s.frame(r, "Agents", "agents", who), May: who.May(access.WriteAgents)}
	dead := 0
	for _, region := range regions.Items {
		view := s.regionAgents(region)
		if all, _ := s.API.checksOf(region.Region); all > 0 && !region.Lives {
			dead++
		}
		for _, t := range tokens.Items {
			if t.Region == region.Region && t.Works {
				view.Tokens = append(view.Tokens, s.agentTokenView(t))
			}
		}
		page.Regions = append(page.Regions, view)
	}
	for _, t := range tokens.Items {
		if !t.Works {
			page.Ended = append(page.Ended, s.agentTokenView(t))
		}
	}
	if dead > 0 {
		page.Dead = counted(dead, "region measures", "regions measure") + " nothing"
	}
	s.show(w, r, http.StatusOK, "agents", page)
}

func (s *Site) regionAgents(region regionAgentsRow) regionAgentsView {
	view := regionAgentsView{regionAgentsRow: region, Status: incident.Unmeasured, Word: "No agent", Newest: "never"}
	if !region.Newest.IsZero() {
		view.Newest = s.ago(region.Newest.Time)
	}
	switch {
	case region.Lives:
		view.Status, view.Word = incident.Operational, "Measures"
	case len(region.Agents) > 0:
		view.Word = "Cannot tell"
	}
	for _, x := range region.Agents {
		living := livingView{livingRow: x, Status: incident.Operational, Word: "Connected", SeenAgo: s.ago(x.Seen.Time), Since: s.moment(x.Since.Time), Late: "on time"}
		if x.Inside {
			living.Word, living.SeenAgo = "Runs", ""
		}
		if x.Fault != "" {
			living.Status, living.Word = incident.Unmeasured, "Cannot tell"
		}
		if late := time.Duration(x.Late * float64(time.Second)); late >= time.Minute {
			living.Status, living.Late = incident.Slow, lasted(late)+" late"
		}
		living.Feels = feels(x.Health)
		view.Living = append(view.Living, living)
	}
	return view
}

// feels puts into words how an agent says that it is.
func feels(h *healthRow) string {
	if h == nil {
		return ""
	}
	words := []string{"its runs begin within " + expression.FormatDuration(time.Duration(h.Start*float64(time.Second)).Round(time.Millisecond)) + " of their times"}
	if h.Missed > 0 {
		words = append(words, counted(h.Missed, "run was", "runs were")+" left out since it began")
	}
	if h.Spool > 0 {
		words = append(words, fmt.Sprintf("%.1f MB wait in its spool", float64(h.Spool)/1_000_000))
	}
	if h.Thinned > 0 {
		words = append(words, counted(int(h.Thinned), "good result", "good results")+" had to go, because the spool was full")
	}
	if h.Held > 0 {
		words = append(words, "its disk takes nothing, and "+counted(h.Held, "result is", "results are")+" in memory alone")
	}
	return fmt.Sprintf("By its own account, %s; it holds %d MB of memory.", strings.Join(words, ", "), h.Memory/1_000_000)
}

// ago says how long something is past.
func (s *Site) ago(at time.Time) string { return lasted(s.Now().Sub(at)) + " ago" }

func (s *Site) agentTokenView(t agentTokenRow) agentTokenView {
	view := agentTokenView{agentTokenRow: t, Label: t.Name, Made: s.day(t.Created.Time), Heard: "never heard from"}
	if view.Label == "" {
		view.Label = "Token of " + view.Made
	}
	if !t.Heard.IsZero() {
		view.Heard = "last heard from " + s.moment(t.Heard.Time)
	}
	switch {
	case !t.Revoked.IsZero():
		view.Until = "Revoked " + s.moment(t.Revoked.Time)
	case !t.Works:
		view.Until = "Replaced; it ended " + s.moment(t.Ends.Time)
	case !t.Ends.IsZero():
		view.Until = "Replaced; it works until " + s.moment(t.Ends.Time)
	}
	return view
}
