package access

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
)

// Seal keeps secrets that have to be read again, such as that of a second
// factor, where a copy of the database alone must not tell them; and signs what
// a browser keeps for us.
type Seal struct {
	box     cipher.AEAD
	signing []byte
}

// NewSeal makes it of a key of 32 bytes.
func NewSeal(key []byte) (*Seal, error) {
	if len(key) != 32 {
		return nil, fmt.Errorf("make a seal: its key has %d bytes, and is to have 32", len(key))
	}
	sealing, noSealing := hkdf.Key(sha256.New, key, nil, "daymark seal", 32)
	signing, noSigning := hkdf.Key(sha256.New, key, nil, "daymark signature", 32)
	if err := errors.Join(noSealing, noSigning); err != nil {
		return nil, fmt.Errorf("make a seal: %w", err)
	}
	block, err := aes.NewCipher(sealing)
	if err != nil {
		return nil, fmt.Errorf("make a seal: %w", err)
	}
	box, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("make a seal: %w", err)
	}
	return &Seal{box, signing}, nil
}

// Close seals a secret for whom it is of; it opens for nobody else.
func (s *Seal) Close(of, secret string) []byte {
	return s.box.Seal(nil, nil, []byte(secret), []byte(of))
}

// ErrSeal says that something was sealed by another key, or for somebody else.
var ErrSeal = errors.New("it was sealed by another key than keys/accounts in server.data")

// Open gives back what was sealed.
func (s *Seal) Open(of string, sealed []byte) (string, error) {
	secret, err := s.box.Open(nil, nil, sealed, []byte(of))
	if err != nil {
		return "", ErrSeal
	}
	return string(secret), nil
}

// Sign gives the signature of a text.
func (s *Seal) Sign(text string) string {
	mac := hmac.New(sha256.New, s.signing)
	mac.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Signed says whether a signature is that of a text.
func (s *Seal) Signed(text, signature string) bool {
	return hmac.Equal([]byte(s.Sign(text)), []byte(signature))
}
