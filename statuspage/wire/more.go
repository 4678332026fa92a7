package wire

// Months answers history.json: three months a page.
type Months struct {
	Months []Month `json:"months"`
}

// Month is one month, with its incidents newest first.
type Month struct {
	Name      string          `json:"name"` // in English
	Year      int             `json:"year"`
	Incidents []MonthIncident `json:"incidents"`
}

// MonthIncident is an incident in the list of its month. Message and Timestamp
// are HTML.
type MonthIncident struct {
	Code      string `json:"code"` // the incident's id
	Name      string `json:"name"`
	Message   string `json:"message"`
	Impact    string `json:"impact"`
	Timestamp string `json:"timestamp"`
}

// Showcase answers uptime_showcase: days and uptime of components.
type Showcase struct {
	Timelines  map[string]Timeline `json:"timelines"` // by component
	Values     []Uptime            `json:"values"`
	Components map[string]string   `json:"components"` // HTML, which ours is not served in: empty
}

// Timeline is the last 90 days of a component, oldest first.
type Timeline struct {
	Component TimelineOf    `json:"component"`
	Days      []TimelineDay `json:"days"`
}

// TimelineOf says whose days they are.
type TimelineOf struct {
	Code      string  `json:"code"`
	Name      string  `json:"name"`
	StartDate *string `json:"startDate"`
}

// TimelineDay is one day.
type TimelineDay struct {
	Date    string    `json:"date"`
	Outages Outages   `json:"outages"`
	Related []Related `json:"related_events"`
}

// Outages are seconds of a day; none: absent.
type Outages struct {
	Partial int `json:"p,omitempty"`
	Major   int `json:"m,omitempty"`
}

// Related is an incident of a day.
type Related struct {
	Name string `json:"name"`
}

// Uptime is a percentage; null: nothing was measured.
type Uptime struct {
	Component string   `json:"component"`
	Ninety    *float64 `json:"ninety"`
	Thirty    *float64 `json:"thirty"`
}
