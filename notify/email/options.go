package email

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"strings"
	"time"

	"daymark/notify"
)

// Options sets up a Channel.
type Options struct {
	// Email is the configuration's part: the server and who the mail is from.
	Email notify.Email
	// Key signs the deliveries' names in Email.Bounces.Address; at least 16
	// bytes, required with that.
	Key []byte
	// Reporter hears of addresses that the server refused at once because
	// there is no such mailbox; nil: nobody.
	Reporter BounceReporter
	// Now is the clock of Date; default time.Now.
	Now func() time.Time
	// Timeout bounds a connection's set-up, and a message from MAIL to the
	// answer to its final dot; default 2 minutes. Too short a time makes
	// second copies: a server that was only slow has the message.
	Timeout time.Duration
	// Idle is how long a connection is kept open for the next message;
	// default 20 seconds.
	Idle time.Duration
	// PerConnection is how many messages go over one connection before it is
	// closed, since servers close it when they have had enough; default 100.
	PerConnection int
	// Hello is our name in EHLO; default: the domain of From.
	Hello string
	// TLS is the base of the connection's TLS configuration; nil: the
	// system's certificates and TLS 1.2 or later.
	TLS *tls.Config
}

func (o *Options) setDefaults() {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Timeout == 0 {
		o.Timeout = 2 * time.Minute
	}
	if o.Idle == 0 {
		o.Idle = 20 * time.Second
	}
	smtp := &o.Email.SMTP
	if smtp.TLS == "" {
		smtp.TLS = "implicit"
	}
	if smtp.Port == 0 {
		smtp.Port = 587
		if smtp.TLS == "implicit" {
			smtp.Port = 465
		}
	}
	if o.Email.Pace.Connections == 0 {
		o.Email.Pace.Connections = notify.DefaultConnections
	}
	if o.Email.Pace.PerDomain == 0 {
		o.Email.Pace.PerDomain = notify.DefaultPerDomain
	}
	if o.PerConnection == 0 {
		o.PerConnection = 100
	}
	if o.TLS == nil {
		o.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	o.TLS = o.TLS.Clone()
	if o.TLS.ServerName == "" {
		o.TLS.ServerName = smtp.Host
	}
}

func (o *Options) validate() error {
	smtp := o.Email.SMTP
	switch {
	case smtp.Host == "":
		return errors.New("email: notify.email.smtp.host is missing")
	case smtp.Port < 1 || smtp.Port > 65535:
		return fmt.Errorf("email: %d is no port (notify.email.smtp.port)", smtp.Port)
	case smtp.TLS != "implicit" && smtp.TLS != "starttls" && smtp.TLS != "none":
		return fmt.Errorf("email: notify.email.smtp.tls is %q; it can be implicit, starttls or none", smtp.TLS)
	case smtp.TLS == "none" && !loopback(smtp.Host):
		return fmt.Errorf("email: mail to %s must be encrypted: tls: none is for a server on this machine (127.0.0.1, ::1, localhost)", smtp.Host)
	case (smtp.User == "") != (smtp.Password == ""):
		return errors.New("email: notify.email.smtp needs both user and password, or neither")
	case o.Email.Pace.Connections < 0 || o.Email.Pace.PerDomain < 0 || o.PerConnection < 0 || o.Timeout < 0 || o.Idle < 0:
		return errors.New("email: a number of connections or messages or a time is negative")
	}
	return nil
}

// loopback says whether a host can only be this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// parseFrom reads the sender and the domain that our ids are of.
func parseFrom(text string) (*mail.Address, string, error) {
	from, err := mail.ParseAddress(text)
	if err != nil {
		return nil, "", fmt.Errorf("email: notify.email.from %q is no sender like Name <address>: %w", text, err)
	}
	return from, from.Address[strings.LastIndexByte(from.Address, '@')+1:], nil
}
