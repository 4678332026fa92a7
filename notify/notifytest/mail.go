package notifytest

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
	"time"
)

// Limits on what one message may be made of.
const (
	maxParts = 100
	maxDepth = 8
	maxLine  = 998 // RFC 5322, 2.1.1, without CR LF
)

// Mail is one message that the Mailbox accepted.
type Mail struct {
	// ID counts accepted messages from 1.
	ID int
	// From is the envelope sender; empty for a bounce.
	From string
	// To holds the envelope recipients in the order given.
	To []string
	// At is when the message was accepted.
	At time.Time
	// User is the account that authenticated; empty if none did.
	User string
	// Remote is the address of the connection that it came over.
	Remote string
	// TLS says whether the connection was encrypted.
	TLS bool
	// Raw is the message as it came, dot-stuffing undone.
	Raw []byte

	// Header is the parsed header.
	Header mail.Header
	// Subject is the decoded subject.
	Subject string
	// MessageID is the Message-ID with its angle brackets.
	MessageID string
	// Text is the first text/plain part, decoded; empty if there is none.
	Text string
	// HTML is the first text/html part, decoded; empty if there is none.
	HTML string
	// Files are the attachments, in order.
	Files []MailFile
}

// MailFile is an attachment, decoded.
type MailFile struct {
	Name, MediaType string
	Data            []byte
}

// Parse fills Header, Subject, MessageID, Text, HTML and Files from Raw. It returns an
// error for what a strict receiver refuses: a header that cannot be read, a
// missing or unreadable Date or From, a line over 998 bytes, broken MIME.
func (m *Mail) Parse() error {
	for line := range bytes.SplitSeq(m.Raw, []byte("\n")) {
		if len(bytes.TrimSuffix(line, []byte("\r"))) > maxLine {
			return fmt.Errorf("a line is longer than %d bytes", maxLine)
		}
	}
	msg, err := mail.ReadMessage(bytes.NewReader(m.Raw))
	if err != nil {
		return fmt.Errorf("read header: %w", err)
	}
	if _, err := msg.Header.Date(); err != nil {
		return fmt.Errorf("read Date: %w", err)
	}
	if _, err := msg.Header.AddressList("From"); err != nil {
		return fmt.Errorf("read From: %w", err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	if err != nil {
		return fmt.Errorf("read Subject: %w", err)
	}
	m.Header, m.Subject, m.MessageID = msg.Header, subject, msg.Header.Get("Message-ID")
	m.Text, m.HTML, m.Files = "", "", nil
	w := partWalker{mail: m}
	if err := w.walk(textproto.MIMEHeader(msg.Header), msg.Body, 0); err != nil {
		return fmt.Errorf("read body: %w", err)
	}
	return nil
}

// partWalker goes through the parts of a message and notes the attachments, and
// the first text and the first HTML that are none.
type partWalker struct {
	mail  *Mail
	parts int
}

func (w *partWalker) walk(h textproto.MIMEHeader, body io.Reader, depth int) error {
	if w.parts++; w.parts > maxParts || depth > maxDepth {
		return errors.New("too many parts")
	}
	kind, params, err := contentType(h)
	if err != nil {
		return err
	}
	if strings.HasPrefix(kind, "multipart/") {
		return w.walkParts(multipart.NewReader(body, params["boundary"]), depth)
	}
	decoded, err := decode(h.Get("Content-Transfer-Encoding"), body)
	if err != nil {
		return fmt.Errorf("decode %s: %w", kind, err)
	}
	if disposition, named, err := mime.ParseMediaType(h.Get("Content-Disposition")); err == nil && disposition == "attachment" {
		w.mail.Files = append(w.mail.Files, MailFile{named["filename"], kind, decoded})
		return nil
	}
	text := strings.ToValidUTF8(strings.ReplaceAll(string(decoded), "\r\n", "\n"), "\uFFFD")
	switch {
	case kind == "text/plain" && w.mail.Text == "":
		w.mail.Text = text
	case kind == "text/html" && w.mail.HTML == "":
		w.mail.HTML = text
	}
	return nil
}

func (w *partWalker) walkParts(r *multipart.Reader, depth int) error {
	for {
		// NextRawPart leaves the encoding to decode, which refuses unknown ones.
		part, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("next part: %w", err)
		}
		if err := w.walk(part.Header, part, depth+1); err != nil {
			return err
		}
	}
}

// contentType is the part's type and parameters; none means plain text.
func contentType(h textproto.MIMEHeader) (string, map[string]string, error) {
	value := h.Get("Content-Type")
	if value == "" {
		return "text/plain", nil, nil
	}
	kind, params, err := mime.ParseMediaType(value)
	if err != nil {
		return "", nil, fmt.Errorf("content type %q: %w", value, err)
	}
	if strings.HasPrefix(kind, "multipart/") && params["boundary"] == "" {
		return "", nil, fmt.Errorf("content type %q has no boundary", value)
	}
	return kind, params, nil
}

func decode(encoding string, body io.Reader) ([]byte, error) {
	switch strings.ToLower(encoding) {
	case "", "7bit", "8bit", "binary":
		return io.ReadAll(body)
	case "quoted-printable":
		return io.ReadAll(quotedprintable.NewReader(body))
	case "base64":
		return io.ReadAll(base64.NewDecoder(base64.StdEncoding, body))
	default:
		return nil, fmt.Errorf("unknown transfer encoding %q", encoding)
	}
}
