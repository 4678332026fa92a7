package console

import (
	"html/template"
	"net/http"
	"regexp"
	"strings"

	"daymark/access"
	"daymark/docs"
	"daymark/internal/prose"
)

// runbook is what to do about one thing that Daymark complains of.
type runbook struct {
	Anchor, Title string
	Text          template.HTML
}

// runbooksPage shows all of them.
type runbooksPage struct {
	frame
	Runbooks []runbook
}

const runbooksAt = "/console/runbooks"

func (s *Site) runbookRoutes() []PageRoute {
	return []PageRoute{{Pattern: "GET " + runbooksAt, Right: access.ReadIncidents, Serve: s.serveRunbooks, Menu: "Runbooks", About: "What to do about each thing that Daymark complains of, or alerts Prometheus of."}}
}

func (s *Site) serveRunbooks(w http.ResponseWriter, r *http.Request, who access.Principal) {
	page := &runbooksPage{frame: s.frame(r, "Runbooks", "more", who), Runbooks: readRunbooks(docs.Operation, s.URL)}
	s.show(w, r, http.StatusOK, "runbooks", page)
}

var (
	notOfAnchors = regexp.MustCompile(`[^a-z0-9 -]`)
	linkOfDocs   = regexp.MustCompile(`\[([^\]]+)\]\(([^)]+)\)`)
)

// anchorOf gives what a heading is linked by.
func anchorOf(heading string) string {
	return strings.ReplaceAll(notOfAnchors.ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
}

// readRunbooks takes the runbooks out of docs/operation.md. A link from one to
// another stays one; to another part of the documents it is named.
func readRunbooks(text, site string) []runbook {
	_, part, _ := strings.Cut(text, "\n## Runbooks\n")
	part, _, _ = strings.Cut(part, "\n## ")
	sections := strings.Split(part, "\n### ")[1:]
	here := map[string]bool{}
	for _, section := range sections {
		title, _, _ := strings.Cut(section, "\n")
		here["#"+anchorOf(title)] = true
	}
	var all []runbook
	for _, section := range sections {
		title, body, _ := strings.Cut(section, "\n")
		body = linkOfDocs.ReplaceAllStringFunc(body, func(link string) string {
			parts := linkOfDocs.FindStringSubmatch(link)
			words, to := parts[1], parts[2]
			switch {
			case here[to]:
				return "[" + words + "](" + strings.TrimSuffix(site, "/") + runbooksAt + to + ")"
			case strings.HasPrefix(to, "#"):
				return words + " (`docs/operation.md" + to + "`)"
			case !strings.Contains(to, "://"):
				return words + " (`docs/" + to + "`)"
			}
			return link
		})
		all = append(all, runbook{anchorOf(title), title, prose.HTML(body)})
	}
	return all
}
