package main

import (
	"cmp"
	"fmt"
	"slices"

	"daymark/config"
)

// works lists the parts of the configuration that this version does. `serve`
// refuses what is switched on beside them, by name: nothing is accepted and
// then ignored.
var works = []string{
	"version",
	"page.uptime.partial", "page.uptime.degraded", "page.uptime.maintenance", "page.api.maintenance_indicator", "page.name", "page.url", "page.timezone", "page.languages", "page.contact", "page.theme.light", "page.theme.dark",
	"publish",
	"server.listen", "server.data", "server.config", "server.trusted_proxies", "server.metrics",
	"server.access.second_factor", "server.access.idle", "server.access.session", "server.access.elevation", "server.access.break_glass",
	"server.retention.results", "server.retention.evidence", "server.retention.evidence_size",
	"server.retention.hours", "server.retention.days",
	"server.backup",
	"regions",
	"agents.canary", "agents.lease", "agents.spool", "agents.at_once", "agents.private",
	"teams[].id", "teams[].name", "teams[].email", "teams[].rota", "teams[].stakeholder",
	"support.people", "support.rotas[].id", "support.rotas[].timezone", "support.rotas[].handover", "support.rotas[].starting",
	"support.rotas[].lead", "support.rotas[].engineer", "support.rotas[].swaps", "support.rotas[].absences", "support.rotas[].on_call", "support.rotas[].escalation",
	"groups[].id", "groups[].name", "groups[].names",
	"components[].id", "components[].name", "components[].names", "components[].description", "components[].group", "components[].owner", "components[].runbook", "components[].criticality",
	"components[].sla", "components[].depends_on", "components[].show",
	"components[].checks[].id", "components[].checks[].name", "components[].checks[].schedule", "components[].checks[].regions",
	"components[].checks[].timeout", "components[].checks[].attempts", "components[].checks[].down_when",
	"components[].checks[].up_when", "components[].checks[].means", "components[].checks[].http", "components[].checks[].browser",
	"components[].checks[].heartbeat",
	"components[].checks[].tcp", "components[].checks[].tls", "components[].checks[].smtp", "components[].checks[].websocket", "components[].checks[].grpc",
	"components[].checks[].dns", "components[].checks[].icmp",
	"components[].checks[].expect", "components[].checks[].degraded", "components[].checks[].warn",
	"severities.preset", "severities.window", "severities.P1", "severities.P2", "severities.P3", "severities.P4",
	"reports",
	"incidents.group_within", "incidents.ease_after", "incidents.resolve_after", "incidents.reopen_within",
	"incidents.flapping", "incidents.fix_needs", "incidents.templates",
	"slas[].id", "slas[].preset", "slas[].hours", "slas[].review", "slas[].report", "slas[].*.acknowledge", "slas[].*.resolve", "slas[].*.first", "slas[].*.update", "slas[].*.channels",
	"slos[].id", "slos[].component", "slos[].indicator", "slos[].threshold", "slos[].objective", "slos[].window", "slos[].alert", "slos[].public", "slos[].least",
	"maintenance.announce", "maintenance.recurring",
	"notify.email.smtp", "notify.email.from", "notify.email.bounces", "notify.email.dkim", "notify.email.pace",
	"notify.sms.twilio.account_sid", "notify.sms.twilio.auth_token", "notify.sms.twilio.messaging_service_sid",
	"notify.sms.twilio.voice_from", "notify.sms.twilio.base_url", "notify.sms.countries", "notify.sms.pace", "notify.sms.daily_budget",
	"notify.staff", "notify.canary", "notify.watchdog", "notify.storm",
	"notify.subscriptions.channels", "notify.subscriptions.sign_ups",
}

// notYet tells what a valid configuration asks for and this version cannot do.
func notYet(doc *config.Document) config.Faults {
	faults := config.Faults(doc.NotYet(works))
	refuse := func(path, what string) {
		at := doc.Position(path)
		faults = append(faults, config.Fault{File: at.File, Line: at.Line, Column: at.Column, Path: path, Message: what + " does not work yet in this version: remove it"})
	}
	for i, channel := range doc.Notify.Subscriptions.Channels {
		if channel != feeds && !slices.Contains(subscribable, channel) {
			refuse(fmt.Sprintf("notify.subscriptions.channels[%d]", i), "to subscribe by "+channel)
		}
	}
	slices.SortStableFunc(faults, func(a, b config.Fault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return faults
}
