package wire

import (
	"crypto/sha256"
	"encoding/json"
	"math/big"
	"strings"
	"time"

	"daymark/incident"
)

// Time is written as ISO 8601 in UTC with exactly three fractional digits.
type Time struct{ time.Time }

// layout has three digits whatever they are; some clients demand them.
const layout = "2006-01-02T15:04:05.000Z"

// MarshalJSON writes the time.
func (t Time) MarshalJSON() ([]byte, error) {
	return json.Marshal(t.UTC().Format(layout))
}

// UnmarshalJSON reads what MarshalJSON wrote, and any RFC 3339 time.
func (t *Time) UnmarshalJSON(text []byte) error {
	return t.Time.UnmarshalJSON(text)
}

// At gives a time, or nil for null when it is zero.
func At(at time.Time) *Time {
	if at.IsZero() {
		return nil
	}
	return &Time{at}
}

// Text gives a text, or nil for null when it is empty.
func Text(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// ID derives 12 characters [a-z0-9] from any text: the same for the same
// text, for ever. Kind keeps a group and a component of one name apart.
func ID(kind, text string) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + text))
	digits := new(big.Int).SetBytes(sum[:]).Text(36)
	return strings.Repeat("0", max(0, 12-len(digits))) + digits[:min(12, len(digits))]
}

// Page says whose answer it is; it is the first key of every answer.
type Page struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	URL       string `json:"url"` // the origin, without a slash at its end
	TimeZone  string `json:"time_zone"`
	UpdatedAt Time   `json:"updated_at"`
}

// Status is the rollup of the whole page.
type Status struct {
	Indicator   string `json:"indicator"`
	Description string `json:"description"`
}

// Component is a component, or a group of them.
type Component struct {
	ID                 string          `json:"id"`
	Name               string          `json:"name"`
	Status             incident.Status `json:"status"` // never unknown
	CreatedAt          Time            `json:"created_at"`
	UpdatedAt          Time            `json:"updated_at"`
	Position           int             `json:"position"` // from 1, within the parent
	Description        *string         `json:"description"`
	Showcase           bool            `json:"showcase"`
	StartDate          *string         `json:"start_date"` // YYYY-MM-DD
	GroupID            *string         `json:"group_id"`
	PageID             string          `json:"page_id"`
	Group              bool            `json:"group"`
	OnlyShowIfDegraded bool            `json:"only_show_if_degraded"`
	Components         []string        `json:"components,omitzero"` // nil: absent; never nil on a group
}

// Incident is an incident, or a maintenance when its last keys are set.
type Incident struct {
	ID             string      `json:"id"`
	Name           string      `json:"name"`
	Status         string      `json:"status"`
	CreatedAt      Time        `json:"created_at"`
	UpdatedAt      Time        `json:"updated_at"`
	MonitoringAt   *Time       `json:"monitoring_at"`
	ResolvedAt     *Time       `json:"resolved_at"`
	Impact         string      `json:"impact"`
	Shortlink      string      `json:"shortlink"`
	StartedAt      Time        `json:"started_at"`
	PageID         string      `json:"page_id"`
	Updates        []Update    `json:"incident_updates"` // newest first
	Components     []Component `json:"components"`       // as they are now
	ScheduledFor   *Time       `json:"scheduled_for,omitzero"`
	ScheduledUntil *Time       `json:"scheduled_until,omitzero"`
}

// Postmortem is the status of an incident whose review is published, and of
// the update that the review is.
const Postmortem = "postmortem"

// OneIncident answers incidents/{id}.json, beside the page of an incident.
type OneIncident struct {
	Incident
	PostmortemBody        *string `json:"postmortem_body"`
	PostmortemPublishedAt *Time   `json:"postmortem_published_at"`
}

// Update is one message on an incident.
type Update struct {
	ID                   string     `json:"id"`
	Status               string     `json:"status"`
	Body                 string     `json:"body"`
	IncidentID           string     `json:"incident_id"`
	CreatedAt            Time       `json:"created_at"`
	UpdatedAt            Time       `json:"updated_at"`
	DisplayAt            Time       `json:"display_at"`
	AffectedComponents   []Affected `json:"affected_components"` // nil: null
	DeliverNotifications bool       `json:"deliver_notifications"`
	CustomTweet          *string    `json:"custom_tweet"`
	TweetID              *string    `json:"tweet_id"`
}

// Affected is a component before and after an update.
type Affected struct {
	Code      string          `json:"code"`
	Name      string          `json:"name"` // "Group - Component" in a group
	OldStatus incident.Status `json:"old_status"`
	NewStatus incident.Status `json:"new_status"`
}

// Summary answers summary.json.
type Summary struct {
	Page         Page        `json:"page"`
	Components   []Component `json:"components"`
	Incidents    []Incident  `json:"incidents"`
	Maintenances []Incident  `json:"scheduled_maintenances"`
	Status       Status      `json:"status"`
}

// StatusAnswer answers status.json.
type StatusAnswer struct {
	Page   Page   `json:"page"`
	Status Status `json:"status"`
}

// ComponentsAnswer answers components.json.
type ComponentsAnswer struct {
	Page       Page        `json:"page"`
	Components []Component `json:"components"`
}

// IncidentsAnswer answers incidents.json and incidents/unresolved.json.
type IncidentsAnswer struct {
	Page      Page       `json:"page"`
	Incidents []Incident `json:"incidents"`
}

// MaintenancesAnswer answers scheduled-maintenances.json, upcoming and active.
type MaintenancesAnswer struct {
	Page         Page       `json:"page"`
	Maintenances []Incident `json:"scheduled_maintenances"`
}
