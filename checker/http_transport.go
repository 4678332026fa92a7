package checker

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// maxHeaderBytes bounds the headers of an answer.
const maxHeaderBytes = 1_000_000

// transport makes the way for one request. Its errors are faults of the
// check's settings.
func (e *exchanger) transport(life context.Context, request *Request, notes *recorder) (*http.Transport, error) {
	config, err := security(request, e.options.Now, notes)
	if err != nil {
		return nil, err
	}
	protocols, err := versions(request)
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{
		DialContext:            e.dialer(life, request, notes),
		TLSClientConfig:        config,
		Protocols:              protocols,
		DisableKeepAlives:      true,
		DisableCompression:     true, // we decompress, so that the facts keep the real headers
		MaxResponseHeaderBytes: maxHeaderBytes,
	}
	if request.Proxy != "" {
		proxy, err := url.Parse(request.Proxy)
		if err != nil || proxy.Host == "" {
			return nil, errors.New("the proxy of the check is not an address such as http://proxy.example:3128")
		}
		transport.Proxy = http.ProxyURL(proxy)
		transport.OnProxyConnectResponse = func(_ context.Context, _ *url.URL, _ *http.Request, response *http.Response) error {
			if response.StatusCode != http.StatusOK {
				return &proxyAnswer{response.StatusCode}
			}
			notes.tunnelled()
			return nil
		}
	}
	return transport, nil
}

// dialer dials with the choices of the request. The transport dials without
// the deadline of the run; it is given back here, so that several addresses
// of one name share the time.
func (e *exchanger) dialer(life context.Context, request *Request, notes *recorder) func(context.Context, string, string) (net.Conn, error) {
	dialer := &net.Dialer{
		Control:   e.options.Control,
		KeepAlive: -1, // no connection lives long enough for probes
		Resolver:  e.resolver(life, request, notes),
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		ctx, cancel := context.WithDeadline(ctx, e.deadline)
		defer cancel()
		switch request.IP {
		case 4:
			network = "tcp4"
		case 6:
			network = "tcp6"
		}
		conn, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		// A connection that comes to be after the run gave up would stay for
		// ever: nobody knows of it.
		forget := context.AfterFunc(life, func() { conn.Close() })
		return &watched{conn, notes, forget}, nil
	}
}

// resolver asks the server of the request, or the agent's.
func (e *exchanger) resolver(life context.Context, request *Request, notes *recorder) *net.Resolver {
	if request.Resolver != "" { // a check may not reach by its resolver what it may not dial
		return resolving(life, request.Resolver, e.options.Control, notes)
	}
	return resolving(life, e.options.Resolver, nil, notes)
}

// versions are the versions of HTTP that the request may be made in.
func versions(request *Request) (*http.Protocols, error) {
	protocols := new(http.Protocols)
	switch request.Version {
	case "":
		protocols.SetHTTP1(true)
		protocols.SetHTTP2(true)
	case "1.1":
		protocols.SetHTTP1(true)
	case "2":
		protocols.SetHTTP2(true)
		protocols.SetUnencryptedHTTP2(true)
	default:
		return nil, fmt.Errorf("HTTP has no version %q: write 1.1, 2 or 3", request.Version)
	}
	return protocols, nil
}

// security sets TLS up: own authorities in place of the system's, and a
// client certificate.
func security(request *Request, now func() time.Time, notes *recorder) (*tls.Config, error) {
	config := &tls.Config{Time: now, MinVersion: tls.VersionTLS12}
	if request.CA != "" {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM([]byte(request.CA)) {
			return nil, errors.New("the ca of the check holds no certificate in PEM")
		}
	}
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		notes.askedForCertificate()
		return &tls.Certificate{}, nil
	}
	if request.ClientCert != "" || request.ClientKey != "" {
		pair, err := tls.X509KeyPair([]byte(request.ClientCert), []byte(request.ClientKey))
		if err != nil {
			return nil, errors.New("the client_cert and client_key of the check are not a certificate and its key in PEM")
		}
		config.Certificates, config.GetClientCertificate = []tls.Certificate{pair}, nil
	}
	return config, nil
}
