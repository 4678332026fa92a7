package statuspage

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"daymark/incident"
	"daymark/internal/card"
	"daymark/internal/lang"
	"daymark/internal/web"
)

// cardRoutes are pictures that sites show beside a link to us.
func (p *Page) cardRoutes() []Route {
	return []Route{
		{Pattern: "GET /card/{language}/overview.png", Handler: http.HandlerFunc(p.serveCard)},
		{Pattern: "GET /card/{language}/incidents/{file}", Handler: http.HandlerFunc(p.serveCard)},
	}
}

// cardPath is where the card of the overview is, or that of an incident.
func cardPath(tag, incident string) string {
	if incident == "" {
		return "/card/" + tag + "/overview.png"
	}
	return "/card/" + tag + "/incidents/" + incident + ".png"
}

// in is the layout in one of the page's languages; nil: it is not offered.
func (p *Page) in(tag string) *Layout {
	if tag == p.layout.Tag {
		return p.layout
	}
	if !slices.Contains(p.layout.Options.Languages, tag) {
		return nil
	}
	other := *p.layout
	other.speech = speech{lang.Or(tag)}
	return &other
}

func (p *Page) serveCard(w http.ResponseWriter, r *http.Request) {
	layout := p.in(r.PathValue("language"))
	id, is := strings.CutSuffix(r.PathValue("file"), ".png")
	if overview := r.PathValue("file") == ""; layout == nil || !overview && (!is || id == "") {
		p.errors.Write(w, r, http.StatusNotFound, "")
		return
	}
	now, err := p.latest(r.Context())
	if err != nil {
		p.fail(w, r, err)
		return
	}
	body, err := p.drawn(r.Context(), layout, now, id)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	body.ServeHTTP(w, r)
}

// cards are those that were drawn. A card takes a moment of a whole processor,
// so one is kept while its words hold, and no two are drawn at the same time.
type cards struct {
	mu   sync.Mutex
	kept map[string]drawnCard
}

type drawnCard struct {
	says card.Card // but for when
	at   time.Time
	body *web.Body
}

// How old the time on a card may be that says nothing else that is new.
const (
	freshCard = time.Minute
	pastCard  = time.Hour // of an incident that is over
)

// drawn gives the card of the overview, or of an incident by its id.
func (p *Page) drawn(ctx context.Context, layout *Layout, now *rendering, id string) (*web.Body, error) {
	var c card.Card
	lasts := freshCard
	if id == "" {
		c = layout.overviewCard(now)
	} else {
		record, err := p.source.Incident(ctx, id)
		if err != nil {
			return nil, err
		}
		if c = layout.incidentCard(record, now); !record.Open() {
			lasts = pastCard
		}
	}
	says, key := c, layout.Tag+" "+id
	says.AsOf = ""
	p.cards.mu.Lock()
	defer p.cards.mu.Unlock()
	if had, found := p.cards.kept[key]; found && had.says == says && now.at.Sub(had.at) < lasts && !now.at.Before(had.at) {
		return had.body, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("draw a card: %w", err)
	}
	content, err := card.Draw(c)
	if err != nil {
		return nil, err
	}
	body := web.NewBody(web.BodyOptions{
		Type: "image/png", Cache: badgeCache, Modified: now.at,
		Extra: openToOthers(),
	}, content)
	if p.cards.kept == nil || len(p.cards.kept) >= mostCached {
		p.cards.kept = map[string]drawnCard{}
	}
	p.cards.kept[key] = drawnCard{says, now.at, body}
	return body, nil
}

func (l *Layout) overviewCard(now *rendering) card.Card {
	b := &builder{Layout: l, snapshot: now.snapshot, now: now.at}
	say := b.say()
	follow := say.Follow.String()
	if next := l.nextBy(say.Promise, now.at); next != "" {
		follow = next
	}
	return l.card(say.Status, say.Sentence, follow, now.at)
}

func (l *Layout) incidentCard(record *IncidentRecord, now *rendering) card.Card {
	v := viewIncident(l, record, now.at)
	follow := v.Follow.String()
	if next := l.nextBy(v.Promise, now.at); next != "" {
		follow = next
	}
	c := l.card(v.Status, v.Name, follow, now.at)
	if !v.Open {
		c.Word = l.Text("phase.resolved", nil)
	}
	return c
}

// nextBy says when the next word is promised; empty: none is, or it is late.
func (l *Layout) nextBy(p *Promise, now time.Time) string {
	if p == nil {
		return ""
	}
	due, err := time.Parse(time.RFC3339, p.DueISO)
	if err != nil || !due.After(now) {
		return ""
	}
	return l.Text("notify.next-by", lang.Values{"time": l.Clock(due, now, l.Zone)})
}

// card puts words on a card. What our fonts cannot draw is left out, and the
// status said instead of the sentence.
func (l *Layout) card(status incident.Status, sentence, follow string, at time.Time) card.Card {
	c := card.Card{
		Status: string(status), Word: l.statusWord(status), Name: l.Options.Name, Sentence: sentence, Follow: follow, Tag: l.Tag, RTL: l.RTL,
		AsOf: l.Text("card.as-of", lang.Values{"time": l.LongClock(at.In(l.Zone)), "zone": l.Language.Zone(l.Zone, at)}),
	}
	if !card.Drawable(c.Sentence) {
		c.Sentence = c.Word
	}
	for _, text := range []*string{&c.Name, &c.Follow} {
		if !card.Drawable(*text) {
			*text = ""
		}
	}
	return c
}
