package prose

import (
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// Text gives what a person wrote as plain words: paragraphs with an empty line
// between, list entries a line each, and the address of a link in brackets
// behind its words.
func Text(source string) string {
	root, content := parse(source)
	if root == nil {
		return strings.TrimSpace(source)
	}
	return strings.Join(blocks(root, content), "\n\n")
}

// blocks are the paragraphs of everything directly in a node.
func blocks(parent ast.Node, source []byte) []string {
	var all []string
	for node := parent.FirstChild(); node != nil; node = node.NextSibling() {
		if one := strings.TrimSpace(block(node, source)); one != "" {
			all = append(all, one)
		}
	}
	return all
}

func block(node ast.Node, source []byte) string {
	switch node := node.(type) {
	case *ast.List:
		return list(node, source)
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		return string(node.Lines().Value(source))
	case *ast.Blockquote:
		return strings.Join(blocks(node, source), "\n\n")
	}
	return inline(node, source)
}

// list writes an entry a line, each behind its mark.
func list(l *ast.List, source []byte) string {
	var all []string
	number := l.Start
	for item := l.FirstChild(); item != nil; item = item.NextSibling() {
		mark := "- "
		if l.IsOrdered() {
			mark = fmt.Sprintf("%d. ", number)
			number++
		}
		lines := strings.Split(strings.Join(blocks(item, source), "\n"), "\n")
		all = append(all, mark+strings.Join(lines, "\n"+strings.Repeat(" ", len(mark))))
	}
	return strings.Join(all, "\n")
}

// inline gives the words of everything in a node.
func inline(parent ast.Node, source []byte) string {
	var out strings.Builder
	for node := parent.FirstChild(); node != nil; node = node.NextSibling() {
		switch node := node.(type) {
		case *ast.Text:
			value := node.Value(source)
			if !node.IsRaw() {
				value = util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(value)))
			}
			out.Write(value)
			if node.SoftLineBreak() || node.HardLineBreak() {
				out.WriteByte('\n')
			}
		case *ast.String:
			out.Write(node.Value)
		case *ast.AutoLink:
			out.Write(label(node, source))
		case *ast.CodeSpan:
			out.WriteString(strings.ReplaceAll(code(node, source), "\n", " "))
		case *ast.Link:
			words, to := inline(node, source), destination(node)
			out.WriteString(words)
			if to != "" && strings.TrimPrefix(to, "mailto:") != words && to != words {
				out.WriteString(" (" + to + ")")
			}
		default:
			out.WriteString(inline(node, source))
		}
	}
	return out.String()
}

// code gives the content of a code span as it was written.
func code(span *ast.CodeSpan, source []byte) string {
	var out strings.Builder
	for node := span.FirstChild(); node != nil; node = node.NextSibling() {
		if text, is := node.(*ast.Text); is {
			out.Write(text.Value(source))
		}
	}
	return out.String()
}

// destination is where a link leads; empty where it may not.
func destination(node ast.Node) string {
	link, is := node.(*ast.Link)
	if !is {
		return ""
	}
	return allowed(string(link.Destination))
}

// autoDestination is the same of an address that stands in the text.
func autoDestination(node ast.Node, source []byte) string {
	link, is := node.(*ast.AutoLink)
	if !is {
		return ""
	}
	to := string(link.URL(source))
	if link.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(to), "mailto:") {
		to = "mailto:" + to
	}
	return allowed(to)
}

func label(node ast.Node, source []byte) []byte {
	link, is := node.(*ast.AutoLink)
	if !is {
		return nil
	}
	return link.Label(source)
}
