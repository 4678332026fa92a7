package config

import (
	"encoding/base64"
	"encoding/pem"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"daymark/support"
)

// webAddress wants an absolute address with one of the schemes.
func webAddress(schemes ...string) func(string) string {
	return func(value string) string {
		address, err := url.Parse(value)
		switch {
		case err != nil || strings.ContainsAny(value, " \n"):
			return " "
		case !slices.Contains(schemes, address.Scheme):
			return "it begins with " + strings.Join(schemes, ":// or ") + "://"
		case address.Hostname() == "" || !isHost(address.Hostname()):
			return "it names no host"
		case address.Port() != "" && !isPort(address.Port()):
			return "its port is not from 1 to 65535"
		}
		return ""
	}
}

// badPageAddress wants an address that links can be appended to.
func badPageAddress(value string) string {
	if why := webAddress("http", "https")(value); why != "" {
		return why
	}
	if address, _ := url.Parse(value); address.RawQuery != "" || address.Fragment != "" || address.User != nil {
		return "it has no user, ? or #"
	}
	return ""
}

func isOrigin(value string) bool {
	address, err := url.Parse(value)
	return webAddress("http", "https")(value) == "" && err == nil &&
		strings.Trim(address.Path, "/") == "" && address.RawQuery == "" && address.Fragment == ""
}

func isContact(value string) bool {
	return isEmail(value) || webAddress("http", "https")(value) == ""
}

func isWebhookSecret(value string) bool {
	text, ok := strings.CutPrefix(value, "whsec_")
	key, err := base64.StdEncoding.DecodeString(text)
	return ok && err == nil && len(key) >= 24 && len(key) <= 64
}

func isEmail(value string) bool {
	address, err := mail.ParseAddress(value)
	return err == nil && address.Name == "" && address.Address == value && !strings.ContainsAny(value, " \"\r\n")
}

func isSender(value string) bool {
	_, err := mail.ParseAddress(value)
	return err == nil && !strings.ContainsAny(value, "\r\n")
}

func isZone(value string) bool {
	if value == "Local" || value == "" {
		return false
	}
	_, err := time.LoadLocation(value)
	return err == nil
}

func isDate(value string) bool {
	_, err := support.ParseDate(value, time.UTC)
	return err == nil
}

func isMoment(value string) bool {
	_, err := support.ParseMoment(value, time.UTC)
	return err == nil
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\.?$`)

// isHost wants a name or an address. Names in other scripts are written in
// their xn-- form.
func isHost(value string) bool {
	if _, err := netip.ParseAddr(value); err == nil {
		return true
	}
	return len(value) <= 254 && hostName.MatchString(value)
}

func isPort(value string) bool {
	port, err := strconv.Atoi(value)
	return err == nil && port >= 1 && port <= 65535
}

func isHostPort(value string) bool {
	host, port, err := net.SplitHostPort(value)
	return err == nil && isHost(host) && isPort(port)
}

// isListen also takes an empty host, for all addresses, and port 0, for one
// that is free.
func isListen(value string) bool {
	host, port, err := net.SplitHostPort(value)
	return err == nil && (host == "" || isHost(host)) && (port == "0" || isPort(port))
}

func isNetwork(value string) bool {
	_, err := netip.ParsePrefix(value)
	return err == nil
}

// whyNoProxy says why a value names no proxy that may be trusted.
func whyNoProxy(value string) string {
	if _, err := netip.ParseAddr(value); err == nil {
		return ""
	}
	network, err := netip.ParsePrefix(value)
	switch {
	case err != nil:
		return " "
	case network.Bits() == 0:
		return "it is every address, and anybody could say who they are; name your own proxies"
	}
	return ""
}

func isPrivateKey(value string) bool {
	block, _ := pem.Decode([]byte(value))
	return block != nil && strings.HasSuffix(block.Type, "PRIVATE KEY")
}

// isLoopback says whether a host is this machine.
func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// badRule tells what is wrong with an RFC 5545 rule: its parts and their
// names; what they add up to is left to the calendar.
func badRule(value string) string {
	parts := []string{
		"FREQ", "UNTIL", "COUNT", "INTERVAL", "BYMINUTE", "BYHOUR", "BYDAY",
		"BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH", "BYSETPOS", "WKST",
	}
	frequencies := []string{"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
	seen := map[string]string{}
	for part := range strings.SplitSeq(value, ";") {
		name, is, found := strings.Cut(part, "=")
		if !found || is == "" || !slices.Contains(parts, name) {
			return strconv.Quote(part) + " is no part of a rule"
		}
		if _, twice := seen[name]; twice {
			return name + " stands twice"
		}
		seen[name] = is
	}
	if !slices.Contains(frequencies, seen["FREQ"]) {
		return "FREQ is one of " + strings.Join(frequencies, ", ")
	}
	return ""
}
