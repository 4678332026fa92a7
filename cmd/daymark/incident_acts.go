package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"daymark/incident"
	"daymark/support"
)

type incidentAcknowledge struct {
	actFlags
	ID   string `arg:"" help:"The incident."`
	Role string `help:"The role: lead or engineer." enum:"lead,engineer" required:""`
}

// Help gives an example.
func (incidentAcknowledge) Help() string {
	return `Whoever acknowledges takes one of the two roles. Nobody holds both. The rota is called until both are taken.

Example: daymark incident acknowledge mx4pg8n4n7vc --role lead --as ana`
}

// Run gives the command.
func (c *incidentAcknowledge) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.give(ctx, std, logging, incident.Acknowledge{Incident: c.ID, Role: support.Role(c.Role)})
}

type incidentHandover struct {
	actFlags
	ID   string `arg:"" help:"The incident."`
	Role string `help:"The role: lead or engineer." enum:"lead,engineer" required:""`
	To   string `help:"Who takes it over." required:""`
	Note string `help:"What they should know."`
}

// Help gives an example.
func (incidentHandover) Help() string {
	return "Example: daymark incident handover mx4pg8n4n7vc --role lead --to ben --note 'the log is in the room' --as ana"
}

// Run gives the command.
func (c *incidentHandover) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.give(ctx, std, logging, incident.HandOver{Incident: c.ID, Role: support.Role(c.Role), To: c.To, Note: c.Note})
}

type incidentPass struct {
	actFlags
	ID     string `arg:"" help:"The incident."`
	To     string `help:"The team." required:""`
	Reason string `help:"Why it is theirs." required:""`
}

// Help gives an example.
func (incidentPass) Help() string {
	return `Both roles become free, and the rota of the other team is called.

Example: daymark incident pass mx4pg8n4n7vc --to payments --reason 'their gateway refuses us' --as ana`
}

// Run gives the command.
func (c *incidentPass) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.give(ctx, std, logging, incident.PassTo{Incident: c.ID, Team: c.To, Reason: c.Reason})
}

type incidentCall struct {
	actFlags
	ID     string `arg:"" help:"The incident."`
	Person string `help:"Who is asked for help." required:""`
	Text   string `help:"What for." required:""`
}

// Help gives an example.
func (incidentCall) Help() string {
	return "Example: daymark incident call mx4pg8n4n7vc --person dee --text 'do customers lose money?' --as ana"
}

// Run gives the command.
func (c *incidentCall) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.give(ctx, std, logging, incident.CallIn{Incident: c.ID, Person: c.Person, Text: c.Text})
}

type incidentPublish struct {
	actFlags
	ID       string    `arg:"" help:"The incident."`
	What     string    `help:"What is so, in what users notice. Needed unless a template says it."`
	Template string    `help:"One of incidents.templates, for what is not said otherwise."`
	Doing    string    `help:"What you do about it."`
	YouCan   string    `help:"What users can do meanwhile."`
	Phase    string    `help:"Where it stands now: investigating, identified, monitoring or resolved." enum:",investigating,identified,monitoring,resolved" default:""`
	NextBy   time.Time `help:"When the next word comes, where that is sooner than the SLA says." placeholder:"TIME"`
}

// Help gives an example.
func (incidentPublish) Help() string {
	return `Everybody reads it: the page shows it at once, and subscribers are told. When the next word comes is added.

Example: daymark incident publish mx4pg8n4n7vc --phase identified --what 'Nobody can sign in.' --doing 'We turn to the second site.' --as ana`
}

// Run gives the command.
func (c *incidentPublish) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.give(ctx, std, logging, incident.Publish{
		Incident: c.ID, Phase: incident.Phase(c.Phase), Template: c.Template, What: c.What, Doing: c.Doing, YouCan: c.YouCan, NextBy: c.NextBy,
	})
}

type incidentEdit struct {
	actFlags
	ID     string `arg:"" help:"The incident."`
	Number int    `arg:"" help:"The number of the update, as 'daymark incident show' has it."`
	Text   string `help:"The text as it should read." required:""`
}

// Help gives an example.
func (incidentEdit) Help() string {
	return `The page shows the new text. What was told before is kept for staff; nobody is told again.

Example: daymark incident edit mx4pg8n4n7vc 2 --text 'Nobody can sign in.' --as ana`
}

// Run gives the command.
func (c *incidentEdit) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.give(ctx, std, logging, incident.EditUpdate{Incident: c.ID, Number: c.Number, Text: c.Text})
}

type incidentResolve struct {
	actFlags
	ID   string `arg:"" help:"The incident."`
	Text string `help:"The last word. Without it the facts are told."`
}

// Help gives an example.
func (incidentResolve) Help() string {
	return `It is refused while one of its components fails.

Example: daymark incident resolve mx4pg8n4n7vc --text 'It was an expired key, which is renewed.' --as ana`
}

// Run gives the command.
func (c *incidentResolve) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.give(ctx, std, logging, incident.Resolve{Incident: c.ID, Text: c.Text})
}

