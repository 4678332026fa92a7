package sms

import (
	"strconv"

	"daymark/notify"
)

// stateOf gives the state that a status of Twilio's means; false for a word
// that says nothing of a message that we sent.
func stateOf(status string) (notify.State, bool) {
	switch status {
	case "accepted", "scheduled", "queued", "sending", "sent":
		return notify.Accepted, true
	case "delivered", "read":
		return notify.Delivered, true
	case "undelivered", "failed", "canceled":
		return notify.Undelivered, true
	}
	return "", false
}

// undelivered says why a message did not arrive, for staff.
func undelivered(status string, code int) string {
	why := map[int]string{
		21610: "opted out: the recipient has sent STOP",
		30001: "Twilio's queue was full",
		30003: "the phone is switched off or out of reach",
		30004: "the recipient blocks messages",
		30005: "the number is not in use",
		30006: "a landline, or a network that cannot be reached",
		30007: "filtered by the network as unwanted",
		30036: "its useful life ended before it was delivered",
	}[code]
	switch {
	case code == 0:
		return "Twilio says " + notify.Brief(status)
	case why == "":
		return "Twilio says " + notify.Brief(status) + ", error " + strconv.Itoa(code)
	}
	return why + " (Twilio's error " + strconv.Itoa(code) + ")"
}
