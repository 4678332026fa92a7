package console

import (
	"slices"

	"daymark/access"
)

// rows is the table of operations.
func (a *API) rows() []Operation {
	return slices.Concat([]Operation{
		read("/api/v1/openapi.json", access.ReadSelf, "This API as an OpenAPI 3.1 document.", a.readDocument),
		read("/api/v1/me", access.ReadSelf, "Who calls, and what they may do.", a.readMe),
		read("/api/v1/incidents", access.ReadIncidents, "Incidents, newest first; those that visitors do not see included.", a.listIncidents),
		read("/api/v1/incidents/{id}", access.ReadIncidents, "One incident with its timeline, severities and promises.", a.readIncident),
		read("/api/v1/incidents/{id}/deliveries", access.ReadDeliveries, "Who was told of an incident, when, by which channel, how it ended and why not: staff first, then by subscriber.", a.listDeliveries),
		read("/api/v1/incidents/{id}/deliveries/counts", access.ReadDeliveries, "How many deliveries of an incident stand where, by channel.", a.countDeliveries),
		read("/api/v1/deliveries/{id}", access.ReadDeliveries, "One delivery's whole story.", a.readDelivery),
		write("/api/v1/deliveries/{id}/resend", access.WriteDeliveries, "Send a delivery once more, as a new one.", a.resendDelivery),
		try("/api/v1/incidents/{id}/updates/preview", access.WriteIncidents, "An update as it would be published, with the messages and how many would be told. Nothing changes.", a.previewUpdate),
		read("/api/v1/reports", access.ReadIncidents, "What users report and waits, those that are due first standing first; all of it, newest first.", a.listReports),
		read("/api/v1/reports/{id}", access.ReadIncidents, "One report with what its reporter was told.", a.readReport),
		read("/api/v1/reviews", access.ReadIncidents, "Reviews, those that are due first standing first.", a.listReviews),
		read("/api/v1/reviews/actions", access.ReadIncidents, "All actions of reviews that are not done, as CSV.", a.exportActions),
		read("/api/v1/incidents/{id}/review", access.ReadIncidents, "The review of an incident with its actions.", a.readReview),
		read("/api/v1/incidents/{id}/review/draft", access.ReadIncidents, "A review as a document, with the facts that Daymark knows, as Markdown.", a.readDraft),
		read("/api/v1/promises", access.ReadIncidents, "The promises that were due in a time: how many were kept, by whom or what, and each that was not.", a.readPromises),
		read("/api/v1/on-call", access.ReadIncidents, "Who is on call, until when, and who comes then.", a.listOnCall),
		read("/api/v1/on-call/hours", access.ReadIncidents, "The hours on call of a month, by rota and person, as CSV.", a.readHours),
		read("/api/v1/rotas/{id}/handover", access.ReadIncidents, "The note for a rota's next hand-over, as Markdown.", a.readHandover),
		read("/api/v1/people/{id}/calendar", access.ReadIncidents, "A person's turns, as iCalendar.", a.readCalendar),
		read("/api/v1/maintenance", access.ReadIncidents, "Maintenance to come, going on, or done lately.", a.listMaintenance),
		read("/api/v1/maintenance/rules", access.ReadIncidents, "Maintenance that comes again by a rule of the configuration, with the next times.", a.listRules),
		read("/api/v1/maintenance/audience", access.ReadIncidents, "How many subscribers hear of maintenance of some components, by channel.", a.countAudience),
		read("/api/v1/maintenance/{id}", access.ReadIncidents, "One maintenance.", a.readMaintenance),
		read("/api/v1/keeping", access.ReadIncidents, "Whether promises are kept: availability and coverage by component, incidents with how long each step took, promises, in a month or some days.", a.readKeeping),
		read("/api/v1/slos", access.ReadComponents, "How the objectives stand: budget left, what spent it, and how fast it burns; in the order of the configuration.", a.listObjectives),
		read("/api/v1/slos/{id}", access.ReadComponents, "One objective.", a.readObjective),
		read("/api/v1/components", access.ReadComponents, "All components, in the order of the configuration.", a.listComponents),
		read("/api/v1/checks", access.ReadComponents, "All checks with their latest result in each region, in the order of the configuration.", a.listChecks),
		read("/api/v1/checks/{id}/evidence", access.ReadEvidence, "The runs of a check whose evidence is kept, newest first.", a.listEvidence),
		read("/api/v1/checks/{id}/evidence/{region}/{at}/{piece}", access.ReadEvidence, "One piece of what a run has seen.", a.readPiece),
		read("/api/v1/checks/{id}/runs", access.ReadComponents, "The runs of a check that are kept, newest first.", a.listRuns),
		read("/api/v1/checks/{id}/verdicts", access.ReadComponents, "What was said of a check, newest first: 200 changes at most.", a.listVerdicts),
		write("/api/v1/checks/{id}/run", access.WriteIncidents, "Run a check at once; its result counts as any other.", a.runNow),
		read("/api/v1/audit", access.ReadAudit, "What people did, newest first.", a.listAudit),
		read("/api/v1/tokens", access.ReadSelf, "One's own tokens, newest first; an administrator sees everybody's.", a.listTokens),
		write("/api/v1/tokens/{id}/revoke", access.WriteSelf, "End a token of one's own at once; an administrator can end anybody's.", a.revokeToken),
		write("/api/v1/tokens", access.WriteOwnTokens, "Make a token of one's own; an administrator can make anybody's. Its secret is answered this once.", a.makeToken),
		write("/api/v1/tokens/{id}/rotate", access.WriteOwnTokens, "Make a new token like an old one of one's own, which works on for a while; an administrator can replace anybody's.", a.rotateToken),
		read("/api/v1/storm", access.ReadIncidents, "What the storm guard holds back.", a.readStorm),
		write("/api/v1/storm", access.WriteIncidents, "Let what the storm guard holds back go, or drop it.", a.endStorm),
	}, a.acts(), a.silences(), a.strikesRows(), a.slaRows(), a.changesRows(), a.swaps(), a.subscribers(), a.staff(), a.configuration())
}

