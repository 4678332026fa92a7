package config

import (
	"slices"
	"strings"

	"daymark/checker"
	"daymark/incident"
	"daymark/notify"
	"daymark/slo"
	"daymark/statuspage"
	"daymark/support"
)

// Document is one configuration, checked, with defaults and secrets filled in
// and paths made absolute. It is not to be changed.
type Document struct {
	Version     int                       `yaml:"version"`
	Page        statuspage.PageOptions    `yaml:"page"`
	Server      Server                    `yaml:"server"`
	Publish     statuspage.PublishOptions `yaml:"publish"`
	Regions     []incident.Region         `yaml:"regions"` // one, LocalRegion, when the file has none
	Agents      checker.AgentOptions      `yaml:"agents"`
	Teams       []incident.Team           `yaml:"teams"`
	Groups      []incident.Group          `yaml:"groups"`
	Components  []incident.Component      `yaml:"components"`
	Severities  incident.SeverityTable    `yaml:"severities"`
	Incidents   incident.Rules            `yaml:"incidents"`
	Reports     incident.Reports          `yaml:"reports"`
	Maintenance incident.MaintenanceRules `yaml:"maintenance"`
	SLAs        []incident.SLA            `yaml:"slas"`
	SLOs        []slo.Objective           `yaml:"slos"`
	Support     support.Options           `yaml:"support"`
	Notify      notify.Options            `yaml:"notify"`

	file    string
	written string // the text of the file
	root    *node
	nodes   map[string]*node
	secrets []string
	uses    map[use]bool    // of ${…}
	files   map[string]bool // that were read for it
}

// LocalRegion is the id of the region of the agent inside `daymark serve`.
const LocalRegion = "local"

// newDocument gives what holds where the file is silent.
func newDocument() *Document {
	return &Document{
		Page:   statuspage.DefaultPageOptions(),
		Server: DefaultServer(),
		Agents: checker.DefaultAgentOptions(),
	}
}

// Position is a place in the configuration file.
type Position struct {
	File   string
	Line   int // from 1
	Column int // from 1, in characters
}

// Position gives the place of the value at a path such as
// components[1].checks[0].schedule. For a value that the file does not have,
// it is the place of the nearest one around it.
func (d *Document) Position(path string) Position {
	at := placeIn(d.nodes, path)
	return Position{d.file, at.line, at.column}
}

// Secrets gives the values that were filled in for ${env:…} and ${file:…},
// and private keys read from files, for whoever redacts.
func (d *Document) Secrets() []string { return slices.Clone(d.secrets) }

// Component gives the component with this id, or nil.
func (d *Document) Component(id string) *incident.Component {
	for i := range d.Components {
		if d.Components[i].ID == id {
			return &d.Components[i]
		}
	}
	return nil
}

// Person gives the person with this id, or nil.
func (d *Document) Person(id string) *support.Person {
	for i := range d.Support.People {
		if d.Support.People[i].ID == id {
			return &d.Support.People[i]
		}
	}
	return nil
}

// Check gives the check with this id, or nil.
func (d *Document) Check(id string) *checker.Check {
	for _, component := range d.Components {
		for i := range component.Checks {
			if component.Checks[i].ID == id {
				return &component.Checks[i]
			}
		}
	}
	return nil
}

// HasRegion says whether there is a region with this id.
func (d *Document) HasRegion(id string) bool {
	return slices.ContainsFunc(d.Regions, func(r incident.Region) bool { return r.ID == id })
}

// placeIn gives the place of a path or of the nearest path around it.
func placeIn(nodes map[string]*node, path string) place {
	for {
		if n, ok := nodes[path]; ok {
			return n.at
		}
		end := strings.LastIndexAny(path, ".[")
		if end < 0 {
			break
		}
		path = path[:end]
	}
	if root, ok := nodes[""]; ok {
		return root.at
	}
	return place{1, 1}
}
