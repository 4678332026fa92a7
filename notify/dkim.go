package notify

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// leastRSA is the shortest RSA key that receivers take (RFC 8301), in bits.
const leastRSA = 1024

// ParseDKIMKey reads a PEM block: PKCS #1 with an RSA key, or PKCS #8 with an
// RSA or an Ed25519 key. The error says what is wrong and shows nothing of it.
func ParseDKIMKey(text string) (crypto.Signer, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("is not in PEM form, which begins with -----BEGIN PRIVATE KEY-----")
	}
	var key any
	var err error
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	default:
		return nil, fmt.Errorf("is of the kind %s; it has to be an RSA or Ed25519 private key without a passphrase", block.Type)
	}
	if err != nil {
		return nil, errors.New("cannot be read: the PEM block holds no whole private key")
	}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		if bits := key.N.BitLen(); bits < leastRSA {
			return nil, fmt.Errorf("is an RSA key of %d bits; receivers refuse less than %d, and 2048 is usual", bits, leastRSA)
		}
		return key, nil
	case ed25519.PrivateKey:
		return key, nil
	}
	return nil, fmt.Errorf("is of a kind that DKIM does not know (%T); it has to be RSA or Ed25519", key)
}
