package network_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"strings"
	"testing"
	"time"

	"daymark/checker"
	"daymark/checker/network"
	"daymark/internal/targets"
)

func TestSMTP(t *testing.T) {
	mail := func(address string, starttls bool, expect ...string) checker.Check {
		return checker.Check{SMTP: &checker.SMTP{Address: address, StartTLS: starttls}, Expect: expect}
	}
	type made = func(*testing.T, *targets.Authority) checker.Check
	// plain is a server without STARTTLS; over one with it.
	plain := func(server targets.Mail, expect ...string) made {
		return func(t *testing.T, _ *targets.Authority) checker.Check {
			return mail(raw(t, server.Talk), false, expect...)
		}
	}
	over := func(change func(*x509.Certificate), set func(*tls.Config), answers map[string]string, expect ...string) made {
		return func(t *testing.T, ca *targets.Authority) checker.Check {
			config := secured(t, ca, change)
			if set != nil {
				set(config)
			}
			return mail(raw(t, targets.Mail{TLS: config, Answers: answers}.Talk), true, expect...)
		}
	}
	at := func(handle func(net.Conn)) made {
		return func(t *testing.T, _ *targets.Authority) checker.Check { return mail(raw(t, handle), false) }
	}
	runAll(t, []row{
		{
			name: "greets", check: plain(targets.Mail{}, `banner == "mail.test ESMTP"`, `"PIPELINING" in extensions`, `tls.days_left == 0`, `latency > duration("0s")`),
			outcome: checker.OK, kept: `(?s)< 220 mail\.test ESMTP.*> EHLO \[127\.0\.0\.1\].*> QUIT\n< 221 goodbye`,
		},
		{name: "goes over to TLS", check: over(nil, nil, nil, `tls.days_left == 90`, `"SIZE 1000000" in extensions`, `not ("STARTTLS" in extensions)`), outcome: checker.OK, kept: `(?s)> STARTTLS.*certificate 1: CN=Test server`},
		{name: "no answer to QUIT", check: plain(targets.Mail{Answers: map[string]string{"QUIT": "421 too busy"}}), outcome: checker.OK, kept: `no goodbye: the server said 421`},
		{name: "no STARTTLS", check: func(t *testing.T, _ *targets.Authority) checker.Check {
			return mail(raw(t, targets.Mail{}.Talk), true)
		}, outcome: checker.Failed, reason: `the server does not offer STARTTLS`},
		{name: "STARTTLS refused", check: over(nil, nil, map[string]string{"STARTTLS": "454 TLS not available"}), outcome: checker.Failed, reason: `the server said 454 TLS not available where an answer to STARTTLS was due`},
		{name: "more in the clear", check: over(nil, nil, map[string]string{"STARTTLS": "220 go\r\n250 injected"}), outcome: checker.Failed, reason: `the server says more in the clear after its answer to STARTTLS; .*`},
		{name: "no TLS after STARTTLS", check: over(nil, nil, map[string]string{"STARTTLS": "220 go"}), outcome: checker.Failed, reason: `the server does not speak TLS on this port`},
		{name: "expired", check: over(func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) }, nil, nil), outcome: checker.Failed, reason: `the certificate of 127\.0\.0\.1 expired on .*`},
		{name: "other host", check: over(func(c *x509.Certificate) { c.IPAddresses = nil }, nil, nil), outcome: checker.Failed, reason: `the certificate is for localhost, not for 127\.0\.0\.1`},
		{name: "old protocol", check: over(nil, func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }, nil), outcome: checker.Failed, reason: `the server speaks only versions of TLS older than 1\.2`},
		{name: "unknown authority", check: func(t *testing.T, _ *targets.Authority) checker.Check {
			other, err := targets.NewAuthority()
			if err != nil {
				t.Fatal(err)
			}
			return over(nil, nil, nil)(t, other)
		}, outcome: checker.Failed, reason: `the certificate of 127\.0\.0\.1 is signed by an authority that is not trusted.*`},
		{name: "busy", check: plain(targets.Mail{Banner: "421 mail.test too busy"}), outcome: checker.Failed, reason: `the server said 421 mail\.test too busy where a banner was due`},
		{name: "turned away", check: plain(targets.Mail{Banner: "554-no\r\n554 not for you"}), outcome: checker.Failed, reason: `the server said 554 no not for you where a banner was due`},
		{name: "EHLO refused", check: plain(targets.Mail{Answers: map[string]string{"EHLO": "502 what?"}}), outcome: checker.Failed, reason: `the server said 502 what\? where an answer to EHLO was due`},
		{name: "no SMTP", check: at(say("HTTP/1.1 400 Bad Request\r\n\r\n")), outcome: checker.Failed, reason: `the server does not speak SMTP: .*`},
		{name: "silent", check: at(hold), timeout: patience, outcome: checker.Failed, reason: `a banner did not come within 250 ms`},
		{name: "silent in the banner", check: at(sayAndHold("220-mail")), timeout: patience, outcome: checker.Failed, reason: `a banner did not come within 250 ms`},
		{name: "silent after EHLO", check: at(sayAndHold("220 mail\r\n")), timeout: 4 * patience, outcome: checker.Failed, reason: `an answer to EHLO did not come within 1 s`},
		{name: "silent in the handshake", check: func(t *testing.T, _ *targets.Authority) checker.Check {
			return mail(raw(t, func(conn net.Conn) {
				for _, answer := range []string{"220 mail\r\n", "250-mail\r\n250 STARTTLS\r\n", "220 go\r\n"} {
					_, _ = conn.Write([]byte(answer))
					_, _ = conn.Read(make([]byte, 4096))
				}
				drain(conn)
			}), true)
		}, timeout: 4 * patience, outcome: checker.Failed, reason: `the TLS handshake did not end within 1 s`},
		{name: "closed before the banner", check: at(hangUp), outcome: checker.Failed, reason: `the connection was closed before a banner came`},
		{name: "reset before the banner", check: at(reset(true)), outcome: checker.Failed, reason: `the connection was reset before a banner came`},
		{name: "closed after EHLO", check: at(say("220 mail\r\n250-mail\r\n")), outcome: checker.Failed, reason: `the connection was closed before an answer to EHLO came`},
		{name: "reset after EHLO", check: at(func(conn net.Conn) {
			_, _ = conn.Write([]byte("220 mail\r\n"))
			reset(false)(conn)
		}), outcome: checker.Failed, reason: `the connection was reset before an answer to EHLO came`},
		{name: "endless banner", check: at(flood("220-go on\r\n")), outcome: checker.Failed, reason: `the server says more than a check reads \(100 kB\)`},
		{name: "endless line", check: at(flood("2")), outcome: checker.Failed, reason: `the server says more than a check reads \(100 kB\)`},
		{name: "endless reply", check: plain(targets.Mail{Answers: map[string]string{"EHLO": strings.Repeat("250-and more\r\n", 20_000) + "250 end"}}), outcome: checker.Failed, reason: `the server says more than a check reads \(100 kB\)`},
		{name: "refused", check: func(t *testing.T, _ *targets.Authority) checker.Check { return mail(closedPort(t), false) }, outcome: checker.Failed, reason: `127\.0\.0\.1:\d+ refused the connection`},
	})
}

func TestSMTPImplicit(t *testing.T) {
	ca, err := targets.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	server, err := targets.TLS(secured(t, ca, nil), targets.Mail{}.Talk)
	address := must(t, server, err).Address
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	job, err := checker.Prepare(checker.Check{
		ID: "it", SMTP: &checker.SMTP{Address: address}, Expect: []string{`tls.version == "1.3"`, `banner contains "ESMTP"`},
	})
	if err != nil {
		t.Fatal(err)
	}
	set := network.New(network.Options{Roots: ca.Pool()}).ImplicitAt(port)
	if result := set.Runners().For(checker.KindSMTP).Run(t.Context(), job); result.Outcome != checker.OK {
		t.Errorf("it is %s: %q", result.Outcome, result.Reason)
	}
}
