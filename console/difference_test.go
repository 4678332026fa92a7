package console

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What a difference tells of a text can be put together again: its lines are
// those of the two texts, with their numbers.
func TestADifferenceIsWhole(t *testing.T) {
	words := rapid.SampledFrom([]string{"a", "b", "", "- x", "+ y", "@@ -1 +1 @@", " z", "<script>"})
	rapid.Check(t, func(t *rapid.T) {
		write := func(name string) (string, []string) {
			lines := rapid.SliceOfN(words, 1, 30).Draw(t, name)
			return strings.Join(lines, "\n") + "\n", lines
		}
		from, before := write("from")
		to, now := write("to")
		lines := differenceOf(from, to)
		if (len(lines) == 0) != (from == to) {
			t.Fatalf("%d lines of difference", len(lines))
		}
		for _, line := range lines {
			if line.Kind == "place" {
				continue
			}
			if line.Kind != "added" && before[line.Old-1] != line.Text || line.Kind != "gone" && now[line.New-1] != line.Text {
				t.Fatalf("%+v", line)
			}
		}
	})
}
