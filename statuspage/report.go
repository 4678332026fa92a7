package statuspage

import (
	"context"
	"errors"
	"time"

	"daymark/incident"
)

// ProblemReport is what a visitor reports.
type ProblemReport struct {
	Component string // empty: they do not know
	Text      string
	Began     string // in their words
	Contact   string
	Language  string
	From      string // the network address of the browser
}

// ReportStory is what the private link of a report shows.
type ReportStory struct {
	incident.Report
	Answers []incident.Answer // oldest first
}

// Reports is where visitors report problems and follow what becomes of them.
// What follows File answers ErrNoLink where the token opens nothing.
type Reports interface {
	// File takes a report and gives the token of its link. Errors for the
	// visitor are a *Rejection, a *TooMany and ErrBusy.
	File(ctx context.Context, r ProblemReport) (token string, err error)
	// Open says what a link shows, and changes nothing.
	Open(ctx context.Context, token string) (*ReportStory, error)
	// Add adds something, or that it works again; ErrBusy when nothing more is
	// taken.
	Add(ctx context.Context, token, text string, works bool) error
	// Erase deletes the contact, or all that the visitor wrote.
	Erase(ctx context.Context, token string, all bool) error
}

// ErrBusy says that no more is taken.
var ErrBusy = errors.New("no more is taken")

// Limits of reports from one network, and of the networks that are counted.
const (
	reportsAtOnce   = 10
	reportsWithin   = time.Hour
	reportsNetworks = 10_000      // more share one count
	reportsClear    = time.Second // at most so often all networks are looked through
)

// ReportLimit bounds how many reports come from one network, in bounded
// memory. It is not for use by several at once.
type ReportLimit struct {
	came    map[string][]time.Time
	cleared time.Time // when those of which nothing counts any more last left
}

// Take counts a report, or says how long its network has to wait.
func (l *ReportLimit) Take(network string, now time.Time) (wait time.Duration) {
	if l.came == nil {
		l.came = map[string][]time.Time{}
	}
	_, known := l.came[network]
	crowded := !known && len(l.came) >= reportsNetworks
	if crowded && now.Sub(l.cleared).Abs() >= reportsClear {
		l.cleared = now
		for other, came := range l.came {
			if now.Sub(came[len(came)-1]) >= reportsWithin {
				delete(l.came, other)
			}
		}
	}
	if crowded && len(l.came) >= reportsNetworks {
		network = "others"
	}
	came := l.came[network]
	for len(came) > 0 && now.Sub(came[0]) >= reportsWithin {
		came = came[1:]
	}
	if len(came) >= reportsAtOnce {
		return reportsWithin - now.Sub(came[0])
	}
	l.came[network] = append(came, now)
	return 0
}
