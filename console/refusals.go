package console

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"daymark/access"
	"daymark/internal/limit"
	"daymark/internal/web"
)

// Why something is refused beside for want of a right, as the audit trail has
// it after "refused: ".
const (
	refusedCode = "wrong second factor"
	refusedForm = "form of another page"
	refusedPage = "live connection of another page"
)

// refusals bounds what of refusals is written down, so that a flood of them
// fills nothing: one a minute of a kind and an asker, and of all that anybody
// can bring about thirty a minute.
type refusals struct {
	each limit.Minutely

	mu  sync.Mutex
	all *limit.Counts[string]
}

var refusalRate = limit.Rate{AtOnce: 30, Every: 2 * time.Second}

func newRefusals() *refusals { return &refusals{all: limit.New(1, "all")} }

// due says whether one is to be written down. anybody says that it takes no
// more than an address to bring it about.
func (f *refusals) due(what string, anybody bool, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if anybody && f.all.Wait("all", refusalRate, now) > 0 || !f.each.Due(what, now) {
		return false
	}
	if anybody {
		f.all.Add("all", refusalRate, now)
	}
	return true
}

// noteRefused writes down that a request was refused, by whom as far as that is
// known.
func (s *Site) noteRefused(r *http.Request, who access.Principal, why string) {
	from := web.AddressOf(r)
	if !s.refusals.due(why+" "+who.Person+" "+from, true, s.Now()) {
		return
	}
	actor := "nobody signed in"
	if who.Person != "" {
		actor = who.Actor()
	}
	s.writeRefusal(r, actor, why, r.Method+" "+cutText(r.URL.Path, 200)+" from "+from)
}

func (s *Site) writeRefusal(r *http.Request, actor, why, what string) {
	if err := s.Refused(r.Context(), actor, why, what); err != nil {
		s.Logger.ErrorContext(r.Context(), "a refusal was not written down", "who", actor, "why", why, "error", err)
	}
}

// noteWrongCode writes down that a second factor was wrong, or tried too often,
// after the right password.
func (s *Site) noteWrongCode(r *http.Request, person string) {
	s.noteRefused(r, access.Principal{Kind: access.BySession, Person: person}, refusedCode)
}

// tellRefusal says an action of the audit trail in words; "" where it is none
// of a refusal.
func tellRefusal(action string) string {
	why, refused := strings.CutPrefix(action, "refused: ")
	switch {
	case !refused:
		return ""
	case why == refusedCode:
		return "was refused: the second factor was wrong"
	case why == refusedForm:
		return "was refused: the form was sent by no page of this session"
	case why == refusedPage:
		return "was refused: a live connection of another page"
	}
	return "was refused, for want of " + why
}
