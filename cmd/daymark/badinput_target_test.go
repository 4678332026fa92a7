package main_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"daymark/internal/testkit"
)

// badTarget is a target that no check should like.
type badTarget struct {
	id, url string
	ca      string // a file, if one is needed
	timeout string // short where it is waited for
	reason  string // how the one sentence begins
}

func badTargets(t *testing.T) []badTarget {
	t.Helper()
	endless := func(size int, every time.Duration) string {
		return target(t, func(w http.ResponseWriter, r *http.Request) {
			piece := []byte(strings.Repeat("x", size))
			tick := time.NewTicker(every)
			defer tick.Stop()
			for r.Context().Err() == nil {
				if _, err := w.Write(piece); err != nil || http.NewResponseController(w).Flush() != nil {
					return
				}
				<-tick.C
			}
		})
	}
	circle := target(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) })
	onward := target(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Path+"x", http.StatusFound)
	})
	expired, authority := expiredTarget(t)
	reset := target(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_ = conn.(*net.TCPConn).SetLinger(0) // so that closing resets
		_ = conn.Close()
	})
	silent := target(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	return []badTarget{
		{"drip", endless(1, 50*time.Millisecond), "", "1s", "the answer did not end within 1 s; "},
		{"flood", endless(64<<10, time.Microsecond), "", "20s", "`body contains \"</html>\"`: it was `\"xxxx"},
		{"expired", expired, authority, "20s", "the certificate of 127.0.0.1 expired on 1 February 2020 00:00 UTC"},
		{"circle", circle, "", "20s", "it redirects in a circle: " + circle + "/ → " + circle + "/"},
		{"onward", onward, "", "20s", "it redirects more than 5 times, at last to " + onward + "/xxxxxx"},
		{"reset", reset, "", "20s", "the connection was reset before an answer began"},
		{"silent", silent, "", "1s", "no answer began within 1 s"},
		{"closed", closed.URL, "", "20s", strings.TrimPrefix(closed.URL, "http://") + " refused the connection"},
	}
}

func target(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return server.URL
}

// expiredTarget serves TLS with a certificate that ended long ago, of an
// authority that is well; its certificate is in the file that is given.
func expiredTarget(t *testing.T) (url, authority string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "shop"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2020, 2, 1, 0, 0, 0, 0, time.UTC),
	}
	var signed [2][]byte
	for i, certificate := range []*x509.Certificate{root, leaf} {
		if signed[i], err = x509.CreateCertificate(rand.Reader, certificate, root, &key.PublicKey, key); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{signed[1]}, PrivateKey: key}}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it would tell of each refusal
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL, writeFile(t, t.TempDir(), "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed[0]})))
}

// Whatever a target does, a check of it ends in time with a sentence, by hand
// and in the server, and the server stays well.
func TestBadTargetsFailInASentence(t *testing.T) {
	testkit.Beside(t)
	targets := badTargets(t)
	var checks []string
	for _, b := range targets {
		checks = append(checks, fmt.Sprintf(`{id: %s, schedule: "@every 1s", timeout: %s, attempts: 1, regions: [local], http: {url: %q, ca: %q}, expect: [status == 200, body contains "</html>"]}`, b.id, b.timeout, b.url+"/", b.ca))
	}
	s := newSite(t, checks...)
	server := s.serve(t)
	t.Cleanup(func() { server.noPanic() })
	for _, b := range targets {
		t.Run(b.id, func(t *testing.T) {
			out, code := run(t, "check", s.config, b.id)
			if code != 1 || !strings.Contains(out, "\n  Outcome   failed\n") || !strings.Contains(out, "\n  Reason    "+b.reason) {
				t.Errorf("status %d; want 1, and failed over %q:\n%s", code, b.reason, out)
			}
			if b.id == "flood" && !strings.Contains(out, "the body was cut at 1 MB (max_body)") {
				t.Errorf("it does not say what was cut off:\n%s", out)
			}
			db := openData(t, s.data("daymark.db"))
			eventually(t, "the server to have seen it too", func() bool {
				return db.number(`SELECT count(*) FROM results r JOIN series s ON s.id = r.series
					WHERE s.check_id = ? AND r.outcome = 2 AND substr(r.detail ->> 'reason', 1, ?) = ?`, b.id, len([]rune(b.reason)), b.reason) > 0
			})
		})
	}
	if !ready(s.url) {
		t.Error("the server is not ready any more")
	}
	eventually(t, "the page to tell", func() bool {
		return getJSON[summary](t, s.url+"/api/v2/summary.json").statusOf("Shop") == "major_outage"
	})
	openData(t, s.data("daymark.db")).check("results of another outcome", "SELECT count(*) FROM results WHERE outcome <> 2", 0)
}
