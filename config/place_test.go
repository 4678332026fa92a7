package config_test

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"daymark/config"
	"daymark/internal/testkit"
)

// TestExpressionFaultsPointIntoTheFile has an unknown name in expressions of
// every style of text; the fault is where the name stands in the file.
func TestExpressionFaultsPointIntoTheFile(t *testing.T) {
	for name, expect := range map[string]string{
		"plain":                       "\n        - status == 200 and WRONG > 1\n",
		"plain on lines":              "\n        - status == 200\n            and status > 1\n            and WRONG > 1\n",
		"plain in brackets":           "[status == 200, WRONG > 1]\n",
		"single quotes":               "['status == 200 and WRONG > 1']\n",
		"doubled single quotes":       "['body == ''a'' and WRONG > 1']\n",
		"single quotes on lines":      "['body == ''a''\n            and\n            WRONG > 1']\n",
		"double quotes":               "[\"status == 200 and WRONG > 1\"]\n",
		"escapes":                     "[\"body == \\\"\\x41\\u00e4\\U0001F600\\\" and WRONG > 1\"]\n",
		"surrogates":                  "[\"body == \\\"\\ud83d\\ude00\\\" and WRONG > 1\"]\n",
		"escaped line end":            "[\"body == 'a' \\\n            and WRONG > 1\"]\n",
		"folded line end":             "[\"body == 'a'\n            and WRONG > 1\"]\n",
		"line end as escape":          "[\"body == 'a'\\n  and WRONG > 1\"]\n",
		"wide characters":             "['body == \"ä€😀\" and WRONG > 1']\n",
		"literal block":               "\n        - |\n          status == 200\n            and WRONG > 1\n",
		"literal block, cut":          "\n        - |-\n\n          status == 200\n\n          and WRONG > 1\n\n",
		"literal block, with indent":  "\n        - |2\n            status == 200\n            and WRONG > 1\n",
		"folded block":                "\n        - >\n          status == 200\n          and\n          WRONG > 1\n",
		"folded block with paragraph": "\n        - >-\n          status == 200\n\n\n          and WRONG > 1\n",
		"block with a comment":        "\n        - | # why\n          status == 200 and WRONG > 1\n",
	} {
		for _, end := range []string{"\n", "\r\n"} {
			t.Run(fmt.Sprintf("%s %q", name, end), func(t *testing.T) {
				source := "version: 1\npage: {name: A, url: https://a.example}\ncomponents:\n  - id: a\n    name: A\n    checks:\n" +
					"    - id: b\n      schedule: '@daily'\n      http: {url: https://a.example}\n      expect: " + expect + "groups: []\n"
				_, err := config.Parse("daymark.yaml", []byte(strings.ReplaceAll(source, "\n", end)), options())
				var faults config.Faults
				if !errors.As(err, &faults) || len(faults) != 1 || !strings.HasPrefix(faults[0].Message, "unknown name WRONG: ") {
					t.Fatalf("told %v", err)
				}
				line := []rune(strings.Split(source, "\n")[faults[0].Line-1])
				if rest := string(line[min(faults[0].Column-1, len(line)):]); !strings.HasPrefix(rest, "WRONG") {
					t.Errorf("placed at %d:%d, where the file has %q", faults[0].Line, faults[0].Column, rest)
				}
			})
		}
	}
}

// TestHostileFilesTakeBoundedTime has large files, at full counts of the largest
// size, in shapes that make parsers slow.
func TestHostileFilesTakeBoundedTime(t *testing.T) {
	size := testkit.Count(1<<18, 1<<20)
	// Far above what it takes, far below what a square would.
	most := time.Duration(testkit.Count(5, 20)) * time.Second
	lines := func(line string) string { return strings.Repeat(line+"\n", size/(len(line)+1)) }
	for name, source := range map[string]string{
		"one line":       strings.Repeat("a", size),
		"too large":      strings.Repeat("a: b\n", 1<<20),
		"brackets":       lines(strings.Repeat("[", 3900)),
		"braces":         lines("{a: " + strings.Repeat("{a: ", 900)),
		"dashes":         lines(strings.Repeat("- ", 1900)),
		"colons":         lines("a: " + strings.Repeat("b: ", 1200)),
		"questions":      lines(strings.Repeat("? ", 1900)),
		"anchors":        lines(strings.Repeat("&a ", 1200)),
		"aliases":        lines("- " + strings.Repeat("*a ", 1200)),
		"tags":           lines(strings.Repeat("!a ", 1200)),
		"quotes":         lines(strings.Repeat(`"a" `, 900)),
		"open quote":     lines(`"` + strings.Repeat("a", 3900)),
		"tabs in quotes": lines(`a: " #` + strings.Repeat("\t", 3900) + `"`),
		"escapes":        `a: "` + lines(strings.Repeat(`\t`, 1900)) + `"`,
		"block":          "a: |\n" + lines("  "+strings.Repeat("x", 60)),
		"empty block":    "a: |\n" + lines("  "),
		"folded":         "a: >\n" + lines("  x"),
		"plain text":     "a: b\n" + lines("  x"),
		"comments":       lines("# " + strings.Repeat("#", 60)),
		"list":           "groups:\n" + lines("- {id: a, name: b}"),
		"short keys":     lines("a: b"),
		"checks":         "components:\n- checks:\n" + lines("  - {id: a, depends_on: [x], http: {url: x}, expect: [a]}"),
		"components":     "components:\n" + lines("- {id: a, name: b, depends_on: [a]}"),
		"secrets":        "page:\n  name: |\n" + lines("    ${env:A} ${x:} ${agent-env:B}"),
		"indentation":    lines(strings.Repeat(" ", 190) + "a:"),
		"documents":      lines("---"),
		"ends":           lines("..."),
		"directives":     lines("%YAML 1.2"),
		"dashes alone":   lines("-----------------------------"),
		"no characters":  lines("\x00"),
		"swaps": "support:\n  people: [{id: a, name: a, may: [lead]}, {id: b, name: b, may: [engineer]}]\n  rotas:\n" +
			"  - id: r\n    handover: daily 09:00\n    starting: 2026-01-12\n    lead: [a]\n    engineer: [b]\n    swaps:\n" +
			lines("    - {role: lead, person: a, from: 2026-12-24T09:00, to: 2027-12-24T09:00}")[:size-1000],
	} {
		t.Run(name, func(t *testing.T) {
			begun := cpu(t)
			_, err := config.Parse("daymark.yaml", []byte(source), options())
			if err == nil {
				t.Error("nothing is wrong with it")
			}
			if took := cpu(t) - begun; took > most {
				t.Errorf("it took %s", took)
			} else if took > time.Second/2 {
				t.Logf("it took %s", took)
			}
		})
	}
}

// cpu is the processor time that this process has used: a busy machine does
// not make it longer.
func cpu(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
