package email

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync/atomic"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// maxAnswers bounds what a server may say during one message, so that one that
// talks for ever ends with an error.
const maxAnswers = 1 << 20

var errTooMuch = errors.New("the server says more than any answer needs")

// boundedConn counts what is read since the last message began.
type boundedConn struct {
	net.Conn
	left atomic.Int64
}

func (c *boundedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.left.Add(-int64(n)) < 0 {
		_ = c.Close() // the error says more
		return n, errTooMuch
	}
	return n, err
}

// session is one SMTP connection that is ready for a message.
type session struct {
	client *smtp.Client
	conn   *boundedConn
	sent   int         // messages that were begun
	timer  *time.Timer // closes it when nobody has used it for a while
}

// drop closes the connection without a word. QUIT would do harm after a failed
// write: the library would end the message with a dot first.
func (s *session) drop() { _ = s.conn.Close() } // nothing more was to be heard

// leave says goodbye on a connection between two messages.
func (s *session) leave() {
	if s.client.UpdateDeadline(time.Second) == nil {
		_ = s.client.Quit() // it is closed all the same
	}
	s.drop()
}

// end closes the connection, with a word where the server listens for one.
func (s *session) end(f *failure) {
	if f == nil {
		s.leave()
		return
	}
	s.drop()
}

// dial connects, encrypts and signs in. On failure nothing stays open.
func (c *Channel) dial(ctx context.Context) (*session, error) {
	conn := &boundedConn{}
	conn.left.Store(maxAnswers)
	// The library looks at its context only until it is connected; closing the
	// connection ends whatever it waits for after that.
	stop := func() bool { return true }
	connect := func(dialing context.Context, network, address string) (net.Conn, error) {
		raw, err := new(net.Dialer).DialContext(dialing, network, address)
		if err != nil {
			return nil, err
		}
		conn.Conn = raw
		stop = context.AfterFunc(ctx, func() { _ = raw.Close() }) // it only ends a wait
		if c.opts.Email.SMTP.TLS != "implicit" {
			return conn, nil
		}
		// The library wants to see a *tls.Conn, so the bounded one lies below.
		encrypted := tls.Client(conn, c.opts.TLS)
		if err := encrypted.HandshakeContext(dialing); err != nil {
			return nil, fmt.Errorf("encrypt: %w", err)
		}
		return encrypted, nil
	}
	library, err := c.library(connect)
	if err != nil {
		return nil, err
	}
	client, err := library.DialToSMTPClientWithContext(ctx)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		if conn.Conn != nil {
			_ = conn.Close() // the library leaves it open
		}
		return nil, err
	}
	return &session{client: client, conn: conn}, nil
}

func (c *Channel) library(connect gomail.DialContextFunc) (*gomail.Client, error) {
	server := c.opts.Email.SMTP
	options := []gomail.Option{
		gomail.WithPort(server.Port), gomail.WithTimeout(c.opts.Timeout), gomail.WithHELO(c.opts.Hello),
		gomail.WithoutSMTPUTF8(), gomail.WithDialContextFunc(connect), gomail.WithTLSConfig(c.opts.TLS),
	}
	switch server.TLS {
	case "implicit":
		options = append(options, gomail.WithSSL())
	case "starttls":
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if server.User != "" {
		options = append(options, gomail.WithSMTPAuthCustom(&signIn{user: server.User, password: server.Password, host: server.Host}))
	}
	return gomail.NewClient(server.Host, options...)
}

// signIn takes the first of PLAIN and LOGIN that the server offers. The
// library's own choice does not see that we encrypted the connection. By now
// it is encrypted or within this machine, so either may be used.
type signIn struct {
	user, password, host string
	smtp.Auth
}

// Start chooses and begins.
func (s *signIn) Start(server *smtp.ServerInfo) (string, []byte, error) {
	switch {
	case slices.Contains(server.Auth, "PLAIN"):
		s.Auth = smtp.PlainAuth("", s.user, s.password, s.host, true)
	case slices.Contains(server.Auth, "LOGIN"):
		s.Auth = smtp.LoginAuth(s.user, s.password, s.host, true)
	default:
		return "", nil, fmt.Errorf("the server offers neither AUTH PLAIN nor LOGIN but %q", server.Auth)
	}
	return s.Auth.Start(server)
}
