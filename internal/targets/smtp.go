package targets

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
)

// Mail says how a mail server behaves.
type Mail struct {
	// Banner is what it greets with; "220 mail.test ESMTP" when empty.
	Banner string
	// TLS is for STARTTLS, which is not offered when it is nil.
	TLS *tls.Config
	// Answers replaces answers by command, such as EHLO or STARTTLS, each as
	// it goes over the wire but for its last line's end.
	Answers map[string]string
}

// SMTP starts a mail server that greets, and takes EHLO, STARTTLS and QUIT.
func SMTP(mail Mail) (*Server, error) { return TCP(mail.Talk) }

// Talk is the conversation over one connection.
func (m Mail) Talk(conn net.Conn) {
	banner := m.Banner
	if banner == "" {
		banner = "220 mail.test ESMTP"
	}
	fmt.Fprintf(conn, "%s\r\n", banner)
	secured := false
	lines := bufio.NewReader(conn)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(line)), " ")
		if answer, ok := m.Answers[verb]; ok {
			fmt.Fprintf(conn, "%s\r\n", answer)
			continue
		}
		switch {
		case verb == "EHLO" && m.TLS != nil && !secured:
			fmt.Fprint(conn, "250-mail.test\r\n250-PIPELINING\r\n250-SIZE 1000000\r\n250 STARTTLS\r\n")
		case verb == "EHLO":
			fmt.Fprint(conn, "250-mail.test\r\n250-PIPELINING\r\n250 SIZE 1000000\r\n")
		case verb == "STARTTLS" && m.TLS != nil && !secured:
			fmt.Fprint(conn, "220 go ahead\r\n")
			over := tls.Server(conn, m.TLS)
			if over.Handshake() != nil {
				return
			}
			conn, lines, secured = over, bufio.NewReader(over), true
		case verb == "QUIT":
			fmt.Fprint(conn, "221 goodbye\r\n")
			return
		default:
			fmt.Fprint(conn, "502 not here\r\n")
		}
	}
}
