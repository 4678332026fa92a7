package browser

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
)

// heard is a node of the accessible tree: what assistive technology tells of an
// element.
type heard struct {
	Role, Name, Value string
	States            []string
	Sought            bool // has the name that the failing step looked for
	Kids              []*heard
	More              int // nodes below that are left out

	up *heard
}

const (
	maxHeard  = 250 // nodes in a report
	maxFrames = 6   // frames of other origins in a report
)

// hear reads the accessible trees of the page and of the frames in it.
func (t *tab) hear(ctx context.Context, wanted string) []*heard {
	var all []*heard
	for i, at := range t.places(ctx) {
		if i > maxFrames {
			break
		}
		got, err := ask(ctx, at.to, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{FrameID: at.frame})
		if err != nil {
			continue // a frame that has just gone
		}
		if tree := treeOf(got.Nodes, wanted); tree != nil {
			if i > 0 {
				tree.Role = "frame"
			}
			all = append(all, tree)
		}
	}
	return all
}

// treeOf makes a tree of Chromium's list, without nodes that say nothing.
func treeOf(nodes []*accessibility.Node, wanted string) *heard {
	by := map[accessibility.NodeID]*accessibility.Node{}
	for _, node := range nodes {
		by[node.NodeID] = node
	}
	if len(nodes) == 0 {
		return nil
	}
	visited := map[accessibility.NodeID]bool{}
	var grow func(node *accessibility.Node, under *heard, depth int)
	grow = func(node *accessibility.Node, under *heard, depth int) {
		if visited[node.NodeID] || depth > 500 {
			return
		}
		visited[node.NodeID] = true
		here := under
		if made := say(node, wanted); made != nil && (made.Role != "text" || made.Name != under.Name) {
			made.up = under
			under.Kids = append(under.Kids, made)
			here = made
		}
		for _, id := range node.ChildIDs {
			if child := by[id]; child != nil {
				grow(child, here, depth+1)
			}
		}
	}
	top := &heard{}
	grow(nodes[0], top, 0)
	if len(top.Kids) == 0 {
		return nil
	}
	root := top.Kids[0]
	root.up = nil
	return root
}

// say makes a node of what Chromium tells of it; nil for one that says nothing.
func say(node *accessibility.Node, wanted string) *heard {
	role, name := plainly(node.Role), plainly(node.Name)
	if node.Ignored || role == "InlineTextBox" || role == "LineBreak" || name == "" && slices.Contains([]string{"", "none", "generic", "StaticText", "paragraph", "Section"}, role) {
		return nil
	}
	switch role {
	case "RootWebArea":
		role = "page"
	case "StaticText":
		role = "text"
	}
	made := &heard{Role: role, Name: clip(name, 200), Value: clip(plainly(node.Value), 100)}
	made.Sought = wanted != "" && strings.Contains(strings.ToLower(name), strings.ToLower(wanted))
	for _, property := range node.Properties {
		switch property.Name {
		case "disabled", "checked", "expanded", "selected", "required", "readonly", "pressed", "busy", "hidden", "modal":
			if value := plainly(property.Value); value != "" && value != "false" {
				state := string(property.Name)
				if value != "true" {
					state += " " + value
				}
				made.States = append(made.States, state)
			}
		case "focused":
			if plainly(property.Value) == "true" && role != "page" {
				made.States = append(made.States, "focused")
			}
		case "invalid":
			if value := plainly(property.Value); value != "" && value != "false" {
				made.States = append(made.States, "invalid")
			}
		}
	}
	return made
}

func plainly(value *accessibility.Value) string {
	if value == nil {
		return ""
	}
	var text any
	if json.Unmarshal(value.Value, &text) != nil || text == nil {
		return ""
	}
	if plain, ok := text.(string); ok {
		return strings.TrimSpace(plain)
	}
	return brief(text)
}

// around keeps the most nodes nearest to what was looked for, or to the root,
// and counts those left out at the nodes above them.
func around(root *heard, most int) *heard {
	start := root
	var all []*heard
	var list func(*heard)
	list = func(node *heard) {
		all = append(all, node)
		for _, kid := range node.Kids {
			list(kid)
		}
	}
	list(root)
	if len(all) <= most {
		return root
	}
	if i := slices.IndexFunc(all, func(node *heard) bool { return node.Sought }); i >= 0 {
		start = all[i]
	}
	kept, queue := map[*heard]bool{start: true}, []*heard{start}
	for len(queue) > 0 && len(kept) < most {
		next := slices.Clone(queue[0].Kids)
		if queue[0].up != nil {
			next = append([]*heard{queue[0].up}, next...)
		}
		queue = queue[1:]
		for _, node := range next {
			if !kept[node] && len(kept) < most {
				kept[node] = true
				queue = append(queue, node)
			}
		}
	}
	for start.up != nil && kept[start.up] {
		start = start.up
	}
	var prune func(*heard) *heard
	prune = func(node *heard) *heard {
		copied := *node
		copied.Kids = nil
		for _, kid := range node.Kids {
			if kept[kid] {
				copied.Kids = append(copied.Kids, prune(kid))
			} else {
				copied.More += kid.size()
			}
		}
		return &copied
	}
	return prune(start)
}

func (h *heard) size() int {
	size := 1
	for _, kid := range h.Kids {
		size += kid.size()
	}
	return size
}

// veiled is the tree without secrets.
func (h *heard) veiled(hide veil) *heard {
	copied := *h
	copied.Name, copied.Value = hide.text(h.Name), hide.text(h.Value)
	copied.Kids = nil
	for _, kid := range h.Kids {
		copied.Kids = append(copied.Kids, kid.veiled(hide))
	}
	return &copied
}
