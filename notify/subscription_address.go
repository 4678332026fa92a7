package notify

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// maxHook is the longest address of a webhook or a chat.
const maxHook = 1000

// workflows are the domains below which the workflows of Teams are.
var workflows = []string{".logic.azure.com", ".powerplatform.com", ".webhook.office.com", ".logic.azure.us", ".azure-apihub.net"}

// ParseAddress reads the address of a channel as it is kept: one address is
// written in one way. The error says what is wrong, for the person who typed
// it.
func ParseAddress(channel, text string, countries []string) (string, error) {
	text = strings.TrimSpace(text)
	switch channel {
	case "email":
		address, err := ParseEmail(text)
		if err == nil && !strings.Contains(address[strings.LastIndexByte(address, '@')+1:], ".") {
			err = errors.New("needs a dot in the part after @, as in sam@mail.example")
		}
		return NormalAddress(channel, address), err
	case "sms":
		return ParsePhone(strings.NewReplacer(" ", "", "-", "", "(", "", ")", "").Replace(text), countries)
	case "webhook", "slack", "teams", "discord":
		return parseHook(channel, text)
	}
	return "", fmt.Errorf("%q is no channel", shown(channel))
}

func parseHook(channel, text string) (string, error) {
	if text == "" {
		return "", errors.New("is missing")
	}
	u, err := url.Parse(text)
	switch {
	case len(text) > maxHook:
		return "", fmt.Errorf("is longer than %d characters", maxHook)
	case err != nil || u.Scheme != "https" || u.Hostname() == "" || strings.ContainsFunc(text, func(r rune) bool { return r > '~' || r <= ' ' }):
		return "", fmt.Errorf("%q is no address that begins with https://", shown(text))
	case u.User != nil || u.Fragment != "":
		return "", errors.New("may hold neither a user's name nor a #")
	}
	u.Host = strings.ToLower(u.Host)
	if !gives(channel, u.Hostname()) {
		return "", fmt.Errorf("%q is no address that %s gives out for a channel", shown(u.Hostname()), chatNames[channel])
	}
	return u.String(), nil
}

var chatNames = map[string]string{"slack": "Slack", "teams": "Teams", "discord": "Discord"}

// gives says whether addresses of a channel can be at a host.
func gives(channel, host string) bool {
	switch channel {
	case "webhook":
		return true
	case "teams":
		return slices.ContainsFunc(workflows, func(domain string) bool { return strings.HasSuffix(host, domain) })
	}
	return ServiceHost(channel, host)
}

// NormalAddress writes an address in the one way in which it is kept and
// looked up.
func NormalAddress(channel, address string) string {
	if channel == "email" {
		return strings.ToLower(address)
	}
	return address
}

// destination is what an address leads to, for limits: mail to sam+anything
// comes to sam.
func destination(channel, address string) string {
	if channel == "email" {
		if at := strings.LastIndexByte(address, '@'); at > 0 {
			local, _, _ := strings.Cut(address[:at], "+")
			return local + address[at:]
		}
	}
	return address
}

// NetworkOf names the network of an address with or without a port: the /24
// of IPv4, the /64 of IPv6, because one asker has as many addresses as that.
func NetworkOf(remote string) string {
	address, err := netip.ParseAddr(remote)
	if err != nil {
		withPort, err := netip.ParseAddrPort(remote)
		if err != nil {
			return "unknown"
		}
		address = withPort.Addr()
	}
	address = address.Unmap().WithZone("")
	bits := 64
	if address.Is4() {
		bits = 24
	}
	prefix, err := address.Prefix(bits)
	if err != nil {
		return "unknown"
	}
	return prefix.String()
}

// ShownAddress is an address as whoever has a link of its subscription may see
// it. That of a webhook or a chat is a secret by which anybody can post there,
// and all who read there have the link.
func ShownAddress(channel, address string) string {
	if channel == "email" || channel == "sms" {
		return address
	}
	return MaskAddress(address)
}
