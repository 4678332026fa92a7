package email

import (
	"context"
	"net"
	"strconv"
	"strings"
	"time"

	"daymark/notify"
)

// patience is the least wait after a refusal for now: a server that greylists
// wants to see us again, and not at once.
const patience = time.Minute

// unreachable is the class of a connection that could not be set up. Whatever
// the server said then, it did not say it of the message.
func (c *Channel) unreachable(ctx context.Context, err error) notify.Sent {
	if ctx.Err() != nil {
		return unbegun(ctx.Err())
	}
	server := net.JoinHostPort(c.opts.Email.SMTP.Host, strconv.Itoa(c.opts.Email.SMTP.Port))
	return notify.Sent{Class: notify.NotNow, Remote: true, Reason: "the mail server " + server + " cannot be used: " + notify.Brief(err.Error())}
}

func unbegun(err error) notify.Sent {
	return notify.Sent{Class: notify.NotNow, Reason: "it was not begun: " + err.Error()}
}

// classify says what is certain after transmit.
func classify(l *letter, answer string, f *failure) notify.Sent {
	if f == nil {
		return notify.Sent{Class: notify.Taken, Provider: notify.Brief(answer)}
	}
	// Servers repeat the address; what staff read of a failure goes without.
	sent := notify.Sent{Class: notify.NotNow, Reason: notify.Brief(strings.ReplaceAll(f.Error(), l.to, "…"))}
	switch {
	case f.stage == end && f.code < 400:
		// The final dot went out, or at least may have: no answer says whether
		// the server took the message.
		sent.Class, sent.Remote = notify.Unclear, true
		sent.Reason = "the connection was lost after the message and before its answer: " + sent.Reason
	case f.code < 400, f.code == 421, ours(f.code):
		sent.Remote = true
	case f.code >= 500:
		sent.Class = notify.Refused
	default:
		sent.RetryAfter = patience
	}
	return sent
}

// ours says whether a refusal is of our credentials or our encryption, which
// staff can mend, and not of the message.
func ours(code int) bool { return code == 530 || code == 534 || code == 535 || code == 538 }

// stale says whether a connection that had waited was found dead or leaving
// before it heard anything of the message.
func stale(f *failure) bool {
	return f != nil && f.stage <= sender && (f.code == 0 || f.code == 421)
}
