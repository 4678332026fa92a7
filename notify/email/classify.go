package email

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"daymark/notify"
)

// unreachable is the class of a connection that could not be set up. Whatever
// the server said then, it did not say it of the message.
func (c *Channel) unreachable(ctx context.Context, err error) notify.Sent {
	if ctx.Err() != nil {
		return notify.Sent{Class: notify.NotNow, Reason: "it was not begun: " + ctx.Err().Error()}
	}
	server := net.JoinHostPort(c.opts.Email.SMTP.Host, strconv.Itoa(c.opts.Email.SMTP.Port))
	return notify.Sent{Class: notify.NotNow, Remote: true, Reason: "the mail server " + server + " cannot be used: " + err.Error()}
}

// classify says what is certain after transmit.
func classify(msg *gomail.Msg, err error) notify.Sent {
	// What fails after the acceptance takes nothing back.
	if msg.IsDelivered() {
		return notify.Sent{Class: notify.Taken, Provider: short(msg.ServerResponse())}
	}
	if err == nil {
		return notify.Sent{Class: notify.Unclear, Reason: "the mail library told nothing of the message"}
	}
	var failed *gomail.SendError
	if !errors.As(err, &failed) {
		return notify.Sent{Class: notify.NotNow, Remote: true, Reason: short(err.Error())}
	}
	sent := notify.Sent{Class: notify.NotNow, Reason: reason(failed)}
	code := failed.ErrorCode()
	switch {
	case failed.Reason == gomail.ErrGetSender || failed.Reason == gomail.ErrGetRcpts || failed.Reason == gomail.ErrNoUnencoded:
		sent.Class = notify.Refused
	case code == 0 && failed.Reason == gomail.ErrSMTPDataClose:
		// The final dot went out, or at least may have: no answer says whether
		// the server took the message.
		sent.Class, sent.Remote = notify.Unclear, true
		sent.Reason = "the connection was lost after the message and before its answer: " + sent.Reason
	case code == 0, code == 421, ours(code):
		sent.Remote = true
	case code >= 500:
		sent.Class = notify.Refused
	}
	return sent
}

// ours says whether a refusal is of our credentials or our encryption, which
// staff can mend, and not of the message.
func ours(code int) bool { return code == 530 || code == 534 || code == 535 || code == 538 }

// reusable says whether the connection is between two messages again: after
// success, and where the sender or the recipient was refused, since the
// library resets then.
func reusable(err error) bool {
	if err == nil {
		return true
	}
	var failed *gomail.SendError
	if !errors.As(err, &failed) || failed.ErrorCode() < 400 || failed.ErrorCode() == 421 {
		return false
	}
	return failed.Reason == gomail.ErrSMTPMailFrom || failed.Reason == gomail.ErrSMTPRcptTo
}

// stale says whether the connection was found dead before the message began.
func stale(err error) bool {
	if failed, ok := errors.AsType[*gomail.SendError](err); ok {
		return failed.Reason == gomail.ErrConnCheck
	}
	return err != nil // our own: the message had not begun
}

// reason is go-mail's message without the recipient and our own id.
func reason(failed *gomail.SendError) string {
	text, _, _ := strings.Cut(failed.Error(), ", affected ")
	return short(text)
}

// short keeps a server from filling the ledger.
func short(text string) string {
	text = strings.ToValidUTF8(strings.Join(strings.Fields(text), " "), "?")
	if runes := []rune(text); len(runes) > 300 {
		return string(runes[:299]) + "…"
	}
	return text
}