type incidentRevise struct {
	actFlags
	ID       string `arg:"" help:"The incident."`
	Severity string `help:"P1 to P4, or facts to leave it to them again." enum:"P1,P2,P3,P4,facts" required:""`
	Reason   string `help:"Why." required:""`
}

// Help gives an example.
func (incidentRevise) Help() string {
	return `It stands until it is revised, or until the facts give a row worse than they give now.

Example: daymark incident revise mx4pg8n4n7vc --severity P1 --reason 'salaries are paid today' --as ana`
}

// Run gives the command.
func (c *incidentRevise) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.give(ctx, std, logging, incident.Revise{Incident: c.ID, Severity: severityOf(c.Severity), Reason: c.Reason})
}

// severityOf reads P1 to P4; 0 is anything else.
func severityOf(text string) incident.Severity {
	for s := incident.P1; s <= incident.P4; s++ {
		if s.String() == text {
			return s
		}
	}
	return 0
}

type incidentLock struct {
	actFlags
	ID  string `arg:"" help:"The incident."`
	Off bool   `help:"Let Daymark resolve it again."`
}

// Help gives an example.
func (incidentLock) Help() string {
	return `Daymark does not resolve what is locked.

Example: daymark incident lock mx4pg8n4n7vc --as ana`
}

// Run gives the command.
func (c *incidentLock) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.give(ctx, std, logging, incident.Lock{Incident: c.ID, Locked: !c.Off})
}

type incidentWrite struct {
	actFlags
	ID   string `arg:"" help:"The incident."`
	Kind string `arg:"" help:"hypothesis, test, action, proposal, agreement, decision or note." enum:"hypothesis,test,action,proposal,agreement,decision,note"`
	Text string `help:"The text." required:""`
	Of   int    `help:"The number of the proposal that it is about."`
	Done bool   `help:"For an action: the fix is done."`
}

// Help gives an example.
func (incidentWrite) Help() string {
	return `A fix is proposed by the Support Engineer and agreed to by the Support Lead, and by the stakeholder where
incidents.fix_needs says so. Only then an action marks it as done.

Example: daymark incident write mx4pg8n4n7vc proposal --text 'renew the key' --as chi`
}

// Run gives the command.
func (c *incidentWrite) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.give(ctx, std, logging, incident.Write{Incident: c.ID, Kind: incident.EntryKind(c.Kind), Text: c.Text, Of: c.Of, Done: c.Done})
}

type incidentOpen struct {
	actFlags
	Name      string   `arg:"" help:"What users notice."`
	Severity  string   `help:"P1 to P4; P4 is for staff alone." enum:"P1,P2,P3,P4" required:""`
	Component []string `help:"A component, with the status that it has until the incident is over: sign-in=major_outage. Without one its checks say it." placeholder:"ID[=STATUS]"`
	What      string   `help:"The first update."`
	Doing     string   `help:"What you do about it."`
	YouCan    string   `help:"What users can do meanwhile."`
}

// Help gives an example.
func (incidentOpen) Help() string {
	return `For what no check sees. Daymark does not end what a person opened.

Example: daymark incident open 'Branches in Leeds are closed' --severity P2 --component branches=partial_outage --as ana`
}

// Run gives the command.
func (c *incidentOpen) Run(ctx context.Context, std streams, logging *logOptions) error {
	open := incident.Open{Name: c.Name, Severity: severityOf(c.Severity), What: c.What, Doing: c.Doing, YouCan: c.YouCan}
	for _, text := range c.Component {
		component, status, with := strings.Cut(text, "=")
		if with && status == "" {
			return usageError{fmt.Errorf("--component %s names no status: write %s=major_outage, or leave the = out", text, component)}
		}
		open.Components = append(open.Components, incident.OpenComponent{Component: component, Status: incident.Status(status)})
	}
	return c.give(ctx, std, logging, open)
}

type incidentMerge struct {
	actFlags
	ID   string `arg:"" help:"The incident that becomes part of another."`
	Into string `help:"The other." required:""`
}

// Help gives an example.
func (incidentMerge) Help() string {
	return "Example: daymark incident merge mx4pg8n4n7vc --into mx4pg8n4j3bb --as ana"
}

// Run gives the command.
func (c *incidentMerge) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.give(ctx, std, logging, incident.Merge{Incident: c.ID, Into: c.Into})
}

type incidentSplit struct {
	actFlags
	ID        string   `arg:"" help:"The incident."`
	Component []string `help:"A component that goes on as an incident of its own." required:""`
	Reason    string   `help:"Why." required:""`
}

// Help gives an example.
func (incidentSplit) Help() string {
	return "Example: daymark incident split mx4pg8n4n7vc --component sign-in --reason 'its certificate expired' --as ana"
}

// Run gives the command.
func (c *incidentSplit) Run(ctx context.Context, std streams, logging *logOptions) error {
	return c.give(ctx, std, logging, incident.Split{Incident: c.ID, Components: c.Component, Reason: c.Reason})
}
