package network

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"daymark/checker"
)

const (
	// maxSMTP bounds what a mail server may say in all.
	maxSMTP = 100_000
	// implicitTLS is the port where TLS begins with the connection.
	implicitTLS = "465"
	// goodbye is how long the answer to QUIT is waited for: nothing hangs on it.
	goodbye = 2 * time.Second
)

func smtpAddress(job *checker.Job) (string, bool) {
	if job.SMTP == nil {
		return "", false
	}
	return hostPort(job.SMTP.Address)
}

// mail is a conversation with a mail server.
type mail struct {
	*talk
	conn net.Conn
	text *textproto.Reader
	wire *bufio.Reader
}

// askSMTP greets a mail server, goes over to TLS where asked, and leaves.
func askSMTP(t *talk) (any, *fault) {
	conn, problem := t.connect()
	if problem != nil {
		return nil, problem
	}
	m := &mail{talk: t}
	defer conn.Close()
	var state tls.ConnectionState
	if _, port, _ := net.SplitHostPort(t.address); port == t.implicit { // it was split before
		secured, problem := t.secure(conn)
		if problem != nil {
			return nil, problem
		}
		conn, state = secured, secured.ConnectionState()
	}
	m.over(conn)
	since := time.Now()
	banner, problem := m.reply("a banner", 220)
	if problem != nil {
		return nil, problem
	}
	t.took("banner", since)
	since = time.Now()
	extensions, problem := m.hello()
	if problem != nil {
		return nil, problem
	}
	if t.job.SMTP.StartTLS && state.Version == 0 {
		secured, problem := m.startTLS(extensions)
		if problem != nil {
			return nil, problem
		}
		state = secured.ConnectionState()
		m.over(secured)
		if extensions, problem = m.hello(); problem != nil { // what was said in the clear does not count
			return nil, problem
		}
	}
	t.took("answer", since)
	facts := checker.SMTPFacts{Latency: t.answered(), Banner: banner, Extensions: extensions}
	if state.Version != 0 {
		facts.TLS = checker.TLSFactsOf(&state, t.options.Now())
	}
	m.quit()
	return facts, nil
}

// over goes on over a connection.
func (m *mail) over(conn net.Conn) {
	m.conn, m.wire = conn, bufio.NewReader(conn)
	m.text = textproto.NewReader(m.wire)
}

// hello says EHLO and gives the extensions.
func (m *mail) hello() ([]string, *fault) {
	said, problem := m.command("EHLO "+m.name(), "EHLO", 250)
	if problem != nil {
		return nil, problem
	}
	_, lines, _ := strings.Cut(said, "\n") // the first line is the server's name
	extensions := []string{}
	for line := range strings.SplitSeq(lines, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			extensions = append(extensions, line)
		}
	}
	return extensions, nil
}

// name is who we say we are: the address that we come from.
func (m *mail) name() string {
	host, _, err := net.SplitHostPort(m.conn.LocalAddr().String())
	if err != nil {
		return "[127.0.0.1]"
	}
	if strings.Contains(host, ":") {
		host, _, _ = strings.Cut(host, "%")
		return "[IPv6:" + host + "]"
	}
	return "[" + host + "]"
}

// startTLS goes over to TLS.
func (m *mail) startTLS(extensions []string) (*tls.Conn, *fault) {
	if !slices.ContainsFunc(extensions, func(e string) bool { return strings.EqualFold(e, "STARTTLS") }) {
		return nil, failed("the server does not offer STARTTLS")
	}
	if _, problem := m.command("STARTTLS", "STARTTLS", 220); problem != nil {
		return nil, problem
	}
	if m.wire.Buffered() > 0 {
		return nil, failed("the server says more in the clear after its answer to STARTTLS; that could be somebody in between")
	}
	return m.secure(m.conn)
}

// command says a line and reads the answer to it.
func (m *mail) command(line, name string, code int) (string, *fault) {
	m.said.sent(line)
	if _, err := fmt.Fprintf(m.conn, "%s\r\n", line); err != nil {
		return "", m.fault(err, checker.Stage{Late: name + " could not be sent", Where: "before an answer to " + name + " came"})
	}
	return m.reply("an answer to "+name, code)
}

// reply reads an answer of one or more lines, which has to have the code.
func (m *mail) reply(what string, want int) (string, *fault) {
	code, text, err := m.text.ReadResponse(want)
	var refused *textproto.Error
	var broken textproto.ProtocolError
	switch {
	case err == nil:
		m.said.got(fmt.Sprintf("%d %s", code, text))
		return text, nil
	case errors.As(err, &refused):
		m.said.got(fmt.Sprintf("%d %s", refused.Code, refused.Msg))
		return "", failed(fmt.Sprintf("the server said %d %s where %s was due", refused.Code, brief(refused.Msg), what))
	case errors.As(err, &broken) && m.Ended() != nil: // it is half a line because it ended there
		err = m.Ended()
	case errors.As(err, &broken):
		m.said.got(broken.Error())
		return "", failed("the server does not speak SMTP: " + brief(broken.Error()))
	}
	return "", m.fault(err, checker.Stage{Late: what + " did not come", Where: "before " + what + " came"})
}

// quit leaves politely; how the server takes it changes nothing.
func (m *mail) quit() {
	until := time.Now().Add(goodbye)
	if deadline, bounded := m.ctx.Deadline(); bounded && deadline.Before(until) {
		until = deadline
	}
	if m.conn.SetDeadline(until) != nil {
		return
	}
	if _, problem := m.command("QUIT", "QUIT", 221); problem != nil {
		m.said.note("no goodbye: %s", problem.reason)
	}
}
