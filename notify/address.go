package notify

import (
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"daymark/incident"
)

// severities is how people write them; 0 is all.
var severities = map[string]incident.Severity{
	"": 0, "P1": incident.P1, "P2": incident.P2, "P3": incident.P3, "P4": incident.P4,
}

// maxAddress is the longest address that SMTP carries (RFC 5321, 4.5.3.1.3).
const maxAddress = 254

// ParseEmail reads one bare email address, in ASCII: mail servers that take
// anything else are too few to rely on. The error says what is wrong with it.
func ParseEmail(text string) (string, error) {
	if text == "" {
		return "", errors.New("is missing")
	}
	if len(text) > maxAddress {
		return "", fmt.Errorf("is longer than %d characters", maxAddress)
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r > '~' || control(r) }) {
		return "", fmt.Errorf("%q has characters beyond ASCII; write the domain in its xn-- form", shown(text))
	}
	parsed, err := mail.ParseAddress(text)
	if err != nil || parsed.Address != text || strings.ContainsAny(text, `" `) {
		return "", fmt.Errorf("%q is no email address like reader@mail.example", shown(text))
	}
	return text, nil
}

// ParsePhone reads a phone number with its country code and gives it in E.164.
// Only numbers of these countries (ISO 3166-1 alpha-2) pass: text messages to
// others cost money that nobody meant to spend. The error says what is wrong.
func ParsePhone(text string, countries []string) (string, error) {
	if text == "" {
		return "", errors.New("is missing")
	}
	if len(text) > 40 || !strings.HasPrefix(text, "+") {
		return "", fmt.Errorf("%q is no phone number with its country code, like +447700900123", shown(text))
	}
	number, err := phonenumbers.Parse(text, "")
	if err != nil || phonenumbers.IsPossibleNumberWithReason(number) != phonenumbers.IS_POSSIBLE || number.GetExtension() != "" {
		return "", fmt.Errorf("%q is no phone number with its country code, like +447700900123", shown(text))
	}
	// A number that no country gives out, such as those kept for films, counts
	// as one of the code's main country.
	country := phonenumbers.GetRegionCodeForNumber(number)
	if country == "" || country == "ZZ" {
		country = phonenumbers.GetRegionCodeForCountryCode(int(number.GetCountryCode()))
	}
	if !slices.Contains(countries, country) {
		return "", fmt.Errorf("%q is a number of %s, which notify.sms.countries does not allow", shown(text), country)
	}
	return phonenumbers.Format(number, phonenumbers.E164), nil
}
