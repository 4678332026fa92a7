package console

import (
	"net/http"
	"strings"

	"daymark/access"
)

// menuEntry leads to one page.
type menuEntry struct{ To, Name, About string }

// menuPage lists the pages that the head of each page has no room for.
type menuPage struct {
	frame
	Entries []menuEntry
}

func (s *Site) serveMenu(w http.ResponseWriter, r *http.Request, who access.Principal) {
	page := &menuPage{frame: s.frame(r, "Everything here", "more", who)}
	for _, route := range s.Routes() {
		if route.Menu != "" && who.May(route.Right) {
			page.Entries = append(page.Entries, menuEntry{strings.TrimPrefix(route.Pattern, "GET "), route.Menu, route.About})
		}
	}
	s.show(w, r, http.StatusOK, "menu", page)
}
