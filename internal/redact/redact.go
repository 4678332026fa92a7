// Package redact takes secrets out of text that people or files will see.
//
// Use: New with the secret values once, String on each text. Values of fewer
// than four characters are left alone, because hiding them would garble text
// and tell their length besides.
package redact

import (
	"bytes"
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
}

// New makes a Redactor for these values; longer ones win over their parts.
func New(secrets ...string) Redactor {
	secrets = slices.DeleteFunc(slices.Clone(secrets), func(s string) bool { return len(s) < 4 })
	if len(secrets) == 0 {
		return Redactor{}
	}
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, secret := range slices.Compact(secrets) {
		pairs = append(pairs, secret, Mark)
	}
	return Redactor{strings.NewReplacer(pairs...)}
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
		all = append(all, secret, url.QueryEscape(secret), url.PathEscape(secret), escaped, strings.ReplaceAll(escaped, "+", "&#43;"))
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
func (r Redactor) Empty() bool { return r.replacer == nil }

// String gives the text without the secrets.
func (r Redactor) String(text string) string {
	if r.replacer == nil {
		return text
	}
	return r.replacer.Replace(text)
}

// Bytes gives the text without the secrets; where nothing is to be hidden it
// is the text itself, and no copy.
func (r Redactor) Bytes(text []byte) []byte {
	if r.replacer == nil {
		return text
	}
	return []byte(r.replacer.Replace(string(text)))
}
