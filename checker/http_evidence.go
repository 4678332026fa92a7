package checker

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"daymark/internal/expression"
	"daymark/internal/redact"
)

// Parts of a body that are kept to look at, in bytes: a run that was well is
// kept for comparison alone.
const (
	maxEvidenceOK     = 4_000
	maxEvidenceFailed = 64_000
	maxEvidenceSteps  = 500_000 // of all steps together
)

// secretHeaders hold what would let a reader in.
var secretHeaders = []string{"Authorization", "Cookie", "Proxy-Authorization", "Set-Cookie"}

// secretWords are parts of the names of headers that check authors use for
// secrets.
var secretWords = []string{"auth", "cookie", "token", "key", "secret", "password", "session", "credential"}

// evidenceOf writes a request and its answer as text: first lines, headers and
// the first part of the answer's body, without secrets. The request is the
// last one, where there were redirects. What is cut ends with …, by which
// those who take out secrets, here and later, know of the cut; whole tells
// that the body itself is not.
func evidenceOf(response *http.Response, body []byte, whole bool, most int, hidden redact.Redactor) []byte {
	kept := body[:min(len(body), most)]
	if len(kept) < len(body) || !whole {
		kept = wholeLetters(kept)
	}
	var text bytes.Buffer
	text.Grow(len(kept) + 1_000) // most headers find room
	request := response.Request
	text.WriteString(request.Method)
	text.WriteByte(' ')
	text.WriteString(withoutValues(request.URL))
	text.WriteByte('\n')
	if request.Host != "" && request.Host != request.URL.Host {
		text.WriteString("Host: " + request.Host + "\n")
	}
	headersOf(&text, request.Header)
	if request.ContentLength > 0 {
		text.WriteString("\n[a body of " + expression.FormatSize(request.ContentLength) + "]\n")
	}
	status := response.Status
	if status == "" {
		status = strconv.Itoa(response.StatusCode)
	}
	text.WriteString("\n" + response.Proto + " " + status + "\n")
	headersOf(&text, response.Header)
	text.WriteString("\n")
	if utf8.Valid(kept) {
		text.Write(kept)
	} else {
		text.Write(bytes.ToValidUTF8(kept, []byte("\uFFFD")))
	}
	switch {
	case most < len(body):
		fmt.Fprintf(&text, "…\n[%s of %s]\n", expression.FormatSize(int64(most)), expression.FormatSize(int64(len(body))))
	case !whole:
		text.WriteString("…\n")
	}
	if hidden.Empty() {
		return text.Bytes()
	}
	return []byte(hidden.String(text.String()))
}

// wholeLetters leaves out a letter that a cut went through: a secret that ends
// in it would not be known again.
func wholeLetters(text []byte) []byte {
	for back := 1; back <= min(len(text), utf8.UTFMax); back++ {
		if start := len(text) - back; utf8.RuneStart(text[start]) {
			if !utf8.FullRune(text[start:]) {
				return text[:start]
			}
			break
		}
	}
	return text
}

// headersOf writes headers in the order of their names.
func headersOf(text *bytes.Buffer, headers http.Header) {
	names := make([]string, 0, len(headers))
	for name := range headers {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range headers[name] {
			switch {
			case slices.Contains(secretHeaders, name):
				value = redactValue(name, value)
			case secretName(name):
				value = redact.Mark
			case name == "Location":
				if to, err := url.Parse(value); err == nil {
					value = withoutValues(to)
				}
			}
			text.WriteString(name)
			text.WriteString(": ")
			text.WriteString(clip(value, 1_000))
			text.WriteByte('\n')
		}
	}
}

// withoutValues writes an address without the values of its query, which may
// be secret, and without a password.
func withoutValues(address *url.URL) string {
	bare := *address
	if bare.User != nil {
		bare.User = url.User("")
	}
	bare.Fragment, bare.RawFragment = "", ""
	query := bare.RawQuery
	bare.RawQuery = ""
	written := bare.String()
	if query == "" {
		return written
	}
	for i, pair := range strings.Split(query, "&") {
		name, _, valued := strings.Cut(pair, "=")
		if valued {
			name += "="
		} else {
			name = ""
		}
		written += string("?&"[min(i, 1)]) + name + redact.Mark
	}
	return written
}

func secretName(name string) bool {
	lower := strings.ToLower(name)
	return slices.ContainsFunc(secretWords, func(word string) bool { return strings.Contains(lower, word) })
}

// redactValue hides what a header carries and keeps what tells of its kind:
// the name and the attributes of a cookie, the scheme of credentials.
func redactValue(name, value string) string {
	if name == "Set-Cookie" {
		pair, attributes, more := strings.Cut(value, ";")
		cookie, _, _ := strings.Cut(pair, "=")
		if more {
			return cookie + "=" + redact.Mark + ";" + attributes
		}
		return cookie + "=" + redact.Mark
	}
	if scheme, _, ok := strings.Cut(value, " "); ok && name != "Cookie" {
		return scheme + " " + redact.Mark
	}
	return redact.Mark
}

// hidden knows the secrets of the request, which a server may repeat, and
// those that earlier steps saved.
func (x *exchange) hidden() redact.Redactor {
	secrets := slices.Clone(x.secrets)
	if x.request.Bearer != "" {
		secrets = append(secrets, x.request.Bearer)
	}
	if x.request.Basic != nil {
		pair := x.request.Basic.User + ":" + x.request.Basic.Password
		secrets = append(secrets, x.request.Basic.Password, base64.StdEncoding.EncodeToString([]byte(pair)))
	}
	for name, value := range x.request.Headers {
		if secretName(name) {
			_, bare, _ := strings.Cut(value, " ")
			secrets = append(secrets, value, bare)
		}
	}
	return redact.New(secrets...).WithWords(x.words...)
}
