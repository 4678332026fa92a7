package console

import (
	"time"

	"daymark/checker"
	"daymark/incident"
)

// regionRow says how a region is heard: when its newest run was, and whether it
// can tell what it measures.
func (s *Site) regionRow(region incident.Region, results []checker.Result, now time.Time) regionRow {
	row := regionRow{Name: region.Name, Heard: "never", Status: incident.Unmeasured, Word: "Not heard"}
	var last time.Time
	all, unknown := 0, 0
	for i := range results {
		r := &results[i]
		if r.Region != region.ID {
			continue
		}
		all++
		if r.Outcome == checker.Unknown {
			unknown++
		}
		if r.At.After(last) {
			last = r.At
		}
	}
	if all == 0 {
		return row
	}
	row.Heard = lasted(now.Sub(last)) + " ago"
	switch {
	case unknown == all:
		row.Word = "Cannot tell"
	case unknown > 0:
		row.Status, row.Word = incident.Slow, decimal(int64(unknown))+" of "+decimal(int64(all))+" checks cannot tell"
	default:
		row.Status, row.Word = incident.Operational, "Healthy"
	}
	return row
}
