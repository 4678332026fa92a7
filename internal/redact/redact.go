// Package redact takes secrets out of text that people or files will see.
//
// Use: New with the secret values once, String on each text. Values of fewer
// than four characters are left alone, because hiding them would garble text
// and tell their length besides. What a text was cut to ends with …: the
// beginning of a secret right before it, of four characters or more, is hidden
// as well, so that no cut through a secret shows a part of it.
package redact

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"slices"
	"strings"
)

// Mark stands where a secret was.
const Mark = "[redacted]"

// Redactor replaces known secrets. The zero value replaces nothing; it is
// safe for concurrent use.
type Redactor struct {
	replacer *strings.Replacer
	secrets  []string // those that replacer knows, without repetition
	words    []string
}

// shortest is how long a secret is at least, in bytes.
const shortest = 4

// New makes a Redactor for these values; longer ones win over their parts.
func New(secrets ...string) Redactor {
	secrets = slices.DeleteFunc(slices.Clone(secrets), func(s string) bool { return len(s) < shortest })
	if len(secrets) == 0 {
		return Redactor{}
	}
	slices.SortFunc(secrets, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	secrets = slices.Compact(secrets)
	var pairs []string
	for _, secret := range secrets {
		pairs = append(pairs, secret, Mark)
	}
	return Redactor{replacer: strings.NewReplacer(pairs...), secrets: secrets}
}

// WithWords gives a Redactor that hides short values as well where they stand
// alone: within a longer word or number they are something else.
func (r Redactor) WithWords(values ...string) Redactor {
	r.words = slices.Concat(r.words, slices.DeleteFunc(slices.Clone(values), func(s string) bool { return len(s) < shortest }))
	return r
}

// Forms gives secrets as they are and as addresses, JSON and HTML would carry
// them.
func Forms(secrets ...string) []string {
	var all []string
	for _, secret := range secrets {
		escaped := html.EscapeString(secret)
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
			all = append(all, encoding.EncodeToString([]byte(secret)))
		}
		query := url.QueryEscape(secret)
		all = append(all, secret, query, strings.ReplaceAll(query, "+", "%20"), url.PathEscape(secret), escaped, strings.ReplaceAll(escaped, "+", "&#43;"))
		for _, escape := range []bool{true, false} {
			var encoded bytes.Buffer
			encoder := json.NewEncoder(&encoded)
			encoder.SetEscapeHTML(escape)
			if encoder.Encode(secret) == nil { // a string can always be encoded
				text := strings.TrimSpace(encoded.String())
				all = append(all, text[1:len(text)-1])
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Empty reports whether there is nothing to replace.
func (r Redactor) Empty() bool { return r.replacer == nil && len(r.words) == 0 }

// String gives the text without the secrets.
func (r Redactor) String(text string) string {
	if r.replacer != nil {
		text = r.replacer.Replace(text)
	}
	if strings.Contains(text, cut) {
		for _, secret := range r.secrets {
			text = hideBeginning(text, secret)
		}
	}
	for _, word := range r.words {
		text = hideWord(text, word)
	}
	return text
}

// Bytes gives the text without the secrets; where nothing is to be hidden it
// is the text itself, and no copy.
func (r Redactor) Bytes(text []byte) []byte {
	if r.Empty() {
		return text
	}
	return []byte(r.String(string(text)))
}

// cut ends a text that was made shorter.
const cut = "…"

// hideBeginning hides a part of a secret that a cut left over.
func hideBeginning(text, secret string) string {
	return replaceWhere(text, secret[:shortest], func(at int) int {
		n := shortest
		for n < len(secret) && at+n < len(text) && text[at+n] == secret[n] {
			n++
		}
		if !strings.HasPrefix(text[at+n:], cut) {
			return 0
		}
		return n
	})
}

// hideWord hides a value where no letter or digit stands beside it.
func hideWord(text, word string) string {
	return replaceWhere(text, word, func(at int) int {
		end := at + len(word)
		if at > 0 && wordly(text[at-1]) || end < len(text) && wordly(text[end]) {
			return 0
		}
		return len(word)
	})
}

func wordly(c byte) bool {
	return c == '_' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// replaceWhere puts Mark in place of so many bytes as length tells for each
// place where part stands.
func replaceWhere(text, part string, length func(at int) int) string {
	var out strings.Builder
	done, from := 0, 0
	for {
		at := strings.Index(text[from:], part)
		if at < 0 {
			break
		}
		at += from
		from = at + 1
		if n := length(at); n > 0 {
			out.WriteString(text[done:at])
			out.WriteString(Mark)
			done, from = at+n, at+n
		}
	}
	if done == 0 {
		return text
	}
	out.WriteString(text[done:])
	return out.String()
}
