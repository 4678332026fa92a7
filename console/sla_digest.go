package console

import (
	"context"
	"fmt"
	"net/url"
	"time"
)

// SLADigest is the report of an SLA as a message says it.
type SLADigest struct {
	Title      string
	Paragraphs []string
	Path       string // of the whole report
}

// digestNamed is how many components and exceptions a message names; the whole
// is behind its link.
const digestNamed = 20

// DigestSLA says the report of an SLA for a month in few words.
func (a *API) DigestSLA(ctx context.Context, sla, month string) (SLADigest, error) {
	row, err := a.readSLA(ctx, Call{}, slaAsked{ID: sla, Month: month})
	if err != nil {
		return SLADigest{}, err
	}
	return a.digestSLA(&row), nil
}

func (a *API) digestSLA(row *slaRow) SLADigest {
	month := row.From.In(a.Zone)
	d := SLADigest{Title: "SLA " + row.SLA + ", " + month.Format("January 2006"), Path: "/console/slas/" + url.PathEscape(row.SLA) + "/" + month.Format("2006-01")}
	say := func(v *availabilityRow) string {
		if v.Percent == nil {
			return "not measured"
		}
		return fmt.Sprintf("%s (%s of %s runs good), %s of the time measured", perCent(*v.Percent), decimal(int64(v.Good)), decimal(int64(v.Good+v.Bad)), perCent(v.Coverage))
	}
	d.Paragraphs = append(d.Paragraphs, "Available: "+say(&row.Together)+". That is 100 × good runs ÷ (good + bad runs); runs that could not tell and those in a maintenance are in neither.")
	for i := range row.Availability {
		if i == digestNamed {
			d.Paragraphs = append(d.Paragraphs, fmt.Sprintf("And %d components more.", len(row.Availability)-i))
			break
		}
		d.Paragraphs = append(d.Paragraphs, a.componentName(row.Availability[i].Component)+": "+say(&row.Availability[i])+".")
	}
	kept, broken := 0, 0
	for _, n := range row.Promises {
		kept, broken = kept+n.ByPerson+n.ByFacts, broken+n.Broken+n.Late
	}
	d.Paragraphs = append(d.Paragraphs, fmt.Sprintf("Incidents: %d. Promises: %d kept, %d not kept.", len(row.Incidents), kept, broken))
	for i := range row.Exceptions {
		if i == digestNamed {
			d.Paragraphs = append(d.Paragraphs, fmt.Sprintf("And %d promises more.", len(row.Exceptions)-i))
			break
		}
		e := &row.Exceptions[i]
		d.Paragraphs = append(d.Paragraphs, fmt.Sprintf("Not kept: %s, %s, due %s: %s", e.Severity, e.Kind, e.Due.In(a.Zone).Format("2 January, 15:04"), e.Name))
	}
	open := 0
	for i := range row.Reviews {
		for _, x := range row.Reviews[i].Actions {
			if x.Done.IsZero() {
				open++
			}
		}
	}
	d.Paragraphs = append(d.Paragraphs, fmt.Sprintf("Reviews: %d, with %d actions that are not done.", len(row.Reviews), open))
	if !row.Complete {
		d.Paragraphs = append(d.Paragraphs, "The month goes on until "+row.Until.In(a.Zone).Format(time.DateOnly)+".")
	}
	return d
}
