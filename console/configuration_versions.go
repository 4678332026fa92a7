package console

import (
	"errors"
	"net/http"
	"strconv"

	"daymark/access"
)

// versionsListed is how many versions are listed at once.
const versionsListed = 50

// versionsPage lists the versions.
type versionsPage struct {
	frame
	Versions []versionView
	Older    int // where the next part begins; 0: there is none
}

func (s *Site) serveVersions(w http.ResponseWriter, r *http.Request, who access.Principal) {
	state, err := s.API.Configurations.Configuration(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	before, _ := strconv.Atoi(r.URL.Query().Get("before")) // what is no number is the newest
	found, err := s.API.Configurations.ConfigurationVersions(r.Context(), VersionQuery{Before: max(before, 0), Most: versionsListed + 1})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page := &versionsPage{frame: s.frame(r, "Versions of the configuration", "configuration", who)}
	for i := range found {
		if i == versionsListed {
			page.Older = found[i-1].Number
			break
		}
		page.Versions = append(page.Versions, s.versionView(&found[i], state.Running.Number))
	}
	s.show(w, r, http.StatusOK, "versions", page)
}

// versionPage is one version, and what differs from another.
type versionPage struct {
	frame
	versionView
	Text    string
	Other   *versionView // it is compared with; nil: there is none
	Diff    []diffLine
	Running int
	Writes  string
	Back    bool // who looks may go back to it
}

func (s *Site) serveVersion(w http.ResponseWriter, r *http.Request, who access.Principal) {
	number, err := strconv.Atoi(r.PathValue("number"))
	if err != nil || number < 1 {
		s.wrong(w, r, http.StatusNotFound, "")
		return
	}
	against, _ := strconv.Atoi(r.URL.Query().Get("against")) // what is no number is the one before it
	v, other, err := s.API.twoVersions(r.Context(), number, max(against, 0))
	if errors.Is(err, ErrNotFound) {
		s.wrong(w, r, http.StatusNotFound, noVersion)
		return
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	state, err := s.API.Configurations.Configuration(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page := &versionPage{
		frame: s.frame(r, "Version "+strconv.Itoa(number)+" of the configuration", "configuration", who), versionView: s.versionView(v, state.Running.Number),
		Text: v.Text, Running: state.Running.Number, Writes: state.Writes,
	}
	page.Back = who.May(access.WriteConfiguration) && state.Writes == "console" && !page.Current && v.Kept && v.Hidden == 0
	if other != nil {
		view := s.versionView(other, state.Running.Number)
		page.Other, page.Diff = &view, differenceOf(other.Text, v.Text)
	}
	s.show(w, r, http.StatusOK, "version", page)
}
