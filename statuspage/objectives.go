package statuspage

import (
	"context"
	"math"
	"time"

	"daymark/internal/civil"
	"daymark/internal/lang"
	"daymark/slo"
)

// Objectives tells how the objectives stand that are public.
type Objectives interface {
	// PublicObjectives gives them in the order of the configuration, as they
	// stood some minutes ago at most.
	PublicObjectives(ctx context.Context) ([]ObjectiveStanding, error)
}

// ObjectiveStanding is one objective and how it stands.
type ObjectiveStanding struct {
	slo.Objective
	slo.Standing
	At time.Time // when it stood so
}

// objectivesView is what visitors read of a component's objectives.
type objectivesView struct {
	Rows []uptimeRow
	How  []string
}

// objectivesOf says the objectives of one component; nil: none is public.
func (b *builder) objectivesOf(component string, all []ObjectiveStanding) *objectivesView {
	v := &objectivesView{}
	var at time.Time
	for i := range all {
		if all[i].Component == component {
			v.Rows, at = append(v.Rows, b.objectiveRow(&all[i])), all[i].At
		}
	}
	if len(v.Rows) == 0 {
		return nil
	}
	v.How = []string{b.with("objective-how", lang.Values{"time": b.clock(at, b.now, b.Zone).Text}), b.sentence("objective-how-excluded")}
	if b.Options.Uptime.Maintenance == "counted" {
		v.How[1] = b.sentence("objective-how-counted")
	}
	return v
}

func (b *builder) objectiveRow(o *ObjectiveStanding) uptimeRow {
	wanted := b.with("objective-"+o.Indicator, lang.Values{
		"share": b.PercentFine(int64(math.Round(o.Objective.Objective * 1000))), "time": b.Latency(o.Threshold),
	})
	row := uptimeRow{Figure: b.sentence("no-figure-yet")}
	if o.Window.Month {
		row.Period = b.with("objective-month", lang.Values{"objective": wanted, "month": b.Month(o.From.In(b.Zone))})
	} else {
		row.Period = b.with("objective-rolling", lang.Values{"objective": wanted, "time": b.Within(o.Window.Rolling)})
	}
	if !o.Known() {
		return row
	}
	row.Figure = b.PercentFine(int64(slo.Floor(1e5*o.Ratio(), 0)))
	u := uptime{unmeasured: 1 - o.Coverage, checks: o.Events()}
	if since := civil.Day(o.Since.In(b.Zone)); since.After(o.From) {
		u.first = since // it was not measured from the first day on
	}
	row.Rest = b.uptimeRest(o.Events(), b.gap(u), u.first, civil.Day(b.now.In(b.Zone)))
	if o.Excused > 0 {
		row.Rest += b.uptimeMaintained(o.Excused, true)
	}
	if !o.Kept() {
		row.Clock = []string{b.sentence("objective-missed")}
	} else {
		row.Clock = []string{b.with("objective-kept", lang.Values{"share": b.PercentTenths(int64(slo.Floor(1000*o.Left, 0)))})}
	}
	return row
}
