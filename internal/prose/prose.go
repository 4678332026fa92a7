package prose

import (
	"bytes"
	"html/template"
	"regexp"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
)

// Elements are all that HTML can hold.
func Elements() []string {
	return []string{"a", "blockquote", "br", "code", "em", "li", "ol", "p", "pre", "strong", "ul"}
}

// policy is the second lock: it knows nothing of Markdown, reads the HTML anew
// and writes only what it knows.
var policy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements(Elements()...)
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("rel").Matching(regexp.MustCompile(`^` + rel + `$`)).OnElements("a")
	p.AllowAttrs("start").Matching(regexp.MustCompile(`^[0-9]{1,9}$`)).OnElements("ol")
	p.AllowURLSchemes("http", "https", "mailto")
	p.AllowRelativeURLs(false)
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	return p
})

// HTML gives what a person wrote, for a page.
func HTML(source string) template.HTML {
	root, content := parse(source)
	if root == nil {
		return Plain(source)
	}
	var out bytes.Buffer
	if err := markdown().Renderer().Render(&out, content, root); err != nil {
		return Plain(source)
	}
	return template.HTML(bytes.TrimSpace(policy().SanitizeBytes(out.Bytes()))) //nolint:gosec // the policy let it through
}

// Plain gives words of ours, for a page: paragraphs, and nothing else is read
// into them.
func Plain(text string) template.HTML {
	var out strings.Builder
	for _, one := range Paragraphs(text) {
		out.WriteString("<p>" + template.HTMLEscapeString(one) + "</p>\n")
	}
	return template.HTML(strings.TrimSpace(out.String())) //nolint:gosec // escaped above
}

// Paragraphs splits plain text where a line is empty.
func Paragraphs(text string) []string {
	var all []string
	for one := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if one = strings.TrimSpace(one); one != "" {
			all = append(all, one)
		}
	}
	return all
}
