package arch_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"daymark/internal/arch"
)

// rule is one depguard rule, as far as the table decides it.
type rule struct {
	Files []string `yaml:"files"`
	Mode  string   `yaml:"list-mode"`
	Allow []string `yaml:"allow"`
	Deny  []struct {
		Package string `yaml:"pkg"`
	} `yaml:"deny"`
}

// TestLinterHoldsTheTable compares the linter's copy of the table with the
// table, so that an arrow added to one is missed in the other.
func TestLinterHoldsTheTable(t *testing.T) {
	source, err := os.ReadFile(filepath.Join(root(t), ".golangci.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Linters struct {
			Settings struct {
				Depguard struct {
					Rules map[string]rule `yaml:"rules"`
				} `yaml:"depguard"`
			} `yaml:"settings"`
		} `yaml:"linters"`
	}
	if err := yaml.Unmarshal(source, &document); err != nil {
		t.Fatal(err)
	}
	rules := document.Linters.Settings.Depguard.Rules
	for _, room := range arch.Rooms() {
		allowed, open := opened(room)
		if open {
			continue // nothing to forbid
		}
		name := strings.ReplaceAll(strings.TrimSuffix(room.Path, "/*"), "/", "-")
		t.Run(name, func(t *testing.T) {
			got, ok := rules[name]
			if !ok {
				t.Fatal("no depguard rule of this name in .golangci.yml")
			}
			if want := []string{"${base-path}/" + room.Path + "/*.go", "!$test"}; !slices.Equal(got.Files, want) {
				t.Errorf("files = %q, want %q", got.Files, want)
			}
			if got.Mode != "lax" {
				t.Errorf("list-mode = %q, want lax", got.Mode)
			}
			// Depguard looks at the nearest prefix only: a second, longer one
			// would hide the first.
			if len(got.Deny) != 1 || got.Deny[0].Package != arch.Module+"/" {
				t.Errorf("deny = %v, want the module alone", got.Deny)
			}
			slices.Sort(got.Allow)
			if want := slices.Sorted(maps.Keys(allowed)); !slices.Equal(got.Allow, want) {
				t.Errorf("allow = %q\nwant %q", got.Allow, want)
			}
		})
	}
}

// opened returns what a room may import in depguard's words, and whether that
// is everything.
func opened(room arch.Room) (allowed map[string]bool, everything bool) {
	allowed = map[string]bool{arch.Module + "/internal/": true}
	for _, other := range arch.Rooms() {
		if other.Path == "internal/*" || !arch.Allows(room, other) {
			continue
		}
		allowed[arch.Module+"/"+other.Path+"$"] = true
	}
	return allowed, room.MayAllBelow && len(room.Except) == 0
}
