package notifytest

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"daymark/internal/pause"
)

// MailHooks let a test fail mail at each stage. A nil hook lets it pass. Each
// is called in the goroutine of its connection, with what is known by then.
type MailHooks struct {
	// Mail is asked at MAIL FROM, with From set.
	Mail func(Mail) MailAction
	// Rcpt is asked at each RCPT TO; the last of To is the one asked about.
	Rcpt func(Mail) MailAction
	// Data is asked once DATA was answered with 354 and before the message is
	// read. An error reaches the sender after the final dot, as SMTP has it.
	Data func(Mail) MailAction
	// Final is asked after the final dot, with the whole parsed message, before
	// it is kept.
	Final func(Mail) MailAction
	// Reset is asked when the sender gives up, by RSET, a message that it had
	// begun. It can only delay the answer or drop the connection.
	Reset func(Mail) MailAction
}

// MailAction is what becomes of a stage; the zero value is success. The delay
// comes first, then Drop, then Code.
type MailAction struct {
	// Delay holds the answer back; Close cuts it short, and the connection with it.
	Delay time.Duration
	// Drop closes the connection without an answer. DropAfter differs from
	// DropBefore only in Final, where the message is kept.
	Drop Drop
	// Code is the SMTP reply, 400 to 599; zero lets the stage pass.
	Code int
	// Message is the reply's text, with a status code such as 5.1.1 before it
	// if it is to have one of its own; default "refused by the test".
	Message string
}

// errDropped ends a command whose connection was closed on purpose; nobody
// reads the reply.
var errDropped = errors.New("connection dropped on purpose")

// mailSession is one connection's state, as go-smtp wants it.
type mailSession struct {
	box  *Mailbox
	conn *smtp.Conn
	user string
	mail Mail
	open bool // a message was begun and has not ended
}

var _ smtp.AuthSession = (*mailSession)(nil)

// AuthMechanisms names what AUTH may use; none without an account.
func (s *mailSession) AuthMechanisms() []string {
	if s.box.opts.User == "" {
		return nil
	}
	return []string{sasl.Plain, sasl.Login}
}

// Auth starts an exchange that checks the one account.
func (s *mailSession) Auth(mech string) (sasl.Server, error) {
	if s.box.opts.User == "" {
		return nil, smtp.ErrAuthUnsupported
	}
	switch mech {
	case sasl.Plain:
		return sasl.NewPlainServer(func(identity, user, password string) error {
			if identity != "" && identity != user {
				return smtp.ErrAuthFailed
			}
			return s.authenticate(user, password)
		}), nil
	case sasl.Login:
		return &loginServer{check: s.authenticate}, nil
	default:
		return nil, smtp.ErrAuthUnknownMechanism
	}
}

func (s *mailSession) authenticate(user, password string) error {
	sameUser := subtle.ConstantTimeCompare([]byte(user), []byte(s.box.opts.User))
	samePassword := subtle.ConstantTimeCompare([]byte(password), []byte(s.box.opts.Password))
	if sameUser&samePassword != 1 {
		return smtp.ErrAuthFailed
	}
	s.user = user
	return nil
}

// Mail begins a message.
func (s *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	_, encrypted := s.conn.TLSConnectionState()
	if s.box.opts.TLS == MailboxSTARTTLS && !encrypted {
		return reply(530, "Must issue a STARTTLS command first", 5, 7, 0)
	}
	if s.box.opts.User != "" && s.user == "" {
		return reply(530, "Authentication required", 5, 7, 0)
	}
	m := Mail{From: from, User: s.user, Remote: s.conn.Conn().RemoteAddr().String(), TLS: encrypted}
	if err := s.ask(s.currentHooks().Mail, m); err != nil {
		return err
	}
	s.mail, s.open = m, true
	return nil
}

// Rcpt adds a recipient.
func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	m := s.mail
	m.To = append(slices.Clip(m.To), to)
	if err := s.ask(s.currentHooks().Rcpt, m); err != nil {
		return err
	}
	s.mail = m
	return nil
}

// Data reads and keeps the message.
func (s *mailSession) Data(r io.Reader) error {
	hooks, m := s.currentHooks(), s.mail
	s.open = false
	refused := s.ask(hooks.Data, m)
	if errors.Is(refused, errDropped) {
		return refused
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return err // go-smtp's own reply, as "552 too large", must stay as it is
	}
	if refused != nil {
		return refused
	}
	m.Raw = raw
	if err := m.Parse(); err != nil {
		return reply(550, "Message refused: "+err.Error(), 5, 6, 0)
	}
	if hooks.Final != nil {
		action := hooks.Final(m)
		if action.Drop == DropAfter {
			s.box.pause(action.Delay)
			if err := s.box.accept(m); err != nil {
				return reply(451, err.Error(), 4, 3, 0)
			}
			return s.drop()
		}
		if err := s.do(action); err != nil {
			return err
		}
	}
	if err := s.box.accept(m); err != nil {
		return reply(451, err.Error(), 4, 3, 0)
	}
	return nil
}

// Reset forgets the message begun.
func (s *mailSession) Reset() {
	if hook := s.currentHooks().Reset; hook != nil && s.open {
		action := hook(s.mail)
		action.Code = 0
		_ = s.do(action) // what it drops, the library finds closed
	}
	s.mail, s.open = Mail{}, false
}

// Logout has nothing to free.
func (s *mailSession) Logout() error { return nil }

func (s *mailSession) currentHooks() MailHooks {
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	return s.box.hooks
}

func (s *mailSession) ask(hook func(Mail) MailAction, m Mail) error {
	if hook == nil {
		return nil
	}
	return s.do(hook(m))
}

func (s *mailSession) do(a MailAction) error {
	s.box.pause(a.Delay)
	if a.Drop != DropNone || s.box.ctx.Err() != nil { // what Close cuts short does not go on
		return s.drop()
	}
	if a.Code == 0 {
		return nil
	}
	if a.Message == "" {
		a.Message = "refused by the test"
	}
	enhanced := [3]int{a.Code / 100, 0, 0}
	if said, text, ok := strings.Cut(a.Message, " "); ok {
		var own [3]int
		if n, err := fmt.Sscanf(said, "%d.%d.%d", &own[0], &own[1], &own[2]); n == 3 && err == nil {
			enhanced, a.Message = own, text
		}
	}
	return reply(a.Code, a.Message, enhanced[:]...)
}

// drop closes the socket below go-smtp, whose reply then goes nowhere.
func (s *mailSession) drop() error {
	if err := s.conn.Conn().Close(); err != nil {
		return fmt.Errorf("%w: %w", errDropped, err)
	}
	return errDropped
}

// pause waits for d or until Close.
func (b *Mailbox) pause(d time.Duration) {
	_ = pause.For(b.ctx, d) // either ends it
}

func reply(code int, message string, enhanced ...int) error {
	return &smtp.SMTPError{
		Code: code, EnhancedCode: smtp.EnhancedCode{enhanced[0], enhanced[1], enhanced[2]}, Message: message,
	}
}

// loginServer is the server's side of AUTH LOGIN, which go-sasl does not have:
// it asks for the user, then for the password.
type loginServer struct {
	check func(user, password string) error
	asked int
	user  string
}

// Next takes the client's answer and returns the next question.
func (l *loginServer) Next(response []byte) ([]byte, bool, error) {
	if l.asked == 0 && response == nil {
		l.asked = 1
		return []byte("Username:"), false, nil
	}
	if l.asked <= 1 {
		l.user, l.asked = string(response), 2
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.user, string(response))
}
