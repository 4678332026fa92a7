package console

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"daymark/access"
	"daymark/incident"
)

// keepingPage answers whether we keep our promises.
type keepingPage struct {
	frame
	Say        string
	Status     incident.Status
	Span       string
	CSV        string
	Month      string // chosen; empty: the last days
	Months     []monthChoice
	Objectives []objectiveView
	Components []keptComponent
	Severities []keptSeverity
	Promises   []keptPromises
	Exceptions []keptException
}

type monthChoice struct{ Value, Name string }

type keptComponent struct {
	ID, Name, Percent, How, Coverage string
}

type keptSeverity struct {
	Severity, Incidents             string
	See, Acknowledge, Tell, Restore string
}

type keptPromises struct {
	SLA, Severity, Kind               string
	ByPerson, ByFacts, Broken, Others string
}

type keptException struct {
	Incident, Name, Kind, Severity, Due, Said string
}

// monthsChosen is how many months back one can choose.
const monthsChosen = 13

func (s *Site) keepingAsked(r *http.Request) (keepingAsked, error) {
	asked := keepingAsked{Month: r.URL.Query().Get("month")}
	if text := r.URL.Query().Get("days"); text != "" {
		days, err := strconv.Atoi(text)
		if err != nil {
			return asked, wrongly("query.days", "It is to be 1 to 400.")
		}
		asked.Days = days
	}
	return asked, nil
}

func (s *Site) keeping(r *http.Request) (keepingAsked, keepingRow, error) {
	asked, err := s.keepingAsked(r)
	if err != nil {
		return asked, keepingRow{}, err
	}
	row, err := s.API.readKeeping(r.Context(), Call{}, asked)
	return asked, row, err
}

func (s *Site) serveKeeping(w http.ResponseWriter, r *http.Request, who access.Principal) {
	asked, row, err := s.keeping(r)
	if err != nil {
		s.unfound(w, r, err, "There is no such month.")
		return
	}
	page := &keepingPage{frame: s.frame(r, "Promises kept", "promises", who), Month: asked.Month, CSV: "/console/promises.csv", Status: incident.Operational}
	if r.URL.RawQuery != "" {
		kept := url.Values{}
		if asked.Month != "" {
			kept.Set("month", asked.Month)
		}
		if asked.Days != 0 {
			kept.Set("days", decimal(int64(asked.Days)))
		}
		page.CSV += "?" + kept.Encode()
	}
	page.Span = s.day(row.From.Time) + " to " + s.day(row.Until.Add(-time.Second))
	page.Months = s.months()
	objectives, _, err := s.API.Objectives.Objectives(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	for i := range objectives {
		page.Objectives = append(page.Objectives, s.objectiveView(&objectives[i]))
	}
	s.fillKeeping(page, &row)
	s.show(w, r, http.StatusOK, "keeping", page)
}

func (s *Site) fillKeeping(page *keepingPage, row *keepingRow) {
	for _, v := range row.Availability {
		page.Components = append(page.Components, s.keptComponent(&v))
	}
	for _, v := range row.Incidents {
		kept := keptSeverity{
			Severity: v.Severity, Incidents: decimal(int64(v.Incidents)),
			See: steps(v.Median.See, v.Latest.See), Acknowledge: steps(v.Median.Acknowledge, v.Latest.Acknowledge),
			Tell: steps(v.Median.Tell, v.Latest.Tell), Restore: steps(v.Median.Restore, v.Latest.Restore),
		}
		if v.Open > 0 {
			kept.Incidents += ", " + decimal(int64(v.Open)) + " open"
		}
		page.Severities = append(page.Severities, kept)
	}
	broken, all, running := 0, 0, 0
	for _, v := range row.Promises {
		running += v.Running
		broken, all = broken+v.Broken+v.Late, all+v.Broken+v.Late+v.ByPerson+v.ByFacts
		page.Promises = append(page.Promises, keptPromises{
			v.SLA, v.Severity, v.Kind, decimal(int64(v.ByPerson)), decimal(int64(v.ByFacts)), decimal(int64(v.Broken + v.Late)), decimal(int64(v.Running + v.CalledOff)),
		})
	}
	for _, e := range row.Exceptions {
		said := "late, and not kept yet"
		if e.State == "broken" {
			said = "broken"
			if !e.Ended.IsZero() {
				said = lasted(e.Ended.Sub(e.Due.Time)) + " late"
			}
		}
		page.Exceptions = append(page.Exceptions, keptException{e.Incident, e.Name, e.Kind, e.Severity, s.moment(e.Due.Time), said})
	}
	switch {
	case all == 0 && running > 0:
		page.Say, page.Status = counted(running, "promise runs", "promises run")+", and none is due yet", incident.Unmeasured
	case all == 0:
		page.Say, page.Status = "No promise was due", incident.Unmeasured
	case broken == 0 && all == 1:
		page.Say = "The one promise was kept"
	case broken == 0:
		page.Say = "All " + counted(all, "promise was", "promises were") + " kept"
	default:
		page.Say, page.Status = decimal(int64(broken))+" of "+counted(all, "promise was", "promises were")+" not kept", incident.Down
	}
}

// steps says the median and the ninth of ten of a step.
func steps(median, latest float64) string {
	if median == 0 && latest == 0 {
		return "–"
	}
	of := func(seconds float64) string {
		switch {
		case seconds >= 60:
			return lasted(time.Duration(seconds) * time.Second)
		case seconds >= 1:
			return plainFloat(rounded(seconds, 0)) + " s"
		}
		return "under 1 s"
	}
	return of(median) + " / " + of(latest)
}
