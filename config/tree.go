package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// place is a line and column of the file, both from 1, in characters.
type place struct{ line, column int }

// shape is what a node of the file is.
type shape int

const (
	mapping shape = iota
	sequence
	text
	whole
	decimal
	truth
	null
)

// style is how a scalar is written, which the places inside it depend on.
type style int

const (
	plain style = iota
	single
	double
	block
)

// node is one value of the file, with all that a fault needs to know.
type node struct {
	shape   shape
	style   style
	at      place
	keyAt   place  // of its key, where it has one
	path    string // components[1].name
	pattern string // components[].name; set by the decoder, empty where it refused
	entries []entry
	items   []*node
	written string // a scalar as it stands in the file
	value   string // a scalar with its secrets filled in
	secret  bool   // value holds a secret
	broken  bool   // its secret cannot be had, which was said already
}

type entry struct {
	key   string
	at    place
	value *node
}

// find gives the value of a key, or nil.
func (n *node) find(key string) *node {
	for _, e := range n.entries {
		if e.key == key {
			return e.value
		}
	}
	return nil
}

// empty says whether the node says nothing: null, "" or without members.
func (n *node) empty() bool {
	switch n.shape {
	case null:
		return true
	case mapping:
		return len(n.entries) == 0
	case sequence:
		return len(n.items) == 0
	}
	return n.shape == text && n.value == ""
}

// Limits of a file.
const (
	maxFile  = 1 << 20
	maxLine  = 4_000
	maxDepth = 20

	maxBlank  = 100
	maxIndent = 200
	maxKeys   = 2_000
)

// parse reads YAML into nodes. Faults are those of the file's form: with any
// of them there may be no root.
func parse(file, source string) (*node, Faults) {
	grower := &grower{file: file}
	source, ok := grower.plain(source)
	if !ok {
		return nil, grower.faults
	}
	tokens, parsed, err := understand(source)
	if !grower.allowed(tokens) {
		return nil, grower.faults
	}
	if err != nil {
		grower.syntax(err)
		return nil, grower.faults
	}
	var documents []*ast.DocumentNode
	for _, document := range parsed.Docs {
		if document.Body != nil {
			documents = append(documents, document)
		}
	}
	if len(documents) == 0 {
		grower.fault(place{1, 1}, "", "the file says nothing: it needs at least version, page.name and page.url")
		return nil, grower.faults
	}
	if len(documents) > 1 {
		grower.fault(placeOf(documents[1].Start), "", "a second document begins here: a configuration is one document, without ---")
		return nil, grower.faults
	}
	root := grower.grow(documents[0].Body, "", 0)
	if root.shape != mapping {
		grower.fault(root.at, "", "the file has to be a mapping of keys such as version, page and components")
		return nil, grower.faults
	}
	return root, grower.faults
}

// understand runs the YAML library. It works on whatever the file holds, so
// its panics become an error instead of ours.
func understand(source string) (tokens token.Tokens, file *ast.File, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("the file cannot be understood as YAML (%v)", reason)
		}
	}()
	tokens = lexer.Tokenize(source)
	if tooDeep(tokens) != nil || tooMany(tokens) != nil {
		return tokens, nil, errors.New("too deep or too many") // said by allowed
	}
	file, err = parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	return tokens, file, err
}

type grower struct {
	file   string
	faults Faults
}

func (g *grower) fault(at place, path, format string, args ...any) {
	g.faults = append(g.faults, Fault{g.file, at.line, at.column, path, fmt.Sprintf(format, args...)})
}

// syntax tells what the YAML library said, with its place.
func (g *grower) syntax(err error) {
	at, message := place{1, 1}, err.Error()
	if fault, ok := errors.AsType[yaml.Error](err); ok {
		message = fault.GetMessage()
		if fault.GetToken() != nil {
			at = placeOf(fault.GetToken())
		}
	}
	first, _, _ := strings.Cut(message, "\n")
	for _, hint := range hints {
		if strings.Contains(first, hint.says) {
			first += ": " + hint.right
			break
		}
	}
	g.fault(at, "", "this is not YAML: %s", first)
}

// hints add to what the YAML library says what would be right; the first that
// fits counts.
var hints = []struct{ says, right string }{
	{"mapping value is not allowed", "a text with a colon goes into quotes"},
	{"reserved character", "write the text in quotes"},
	{"not allowed in this context", "the indentation may be wrong, or a text with special characters lacks its quotes"},
	{"must be specified", "a bracket may lack its end, or a text with special characters its quotes"},
	{"could not find end character", "the quote that begins here is never closed"},
	{"non-map value is specified", "a key lacks its colon, or the indentation is wrong"},
	{"could not find flow map", "a bracket may lack its end"},
	{"sequence end token ']' not found", "a bracket lacks its end"},
}

func placeOf(t *token.Token) place {
	if t == nil || t.Position == nil {
		return place{1, 1}
	}
	return place{max(t.Position.Line, 1), max(t.Position.Column, 1)}
}
