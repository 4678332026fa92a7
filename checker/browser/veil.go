package browser

import (
	"net/url"
	"strings"

	"daymark/internal/redact"
)

// veil takes out of what a page shows and sends what would let a reader in:
// known secrets wherever they stand, and by their names what headers and
// addresses carry.
type veil struct {
	known func(string) string // takes out configured secrets and typed passwords
}

// text hides known secrets.
func (v veil) text(text string) string { return v.known(text) }

// header hides the value of a header that carries credentials, and what
// addresses in headers carry.
func (v veil) header(name, value string) string {
	lower := strings.ToLower(name)
	switch {
	case lower == "set-cookie":
		pair, attributes, more := strings.Cut(value, ";")
		cookie, _, _ := strings.Cut(pair, "=")
		value = cookie + "=" + redact.Mark
		if more {
			value += ";" + attributes
		}
		return v.text(value)
	case lower == "cookie" || secretName(lower):
		return redact.Mark
	case lower == "referer" || lower == "location" || lower == "origin":
		return v.address(value)
	}
	return v.text(value)
}

// address hides user and password of an address, the values of parameters whose
// names tell of secrets, and tokens that stand in its path.
func (v veil) address(text string) string {
	base, fragment, hasFragment := strings.Cut(withoutUser(text), "#")
	base, query, hasQuery := strings.Cut(base, "?")
	segments := strings.Split(base, "/")
	for i, segment := range segments {
		if strings.HasPrefix(segment, "eyJ") && strings.Count(segment, ".") == 2 {
			segments[i] = redact.Mark // a JSON Web Token
		}
	}
	text = strings.Join(segments, "/")
	if hasQuery {
		text += "?" + v.parameters(query)
	}
	if hasFragment {
		text += "#" + v.parameters(fragment)
	}
	return v.text(text)
}

func (v veil) parameters(query string) string {
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || value == "" {
			continue
		}
		plain, err := url.QueryUnescape(value)
		if err != nil {
			plain = value
		}
		if secretName(strings.ToLower(name)) || v.text(plain) != plain || strings.HasPrefix(plain, "eyJ") {
			pairs[i] = name + "=" + redact.Mark
		}
	}
	return strings.Join(pairs, "&")
}

// secretName tells whether a name in lower case is one that secrets go by.
func secretName(name string) bool {
	for _, word := range []string{"token", "secret", "passw", "authorization", "credential", "signature", "session", "apikey", "api_key", "api-key", "jwt", "csrf", "xsrf", "otp", "assertion"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	switch name {
	case "key", "code", "sig", "sid", "auth", "pwd", "pw", "pin", "state", "nonce", "ticket", "x-amz-credential":
		return true
	}
	return strings.HasSuffix(name, "-key") || strings.HasSuffix(name, "_key")
}

// variants are the forms in which a secret may stand in an address.
func variants(secrets []string) []string {
	var all []string
	for _, secret := range secrets {
		all = append(all, secret, url.QueryEscape(secret), url.PathEscape(secret))
	}
	return all
}
