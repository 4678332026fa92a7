package arch

import (
	"fmt"
	"go/ast"
	"go/token"
)

// banned finds the calls that make a test slow or silently absent: sleeping
// in real time, and skipping. Sleeping inside the function given to
// synctest.Test is how the clock of a bubble moves on, costs no time, and is
// no sleep in this sense.
func banned(fileSet *token.FileSet, tree *ast.File) []string {
	testers := testers(tree)
	var found []string
	var inspect func(bubble bool) func(ast.Node) bool
	inspect = func(bubble bool) func(ast.Node) bool {
		return func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok {
				return true
			}
			owner, method := callee(call)
			line := fileSet.Position(call.Pos()).Line
			switch {
			case owner == "synctest" && method == "Test":
				for _, argument := range call.Args {
					ast.Inspect(argument, inspect(true))
				}
				return false
			case owner == "time" && method == "Sleep" && !bubble:
				found = append(found, fmt.Sprintf("%d: time.Sleep", line))
			case testers[owner] && (method == "Skip" || method == "Skipf" || method == "SkipNow"):
				found = append(found, fmt.Sprintf("%d: %s.%s", line, owner, method))
			}
			return true
		}
	}
	ast.Inspect(tree, inspect(false))
	return found
}

// callee returns the two names of a call such as time.Sleep(…).
func callee(call *ast.CallExpr) (owner, method string) {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return "", ""
	}
	if name, ok := selector.X.(*ast.Ident); ok {
		return name.Name, selector.Sel.Name
	}
	return "", ""
}

// testers returns the names under which the file's functions take a
// *testing.T, B or F, or a testing.TB.
func testers(tree *ast.File) map[string]bool {
	names := map[string]bool{}
	ast.Inspect(tree, func(node ast.Node) bool {
		function, ok := node.(*ast.FuncType)
		if !ok {
			return true
		}
		for _, parameter := range function.Params.List {
			kind := parameter.Type
			if pointer, ok := kind.(*ast.StarExpr); ok {
				kind = pointer.X
			}
			selector, ok := kind.(*ast.SelectorExpr)
			if !ok {
				continue
			}
			if owner, ok := selector.X.(*ast.Ident); !ok || owner.Name != "testing" {
				continue
			}
			for _, name := range parameter.Names {
				names[name.Name] = true
			}
		}
		return true
	})
	return names
}
