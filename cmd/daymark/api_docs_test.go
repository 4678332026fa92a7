package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"daymark/access"
	"daymark/internal/testkit"
)

// TestTheDocumentedAPIIsThere holds the tables of docs/api.md against those of
// the code.
func TestTheDocumentedAPIIsThere(t *testing.T) {
	testkit.Beside(t)
	text, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := string(text)
	rows := 0
	for _, r := range newTestApp(t).routes() {
		if r.role.Staff() && r.page == nil {
			rows++
			if row := fmt.Sprintf("\n| `%s` | `%s` | ", r.pattern, r.role); !strings.Contains(documented, row) {
				t.Errorf("docs/api.md has no row that begins with %s", strings.TrimSpace(row))
			}
		}
	}
	if n := strings.Count(documented, " /api/v1/"); rows != n {
		t.Errorf("docs/api.md has %d rows, the table %d", n, rows)
	}
	for _, role := range access.StaffRoles() {
		var may []string
		for _, grant := range access.Grants() {
			if grant.Least == role {
				may = append(may, grant.Means)
			}
		}
		row := strings.Join(may, "; ")
		switch {
		case role != access.Reader && len(may) > 0:
			row = "that, and " + row
		case role != access.Reader:
			row = "that"
		}
		if !strings.Contains(documented, fmt.Sprintf("\n| `%s` | %s |\n", role, row)) {
			t.Errorf("docs/api.md does not say that %s may: %s", role, row)
		}
	}
}
