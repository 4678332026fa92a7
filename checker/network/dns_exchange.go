package network

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"

	"github.com/miekg/dns"

	"daymark/checker"
	"daymark/internal/expression"
)

const (
	// udpSize is what fits a packet on every path without being cut up.
	udpSize = 1232
	// udpTries is how often a question is sent: a packet may be lost.
	udpTries = 3
	// maxStray bounds the packets that are no answer and are passed over.
	maxStray = 100
)

// query asks one server one question, by UDP and then by TCP where the answer
// does not fit.
func (r *dnsRun) query(ctx context.Context, server, name string, kind uint16) (*dns.Msg, *dnsProblem) {
	question := new(dns.Msg).SetQuestion(name, kind)
	question.AuthenticatedData = true // asks whether the answer was verified
	question.SetEdns0(udpSize, r.check.DNSSEC)
	answer, problem := r.exchange(ctx, "udp", server, question)
	if problem == nil && answer.Rcode == dns.RcodeFormatError && !r.check.DNSSEC {
		question.Extra = nil // a server of before 1999 knows no extension
		answer, problem = r.exchange(ctx, "udp", server, question)
	}
	if problem != nil || !answer.Truncated {
		return answer, problem
	}
	answer, problem = r.exchange(ctx, "tcp", server, question)
	if problem == nil && answer.Truncated {
		return nil, r.blame(server, "its answer is cut short over TCP as well")
	}
	return answer, problem
}

// exchange sends the question and waits for its answer.
func (r *dnsRun) exchange(ctx context.Context, network, server string, question *dns.Msg) (*dns.Msg, *dnsProblem) {
	packed, err := question.Pack()
	if err != nil {
		return nil, &dnsProblem{checker.Unknown, "the question cannot be written: " + err.Error()}
	}
	conn, err := r.dialer(ctx).DialContext(ctx, network, server)
	if err != nil {
		return nil, r.explain(ctx, server, err, "")
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now()) }) // a closed connection needs none
	defer stop()
	if network == "tcp" {
		data, err := overTCP(conn, packed)
		if err != nil {
			return nil, r.explain(ctx, server, err, "")
		}
		answer, stray := readAnswer(data, question)
		if stray != "" {
			return nil, r.blame(server, stray)
		}
		return answer, nil
	}
	return r.overUDP(ctx, conn, server, packed, question)
}

func (r *dnsRun) dialer(ctx context.Context) *net.Dialer {
	dialer := &net.Dialer{Resolver: lookups(ctx, r.options.Resolver)}
	if r.named {
		dialer.Control = r.options.Control
	}
	return dialer
}

// overUDP sends the question some times and passes over what is no answer to
// it: anybody can send a packet.
func (r *dnsRun) overUDP(ctx context.Context, conn net.Conn, server string, packed []byte, question *dns.Msg) (*dns.Msg, *dnsProblem) {
	deadline, _ := ctx.Deadline() // Run sets one
	stray, strays := "", 0
	buffer := make([]byte, dns.MaxMsgSize)
	for try := range udpTries {
		if _, err := conn.Write(packed); err != nil {
			return nil, r.explain(ctx, server, err, stray)
		}
		until := time.Now().Add(time.Until(deadline) / time.Duration(udpTries-try))
		if err := conn.SetReadDeadline(until); err != nil {
			return nil, r.explain(ctx, server, err, stray)
		}
		for {
			n, err := conn.Read(buffer)
			if err != nil {
				var timeout net.Error
				if errors.As(err, &timeout) && timeout.Timeout() && ctx.Err() == nil && try+1 < udpTries {
					break
				}
				return nil, r.explain(ctx, server, err, stray)
			}
			most := udpSize
			if question.IsEdns0() == nil {
				most = dns.MinMsgSize
			}
			answer, wrong := readAnswer(buffer[:n], question)
			if n > most {
				wrong = fmt.Sprintf("its answer has %d bytes, more than the %d that were asked for", n, most)
			}
			if wrong == "" {
				return answer, nil
			}
			stray = wrong
			if strays++; strays > maxStray {
				return nil, r.blame(server, stray)
			}
		}
	}
	return nil, r.explain(ctx, server, context.DeadlineExceeded, stray)
}

// overTCP sends a question with its length before it and reads one answer.
func overTCP(conn net.Conn, packed []byte) ([]byte, error) {
	framed := append(binary.BigEndian.AppendUint16(nil, uint16(len(packed))), packed...)
	if _, err := conn.Write(framed); err != nil {
		return nil, err
	}
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return nil, err
	}
	data := make([]byte, binary.BigEndian.Uint16(length[:]))
	_, err := io.ReadFull(conn, data)
	return data, err
}

// readAnswer reads a message and says why it is no answer to the question.
func readAnswer(data []byte, question *dns.Msg) (answer *dns.Msg, wrong string) {
	answer = new(dns.Msg)
	if err := answer.Unpack(data); err != nil {
		return nil, "its answer is not DNS as it should be"
	}
	switch {
	case answer.Id != question.Id:
		return nil, "it answers under another number (id) than it was asked"
	case !answer.Response:
		return nil, "it sends a question where an answer is due"
	case len(answer.Question) == 0 && answer.Rcode != dns.RcodeSuccess && answer.Rcode != dns.RcodeNameError:
		return answer, "" // servers that could not read the question need not repeat it
	case len(answer.Question) != 1, answer.Question[0].Qtype != question.Question[0].Qtype, answer.Question[0].Qclass != dns.ClassINET,
		dns.CanonicalName(answer.Question[0].Name) != question.Question[0].Name:
		return nil, "it answers another question than it was asked"
	}
	return answer, ""
}

// blame says whose fault a server's conduct is.
func (r *dnsRun) blame(server, what string) *dnsProblem {
	if r.named {
		return &dnsProblem{checker.Failed, "the name server " + server + " is at fault: " + what}
	}
	return &dnsProblem{checker.Unknown, "the resolver " + server + " is at fault: " + what}
}

// explain says why no answer came.
func (r *dnsRun) explain(ctx context.Context, server string, err error, stray string) *dnsProblem {
	if errors.Is(ctx.Err(), context.Canceled) {
		return &dnsProblem{checker.Unknown, "the run was stopped before it ended"}
	}
	if outcome, reason, ok := checker.ExplainDial(err, server); ok && (r.named || outcome == checker.Unknown) {
		return &dnsProblem{outcome, reason}
	}
	var timeout net.Error
	who := "the resolver " + server
	outcome := checker.Unknown
	if r.named {
		who, outcome = "the name server "+server, checker.Failed
	}
	switch {
	case stray != "":
		return r.blame(server, stray)
	case errors.Is(err, syscall.ECONNREFUSED):
		return &dnsProblem{outcome, who + " refused the connection"}
	case checker.NoRoute(err):
		return &dnsProblem{outcome, "no route to " + who}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return &dnsProblem{outcome, fmt.Sprintf("%s did not answer within %s", who, expression.FormatDuration(r.budget))}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &dnsProblem{outcome, who + " closed the connection before its answer ended"}
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return &dnsProblem{outcome, who + " reset the connection"}
	}
	return &dnsProblem{outcome, who + " could not be asked: " + err.Error()}
}
