package email

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"daymark/notify"
)

// Bounds on a message, in bytes.
const (
	maxSubject = 1000
	maxBody    = 1 << 20
	maxFiles   = 5 << 20 // together, before they are encoded
	maxAddress = 900     // of one-click unsubscription: a line of a header has 998
)

// letter is a message as it goes over the wire.
type letter struct {
	from, to string // of the envelope, without brackets
	raw      []byte // the whole message, each line ended by CR LF, signed
}

// build writes the message. Everything but Date, the names of the parts and
// the signature is the same at each attempt.
func (c *Channel) build(m notify.Message) (*letter, error) {
	msg, to, err := c.compose(m)
	if err != nil {
		return nil, err
	}
	var raw bytes.Buffer
	if _, err := msg.WriteTo(&raw); err != nil {
		return nil, fmt.Errorf("write the message: %w", err)
	}
	l := &letter{from: c.from.Address, to: to, raw: wire(raw.Bytes())}
	if c.returns != nil {
		l.from = c.returns.of(m.ID)
	}
	if c.signer != nil {
		if l.raw, err = c.signer.sign(l.raw); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// compose fills in the library's message, and gives the recipient's address.
func (c *Channel) compose(m notify.Message) (*gomail.Msg, string, error) {
	switch {
	case m.ID == "" || m.Text == "" || m.Subject == "":
		return nil, "", errors.New("the message has no id, subject or text")
	case len(m.Subject) > maxSubject || len(m.Text) > maxBody || len(m.HTML) > maxBody:
		return nil, "", fmt.Errorf("the message is too long: subject %d, text %d, HTML %d bytes", len(m.Subject), len(m.Text), len(m.HTML))
	}
	files := 0
	for i := range m.Files {
		files += len(m.Files[i].Data)
	}
	if files > maxFiles {
		return nil, "", fmt.Errorf("the attachments are too long: %d bytes", files)
	}
	to, err := notify.ParseEmail(m.To)
	if err != nil {
		return nil, "", fmt.Errorf("the address %w", err)
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(c.from)
	if err := msg.AddToFormat(m.Name, to); err != nil {
		return nil, "", fmt.Errorf("write To: %w", err)
	}
	msg.Subject(m.Subject)
	msg.SetDateWithValue(c.opts.Now())
	msg.SetMessageIDWithValue(atom(m.ID) + "@" + c.domain)
	if m.Incident != "" {
		// Mail programs show messages with the same ancestor as one thread;
		// that nobody ever got the ancestor does not matter to them.
		thread := "<incident-" + atom(m.Incident) + "@" + c.domain + ">"
		msg.SetGenHeader(gomail.HeaderInReplyTo, thread)
		msg.SetGenHeader(gomail.HeaderReferences, thread)
	}
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834
	msg.SetGenHeader(gomail.HeaderXAutoResponseSuppress, "All")
	if err := unsubscribe(msg, m.Unsubscribe); err != nil {
		return nil, "", err
	}
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	for i := range m.Files {
		f := &m.Files[i]
		msg.AttachReadSeeker(f.Name, bytes.NewReader(f.Data), gomail.WithFileContentType(gomail.ContentType(f.MediaType)))
	}
	return msg, to, nil
}

// unsubscribe adds the headers of RFC 2369 and RFC 8058, by which a mail
// program shows its own button. One click is for https alone.
func unsubscribe(msg *gomail.Msg, address string) error {
	if address == "" {
		return nil
	}
	u, err := url.Parse(address)
	odd := func(r rune) bool { return r <= ' ' || r > '~' || r == '<' || r == '>' }
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || len(address) > maxAddress || strings.ContainsFunc(address, odd) {
		return errors.New("the address of unsubscription is none that a header can hold")
	}
	// Preformatted: the library would break the line before a long address.
	msg.SetGenHeaderPreformatted(gomail.HeaderListUnsubscribe, "<"+address+">")
	if u.Scheme == "https" {
		msg.SetGenHeaderPreformatted(gomail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
	}
	return nil
}

// wire ends each line by CR LF, the last one too: what is signed must be what
// is sent, and SMTP knows no other ends.
func wire(raw []byte) []byte {
	var out bytes.Buffer
	out.Grow(len(raw) + 64)
	for line := range bytes.Lines(raw) {
		line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
		out.Write(bytes.ReplaceAll(line, []byte("\r"), nil))
		out.WriteString("\r\n")
	}
	return out.Bytes()
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
