package email_test

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
	"strconv"
	"strings"
	"testing"
	"time"

	"daymark/notify"
	"daymark/notify/email"
	"daymark/notify/notifytest"
)

// limited is the context that every wait in a test ends with.
func limited(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func mailbox(t testing.TB, opts notifytest.MailboxOptions) *notifytest.Mailbox {
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

// channel is one to an address, without encryption unless adjust says so.
func channel(t testing.TB, address string, adjust func(*email.Options)) *email.Channel {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	opts := email.Options{Timeout: 20 * time.Second}
	opts.Email.SMTP = notify.SMTP{Host: host, TLS: "none"}
	opts.Email.From = "Harbour Bank status <status@harbour.example>"
	opts.Email.Pace.PerDomain = 100_000 // what is about the pace says its own
	if opts.Email.SMTP.Port, err = strconv.Atoi(port); err != nil {
		t.Fatal(err)
	}
	if adjust != nil {
		adjust(&opts)
	}
	c, err := email.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func message() notify.Message {
	return notify.Message{
		ID: "0abc-s1", Channel: "email", To: "sam@mail.example", Name: "Sam Füld", Incident: "7q2", Update: 1,
		Subject: "Sign in – not available: next update by 14:32", Text: "DOWN ▲\n\n.\nOne dot.\n",
		HTML: "<p>" + strings.Repeat("Sign in is not available. ", 100) + "</p>",
	}
}

func closedPort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	return l.Addr().(*net.TCPAddr).Port
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
	return server, &tls.Config{RootCAs: pool}
}