// staff is the part of the table about who works here, and what measures.
func (a *API) staff() []Operation {
	return []Operation{
		read("/api/v1/people", access.ReadPeople, "The people of the configuration: their role, whether they are on call, and for an administrator how they sign in.", a.listPeople),
		write("/api/v1/people/{id}/invite", access.WriteAccounts, "Make a link by which somebody makes their account, in place of one that they had. It is answered this once.", a.invite),
		write("/api/v1/people/{id}/remove", access.WriteAccounts, "Take away how somebody signs in; their browsers are signed out at once.", a.removeAccount),
		write("/api/v1/people/{id}/sign-out", access.WriteAccounts, "End all sessions of somebody.", a.signOutPerson),
		read("/api/v1/sessions", access.ReadSelf, "The browsers that one is signed in with, the latest used first; an administrator sees everybody's.", a.listSessions),
		write("/api/v1/sessions/{id}/end", access.WriteSelf, "Sign a browser of one's own out; an administrator can sign anybody's out.", a.endSession),
		read("/api/v1/backups", access.ReadAgents, "What came of the scheduled backups and of the drills of restoring them, newest first.", a.listBackups),
		read("/api/v1/agents", access.ReadAgents, "Regions with the agents that measure from there now, and what it means where there is none.", a.listAgents),
		read("/api/v1/agents/tokens", access.ReadAgents, "The agents' tokens, newest first.", a.listAgentTokens),
		write("/api/v1/agents/tokens", access.WriteAgents, "Make a token for an agent of a region. Its secret is answered this once.", a.makeAgentToken),
		write("/api/v1/agents/tokens/{id}/rotate", access.WriteAgents, "Make a new token for an old one's region, which works on for a while.", a.rotateAgentToken),
		write("/api/v1/agents/tokens/{id}/revoke", access.WriteAgents, "End an agent's token, and the connections that were made with it.", a.revokeAgentToken),
		read("/api/v1/elevations", access.ReadElevations, "Who rose above their role, newest first, with the reason and what they did.", a.listElevations),
		write("/api/v1/elevations/{id}/end", access.WriteSelf, "End an elevation of one's own before its time; an administrator can end anybody's.", a.endElevation),
	}
}
