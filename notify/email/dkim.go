package email

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"

	"github.com/emersion/go-msgauth/dkim"

	"daymark/notify"
)

// signed lists the headers that a signature covers, those that are missing
// included, so that nobody adds them. From, To and Subject are named twice: a
// second one, which some mail programs would show instead, breaks the
// signature.
var signed = []string{
	"From", "From", "To", "To", "Subject", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
	"MIME-Version", "Content-Type", "Auto-Submitted", "List-Unsubscribe", "List-Unsubscribe-Post",
}

// signer adds our DKIM signature (RFC 6376) to messages.
type signer struct{ opts dkim.SignOptions }

// newSigner reads the key; nil without one.
func newSigner(d notify.DKIM) (*signer, error) {
	if d.Key == "" {
		return nil, nil
	}
	if d.Domain == "" || d.Selector == "" {
		return nil, errors.New("email: notify.email.dkim needs a domain and a selector beside its key")
	}
	key, err := notify.ParseDKIMKey(d.Key)
	if err != nil {
		return nil, fmt.Errorf("email: the key of notify.email.dkim.key %w", err)
	}
	return &signer{dkim.SignOptions{
		Domain: d.Domain, Selector: d.Selector, Signer: key, Hash: crypto.SHA256, HeaderKeys: signed,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
	}}, nil
}

// sign puts the signature before a message whose lines all end in CR LF; what
// comes back has to be sent byte by byte as it is.
func (s *signer) sign(raw []byte) ([]byte, error) {
	var out bytes.Buffer
	out.Grow(len(raw) + 1024)
	opts := s.opts
	if err := dkim.Sign(&out, bytes.NewReader(raw), &opts); err != nil {
		return nil, fmt.Errorf("sign the message: %w", err)
	}
	return out.Bytes(), nil
}
