package console

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"daymark/access"
	"daymark/incident"
)

// noVersion is said of a version that was never there, or is not kept.
const noVersion = "There is no such version of the configuration, or its text is not kept any more."

const configurationPath = "/console/configuration"

func (s *Site) configurationRoutes() []PageRoute {
	return []PageRoute{
		{Pattern: "GET " + configurationPath, Right: access.ReadConfiguration, Serve: s.serveConfiguration, Menu: "Configuration", About: "The document that Daymark runs with: validate, try and apply a change."},
		{Pattern: "GET " + configurationPath + "/versions", Right: access.ReadConfiguration, Serve: s.serveVersions, Menu: "Versions of the configuration", About: "Who changed it, when and why; what differs; the way back."},
		{Pattern: "GET " + configurationPath + "/versions/{number}", Right: access.ReadConfiguration, Serve: s.serveVersion},
	}
}

// configurationPage is the document, and what can be said of what was typed.
type configurationPage struct {
	frame
	Running versionView
	Text    string
	Base    int    // the version that the text was made from
	File    string // the hash of a file that differs
	Came    string // from where the text is that stands there at first; "": it runs
	From    string // the same, as the address has it

	Failed    *failureView
	Disk      *ConfigurationOnDisk
	OnDisk    []diffLine // how the version that runs becomes the file
	Restart   string     // what of the file takes a restart; "": nothing
	Verdict   verdictView
	Trial     *tryAnswer
	Regions   []string    // where a check can be tried
	Elsewhere []TryRegion // where it cannot, and why

	Writes  string
	MayTry  bool
	Applies bool // who looks may apply, and it may be applied here
}

type versionView struct {
	Number        int
	At, ISO       string
	By, Origin    string
	Why           string
	Hidden        int
	Kept, Current bool
}

type failureView struct {
	At, By, Reason string
	Faults         []ConfigurationFault
}

type verdictView struct {
	Summary string
	Faults  []ConfigurationFault
	Restart string
	Unfit   string
	Checks  []string
	Diff    []diffLine
}

func (s *Site) versionView(v *ConfigurationVersion, running int) versionView {
	return versionView{
		Number: v.Number, At: s.moment(v.At), ISO: v.At.UTC().Format("2006-01-02T15:04:05Z"), By: s.authorOf(v.Author), Origin: v.Origin,
		Why: v.Why, Hidden: v.Hidden, Kept: v.Kept, Current: v.Number == running,
	}
}

// authorOf says who did something by the words of the audit trail.
func (s *Site) authorOf(actor string) string {
	who, how, _ := strings.Cut(actor, " ")
	if s.person(who) == nil {
		return actor
	}
	return s.nameOf(who) + " " + how
}

func (s *Site) serveConfiguration(w http.ResponseWriter, r *http.Request, who access.Principal) {
	state, err := s.API.Configurations.Configuration(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page := &configurationPage{
		frame: s.frame(r, "Configuration", "configuration", who), Running: s.versionView(&state.Running, state.Running.Number),
		Base: state.Running.Number, Text: state.Running.Text, Disk: state.Disk, Writes: state.Writes,
		MayTry:  who.May(access.TryConfiguration),
		Applies: who.May(access.WriteConfiguration) && state.Writes == "console",
	}
	for _, t := range state.Tries {
		if t.Why == "" {
			page.Regions = append(page.Regions, t.ID)
		} else {
			page.Elsewhere = append(page.Elsewhere, t)
		}
	}
	if f := state.Failed; f != nil {
		page.Failed = &failureView{At: s.moment(f.At), By: s.authorOf(f.Author), Reason: f.Reason, Faults: f.Faults}
	}
	if d := state.Disk; d != nil {
		page.File = d.SHA256
		if d.Text != "" {
			page.OnDisk = differenceOf(state.Running.Text, d.Text)
			page.Restart = strings.Join(s.API.Configurations.ValidateConfiguration(r.Context(), WholeText(d.Text)).Restart, ", ")
		}
	}
	if err := s.startFrom(r, page, state); err != nil {
		s.unfound(w, r, err, noVersion)
		return
	}
	if t := page.tried; t != nil {
		page.Text = t.typed.Get("text")
		// Who was told that another version runs goes on from that one; nobody
		// else does so unawares.
		if base, err := strconv.Atoi(t.typed.Get("base")); err == nil && base > 0 && t.status != http.StatusConflict {
			page.Base = base
		}
		if trial, is := t.answer.(tryAnswer); is {
			page.Trial = &trial
		}
	}
	page.Verdict = s.verdictOn(r.Context(), state, page.Text)
	s.show(w, r, http.StatusOK, "configuration", page)
}

// startFrom puts another text where the one that runs would stand, as the
// address asks.
func (s *Site) startFrom(r *http.Request, page *configurationPage, state *ConfigurationState) error {
	page.From = r.URL.Query().Get("from")
	switch from := r.URL.Query().Get("from"); {
	case from == "file" && state.Disk != nil && state.Disk.Text != "":
		page.Text, page.Came = state.Disk.Text, "the file"
	case from == "failed" && state.Failed != nil && state.Failed.Text != "":
		page.Text, page.Came = state.Failed.Text, "what could not be applied"
	default:
		number, err := strconv.Atoi(from)
		if err != nil || number < 1 {
			page.From = ""
			return nil
		}
		v, err := s.API.Configurations.ConfigurationVersion(r.Context(), number)
		if err != nil {
			return err
		}
		if !v.Kept {
			return ErrNotFound // there is nothing to begin with
		}
		page.Text, page.Came = v.Text, nameOfVersion(v)
	}
	return nil
}

func (s *Site) verdictOn(ctx context.Context, state *ConfigurationState, typed string) verdictView {
	text := WholeText(typed)
	verdict := s.API.Configurations.ValidateConfiguration(ctx, text)
	view := verdictView{Faults: verdict.Faults, Restart: strings.Join(verdict.Restart, ", "), Unfit: verdict.Unfit, Checks: verdict.Checks, Diff: differenceOf(state.Running.Text, text)}
	added, gone := 0, 0
	for _, line := range view.Diff {
		switch line.Kind {
		case "added":
			added++
		case "gone":
			gone++
		}
	}
	switch n := len(view.Faults); {
	case n == 1:
		view.Summary = "1 fault."
	case n > 1:
		view.Summary = fmt.Sprintf("%d faults.", n)
	case added+gone == 0:
		view.Summary = fmt.Sprintf("Valid, and the same as version %d, which runs.", state.Running.Number)
	default:
		view.Summary = fmt.Sprintf("Valid. Against version %d, lines added: %d, taken away: %d.", state.Running.Number, added, gone)
	}
	return view
}

// mostChoices is how many checks can be chosen from a list, which each page with
// the document carries.
const mostChoices = 200

// ManyChecks says that the check to try is named, not chosen.
func (p *configurationPage) ManyChecks() bool { return len(p.Verdict.Checks) > mostChoices }

// StatusOfTrial draws an outcome.
func (p *configurationPage) StatusOfTrial() incident.Status {
	switch p.Trial.Outcome {
	case "ok":
		return incident.Operational
	case "degraded":
		return incident.Slow
	case "failed":
		return incident.Down
	}
	return incident.Unmeasured
}

// FaultyLines are the lines of the text with a fault, for the script that
// numbers them.
func (v verdictView) FaultyLines() string {
	var lines []string
	for _, f := range v.Faults {
		if line := strconv.Itoa(f.Line); f.Line > 0 && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, " ")
}
