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
		read("/api/v1/reports", access.ReadIncidents, "What users report and waits, those that are due first standing first; all of it, newest first.", a.listReports),
		read("/api/v1/reports/{id}", access.ReadIncidents, "One report with what its reporter was told.", a.readReport),
		read("/api/v1/reviews", access.ReadIncidents, "Reviews, those that are due first standing first.", a.listReviews),
		read("/api/v1/promises", access.ReadIncidents, "The promises that were due in a time: how many were kept, by whom or what, and each that was not.", a.readPromises),
		read("/api/v1/on-call", access.ReadIncidents, "Who is on call, until when, and who comes then.", a.listOnCall),
		read("/api/v1/on-call/hours", access.ReadIncidents, "The hours on call of a month, by rota and person, as CSV.", a.readHours),
		read("/api/v1/rotas/{id}/handover", access.ReadIncidents, "The note for a rota's next hand-over, as Markdown.", a.readHandover),
		read("/api/v1/people/{id}/calendar", access.ReadIncidents, "A person's turns, as iCalendar.", a.readCalendar),
		read("/api/v1/maintenance", access.ReadIncidents, "Maintenance to come, going on, or done lately.", a.listMaintenance),
		read("/api/v1/components", access.ReadComponents, "All components, in the order of the configuration.", a.listComponents),
		read("/api/v1/checks", access.ReadComponents, "All checks with their latest result in each region, in the order of the configuration.", a.listChecks),
		read("/api/v1/checks/{id}/evidence", access.ReadEvidence, "The runs of a check whose evidence is kept, newest first.", a.listEvidence),
		read("/api/v1/audit", access.ReadAudit, "What people did, newest first.", a.listAudit),
		read("/api/v1/tokens", access.ReadSelf, "One's own tokens, newest first; an administrator sees everybody's.", a.listTokens),
		write("/api/v1/tokens/{id}/revoke", access.WriteSelf, "End a token of one's own at once; an administrator can end anybody's.", a.revokeToken),
		read("/api/v1/storm", access.ReadIncidents, "What the storm guard holds back.", a.readStorm),
		write("/api/v1/storm", access.WriteIncidents, "Let what the storm guard holds back go, or drop it.", a.endStorm),
	}, a.acts(), a.subscribers(), a.configuration())
}
