package console

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"daymark/access"
	"daymark/incident"
)

// componentsPage lists all components by their groups.
type componentsPage struct {
	frame
	Worst  incident.Status
	Say    string
	Groups []groupView
	AsOf   [2]string // ISO, and as people read it
}

type groupView struct {
	ID, Name   string
	Components []componentLine
}

type componentLine struct {
	said
	ID, Name string
	Checks   string // "1 of 3 checks is down"
	Hand     *handView
	Silence  *silenceView
}

func (s *Site) serveComponents(w http.ResponseWriter, r *http.Request, who access.Principal) {
	now := s.Now()
	seen, err := s.seen(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page := &componentsPage{Worst: incident.Operational, AsOf: [2]string{now.UTC().Format(time.RFC3339), now.In(s.Zone).Format("15:04:05")}}
	bad, unknown := 0, 0
	for _, group := range s.groups() {
		view := groupView{ID: group.ID, Name: group.Name}
		for i := range s.API.Components {
			c := &s.API.Components[i]
			if c.Group != group.ID {
				continue
			}
			line := s.componentLine(c, seen, now)
			view.Components = append(view.Components, line)
			if line.Status.Badness() > page.Worst.Badness() {
				page.Worst = line.Status
			}
			if line.Status.Badness() > 0 {
				bad++
			}
			if line.Status == incident.Unmeasured {
				unknown++
			}
		}
		if len(view.Components) > 0 {
			page.Groups = append(page.Groups, view)
		}
	}
	if unknown > 0 && unknown == len(s.API.Components) {
		page.Worst = incident.Unmeasured
	}
	page.Say = sayComponents(len(s.API.Components), bad, unknown)
	page.frame = s.frame(r, "Components and checks", "components", who)
	page.Live = true
	s.show(w, r, http.StatusOK, "components", page)
}

// groups gives the groups in their order, and one for components without.
func (s *Site) groups() []incident.Group {
	all := append([]incident.Group{}, s.API.Groups...)
	name := "Components"
	if len(all) > 0 {
		name = "Others"
	}
	return append(all, incident.Group{Name: name})
}

func sayComponents(all, bad, unknown int) string {
	switch {
	case all == 0:
		return "No component is configured."
	case bad == 0 && unknown == 0:
		return "All components work."
	case unknown == all:
		return "No component is measured."
	case bad == 0:
		return counted(unknown, "component is", "components are") + " not measured; the others work."
	case bad == 1:
		return "1 component of " + decimal(int64(all)) + " does not work as it should."
	}
	return decimal(int64(bad)) + " components of " + decimal(int64(all)) + " do not work as they should."
}

func (s *Site) componentLine(c *incident.Component, seen *seen, now time.Time) componentLine {
	line := componentLine{said: s.saidOf(seen.statuses[c.ID], now), ID: c.ID, Name: cmp.Or(c.Name, c.ID), Silence: s.lasting(seen.silences, "", c.ID, now)}
	if o, set := seen.set[c.ID]; set {
		line.Hand = s.handOf(o, now)
		line.Reason = "" // it is the hand's
	}
	checks := s.checkLines(c, seen, now)
	switch n := failing(checks); {
	case len(checks) == 0 && len(c.DependsOn) > 0:
		line.Checks = "No check of its own: it is as what it depends on is."
	case len(checks) == 0:
		line.Checks = "No check: only people say how it is."
	case n == 0:
		line.Checks = counted(len(checks), "check, not failing", "checks, none failing")
	default:
		var names []string
		for _, check := range checks {
			if check.Status.Badness() > 0 {
				names = append(names, check.Name)
			}
		}
		line.Checks = decimal(int64(n)) + " of " + counted(len(checks), "check", "checks") + " failing: " + strings.Join(names, ", ")
	}
	return line
}
