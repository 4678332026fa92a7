package email

import (
	"regexp"
	"slices"
	"strings"
)

// code finds a status code of RFC 3463 in what a server said.
var code = regexp.MustCompile(`(?:^|[^0-9.])([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:$|[^0-9.])`)

// enhanced gives the first status code in a text; empty: there is none.
func enhanced(text string) string {
	if found := code.FindStringSubmatch(text); found != nil {
		return found[1]
	}
	return ""
}

// noAddress lists the codes that say that mail to an address can never arrive.
// Refusals for size, policy or a full mailbox are not among them: those are of
// a message, and ending subscriptions for them would let one filter's mistake
// silence everybody.
var noAddress = []string{
	"5.1.1",   // no such mailbox
	"5.1.2",   // no such domain
	"5.1.3",   // no such form of address
	"5.1.6",   // it moved, and left no address
	"5.1.10",  // the domain takes no mail (RFC 7505)
	"5.2.1",   // the mailbox is switched off
	"5.4.4",   // no route: Postfix for a domain that is not there
	"5.4.310", // Exchange Online for the same
}

// tooLarge lists the codes that say that a message has more bytes than a server
// takes.
var tooLarge = []string{
	"5.2.3", // than the mailbox takes
	"5.3.4", // than the system takes
}

// saysLarge finds words for the same.
var saysLarge = regexp.MustCompile(`(?i)(message|mail|attachment|content|size|data)s? (is |are )?too (large|big|long)|too (large|big) (a )?(message|mail)|too much mail data|size exceeds|exceed(s|ed)? .{0,60}(size|length)`)

// large says whether a server refused for good a message of so many bytes, which
// it may take with fewer.
func (f *failure) large() bool {
	if f == nil || f.code < 500 {
		return false
	}
	return f.code == 552 || f.code == 523 || slices.Contains(tooLarge, enhanced(f.text)) || saysLarge.MatchString(f.text)
}

// saysNobody are words for the same, in small letters, from servers that give
// a code which tells little.
var saysNobody = []string{
	"user unknown", "unknown user", "no such user", "no such mailbox", "no such recipient", "unknown recipient", "recipient unknown",
	"does not exist", "doesn't exist", "mailbox not found", "user not found", "recipient not found", "no mailbox here", "mailbox unavailable",
	"recipient address rejected: access denied", // Exchange Online's directory, with 5.4.1
}

// nobody says whether a permanent refusal of a recipient means that there is
// no such address.
func nobody(status, text string) bool {
	if slices.Contains(noAddress, status) {
		return true
	}
	switch status {
	case "", "5.0.0", "5.1.0", "5.4.1", "5.5.0":
	default:
		return false // it says something else
	}
	text = strings.ToLower(text)
	return slices.ContainsFunc(saysNobody, func(words string) bool { return strings.Contains(text, words) })
}
