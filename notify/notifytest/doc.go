// Package notifytest holds strict stand-ins for the two services that carry
// Daymark's messages: Mailbox, an SMTP server, and Twilio, the Messages and
// Calls APIs of 2010-04-01 with their signed callbacks; and Outbox, the
// deliveries in memory. OutboxCases are the behaviours that every outbox has.
//
// Both listen on real sockets and speak the real protocol, refuse what the
// real service refuses with the same codes, and can be told to fail at each
// point where a sender's certainty changes: before acceptance, after it and
// before the answer, slowly, or not at all. Tests use them to prove what
// becomes of a message; the sample shop uses them to show what was sent.
//
// They promise that what they answered as accepted is in Messages (the oldest
// leave when there are more than Keep), that hooks run in the connection's own
// goroutine, and that nothing they started runs after Close has returned. The
// package does not import "testing".
package notifytest

// Drop says whether a stand-in closes the connection instead of answering.
type Drop int

const (
	// DropNone answers.
	DropNone Drop = iota
	// DropBefore closes the connection without accepting anything.
	DropBefore
	// DropAfter accepts the message and closes the connection without saying
	// so: to the sender this looks like DropBefore.
	DropAfter
)

// defaultKeep is how many messages a stand-in keeps.
const defaultKeep = 500
