package targets

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"

	"golang.org/x/crypto/ocsp"
)

// Authority signs the certificates of targets.
type Authority struct {
	Certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// NewAuthority makes one, valid for years.
func NewAuthority() (*Authority, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test authority"},
		NotBefore: time.Now().Add(-10_000 * time.Hour), NotAfter: time.Now().Add(100_000 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	a := &Authority{}
	der, key, err := a.sign(template)
	if err != nil {
		return nil, err
	}
	if a.Certificate, err = x509.ParseCertificate(der); err != nil {
		return nil, fmt.Errorf("read the authority: %w", err)
	}
	a.key = key
	return a, nil
}

// Pool gives what trusts it.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.Certificate)
	return pool
}

// PEM gives its certificate as a configuration holds it.
func (a *Authority) PEM() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate.Raw}))
}

// Issue signs a certificate for 127.0.0.1 and localhost that ends in ninety
// days and a little; change, which may be nil, makes it another.
func (a *Authority) Issue(change func(*x509.Certificate)) (tls.Certificate, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Test server"},
		NotBefore: time.Now().Add(-1000 * time.Hour), NotAfter: time.Now().Add(90*24*time.Hour + time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if change != nil {
		change(template)
	}
	der, key, err := a.sign(template)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der, a.Certificate.Raw}, PrivateKey: key}, nil
}

// Staple adds an OCSP response to a certificate. What template leaves out is
// of this moment, for an hour.
func (a *Authority) Staple(certificate *tls.Certificate, template ocsp.Response) error {
	leaf, err := x509.ParseCertificate(certificate.Certificate[0])
	if err != nil {
		return fmt.Errorf("read the certificate: %w", err)
	}
	template.SerialNumber = leaf.SerialNumber
	if template.ThisUpdate.IsZero() {
		template.ThisUpdate, template.NextUpdate = time.Now().Add(-time.Minute), time.Now().Add(time.Hour)
	}
	certificate.OCSPStaple, err = ocsp.CreateResponse(a.Certificate, a.Certificate, template, crypto.Signer(a.key))
	if err != nil {
		return fmt.Errorf("make the OCSP response: %w", err)
	}
	return nil
}

// sign signs a template; without a key of its own yet, by itself.
func (a *Authority) sign(template *x509.Certificate) ([]byte, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("make a key: %w", err)
	}
	parent, signer := template, key
	if a.key != nil {
		parent, signer = a.Certificate, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		return nil, nil, fmt.Errorf("sign a certificate: %w", err)
	}
	return der, key, nil
}
