package console

import (
	"net/http"
	"slices"
	"strings"

	"daymark/access"
	"daymark/internal/lang"
	"daymark/notify"
)

// ledgerPage says who was told of an incident.
type ledgerPage struct {
	frame
	ID, Of         string // of the incident
	Counts         []ledgerCount
	Total          string
	Channel, State string // chosen; empty: all
	Rows           []ledgerLine
	More           string // the address of the next part; empty: this is the end
	Later          bool   // it is not the first part
}

// ledgerCount is how many stand where, of one channel.
type ledgerCount struct {
	Channel, Word string
	States        []stateCount
}

type stateCount struct {
	State, Word string
	Count       string
	Bad         bool
}

type ledgerLine struct {
	deliveryRow
	Who, What, Word, By string
	Bad                 bool
	At                  instant
}

// stateWords is how people read where a delivery stands.
var stateWords = map[string]string{
	"pending": "waits", "retry": "is tried again", "sending": "is being sent", "unknown": "may have gone", "accepted": "was taken", "delivered": "arrived",
	"undelivered": "did not arrive", "superseded": "was replaced by a newer one", "suppressed": "was not needed any more", "expired": "came too late to be of use", "dead": "was given up",
}

// failedStates are those in which somebody was not told who should have been.
var failedStates = []string{"undelivered", "expired", "dead"}

func (s *Site) serveLedger(w http.ResponseWriter, r *http.Request, who access.Principal) {
	ctx, id, query, call := r.Context(), r.PathValue("id"), r.URL.Query(), Call{Who: who}
	story, err := s.API.Incidents.Incident(ctx, id)
	if err != nil {
		s.noIncident(w, r, who, err)
		return
	}
	page := &ledgerPage{ID: id, Of: story.Severity.String() + " " + story.Name, Channel: query.Get("channel"), State: query.Get("state"), Later: query.Get("cursor") != ""}
	counts, err := s.API.countDeliveries(ctx, call, idAsked{id})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page.Counts, page.Total = ledgerCounts(counts.Items)
	found, err := s.API.listDeliveries(ctx, call, ledgerAsked{
		idAsked: idAsked{id}, Channel: page.Channel, State: page.State, paging: paging{Limit: ledgerShown, Cursor: query.Get("cursor")},
	})
	if err != nil {
		s.wrongly(w, r, err)
		return
	}
	for i := range found.Items {
		page.Rows = append(page.Rows, s.ledgerLine(&found.Items[i]))
	}
	if found.Next != "" {
		query.Set("cursor", found.Next)
		page.More = roomAt(id) + "/deliveries?" + query.Encode()
	}
	page.frame = s.frame(r, "Who was told", "incidents", who)
	page.Live = !page.Later
	s.show(w, r, http.StatusOK, "ledger", page)
}

// ledgerShown is how many deliveries are on one page.
const ledgerShown = 50

// ledgerCounts sets out how many stand where, channel by channel.
func ledgerCounts(rows []deliveryCountRow) (counts []ledgerCount, total string) {
	english, all := lang.English(), 0
	for _, row := range rows {
		if n := len(counts); n == 0 || counts[n-1].Channel != row.Channel {
			counts = append(counts, ledgerCount{Channel: row.Channel, Word: channelWord(row.Channel)})
		}
		last := &counts[len(counts)-1]
		last.States = append(last.States, stateCount{
			State: row.State, Word: stateWords[row.State], Count: english.Number(row.Count), Bad: slices.Contains(failedStates, row.State),
		})
		all += row.Count
	}
	return counts, english.Number(all)
}

func (s *Site) ledgerLine(row *deliveryRow) ledgerLine {
	now := s.Now()
	line := ledgerLine{
		deliveryRow: *row, Who: strings.TrimSpace(row.Name + " " + row.Address), Word: stateWords[row.State], By: channelWord(row.Channel),
		Bad: slices.Contains(failedStates, row.State), At: instant{iso(row.Changed.Time), s.clock(row.Changed.Time, now)}, What: row.Title,
	}
	if row.Audience == string(notify.Staff) && row.Name != "" {
		line.Who = row.Name // where they are reached is looked up when it is sent
	}
	if row.Update > 0 {
		line.What = "Update " + decimal(int64(row.Update))
	}
	return line
}

// deliveryPage is the story of one delivery.
type deliveryPage struct {
	frame
	ledgerLine
	Created  instant
	Events   []deliveryMoment
	Copies   []string
	Together []string
	May      bool // who looks may send it again
}

type deliveryMoment struct {
	At           instant
	Word, Reason string
	Provider     string
}

func (s *Site) serveDelivery(w http.ResponseWriter, r *http.Request, who access.Principal) {
	story, err := s.API.readDelivery(r.Context(), Call{Who: who}, idAsked{r.PathValue("id")})
	if err != nil {
		s.unfound(w, r, err, "There is no message of this number, or none any more.")
		return
	}
	now := s.Now()
	page := &deliveryPage{
		ledgerLine: s.ledgerLine(&story.deliveryRow), Created: instant{iso(story.Created.Time), s.clock(story.Created.Time, now)},
		Copies: story.Copies, Together: story.Together, May: who.May(access.WriteDeliveries) && story.Audience == string(notify.Public),
	}
	for _, e := range story.Events {
		page.Events = append(page.Events, deliveryMoment{At: instant{iso(e.At.Time), s.clock(e.At.Time, now)}, Word: stateWords[e.State], Reason: e.Reason, Provider: e.Provider})
	}
	page.frame = s.frame(r, "A message", "incidents", who)
	page.Live = page.tried == nil
	s.show(w, r, http.StatusOK, "delivery", page)
}
