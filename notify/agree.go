package notify

import (
	"strconv"
	"strings"
)

// AskRef names an ask to agree to a proposal.
type AskRef struct {
	Incident string `json:"incident"`
	Proposal int    `json:"proposal"`
	Number   int    `json:"number"`
}

// agreeing is the kind of the link by which somebody agrees to a proposal. It
// follows from the server's key and is kept nowhere.
const agreeing = 'a'

// AgreeToken gives the token of the link of an ask.
func AgreeToken(key []byte, a AskRef) string {
	return token(key, agreeing, a.Incident+"."+strconv.Itoa(a.Proposal)+"."+strconv.Itoa(a.Number), 0)
}

// AskOfToken gives the ask that a token is of; false where it is none of ours.
// Whether it is still good is the incident's to say.
func AskOfToken(key []byte, text string) (AskRef, bool) {
	if len(text) < 3 || len(text) > 150 || text[0] != agreeing {
		return AskRef{}, false
	}
	name, _, _ := strings.Cut(text[1:], "-")
	parts := strings.Split(name, ".")
	if len(parts) != 3 {
		return AskRef{}, false
	}
	proposal, wrong := strconv.Atoi(parts[1])
	number, wrongToo := strconv.Atoi(parts[2])
	a := AskRef{parts[0], proposal, number}
	return a, wrong == nil && wrongToo == nil && same(text, AgreeToken(key, a))
}
