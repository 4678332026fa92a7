package checker_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"daymark/checker"
)

// BenchmarkHTTPChecksRatio sets checks with fresh connections beside a bare
// net/http loop that makes the same requests, in turns, so that both meet the
// same machine. It reports checks a second, requests a second, and their
// ratio.
func BenchmarkHTTPChecksRatio(b *testing.B) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"database": "up", "queue": 3}`)
	})
	b.Run("http", func(b *testing.B) {
		server := httptest.NewServer(handler)
		defer server.Close()
		compare(b, checker.Request{URL: server.URL})
	})
	b.Run("https", func(b *testing.B) {
		issuer := newAuthority(b)
		config := &tls.Config{Certificates: []tls.Certificate{issuer.issue(b, time.Hour, nil)}}
		compare(b, checker.Request{URL: "https://" + tlsServer(b, config, handler) + "/", CA: issuer.pem})
	})
}

// turn is how many requests one side makes before the other has its turn.
const turn = 20

func compare(b *testing.B, request checker.Request) {
	job, err := checker.Prepare(checker.Check{
		ID: "api", HTTP: &checker.HTTP{Request: request},
		Expect: []string{"status == 200", `json.database == "up"`}, Degraded: []string{`latency > duration("5s")`},
	})
	if err != nil {
		b.Fatal(err)
	}
	runner := checker.NewHTTP(checker.HTTPOptions{})
	client := bare(b, request.CA)
	defer client.CloseIdleConnections()
	var ours, reference time.Duration
	made := 0
	for b.Loop() {
		start := time.Now()
		for range turn {
			if result := checker.RunOnce(context.Background(), runner, job, time.Now); result.Outcome != checker.OK {
				b.Fatal(result.Reason)
			}
		}
		middle := time.Now()
		for range turn {
			if err := get(client, request.URL); err != nil {
				b.Fatal(err)
			}
		}
		ours, reference, made = ours+middle.Sub(start), reference+time.Since(middle), made+turn
	}
	b.ReportMetric(float64(made)/ours.Seconds(), "ours/s")
	b.ReportMetric(float64(made)/reference.Seconds(), "ref/s")
	b.ReportMetric(reference.Seconds()/ours.Seconds(), "ratio")
}

// bare is a client of net/http and no more, with a fresh connection a
// request.
func bare(b *testing.B, ca string) *http.Client {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM([]byte(ca)) {
			b.Fatal("no certificate")
		}
	}
	return &http.Client{Transport: &http.Transport{
		DialContext: (&net.Dialer{}).DialContext, TLSClientConfig: config, DisableKeepAlives: true, ForceAttemptHTTP2: true,
	}}
}

func get(client *http.Client, url string) error {
	response, err := client.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return err
}
