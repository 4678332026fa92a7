package prose

import (
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// mostMarks bounds the marks that begin something, in all and at the
// beginning of a line: nobody writes a thousand brackets, and a parser takes
// long over them. A text with more is shown as it stands.
const mostMarks, deepest = 2_000, 32

// markdown is the one parser and renderer. Raw HTML is not in it: a tag is
// text like any other.
var markdown = sync.OnceValue(func() goldmark.Markdown {
	read := parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(parser.NewSetextHeadingParser(), 100),
			util.Prioritized(parser.NewThematicBreakParser(), 200),
			util.Prioritized(parser.NewListParser(), 300),
			util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewCodeBlockParser(), 500),
			util.Prioritized(parser.NewATXHeadingParser(), 600),
			util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
			util.Prioritized(parser.NewBlockquoteParser(), 800),
			util.Prioritized(parser.NewParagraphParser(), 1000),
		),
		parser.WithInlineParsers(
			util.Prioritized(parser.NewCodeSpanParser(), 100),
			util.Prioritized(parser.NewLinkParser(), 200),
			util.Prioritized(parser.NewAutoLinkParser(), 300),
			util.Prioritized(parser.NewEmphasisParser(), 500),
			util.Prioritized(extension.NewLinkifyParser(), 999),
		),
		parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...),
	)
	m := goldmark.New(goldmark.WithParser(read))
	m.Renderer().AddOptions(renderer.WithNodeRenderers(util.Prioritized(ours{}, 100)))
	return m
})

// parse reads a text; nil where it is not to be read as Markdown.
func parse(source string) (ast.Node, []byte) {
	if !readable(source) {
		return nil, nil
	}
	content := []byte(source)
	return markdown().Parser().Parse(text.NewReader(content)), content
}

// readable says whether a text has no more marks than a person writes.
func readable(source string) bool {
	marks := 0
	for line := range strings.Lines(source) {
		start := 0
		inside := true // still among the marks that begin the line
		for _, c := range line {
			switch {
			case strings.ContainsRune("[]*_`!<\\&", c):
				marks++
				inside = inside && c == '*'
				if inside {
					start++
				}
			case inside && strings.ContainsRune(">-+#0123456789.)", c):
				start++
			case c != ' ' && c != '\t':
				inside = false
			}
		}
		if start > deepest || marks > mostMarks {
			return false
		}
	}
	return true
}

// ours writes what the renderer's own ways do not suit.
type ours struct{}

func (ours) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindHeading, heading)
	r.Register(ast.KindImage, picture)
	r.Register(ast.KindLink, link)
	r.Register(ast.KindAutoLink, autoLink)
	r.Register(ast.KindThematicBreak, nothing)
}

// heading is strong words in a paragraph of their own.
func heading(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
	tag := "<p><strong>"
	if !entering {
		tag = "</strong></p>\n"
	}
	_, err := w.WriteString(tag)
	return ast.WalkContinue, err
}

// picture is its description, which is its content.
func picture(util.BufWriter, []byte, ast.Node, bool) (ast.WalkStatus, error) {
	return ast.WalkContinue, nil
}

func nothing(util.BufWriter, []byte, ast.Node, bool) (ast.WalkStatus, error) {
	return ast.WalkContinue, nil
}

// link leads where it may; elsewhere its words stand alone.
func link(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	to := destination(node)
	if to == "" {
		return ast.WalkContinue, nil
	}
	tag := "</a>"
	if entering {
		tag = open(to)
	}
	_, err := w.WriteString(tag)
	return ast.WalkContinue, err
}

func autoLink(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	label := string(util.EscapeHTML(label(node, source)))
	if to := autoDestination(node, source); to != "" {
		label = open(to) + label + "</a>"
	}
	_, err := w.WriteString(label)
	return ast.WalkContinue, err
}

func open(to string) string {
	return `<a href="` + string(util.EscapeHTML(util.URLEscape([]byte(to), true))) + `" rel="` + rel + `">`
}

// rel is what links say of where they lead: we do not vouch for it, and it
// has no hold on the page.
const rel = "nofollow noopener"

// schemes are what an address may begin with.
var schemes = []string{"http://", "https://", "mailto:"}

// allowed gives an address, or nothing where it is none for a page.
func allowed(to string) string {
	for _, scheme := range schemes {
		if len(to) > len(scheme) && strings.EqualFold(to[:len(scheme)], scheme) {
			return to
		}
	}
	return ""
}
