package email_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/notify/email"
	"daymark/notify/notifytest"
)

// pkcs8 writes a private key as PEM.
func pkcs8(t testing.TB, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func newRSA(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newEd25519(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// record is what DNS says of a key.
func record(t testing.TB, public crypto.PublicKey) string {
	t.Helper()
	if key, ok := public.(ed25519.PublicKey); ok {
		return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(key)
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der)
}

func signedWith(key string) func(*email.Options) {
	return func(o *email.Options) {
		o.Email.DKIM = notify.DKIM{Domain: "harbour.example", Selector: "daymark", Key: key}
	}
}

// verified checks the signatures of a message; the error is of the first.
func verified(t *testing.T, raw []byte, dns string) error {
	t.Helper()
	found, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
		if name != "daymark._domainkey.harbour.example" {
			t.Errorf("asked for %s", name)
		}
		return []string{dns}, nil
	}})
	if err != nil || len(found) != 1 {
		t.Fatalf("%d signatures, %v", len(found), err)
	}
	return found[0].Err
}

// The signature holds for the message as the server got it, and for no other.
func TestSendSigns(t *testing.T) {
	long := newRSA(t)
	short := newEd25519(t)
	traditional := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(long)}))
	for name, tc := range map[string]struct {
		key    string
		public crypto.PublicKey
	}{
		"RSA, PKCS #1":     {traditional, long.Public()},
		"RSA, PKCS #8":     {pkcs8(t, long), long.Public()},
		"Ed25519, PKCS #8": {pkcs8(t, short), short.Public()},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.NoLeaks(t)
			box := mailbox(t, notifytest.MailboxOptions{})
			c := channel(t, box.Addr(), signedWith(tc.key))
			dns := record(t, tc.public)
			m := message()
			m.Unsubscribe = "https://status.harbour.example/manage/" + strings.Repeat("k", 60) + "/unsubscribe"
			plain := m
			plain.HTML, plain.Text = "", ".\nno line end"
			for i, m := range []notify.Message{m, plain} {
				if sent := c.Send(limited(t), m); sent.Class != notify.Taken {
					t.Fatalf("sent %+v", sent)
				}
				raw := box.Messages()[i].Raw
				if err := verified(t, raw, dns); err != nil {
					t.Fatalf("%v:\n%s", err, raw)
				}
				for change, spoilt := range map[string][]byte{
					"another subject":   bytes.Replace(raw, []byte("\r\nSubject:"), []byte("\r\nSubject: Re:"), 1),
					"a second From":     append([]byte("From: x@mail.example\r\n"), raw...),
					"a second To":       append([]byte("To: x@mail.example\r\n"), raw...),
					"a second Subject":  append([]byte("Subject: x\r\n"), raw...),
					"no one-click":      bytes.Replace(raw, []byte("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"), nil, 1),
					"another address":   bytes.Replace(raw, []byte("<https://status"), []byte("<https://xtatus"), 1),
					"another thread":    bytes.Replace(raw, []byte("References: <incident-7q2"), []byte("References: <incident-7q3"), 1),
					"an answer wanted":  bytes.Replace(raw, []byte("Auto-Submitted: auto-generated"), []byte("Auto-Submitted: no"), 1),
					"another Date":      bytes.Replace(raw, []byte("\r\nDate: "), []byte("\r\nDate: x"), 1),
					"another last line": append(bytes.Clone(raw), "more\r\n"...),
				} {
					if bytes.Equal(spoilt, raw) || verified(t, spoilt, dns) == nil {
						t.Errorf("%s is not noticed in:\n%s", change, raw)
					}
				}
			}
		})
	}
}

// A key that cannot sign is refused at once, and the refusal shows none of it.
func TestNewRefusesKeys(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := pkcs8(t, newEd25519(t))
	cut := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("half a key")}))
	for name, tc := range map[string]struct {
		dkim notify.DKIM
		want string
	}{
		"no PEM":           {notify.DKIM{Domain: "a.example", Selector: "s", Key: "MIIEvQ"}, "is not in PEM form"},
		"a certificate":    {notify.DKIM{Domain: "a.example", Selector: "s", Key: strings.ReplaceAll(good, "PRIVATE KEY", "CERTIFICATE")}, "of the kind CERTIFICATE"},
		"with passphrase":  {notify.DKIM{Domain: "a.example", Selector: "s", Key: strings.ReplaceAll(good, "PRIVATE KEY", "ENCRYPTED PRIVATE KEY")}, "without a passphrase"},
		"half a key":       {notify.DKIM{Domain: "a.example", Selector: "s", Key: cut}, "no whole private key"},
		"another kind":     {notify.DKIM{Domain: "a.example", Selector: "s", Key: pkcs8(t, ec)}, "has to be RSA or Ed25519"},
		"512 bits of RSA":  {notify.DKIM{Domain: "a.example", Selector: "s", Key: weak}, "of 512 bits"},
		"no domain":        {notify.DKIM{Selector: "s", Key: good}, "needs a domain"},
		"no selector, too": {notify.DKIM{Domain: "a.example", Key: good}, "a selector"},
	} {
		t.Run(name, func(t *testing.T) {
			var o email.Options
			o.Email.SMTP = notify.SMTP{Host: "mail.example"}
			o.Email.From, o.Email.DKIM = "status@harbour.example", tc.dkim
			_, err := email.New(o)
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "notify.email.dkim") || strings.Contains(err.Error(), "MII") {
				t.Errorf("%v, want %q", err, tc.want)
			}
		})
	}
}

// weak is an RSA key of 512 bits, which Go makes no more.
const weak = `-----BEGIN RSA PRIVATE KEY-----
MIIBOwIBAAJBAPkYx95uj2BLrj/2j2Nj9Xcw0GvjejMiFVzXm+QwwCthaY/AdX5z
6i3YzEvnCx+jkVcCcZ9UeBXTPjHaOMYRsxcCAwEAAQJBAIUxhfXfAlVIQmU7TpKj
qWZROLDn0riyud+J/nZ2xtqqTrhCgKGy1Q7YzoZ0v9CvUvwbpIMXxGr6je9VARGa
Q0ECIQD/MV81ITb16PJFuDyT2Og+hlwOKi4Ks3qsofRLtz1ToQIhAPnieQ9qyxpJ
z4aeZTeG6GoOsHrbxAke4bJ8612Twwu3AiALkZZqVy4hqcTJ6lc8sJmetAKaVcku
jQJjrxffEtiB4QIhANuPkq9pNmwyzpWKN4VClJQbtBU/ZFBfQhCCkov2eTqhAiB8
Out+cOqu+JPY5EC0jzDc3EkKSh/XPbLpPCPPmVn2cA==
-----END RSA PRIVATE KEY-----
`
