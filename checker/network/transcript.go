package network

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode"

	"daymark/internal/redact"
)

// Bounds of what is kept to look at.
const (
	maxEvidence = 64_000
	maxLine     = 2_000
)

// transcript is the conversation as text.
type transcript struct {
	mu     sync.Mutex // a library's handshake may still go on
	text   bytes.Buffer
	hidden redact.Redactor
}

// note adds what happened.
func (s *transcript) note(format string, args ...any) { s.line("*", fmt.Sprintf(format, args...)) }

// sent and got add what was said, line by line.
func (s *transcript) sent(text string) { s.line(">", text) }
func (s *transcript) got(text string)  { s.line("<", text) }

func (s *transcript) line(who, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for one := range strings.SplitSeq(strings.TrimRight(text, "\r\n"), "\n") {
		if s.text.Len() > maxEvidence {
			return
		}
		fmt.Fprintf(&s.text, "%s %s\n", who, cut(printable(s.hidden.String(one)), maxLine))
	}
}

// handshake adds the protocol and the chain of certificates.
func (s *transcript) handshake(state *tls.ConnectionState) {
	s.note("%s, %s", tls.VersionName(state.Version), tls.CipherSuiteName(state.CipherSuite))
	for i, certificate := range state.PeerCertificates {
		s.certificate(i, certificate)
	}
}

func (s *transcript) certificate(i int, c *x509.Certificate) {
	s.note("certificate %d: %s", i+1, c.Subject)
	if names := strings.Join(c.DNSNames, ", "); names != "" {
		s.note("  for %s", names)
	}
	s.note("  signed by %s", c.Issuer)
	s.note("  valid from %s until %s", c.NotBefore.UTC().Format(time.RFC3339), c.NotAfter.UTC().Format(time.RFC3339))
}

// bytes gives the text, at most maxEvidence bytes of it.
func (s *transcript) bytes() []byte {
	const end = "\n[the rest was left out]\n"
	s.mu.Lock()
	defer s.mu.Unlock()
	data := bytes.Clone(s.text.Bytes())
	if len(data) <= maxEvidence {
		return data
	}
	return append(bytes.ToValidUTF8(data[:maxEvidence-len(end)], nil), end...)
}

// printable takes out what a terminal or a page would not show as it is.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || unicode.IsPrint(r) {
			return r
		}
		if r == '\r' {
			return -1
		}
		return unicode.ReplacementChar
	}, text)
}

// cut shortens a text to so many characters.
func cut(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// brief is what a server said, on one line and short enough for a sentence.
func brief(text string) string {
	return cut(printable(strings.Join(strings.Fields(text), " ")), 200)
}
