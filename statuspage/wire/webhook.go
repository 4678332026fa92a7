package wire

// Webhook is what subscribers' webhooks get of an incident. Receivers know the
// form by its key `incident`.
type Webhook struct {
	Meta     WebhookMeta     `json:"meta"`
	Page     WebhookPage     `json:"page"`
	Incident WebhookIncident `json:"incident"`
}

// WebhookMeta says whence a webhook comes and where it can be ended.
type WebhookMeta struct {
	Unsubscribe   *string `json:"unsubscribe"` // a page, on which it is ended by a button
	Documentation string  `json:"documentation"`
	GeneratedAt   Time    `json:"generated_at"`
}

// WebhookPage is the page and how all of it stands.
type WebhookPage struct {
	ID                string `json:"id"`
	StatusIndicator   string `json:"status_indicator"`
	StatusDescription string `json:"status_description"`
}

// WebhookIncident is an incident with the keys that webhooks have and the API
// has not; those that nothing here sets are null.
type WebhookIncident struct {
	ID                            string          `json:"id"`
	PageID                        string          `json:"page_id"`
	Name                          string          `json:"name"`
	Status                        string          `json:"status"`
	Impact                        string          `json:"impact"`
	ImpactOverride                *string         `json:"impact_override"`
	CreatedAt                     Time            `json:"created_at"`
	UpdatedAt                     Time            `json:"updated_at"`
	MonitoringAt                  *Time           `json:"monitoring_at"`
	ResolvedAt                    *Time           `json:"resolved_at"`
	Shortlink                     string          `json:"shortlink"`
	Backfilled                    bool            `json:"backfilled"`
	ScheduledFor                  *Time           `json:"scheduled_for"`
	ScheduledUntil                *Time           `json:"scheduled_until"`
	ScheduledRemindPrior          bool            `json:"scheduled_remind_prior"`
	ScheduledRemindedAt           *Time           `json:"scheduled_reminded_at"`
	ScheduledAutoInProgress       bool            `json:"scheduled_auto_in_progress"`
	ScheduledAutoCompleted        bool            `json:"scheduled_auto_completed"`
	PostmortemBody                *string         `json:"postmortem_body"`
	PostmortemBodyLastUpdatedAt   *Time           `json:"postmortem_body_last_updated_at"`
	PostmortemPublishedAt         *Time           `json:"postmortem_published_at"`
	PostmortemIgnored             bool            `json:"postmortem_ignored"`
	PostmortemNotifiedSubscribers bool            `json:"postmortem_notified_subscribers"`
	PostmortemNotifiedTwitter     bool            `json:"postmortem_notified_twitter"`
	Updates                       []WebhookUpdate `json:"incident_updates"` // newest first
	Components                    []Component     `json:"components"`       // as they are now
}

// WebhookUpdate is an update with two keys more.
type WebhookUpdate struct {
	Update
	WantsTwitterUpdate bool  `json:"wants_twitter_update"`
	TwitterUpdatedAt   *Time `json:"twitter_updated_at"`
}

// NewWebhook puts an incident, as the API has it, in the form of webhooks; its
// Meta is left to who sends it.
func NewWebhook(page Page, status Status, i *Incident) *Webhook {
	w := &Webhook{
		Page: WebhookPage{ID: page.ID, StatusIndicator: status.Indicator, StatusDescription: status.Description},
		Incident: WebhookIncident{
			ID: i.ID, PageID: i.PageID, Name: i.Name, Status: i.Status, Impact: i.Impact, CreatedAt: i.CreatedAt, UpdatedAt: i.UpdatedAt,
			MonitoringAt: i.MonitoringAt, ResolvedAt: i.ResolvedAt, Shortlink: i.Shortlink,
			ScheduledFor: i.ScheduledFor, ScheduledUntil: i.ScheduledUntil,
			Updates: []WebhookUpdate{}, Components: []Component{},
		},
	}
	for n := range i.Updates {
		w.Incident.Updates = append(w.Incident.Updates, WebhookUpdate{Update: i.Updates[n]})
	}
	w.Incident.Components = append(w.Incident.Components, i.Components...)
	return w
}
