package console

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestReadable(t *testing.T) {
	for page, want := range map[string]string{
		`<title>No</title><h1>A <b>bold</b> claim</h1><p>One</p><p>Two<br>Three`:                               "[{A bold claim One\nTwo\nThree}]",
		`<table><tr><th>Name</th><th>Took</th></tr><tr><td>GET /</td><td>12 ms</td><td> </td></tr></table>`:    "[{ Name · Took\nGET / · 12 ms}]",
		`<dl><div><dt>All steps</dt><dd>1.2 s</dd></div></dl><h2>Next</h2>`:                                    "[{ All steps: 1.2 s} {Next }]",
		`<ul><li>page<ul><li>button</li></ul></li></ul>`:                                                       "[{ page\n\u00a0\u00a0button}]",
		`<li><span>1</span><code>see</code><span>3 ms</span>, well`:                                            "[{ 1 see 3 ms, well}]",
		`<script>alert(1)</script><style>p{}</style><p>Read &lt;script&gt;<img src=x onerror=x alt="A shop">x`: "[{ Read <script> [Picture: A shop] x}]",
		`<script>never ends <p>Text`: "[]",
		``:                           "[]",
		`plain words`:                "[{ plain words}]",
		`</ul></ul><li>a</li></h1>b`: "[{ a\nb}]",
	} {
		if parts, short := readable([]byte(page), 1000); short || fmt.Sprint(parts) != strings.NewReplacer(`\n`, "\n", `\u00a0`, "\u00a0").Replace(want) {
			t.Errorf("%s: %q, want %q", page, fmt.Sprint(parts), want)
		}
	}
	parts, short := readable([]byte(strings.Repeat("<p>words", 1000)), 100)
	if !short || len(parts) != 1 || len(parts[0].Text) > 200 {
		t.Errorf("%t %v", short, parts)
	}
}

// FuzzReadable: whatever a target's page is, what is read of it is text, and no
// more than was asked for.
func FuzzReadable(f *testing.F) {
	f.Add([]byte("<h1>A<ul><li><td><td>\xff<!--<img alt=x"))
	f.Fuzz(func(t *testing.T, page []byte) {
		parts, _ := readable(page, 300)
		size := 0
		for _, part := range parts {
			size += len(part.Heading) + len(part.Text)
			if !utf8.ValidString(part.Heading + part.Text) {
				t.Errorf("%q", part)
			}
		}
		if size > 20*(300+len(page)) {
			t.Errorf("%d bytes of %d", size, len(page))
		}
	})
}

// TestTheRequestsThatTellMost are those that failed, then the slowest, in their
// order.
func TestTheRequestsThatTellMost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rows []exchangeRow
		failed := 0
		for i := range rapid.IntRange(0, 30).Draw(t, "requests") {
			row := exchangeRow{URL: fmt.Sprintf("%03d", i), To: rapid.IntRange(0, waterfallWidth).Draw(t, "took"), Bad: rapid.Bool().Draw(t, "bad")}
			if row.Bad {
				failed++
			}
			rows = append(rows, row)
		}
		most := rapid.IntRange(1, 8).Draw(t, "most")
		some := telling(rows, most)
		if len(some) != min(most, len(rows)) {
			t.Fatalf("%d of %d", len(some), len(rows))
		}
		chosen, bad, slowest := map[string]bool{}, 0, waterfallWidth
		for i, row := range some {
			chosen[row.URL] = true
			if i > 0 && some[i-1].URL >= row.URL {
				t.Fatal("out of order")
			}
			if row.Bad {
				bad++
			} else {
				slowest = min(slowest, row.To)
			}
		}
		if bad != min(failed, most) {
			t.Fatalf("%d of %d that failed", bad, failed)
		}
		for _, row := range rows {
			if !row.Bad && !chosen[row.URL] && bad < most && row.To > slowest {
				t.Fatalf("%s took longer", row.URL)
			}
		}
	})
}
