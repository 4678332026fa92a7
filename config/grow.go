package config

import (
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// grow turns what the YAML library made into nodes. Keys that stand twice are
// faults.
func (g *grower) grow(from ast.Node, path string, depth int) *node {
	n := &node{path: path, at: placeOf(from.GetToken())}
	if depth > maxDepth {
		g.fault(n.at, path, "this is nested more than %d deep, which a configuration never is", maxDepth)
		n.shape = null
		return n
	}
	switch f := from.(type) {
	case *ast.MappingNode:
		n.shape = mapping
		g.mapping(n, f.Values, depth)
		if len(n.entries) > 0 && !f.IsFlowStyle {
			n.at = n.entries[0].at
		}
	case *ast.MappingValueNode:
		n.shape = mapping
		g.mapping(n, []*ast.MappingValueNode{f}, depth)
		if len(n.entries) > 0 {
			n.at = n.entries[0].at
		}
	case *ast.SequenceNode:
		n.shape = sequence
		for i, item := range f.Values {
			n.items = append(n.items, g.grow(item, path+"["+strconv.Itoa(i)+"]", depth+1))
		}
	case *ast.LiteralNode:
		n.shape, n.style = text, block
		n.written = f.Value.Value
	case *ast.StringNode:
		n.shape = text
		n.written = f.Value
		switch f.Token.Type {
		case token.SingleQuoteType:
			n.style = single
		case token.DoubleQuoteType:
			n.style = double
		}
	case *ast.NullNode:
		n.shape = null
	case *ast.BoolNode:
		n.shape, n.written = truth, f.Token.Value
	case *ast.IntegerNode:
		n.shape, n.written = whole, f.Token.Value
	case *ast.FloatNode:
		n.shape, n.written = decimal, f.Token.Value
	case *ast.InfinityNode, *ast.NanNode:
		n.shape, n.written = decimal, f.GetToken().Value
	default:
		g.fault(n.at, path, "a value cannot be written so (%s)", strings.ToLower(from.Type().String()))
		n.shape = null
	}
	n.value = n.written
	return n
}

func (g *grower) mapping(n *node, values []*ast.MappingValueNode, depth int) {
	seen := map[string]place{}
	for _, value := range values {
		at := placeOf(value.Key.GetToken())
		key, ok := keyOf(value.Key)
		if !ok {
			g.fault(at, n.path, "a key is a word, not %s", strings.ToLower(value.Key.Type().String()))
			continue
		}
		if first, twice := seen[key]; twice {
			g.fault(at, join(n.path, key), "this key stands twice: it was already given on line %d", first.line)
			continue
		}
		seen[key] = at
		child := g.grow(value.Value, join(n.path, key), depth+1)
		child.keyAt = at
		if child.shape == null {
			child.at = at // an absent value has no place of its own
		}
		n.entries = append(n.entries, entry{key: key, at: at, value: child})
	}
}

// keyOf gives the text of a key. Words such as `on` and numbers are texts as
// keys.
func keyOf(key ast.MapKeyNode) (string, bool) {
	switch k := key.(type) {
	case *ast.StringNode:
		return k.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode:
		return key.GetToken().Value, true
	}
	return "", false
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
