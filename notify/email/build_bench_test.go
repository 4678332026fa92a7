package email

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"

	"daymark/notify"
)

// BenchmarkBuild is what one message costs before it is sent: unsigned, and
// signed with a key of each kind; and what the bare signature of the kind costs
// of that.
func BenchmarkBuild(b *testing.B) {
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	_, short, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	m := notify.Message{
		ID: "u1-s1", To: "sam@mail.example", Name: "Sam Füld", Incident: "7q2", Update: 1, Subject: "Sign in – not available: next update by 14:32",
		Text: "DOWN ▲\n\n.\nOne dot.\n", HTML: "<p>" + strings.Repeat("Sign in is not available. ", 100) + "</p>",
		Unsubscribe: "https://status.harbour.example/manage/" + strings.Repeat("k", 60) + "/unsubscribe",
	}
	for _, kind := range []struct {
		name string
		key  any
	}{{"plain", nil}, {"rsa", long}, {"ed25519", short}} {
		var o Options
		o.Email.SMTP, o.Email.From = notify.SMTP{Host: "mail.example"}, "Harbour Bank status <status@harbour.example>"
		o.Email.Bounces.Address, o.Key = "bounce@harbour.example", []byte("0123456789abcdef")
		if kind.key != nil {
			der, err := x509.MarshalPKCS8PrivateKey(kind.key)
			if err != nil {
				b.Fatal(err)
			}
			o.Email.DKIM = notify.DKIM{Domain: "harbour.example", Selector: "daymark", Key: string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))}
		}
		c, err := New(o)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(kind.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.build(m); err != nil {
					b.Fatal(err)
				}
			}
		})
		if kind.key == nil {
			continue
		}
		digest := make([]byte, 32)
		b.Run(kind.name+" alone", func(b *testing.B) {
			for b.Loop() {
				if _, err := c.signer.opts.Signer.Sign(rand.Reader, digest, hashOf(c.signer)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// hashOf is what a key of the kind wants to be told of what it signs.
func hashOf(s *signer) crypto.SignerOpts {
	if _, is := s.opts.Signer.(ed25519.PrivateKey); is {
		return crypto.Hash(0)
	}
	return s.opts.Hash
}
