package http3_test

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"daymark/checker"
	"daymark/checker/http3"
	"daymark/internal/testkit"
)

// shop redirects once and then tells what it was asked.
func shop(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/health" {
		http.SetCookie(w, &http.Cookie{Name: "went", Value: "here", Path: "/"})
		http.Redirect(w, r, "/end", http.StatusTemporaryRedirect)
		return
	}
	sent, _ := io.ReadAll(r.Body)
	if _, err := r.Cookie("went"); err != nil {
		w.WriteHeader(http.StatusForbidden)
	}
	w.Header().Set("Content-Encoding", "gzip")
	folded := gzip.NewWriter(w)
	fmt.Fprintf(folded, `{"by": %q, "sent": %q, "certificate": %q}`, r.Proto, sent, r.TLS.PeerCertificates[0].Subject)
	folded.Close()
}

func pemPair(t *testing.T, pair tls.Certificate) (certificate, key string) {
	der, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	encode := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return encode("CERTIFICATE", pair.Certificate[0]), encode("PRIVATE KEY", der)
}

func TestFactsAndTimings(t *testing.T) {
	testkit.NoLeaks(t)
	certificate, key := pemPair(t, issue(t, newAuthority(t), nil))
	check := serve(shop, nil, func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert })(t)
	_, port, _ := net.SplitHostPort(strings.TrimSuffix(strings.TrimPrefix(check.URL, "https://"), "/health"))
	check.URL = "https://shop.example:" + port + "/health"
	check.Resolver, check.IP = packets(t, resolving), 4
	check.Method, check.Body, check.ClientCert, check.ClientKey = "POST", "hello", certificate, key
	result := runOnce(t, checker.HTTPOptions{HTTP3: http3.New}, checker.Check{ID: "api", HTTP: &check, Expect: []string{
		`status == 200`, `version == "3"`, `json.by == "HTTP/3.0"`, `json.sent == "hello"`, `json.certificate == "CN=Test server"`,
		`redirects == 1`, `url endsWith "/end"`, `tls.version == "1.3"`, `tls.days_left == 30`, `tls.issuer == "CN=Test authority"`,
		`dns == duration("0s")`, `connect == duration("0s")`, `first_byte > duration("0s")`, `latency >= first_byte + transfer`,
	}})
	if result.Outcome != checker.OK {
		t.Fatalf("%s: %s", result.Outcome, result.Reason)
	}
	names := map[string]time.Duration{}
	for _, timing := range result.Timings {
		names[timing.Name] = timing.Duration
	}
	// The second hop used the connection of the first, which is a part of "redirects".
	if names["redirects"] <= 0 || names["first_byte"] <= 0 || len(names) != 3 {
		t.Errorf("timings %v", result.Timings)
	}
}

func TestTheHandshakeIsMeasured(t *testing.T) {
	testkit.NoLeaks(t)
	check := serve(fine, nil, nil)(t)
	_, port, _ := net.SplitHostPort(strings.TrimSuffix(strings.TrimPrefix(check.URL, "https://"), "/health"))
	check.URL, check.Resolver = "https://shop.example:"+port+"/", packets(t, resolving)
	result := runOnce(t, checker.HTTPOptions{HTTP3: http3.New}, checker.Check{ID: "api", HTTP: &check, Expect: []string{
		`dns > duration("0s")`, `handshake > duration("0s")`, `connect == duration("0s")`, `latency >= dns + handshake + first_byte + transfer`,
	}})
	if result.Outcome != checker.OK {
		t.Fatalf("%s: %s", result.Outcome, result.Reason)
	}
	var names []string
	for _, timing := range result.Timings {
		names = append(names, timing.Name)
	}
	if got := strings.Join(names, " "); got != "dns tls first_byte transfer" {
		t.Errorf("timings %s", got)
	}
}

// TestNothingIsLeftBehind counts goroutines and sockets over targets of every
// kind.
func TestNothingIsLeftBehind(t *testing.T) {
	testkit.NoLeaks(t)
	var targets []checker.HTTP
	for _, row := range rows {
		switch row.name {
		case "slow body", "huge body", "reset before an answer", "connection closed with a code", "silence", "nothing listens", "resolver silent", "certificate expired":
			targets = append(targets, row.target(t))
		}
	}
	if len(targets) != 8 {
		t.Fatalf("%d targets", len(targets))
	}
	targets = append(targets, serve(fine, nil, nil)(t))
	before := sockets(t)
	for range testkit.Count(2, 20) {
		for i := range targets {
			runOnce(t, checker.HTTPOptions{HTTP3: http3.New}, checker.Check{ID: "api", Timeout: 100 * time.Millisecond, HTTP: &targets[i]})
		}
	}
	if after := sockets(t); after > before {
		t.Errorf("%d sockets before, %d after", before, after)
	}
}

func sockets(t *testing.T) int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, entry := range entries {
		if to, err := os.Readlink("/proc/self/fd/" + entry.Name()); err == nil && strings.HasPrefix(to, "socket:") {
			count++
		}
	}
	return count
}

func TestARunThatIsStoppedTellsNothing(t *testing.T) {
	testkit.NoLeaks(t)
	asked := make(chan struct{})
	check := serve(func(_ http.ResponseWriter, r *http.Request) { close(asked); <-r.Context().Done() }, nil, nil)(t)
	job, err := checker.Prepare(checker.Check{ID: "api", HTTP: &check})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-asked; cancel() }()
	result := checker.RunOnce(ctx, checker.NewHTTP(checker.HTTPOptions{HTTP3: http3.New}), job, time.Now)
	if result.Outcome != checker.Unknown || result.Reason != "the run was stopped before it ended" {
		t.Errorf("%s: %s", result.Outcome, result.Reason)
	}
}
