package email

import (
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"strconv"
)

// stage is how far a message had come when it failed.
type stage int

const (
	setup     stage = iota // nothing of this message was said
	sender                 // MAIL
	recipient              // RCPT
	data                   // DATA
	content                // the message, before its final dot
	end                    // after the final dot
)

var stages = [...]string{setup: "the connection", sender: "the sender", recipient: "the recipient", data: "DATA", content: "the message", end: "the message"}

// failure is what went wrong with one message.
type failure struct {
	stage stage
	code  int // of SMTP; 0: there was no answer
	text  string
	err   error
}

func (f *failure) Error() string {
	if f.code != 0 {
		return fmt.Sprintf("the server refused %s: %d %s", stages[f.stage], f.code, f.text)
	}
	return fmt.Sprintf("the connection failed at %s: %v", stages[f.stage], f.err)
}

func (f *failure) Unwrap() error { return f.err }

func failed(at stage, err error) *failure {
	f := &failure{stage: at, err: err}
	if answer, ok := errors.AsType[*textproto.Error](err); ok {
		f.code, f.text = answer.Code, answer.Msg
	}
	return f
}

// transmit sends a message on a connection, and gives what the server said to
// its end. The end of ctx closes the connection.
func (c *Channel) transmit(ctx context.Context, s *session, l *letter) (string, *failure) {
	s.conn.left.Store(maxAnswers)
	s.sent++
	stop := context.AfterFunc(ctx, s.drop)
	defer stop()
	if err := s.client.UpdateDeadline(c.opts.Timeout); err != nil {
		return "", failed(setup, err)
	}
	if most := s.most(); most > 0 && len(l.raw) > most {
		return "", &failure{stage: content, code: 552, text: fmt.Sprintf("it takes messages of %d bytes, and this one has %d", most, len(l.raw))}
	}
	if f := s.announce(l); f != nil {
		return "", f
	}
	text := s.client.Text
	w := text.DotWriter()
	// Until the writer is closed the final dot is not written, so the server
	// cannot take the message.
	if _, err := w.Write(l.raw); err != nil {
		// A server may say why it reads no further, and hang up.
		if _, _, said := text.ReadResponse(250); said != nil {
			if f := failed(content, said); f.code >= 400 {
				return "", f
			}
		}
		return "", failed(content, err)
	}
	if err := w.Close(); err != nil {
		return "", failed(end, err)
	}
	_, answer, err := text.ReadResponse(250)
	if err != nil {
		return "", failed(end, err)
	}
	return answer, nil
}

// announce says who the message is from and to, until the server wants to see
// it. A server that knows PIPELINING (RFC 2920) hears it all at once, which
// spares two waits for an answer; the library asks one by one.
func (s *session) announce(l *letter) *failure {
	commands := []struct {
		stage stage
		line  string
		want  int
	}{
		{sender, "MAIL FROM:<" + l.from + ">", 250},
		{recipient, "RCPT TO:<" + l.to + ">", 25},
		{data, "DATA", 354},
	}
	text, first := s.client.Text, (*failure)(nil)
	pipelining, _ := s.client.Extension("PIPELINING")
	if pipelining {
		for _, c := range commands {
			_, _ = text.W.WriteString(c.line + "\r\n") // its error comes with Flush
		}
		if err := text.W.Flush(); err != nil {
			return failed(sender, err)
		}
	}
	for _, c := range commands {
		if !pipelining {
			if err := text.PrintfLine("%s", c.line); err != nil {
				return failed(c.stage, err)
			}
		}
		_, _, err := text.ReadResponse(c.want)
		f := failed(c.stage, err)
		switch {
		case err == nil && c.stage == data && first != nil:
			return s.nothing(first)
		case err != nil && first == nil:
			first = f
		}
		if err != nil && (f.code == 0 || !pipelining) {
			return first
		}
	}
	return first
}

// nothing ends a message that the server wants to see although it refused what
// came before.
func (s *session) nothing(f *failure) *failure {
	if err := s.client.Text.PrintfLine("."); err == nil {
		_, _, _ = s.client.Text.ReadResponse(5) // the refusal is known; should it be lost, so is the connection
	}
	return f
}

// most is the size of a message that the server said it takes (RFC 1870), in
// bytes; 0: it said none.
func (s *session) most() int {
	_, size := s.client.Extension("SIZE")
	most, err := strconv.Atoi(size)
	if err != nil {
		return 0 // it may stand without a number
	}
	return most
}

// recover makes a connection ready for the next message after a refusal; false
// where it is not. After success it is ready already.
func (s *session) recover(f *failure) bool {
	if f == nil {
		return true
	}
	// Whatever else was said after half a message would end it with a dot.
	if f.code < 400 || f.code == 421 || f.stage == content && f.err != nil {
		return false
	}
	return s.client.Reset() == nil
}
