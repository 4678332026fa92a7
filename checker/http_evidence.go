package checker

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"daymark/internal/redact"
)

// maxEvidenceBody bounds the part of a body that is kept to look at.
const maxEvidenceBody = 4_000

// secretHeaders hold what would let a reader in.
var secretHeaders = []string{"Authorization", "Cookie", "Proxy-Authorization", "Set-Cookie"}

// evidenceOf writes an answer as text: status line, headers and the first
// part of the body, without secrets.
func evidenceOf(response *http.Response, body []byte, hidden redact.Redactor) []byte {
	var text bytes.Buffer
	status := response.Status
	if status == "" {
		status = strconv.Itoa(response.StatusCode)
	}
	fmt.Fprintf(&text, "%s %s\n", response.Proto, status)
	names := make([]string, 0, len(response.Header))
	for name := range response.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range response.Header[name] {
			if slices.Contains(secretHeaders, name) {
				value = redactValue(name, value)
			}
			fmt.Fprintf(&text, "%s: %s\n", name, clip(value, 1_000))
		}
	}
	text.WriteString("\n")
	kept := body[:min(len(body), maxEvidenceBody)]
	text.Write(bytes.ToValidUTF8(kept, []byte("\uFFFD")))
	if len(kept) < len(body) {
		fmt.Fprintf(&text, "\n[%s of %s]\n", sizeText(int64(len(kept))), sizeText(int64(len(body))))
	}
	return []byte(hidden.String(text.String()))
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
		secrets = append(secrets, x.request.Basic.Password)
	}
	for name, value := range x.request.Headers {
		lower := strings.ToLower(name)
		for _, word := range []string{"authorization", "cookie", "token", "key", "secret", "password"} {
			if strings.Contains(lower, word) {
				_, bare, _ := strings.Cut(value, " ")
				secrets = append(secrets, value, bare)
				break
			}
		}
	}
	return redact.New(secrets...)
}

// sizeText writes a number of bytes as people say it: 512 B, 12 kB, 1.5 MB.
func sizeText(n int64) string {
	units := []string{"B", "kB", "MB", "GB"}
	size, unit := float64(n), 0
	for size >= 1000 && unit < len(units)-1 {
		size, unit = size/1000, unit+1
	}
	if size < 10 && unit > 0 {
		return strings.TrimSuffix(strconv.FormatFloat(size, 'f', 1, 64), ".0") + " " + units[unit]
	}
	return strconv.FormatFloat(size, 'f', 0, 64) + " " + units[unit]
}
