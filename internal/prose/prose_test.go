package prose_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"daymark/internal/prose"
)

func TestWhatPeopleWrite(t *testing.T) {
	const a = `<a href="`
	const rel = `" rel="nofollow noopener">`
	tests := []struct{ name, source, html, text string }{
		{"nothing", " \n ", "", ""},
		{"paragraphs", "Cards fail.\r\n\r\nTransfers work.", "<p>Cards fail.</p>\n<p>Transfers work.</p>", "Cards fail.\n\nTransfers work."},
		{"emphasis", "Do **not** pay *twice*.", "<p>Do <strong>not</strong> pay <em>twice</em>.</p>", "Do not pay twice."},
		{"names with underscores", "core_api_v2 and 2*3*4", "<p>core_api_v2 and 2<em>3</em>4</p>", "core_api_v2 and 234"},
		{"a list", "We:\n\n- moved it\n- watch it", "<p>We:</p>\n<ul>\n<li>moved it</li>\n<li>watch it</li>\n</ul>", "We:\n\n- moved it\n- watch it"},
		{"numbers", "3. third\n4. fourth", "<ol start=\"3\">\n<li>third</li>\n<li>fourth</li>\n</ol>", "3. third\n4. fourth"},
		{"a link", "See [our page](https://a.example/x?a=1&b=2).", "<p>See " + a + "https://a.example/x?a=1&amp;b=2" + rel + "our page</a>.</p>", "See our page (https://a.example/x?a=1&b=2)."},
		{"an address", "See https://a.example/x.", "<p>See " + a + "https://a.example/x" + rel + "https://a.example/x</a>.</p>", "See https://a.example/x."},
		{"mail", "Write to <help@a.example>.", "<p>Write to " + a + "mailto:help@a.example" + rel + "help@a.example</a>.</p>", "Write to help@a.example."},
		{"a heading", "# Cause\n\nA disk.", "<p><strong>Cause</strong></p>\n<p>A disk.</p>", "Cause\n\nA disk."},
		{"a heading by a line", "Cause\n-----\nA disk.", "<p><strong>Cause</strong></p>\n<p>A disk.</p>", "Cause\n\nA disk."},
		{"code", "Run `a < b`.\n\n```sh\nls <x>\n```", "<p>Run <code>a &lt; b</code>.</p>\n<pre><code>ls &lt;x&gt;\n</code></pre>", "Run a < b.\n\nls <x>"},
		{"a quote", "> It fell.", "<blockquote>\n<p>It fell.</p>\n</blockquote>", "It fell."},
		{"a picture", "![a graph](https://a.example/x.png)", "<p>a graph</p>", "a graph"},
		{"a tag", "<b>Bold</b> & <script>alert(1)</script>", "<p>&lt;b&gt;Bold&lt;/b&gt; &amp; &lt;script&gt;alert(1)&lt;/script&gt;</p>", "<b>Bold</b> & <script>alert(1)</script>"},
		{"a script in a link", "[x](javascript:alert(1)) [y](data:text/html,x) [z](//a.example) [w](/history)", "<p>x y z w</p>", "x y z w"},
		{"a mark that is none", `\*as it stands\* &lt;b&gt;`, "<p>*as it stands* &lt;b&gt;</p>", "*as it stands* <b>"},
		{"a line across", "One\n\n***\n\nTwo", "<p>One</p>\n<p>Two</p>", "One\n\nTwo"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := string(prose.HTML(test.source)); got != test.html {
				t.Errorf("HTML:\n%s\nwant\n%s", got, test.html)
			}
			if got := prose.Text(test.source); got != test.text {
				t.Errorf("text:\n%s\nwant\n%s", got, test.text)
			}
		})
	}
}

func TestOurOwnWordsAreNotReadAsMarkdown(t *testing.T) {
	if got := prose.Plain("*a* <b>\n\n# c"); got != "<p>*a* &lt;b&gt;</p>\n<p># c</p>" {
		t.Error(got)
	}
}

func TestMarksWithoutEndAreShownAsTheyStand(t *testing.T) {
	for _, mark := range []string{"[", "*a _b ", "`", ">", "- ", "<a ", "![", "1. ", "\\", "[a](", "&#", "\t"} {
		source := strings.Repeat(mark, 10_000/len(mark))
		if got := prose.HTML(source); len(got) > 100*len(source) {
			t.Errorf("%q became %d bytes", mark, len(got))
		}
		_ = prose.Text(source)
	}
}

// FuzzHTML reads what comes out as a browser does, and holds it to what the
// package promises.
func FuzzHTML(f *testing.F) {
	for _, seed := range []string{
		"**a** [b](https://c.example)", "<script>alert(1)</script>", "[x](javascript:alert(1))", "<a href=x onclick=y>", "[x](<java\nscript:alert(1)>)",
		"![x](y \"onerror=alert(1)\")", "# <svg/onload=alert(1)>", "```\"><script>\nx\n```", "[a]: javascript:x\n\n[a]", "<https://a\"onclick=x>", "&#x6a;avascript:x",
		"[x](https://a.example/\" onmouseover=\"x)", "> 1. - `a", "\x00\xff<\u2028", "www.a.example\"><img src=x onerror=y>", "http://a.example/<script>",
	} {
		f.Add(seed)
	}
	attributes := map[string][]string{"a": {"href", "rel"}, "ol": {"start"}}
	f.Fuzz(func(t *testing.T, source string) {
		_ = prose.Text(source)
		for _, out := range []string{string(prose.HTML(source)), string(prose.Plain(source))} {
			tokens := html.NewTokenizer(strings.NewReader(out))
			for kind := tokens.Next(); kind != html.ErrorToken; kind = tokens.Next() {
				token := tokens.Token()
				switch kind {
				case html.TextToken:
					continue
				case html.CommentToken, html.DoctypeToken:
					t.Fatalf("%q holds %q", out, token)
				}
				if !slices.Contains(prose.Elements(), token.Data) {
					t.Fatalf("%q holds the element %s", out, token.Data)
				}
				for _, a := range token.Attr {
					if !slices.Contains(attributes[token.Data], a.Key) {
						t.Fatalf("%q holds the attribute %s", out, a.Key)
					}
					if a.Key == "href" && !slices.ContainsFunc([]string{"http://", "https://", "mailto:"}, func(s string) bool { return strings.HasPrefix(strings.ToLower(a.Val), s) }) {
						t.Fatalf("%q leads to %q", out, a.Val)
					}
				}
			}
		}
	})
}
