package browser

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"daymark/checker"
)

// fault ends a run: what it came to, and why.
type fault struct {
	outcome checker.Outcome
	reason  string
	crash   bool // the page's process crashed
}

func (f *fault) Error() string { return f.reason }

func failed(format string, args ...any) *fault {
	return &fault{outcome: checker.Failed, reason: fmt.Sprintf(format, args...)}
}

func unknown(format string, args ...any) *fault {
	return &fault{outcome: checker.Unknown, reason: fmt.Sprintf(format, args...)}
}

// title names a step for timings and reasons. What is filled in is not told.
func title(step *checker.BrowserStep, hide veil) string {
	switch {
	case step.Open != "":
		return "open " + hide.address(step.Open)
	case step.Fill != nil:
		return "fill " + step.Fill.Field
	case step.Click != "":
		return "click " + step.Click
	case step.Press != "":
		return "press " + step.Press
	case step.Select != nil:
		return "select in " + step.Select.Field
	case step.Upload != nil:
		return "upload in " + step.Upload.Field
	case step.Hover != "":
		return "hover " + step.Hover
	case step.Wait != 0:
		return "wait " + step.Wait.String()
	case step.See != "":
		return "see " + step.See
	case step.NotSee != "":
		return "not_see " + step.NotSee
	case step.Expect != nil:
		return "expect " + clip(step.Expect.Script, 80)
	}
	return "screenshot " + step.Screenshot
}

// wantedBy is the name that a step looks for; empty when it looks for none.
func wantedBy(step *checker.BrowserStep) string {
	wanted := step.Click + step.Hover + step.See + step.NotSee
	for _, field := range []*checker.Fill{step.Fill, step.Select, step.Upload} {
		if field != nil {
			wanted = field.Field
		}
	}
	if strings.HasPrefix(wanted, "css=") {
		return ""
	}
	return wanted
}

// withoutUser takes a password out of an address.
func withoutUser(address string) string {
	parsed, err := url.Parse(address)
	if err != nil || parsed.User == nil {
		return address
	}
	parsed.User = nil
	return parsed.String()
}

// within tells how long was waited, as people say it.
func within(waited time.Duration) string {
	if waited < 9950*time.Millisecond {
		return fmt.Sprintf("within %.1f s", waited.Seconds())
	}
	return fmt.Sprintf("within %.0f s", waited.Seconds())
}

func clip(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}

// hostPort gives host:port as the proxy sees it.
func hostPort(address string) string {
	origin, err := originOf(address)
	if err != nil {
		return ""
	}
	parsed, err := url.Parse(origin)
	if err != nil {
		return ""
	}
	return net.JoinHostPort(parsed.Hostname(), parsed.Port())
}

// unreachable says why a page could not be loaded: whose fault it is, and in
// what words. cause is what the proxy saw, code is Chromium's name for it.
func unreachable(address, code string, cause error) *fault {
	address = clip(withoutUser(address), 200)
	var guarded *refused
	var name *net.DNSError
	switch {
	case errors.As(cause, &guarded):
		return unknown("%s was not tried: %v", address, guarded)
	case errors.Is(cause, syscall.EMFILE), errors.Is(cause, syscall.ENFILE):
		return unknown("%s was not tried: this agent has too many files open", address)
	case checker.OwnFault(cause):
		return unknown("%s was not tried: the agent could not reach it: %v", address, cause)
	case errors.As(cause, &name) && name.IsNotFound:
		return failed("%s: no such host: %s", address, name.Name)
	case errors.As(cause, &name) && name.IsTimeout:
		return unknown("%s was not tried: the agent's name server did not answer", address)
	case errors.As(cause, &name): // by the one rule for what a resolver says
		if outcome, _, _ := checker.ExplainDial(cause, address); outcome != checker.Failed {
			return unknown("%s was not tried: the agent's name server could not be asked for %s", address, name.Name)
		}
		return failed("%s: %v", address, cause)
	case errors.Is(cause, syscall.ECONNREFUSED):
		return failed("%s: connection refused", address)
	case checker.NoRoute(cause):
		return failed("%s: no route to the host", address)
	case cause != nil:
		return failed("%s: %v", address, cause)
	}
	code = strings.TrimPrefix(code, "net::")
	switch code { // what this machine has, not the target
	case "ERR_NETWORK_CHANGED", "ERR_INTERNET_DISCONNECTED":
		return unknown("%s was not loaded: the agent's network changed or is gone (%s)", address, code)
	case "ERR_PROXY_CONNECTION_FAILED", "ERR_SOCKS_CONNECTION_FAILED", "ERR_INSUFFICIENT_RESOURCES", "ERR_OUT_OF_MEMORY":
		return unknown("%s was not loaded: Chromium could not reach out from this agent (%s)", address, code)
	}
	if words := map[string]string{
		"ERR_ADDRESS_UNREACHABLE":         "no route to the host",
		"ERR_EMPTY_RESPONSE":              "the connection was closed without an answer",
		"ERR_CONNECTION_RESET":            "the connection was reset",
		"ERR_CONNECTION_CLOSED":           "the connection was closed",
		"ERR_TOO_MANY_REDIRECTS":          "it redirects for ever",
		"ERR_CERT_DATE_INVALID":           "its certificate has expired or is not valid yet",
		"ERR_CERT_COMMON_NAME_INVALID":    "its certificate is for another host",
		"ERR_CERT_AUTHORITY_INVALID":      "its certificate is from an unknown authority",
		"ERR_SSL_PROTOCOL_ERROR":          "TLS failed",
		"ERR_INVALID_HTTP_RESPONSE":       "the answer is not HTTP",
		"ERR_INCOMPLETE_CHUNKED_ENCODING": "the answer broke off",
		"ERR_ABORTED":                     "the page was not loaded: the answer is a download or empty",
	}[code]; words != "" {
		return failed("%s: %s (%s)", address, words, code)
	}
	return failed("%s: %s", address, code)
}
