// Package docs holds what the program itself shows of its documents, so that
// the links in its messages lead to it wherever it runs.
package docs

import _ "embed"

// Operation is operation.md, with its runbooks.
//
//go:embed operation.md
var Operation string
