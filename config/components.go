package config

import (
	"slices"
	"strings"

	"daymark/checker"
	"daymark/incident"
	"daymark/notify"
	"daymark/slo"
	"daymark/support"
)

// known are the ids of the file, by what they name.
type known struct {
	regions, teams, groups, components, slas, people, rotas, staff []string
}

func (r *review) known() known {
	quiet := &review{decoder: &decoder{nodes: r.nodes}, doc: r.doc} // ids tells what stands twice
	return known{
		regions:    idsOf(quiet, "regions", r.doc.Regions, func(x *incident.Region) string { return x.ID }),
		teams:      idsOf(quiet, "teams", r.doc.Teams, func(x *incident.Team) string { return x.ID }),
		groups:     idsOf(quiet, "groups", r.doc.Groups, func(x *incident.Group) string { return x.ID }),
		components: idsOf(quiet, "components", r.doc.Components, func(x *incident.Component) string { return x.ID }),
		slas:       idsOf(quiet, "slas", r.doc.SLAs, func(x *incident.SLA) string { return x.ID }),
		people:     idsOf(quiet, "support.people", r.doc.Support.People, func(x *support.Person) string { return x.ID }),
		rotas:      idsOf(quiet, "support.rotas", r.doc.Support.Rotas, func(x *support.Rota) string { return x.ID }),
		staff:      idsOf(quiet, "notify.staff", r.doc.Notify.Staff, func(x *notify.StaffChannel) string { return x.ID }),
	}
}

func (r *review) regions() {
	if len(r.doc.Regions) == 0 {
		r.doc.Regions = []incident.Region{{ID: LocalRegion, Name: "This server"}}
	}
}

// ids tells ids that stand twice.
func (r *review) ids() {
	idsOf(r, "regions", r.doc.Regions, func(x *incident.Region) string { return x.ID })
	idsOf(r, "teams", r.doc.Teams, func(x *incident.Team) string { return x.ID })
	idsOf(r, "groups", r.doc.Groups, func(x *incident.Group) string { return x.ID })
	idsOf(r, "components", r.doc.Components, func(x *incident.Component) string { return x.ID })
	idsOf(r, "incidents.templates", r.doc.Incidents.Templates, func(x *incident.Template) string { return x.ID })
	idsOf(r, "maintenance.recurring", r.doc.Maintenance.Recurring, func(x *incident.Recurring) string { return x.ID })
	idsOf(r, "slas", r.doc.SLAs, func(x *incident.SLA) string { return x.ID })
	idsOf(r, "slos", r.doc.SLOs, func(x *slo.Objective) string { return x.ID })
	idsOf(r, "support.people", r.doc.Support.People, func(x *support.Person) string { return x.ID })
	idsOf(r, "support.rotas", r.doc.Support.Rotas, func(x *support.Rota) string { return x.ID })
	idsOf(r, "notify.staff", r.doc.Notify.Staff, func(x *notify.StaffChannel) string { return x.ID })
	var ids, paths []string // of checks, which results carry without their component
	for i, component := range r.doc.Components {
		for j, check := range component.Checks {
			ids = append(ids, check.ID)
			paths = append(paths, index(index("components", i)+".checks", j)+".id")
		}
	}
	r.unique("check", paths, ids)
}

func (r *review) components() {
	known := r.known()
	for i, team := range r.doc.Teams {
		r.refers(index("teams", i)+".rota", team.Rota, "rota", known.rotas)
		r.refers(index("teams", i)+".stakeholder", team.Stakeholder, "person", known.people)
	}
	for i, group := range r.doc.Groups {
		r.names(index("groups", i)+".names", group.Names)
	}
	for i := range r.doc.Components {
		component, path := &r.doc.Components[i], index("components", i)
		r.names(path+".names", component.Names)
		r.refers(path+".group", component.Group, "group", known.groups)
		r.refers(path+".owner", component.Owner, "team", known.teams)
		if component.SLA != "none" {
			r.refers(path+".sla", component.SLA, "sla", known.slas)
		}
		r.once(path+".depends_on", component.DependsOn)
		r.once(path+".show", component.Show)
		for j, other := range component.DependsOn {
			r.refers(index(path+".depends_on", j), other, "component", known.components)
		}
		if component.Criticality == "" {
			component.Criticality = "minor"
		}
		if component.Show == nil {
			component.Show = []string{"uptime"}
		}
	}
	r.cycles()
	for i := range r.doc.Maintenance.Recurring {
		r.maintenance(index("maintenance.recurring", i), &r.doc.Maintenance.Recurring[i], known)
	}
}

// maxCircle bounds how much of a circle is told.
const maxCircle = 10

// cycles tells components that depend on themselves, once for each circle.
func (r *review) cycles() {
	positions := map[string]int{}
	for i, component := range r.doc.Components {
		positions[component.ID] = i
	}
	state := map[string]int{} // 1: on the way, 2: done
	var way []string
	var visit func(id string)
	visit = func(id string) {
		i, ok := positions[id]
		if !ok {
			return
		}
		state[id] = 1
		way = append(way, id)
		for j, other := range r.doc.Components[i].DependsOn {
			switch state[other] {
			case 0:
				visit(other)
			case 1:
				circle := []string{}
				for _, id := range append(slices.Clone(way[slices.Index(way, other):]), other) {
					circle = append(circle, r.quoted(index("components", positions[id])+".id", id))
				}
				if left := len(circle) - maxCircle; left > 0 {
					circle = append(circle[:maxCircle], count(left, "more component"))
				}
				r.at(index(index("components", i)+".depends_on", j),
					"components depend on each other in a circle: %s", strings.Join(circle, " → "))
				if r.faults.many() {
					return
				}
			}
		}
		way = way[:len(way)-1]
		state[id] = 2
	}
	for _, component := range r.doc.Components {
		if state[component.ID] == 0 {
			visit(component.ID)
		}
	}
}

// every calls f with each check and its path.
func (r *review) every(f func(path string, check *checker.Check)) {
	for i := range r.doc.Components {
		for j := range r.doc.Components[i].Checks {
			path := index(index("components", i)+".checks", j)
			if n := r.nodes[path]; n != nil && n.shape == mapping { // else told by the decoder
				f(path, &r.doc.Components[i].Checks[j])
			}
		}
	}
}
