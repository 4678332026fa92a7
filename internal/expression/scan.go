package expression

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// scan walks an expression once: it finds the faults that the type checker
// cannot know and the facts that the expression reads.
type scan struct {
	words  map[string][]string
	faults []located
	reads  map[string]bool
}

type located struct {
	from    int
	message string
}

// place turns the offset (in characters) into a line and column.
func (l located) place(source string) *Error {
	line, column := 1, 1
	for i, r := range []rune(source) {
		if i == l.from {
			break
		}
		column++
		if r == '\n' {
			line, column = line+1, 1
		}
	}
	return &Error{Line: line, Column: column, Message: l.message}
}

// Visit implements ast.Visitor; children come before their parents.
func (s *scan) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode, *ast.MemberNode:
		s.read(*node)
	case *ast.CallNode:
		s.call(n)
	case *ast.BinaryNode:
		s.compare(n)
	}
}

func (s *scan) read(node ast.Node) {
	if s.reads == nil {
		s.reads = map[string]bool{}
	}
	path, ok := pathOf(node)
	if !ok {
		return
	}
	if member, isMember := node.(*ast.MemberNode); isMember {
		if parent, ok := pathOf(member.Node); ok {
			delete(s.reads, parent)
		}
	}
	s.reads[path] = true
}

// call parses the constant of a duration("…").
func (s *scan) call(n *ast.CallNode) {
	name, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		return
	}
	delete(s.reads, name.Value)
	if name.Value != "duration" || len(n.Arguments) != 1 {
		return
	}
	text, ok := n.Arguments[0].(*ast.StringNode)
	if !ok {
		return
	}
	if _, err := ParseDuration(text.Value); err != nil {
		s.faults = append(s.faults, located{text.Location().From, err.Error()})
	}
}

// compare refuses a word that a fact with a fixed set of words never has.
func (s *scan) compare(n *ast.BinaryNode) {
	if n.Operator != "==" && n.Operator != "!=" && n.Operator != "in" {
		return
	}
	s.compareWith(n.Left, n.Right)
	if n.Operator != "in" {
		s.compareWith(n.Right, n.Left)
	}
}

func (s *scan) compareWith(subject, other ast.Node) {
	path, ok := pathOf(subject)
	words, fixed := s.words[path]
	if !ok || !fixed {
		return
	}
	for _, text := range stringsIn(other) {
		if !slices.Contains(words, text.Value) {
			s.faults = append(s.faults, located{text.Location().From, fmt.Sprintf(
				"%s is never %q: its words are %s", path, text.Value, quoteAll(words))})
		}
	}
}

// stringsIn lists the string constants of a node or of its array.
func stringsIn(node ast.Node) []*ast.StringNode {
	switch n := node.(type) {
	case *ast.StringNode:
		return []*ast.StringNode{n}
	case *ast.ArrayNode:
		var all []*ast.StringNode
		for _, item := range n.Nodes {
			all = append(all, stringsIn(item)...)
		}
		return all
	}
	return nil
}

// paths lists the facts read, longest paths only, in order.
func (s *scan) paths() []string {
	var all []string
	for path := range s.reads {
		all = append(all, path)
	}
	slices.Sort(all)
	return all
}

// pathOf gives a.b.c for a chain of constant members.
func pathOf(node ast.Node) (string, bool) {
	switch n := node.(type) {
	case *ast.IdentifierNode:
		return n.Value, true
	case *ast.MemberNode:
		parent, ok := pathOf(n.Node)
		property, constant := n.Property.(*ast.StringNode)
		if !ok || !constant || n.Method {
			return "", false
		}
		if !isName(property.Value) {
			return parent + "[" + strconv.Quote(property.Value) + "]", true
		}
		return parent + "." + property.Value, true
	}
	return "", false
}

// wordsOf reads the `words` tags of a struct of facts, nested ones included.
func wordsOf(facts any) map[string][]string {
	all := map[string][]string{}
	collect(reflect.TypeOf(facts), "", all)
	return all
}

func collect(t reflect.Type, prefix string, all map[string][]string) {
	if t == nil || t.Kind() != reflect.Struct {
		return
	}
	for field := range t.Fields() {
		name := field.Tag.Get("expr")
		if name == "" {
			continue
		}
		if words := field.Tag.Get("words"); words != "" {
			all[prefix+name] = strings.Split(words, ",")
		}
		collect(field.Type, prefix+name+".", all)
	}
}
