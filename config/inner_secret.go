package config

import (
	"regexp"
	"strings"
)

// Names of what lets somebody in, in headers, in queries and forms, and in JSON.
// They are matched as words, so that "monkey" and "sort_key" are none.
var (
	letsIn = `(?:[a-z0-9]+[-_.])*(?:pass|password|passwd|pwd|passphrase|secret|token|credential|credentials|signature|sig|auth|authorization|authentication|session|sessionid|cookie|apikey|otp|pin)` +
		`|(?:[a-z0-9]+[-_.])*(?:api|access|auth|app|client|private|shared|subscription|shop|master|admin|service)[-_.]?key(?:[-_.]id)?|key|code`
	inHeader = regexp.MustCompile(`(?i)^(?:x[-_])*(?:` + letsIn + `|(?:[a-z0-9]+[-_.])*(?:key|auth)(?:[-_.][a-z0-9]+)*)$`)
	inQuery  = regexp.MustCompile(`(?i)((?:^|[?&;])(?:` + letsIn + `)=)([^&;#\s]+)`)
	inJSON   = regexp.MustCompile(`(?i)("(?:` + letsIn + `|[a-z]*(?:[pP]assword|[sS]ecret|[tT]oken|ApiKey|APIKey))"\s*:\s*)("(?:[^"\\]|\\.)+")`)
)

// LetsIn says whether the value of a header with this name lets somebody in.
func LetsIn(header string) bool { return looksSecret(header) || inHeader.MatchString(header) }

// HideInner hides what lets somebody in within an address, a form or JSON.
// References and values that are filled in stay.
func HideInner(value string) string {
	hide := func(pattern *regexp.Regexp, mark string) {
		value = pattern.ReplaceAllStringFunc(value, func(found string) string {
			parts := pattern.FindStringSubmatch(found)
			if kept := strings.Trim(parts[2], `"`); reference.MatchString(kept) || placeholder.MatchString(kept) {
				return found
			}
			return parts[1] + mark
		})
	}
	hide(inQuery, Hidden)
	hide(inJSON, `"`+Hidden+`"`)
	return value
}
