package config

import (
	"slices"
	"strings"
	"time"

	"daymark/checker"
)

// leastEvery is the shortest time between two calls.
const leastEvery = 10 * time.Second

// heartbeat looks at a check that is called. It is heard by the server, so
// its results are of the server's own region.
func (r *review) heartbeat(path string, check *checker.Check) {
	at, beat := path+".heartbeat", check.Heartbeat
	if (beat.Every == 0) == (beat.Schedule == "") && !r.broken(at+".schedule") && !r.broken(at+".every") {
		r.at(at, "a heartbeat comes by one of every and schedule: write one of them")
	}
	if beat.Every > 0 && beat.Every < leastEvery {
		r.at(at+".every", "%s is too short: 10s is the least", r.quoted(at+".every", ""))
	}
	if strings.HasPrefix(beat.Schedule, "@every") && !r.broken(at+".schedule") {
		r.at(at+".schedule", "a time without a place in the day is not a schedule: write heartbeat.every instead")
	}
	longest := r.doc.Server.Retention.Results
	if longest > 0 && beat.Grace >= longest {
		r.at(at+".grace", "%s is longer than results are kept (server.retention.results)", r.quoted(at+".grace", ""))
	}
	for _, key := range []string{"regions", "timeout", "attempts", "down_when.regions"} {
		if r.has(path + "." + key) {
			r.fault(r.keyAt(path+"."+key), path+"."+key, "a heartbeat is not run but called, so this means nothing: remove it")
		}
	}
}

// heardIn gives the region of a heartbeat's results: the server's own, or the
// first where it has no agent.
func heardIn(regions []string) []string {
	if slices.Contains(regions, LocalRegion) || len(regions) == 0 {
		return []string{LocalRegion}
	}
	return regions[:1:1]
}
