package email

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"

	"daymark/notify"
)

// Bounds on what comes back.
const (
	maxHeaders = 256 << 10 // of the message, in bytes
	maxFields  = 64 << 10  // of one machine-readable part
	maxParts   = 50
	maxNested  = 5
	maxPaths   = 20
)

// report is what a message that came back says.
type report struct {
	kind       notify.BounceKind // empty: nothing follows from it
	status     string
	diagnostic string
	paths      []string // addresses that may name the delivery: what our message's return path was
}

// readReport reads a delivery status notification (RFC 3464) or a feedback
// report (RFC 5965). Anything else, such as an answer that somebody is on
// holiday, gives a report without a kind. What is broken in the middle counts
// up to there. The error is the reader's own: a message that is too long, or a
// connection that ended.
func readReport(r io.Reader) (report, error) {
	failing := &failingReader{r: r}
	limited := &io.LimitedReader{R: failing, N: maxHeaders}
	var w reportReader
	if msg, err := mail.ReadMessage(bufio.NewReader(limited)); err == nil {
		limited.N = 1 << 40 // the server bounds the whole
		w.part(textproto.MIMEHeader(msg.Header), msg.Body, 0)
	}
	// What stands behind the last part counts for the size, too.
	_, _ = io.Copy(io.Discard, failing) // the error is looked at below
	if failing.err != nil {
		return report{}, failing.err
	}
	return w.decide(), nil
}

// failingReader remembers what its reader failed with, since parsers wrap it
// or leave it out.
type failingReader struct {
	r   io.Reader
	err error
}

func (f *failingReader) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		f.err = err
	}
	return n, err
}

// reportReader goes through the parts of a message.
type reportReader struct {
	parts    int
	status   []fields // blocks of message/delivery-status
	feedback fields   // of message/feedback-report
	paths    []string
}

// part looks at one part; what it cannot read it leaves.
func (w *reportReader) part(h textproto.MIMEHeader, body io.Reader, depth int) {
	if w.parts++; w.parts > maxParts || depth > maxNested {
		return
	}
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return
	}
	if strings.HasPrefix(kind, "multipart/") && params["boundary"] != "" {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			part, err := parts.NextRawPart()
			if err != nil {
				return // the end, or as far as it can be read
			}
			w.part(part.Header, part, depth+1)
		}
	}
	body = decoded(h.Get("Content-Transfer-Encoding"), body)
	switch kind {
	case "message/delivery-status", "message/global-delivery-status":
		w.status = append(w.status, readFields(body)...)
	case "message/feedback-report":
		for _, block := range readFields(body) {
			if w.feedback == nil {
				w.feedback = block
			}
			w.path(block["original-mail-from"])
		}
	case "message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers":
		// The message itself: it was ours if its return path was.
		if blocks := readFields(body); len(blocks) > 0 {
			w.path(blocks[0]["return-path"])
		}
	}
}

func (w *reportReader) path(address string) {
	if address != "" && len(w.paths) < maxPaths {
		w.paths = append(w.paths, address)
	}
}

func decoded(encoding string, body io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "quoted-printable":
		return quotedprintable.NewReader(body)
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, body)
	}
	return body
}

// fields are a block of lines like a header's; names in small letters, and of
// two with one name the first.
type fields map[string]string

// readFields reads blocks with empty lines between them, as far as they can be
// read. Servers differ in line ends and in what they fold.
func readFields(r io.Reader) []fields {
	text, _ := io.ReadAll(io.LimitReader(r, maxFields)) // as far as it can be read
	var blocks []fields
	block, last := fields{}, ""
	end := func() {
		if len(block) > 0 {
			blocks = append(blocks, block)
		}
		block, last = fields{}, ""
	}
	for line := range bytes.SplitSeq(text, []byte("\n")) {
		line := strings.TrimRight(string(line), "\r \t")
		if line == "" {
			end()
			continue
		}
		if line[0] == ' ' || line[0] == '\t' {
			if last != "" {
				block[last] += " " + strings.TrimSpace(line)
			}
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		name = strings.ToLower(strings.TrimSpace(name))
		if last = ""; !ok || name == "" {
			continue
		}
		if _, twice := block[name]; !twice {
			block[name], last = strings.TrimSpace(value), name
		}
	}
	end()
	return blocks
}

// decide says what all of it comes to. A report on our message is of one
// recipient; should there be several, the worst word counts.
func (w *reportReader) decide() report {
	r := report{paths: w.paths}
	if w.feedback != nil {
		switch kind := strings.ToLower(w.feedback["feedback-type"]); kind {
		case "abuse", "fraud", "opt-out", "opt-out-list":
			r.kind, r.diagnostic = notify.Complaint, "the reader's mail provider reports it as "+kind
		}
		return r
	}
	for _, block := range w.status {
		kind, status, diagnostic := judge(block)
		if rank(kind) > rank(r.kind) {
			r.kind, r.status, r.diagnostic = kind, status, diagnostic
		}
	}
	return r
}

func rank(kind notify.BounceKind) int {
	switch kind {
	case notify.HardBounce:
		return 3
	case notify.SoftBounce:
		return 2
	case notify.DelayedBounce:
		return 1
	}
	return 0
}

// judge reads one recipient's block; no kind where it tells of no failure, and
// for the block about the message.
func judge(block fields) (kind notify.BounceKind, status, diagnostic string) {
	action := strings.ToLower(block["action"])
	if cut := strings.IndexAny(action, " (;"); cut >= 0 {
		action = action[:cut]
	}
	status, diagnostic = enhanced(block["status"]), spoken(block["diagnostic-code"])
	// Some servers put the true code into their words, and a general one
	// beside them.
	if said := enhanced(diagnostic); said != "" && (status == "" || strings.HasSuffix(status, ".0.0")) {
		status = said
	}
	for _, field := range []string{"final-recipient", "original-recipient"} {
		if _, address, ok := strings.Cut(block[field], ";"); ok && strings.Contains(address, "@") {
			diagnostic = strings.ReplaceAll(diagnostic, strings.TrimSpace(address), "…")
		}
	}
	switch {
	case action == "delayed", action == "" && strings.HasPrefix(status, "4."):
		kind = notify.DelayedBounce
	case action == "failed", action == "" && strings.HasPrefix(status, "5."):
		kind = notify.SoftBounce
		if !strings.HasPrefix(status, "4.") && nobody(status, diagnostic) {
			kind = notify.HardBounce
		}
	}
	return kind, status, notify.Brief(diagnostic)
}

// spoken takes the kind, such as smtp, from the front of what a server said.
func spoken(diagnostic string) string {
	kind, text, ok := strings.Cut(diagnostic, ";")
	if !ok || strings.ContainsAny(strings.TrimSpace(kind), " ") {
		return diagnostic
	}
	return strings.TrimSpace(text)
}
