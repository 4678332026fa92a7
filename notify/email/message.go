package email

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"daymark/notify"
)

// Bounds on a message, in bytes.
const (
	maxSubject = 1000
	maxBody    = 1 << 20
)

// build writes the message as go-mail sends it. Everything but Date is the
// same at each attempt.
func (c *Channel) build(m notify.Message) (*gomail.Msg, error) {
	switch {
	case m.ID == "" || m.Text == "" || m.Subject == "":
		return nil, errors.New("the message has no id, subject or text")
	case len(m.Subject) > maxSubject || len(m.Text) > maxBody || len(m.HTML) > maxBody:
		return nil, fmt.Errorf("the message is too long: subject %d, text %d, HTML %d bytes", len(m.Subject), len(m.Text), len(m.HTML))
	}
	to, err := notify.ParseEmail(m.To)
	if err != nil {
		return nil, fmt.Errorf("the address %w", err)
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(c.from)
	if err := msg.AddToFormat(m.Name, to); err != nil {
		return nil, fmt.Errorf("write To: %w", err)
	}
	msg.Subject(m.Subject)
	msg.SetDateWithValue(c.opts.Now())
	msg.SetMessageIDWithValue(atom(m.ID) + "@" + c.domain)
	// Mail programs show messages with the same ancestor as one thread; that
	// nobody ever got the ancestor does not matter to them.
	thread := "<incident-" + atom(m.Incident) + "@" + c.domain + ">"
	msg.SetGenHeader(gomail.HeaderInReplyTo, thread)
	msg.SetGenHeader(gomail.HeaderReferences, thread)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834
	msg.SetGenHeader(gomail.HeaderXAutoResponseSuppress, "All")
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	return msg, nil
}

// atom makes an id fit for the left side of a Message-ID; ours are already.
func atom(id string) string {
	odd := func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_'
	}
	if !strings.ContainsFunc(id, odd) {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:16])
}

// transmit sends a message on a connection; ctx's end closes it.
func (c *Channel) transmit(ctx context.Context, s *session, msg *gomail.Msg) error {
	s.conn.left.Store(maxAnswers)
	stop := context.AfterFunc(ctx, s.drop)
	defer stop()
	if err := s.client.UpdateDeadline(c.opts.Timeout); err != nil {
		return err
	}
	return s.library.SendWithSMTPClient(s.client, msg)
}
