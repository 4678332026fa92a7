package notifytest_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"testing"
	"time"

	"daymark/notify/notifytest"
)

const (
	accountSID = "AC00000000000000000000000000000001"
	serviceSID = "MG00000000000000000000000000000001"
	authToken  = "0123456789abcdef0123456789abcdef"
	reader     = "+447700900123"
)

// limited is the context that every wait in a test ends with.
func limited(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func startMailbox(t *testing.T, opts notifytest.MailboxOptions) *notifytest.Mailbox {
	t.Helper()
	box, err := notifytest.NewMailbox(opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := box.Start(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	return box
}

func startTwilio(t *testing.T, opts notifytest.TwilioOptions) *notifytest.Twilio {
	t.Helper()
	opts.AccountSID, opts.AuthToken, opts.MessagingServiceSID = accountSID, authToken, serviceSID
	twilio, err := notifytest.NewTwilio(opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := twilio.Start(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := twilio.Close(); err != nil {
			t.Error(err)
		}
	})
	return twilio
}

// certificates makes a certificate for 127.0.0.1 and the client side that
// trusts it.
func certificates(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mailbox"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	server = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	return server, &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"}
}
