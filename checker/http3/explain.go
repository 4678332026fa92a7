package http3

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"daymark/checker"
)

// cryptoErrors is where the codes of TLS alerts begin among those of QUIC.
const cryptoErrors = 0x100

// noProtocol is the alert of a server that speaks none of the protocols that
// were offered.
const noProtocol = 120

// explain turns the library's errors into what the checker understands. What
// the context ended is the context's.
func explain(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	fault := func(format string, args ...any) error {
		return &checker.HTTP3Fault{Reason: fmt.Sprintf(format, args...), Err: err}
	}
	if negotiation, ok := errors.AsType[*quic.VersionNegotiationError](err); ok {
		return fault("the server speaks no version of QUIC that HTTP/3 is asked in: it offers %s", versionsOf(negotiation))
	}
	if _, ok := errors.AsType[*quic.StatelessResetError](err); ok {
		return fault("the server forgot the connection (QUIC stateless reset)")
	}
	if _, ok := errors.AsType[*quic.IdleTimeoutError](err); ok {
		return fault("the server fell silent in the middle of the QUIC connection")
	}
	if broken, ok := errors.AsType[*quic.TransportError](err); ok {
		return transportFault(err, broken, fault)
	}
	if stream, ok := errors.AsType[*quic.StreamError](err); ok {
		if stream.Remote {
			return fault("the server ended the answer (RESET_STREAM %s)", nameOf(http3.ErrCode(stream.ErrorCode)))
		}
		return fault("the answer is not HTTP/3 as it should be (%s)", nameOf(http3.ErrCode(stream.ErrorCode)))
	}
	if ended, ok := errors.AsType[*quic.ApplicationError](err); ok {
		if ended.Remote {
			return fault("the server ended the HTTP/3 connection (%s)", nameOf(http3.ErrCode(ended.ErrorCode)))
		}
		return fault("the server does not keep to HTTP/3 (%s)", nameOf(http3.ErrCode(ended.ErrorCode)))
	}
	return sentence(err, fault)
}

// sentence tells what the library says in words alone.
func sentence(err error, fault func(string, ...any) error) error {
	if _, ok := errors.AsType[net.Error](err); ok { // a socket's, or a resolver's
		return err
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) { // the checker tells where it ended
		return io.ErrUnexpectedEOF
	}
	text := err.Error()
	switch {
	case strings.Contains(text, "too many 1xx"):
		return fault("more than 5 preliminary (1xx) answers came and no real one")
	case strings.Contains(text, "graceful shutdown"):
		return fault("the server ended the HTTP/3 connection (GOAWAY)")
	case strings.Contains(text, "frame too large"), strings.Contains(text, "headers too large"):
		return fault("the answer's headers are larger than they may be")
	case strings.Contains(text, "too much data"):
		return fault("the answer's length is not what it says")
	case strings.HasPrefix(text, "http3: "), strings.HasPrefix(text, "qpack: "):
		return fault("the answer is not HTTP/3 as it should be")
	}
	return err
}

// transportFault tells of QUIC itself. TLS alerts are QUIC's errors too; what
// our own side of TLS found is passed on, for it says more than the alert.
func transportFault(err error, broken *quic.TransportError, fault func(string, ...any) error) error {
	alert := int64(broken.ErrorCode) - cryptoErrors
	switch {
	case alert == noProtocol:
		return fault("the server speaks QUIC, but not HTTP/3")
	case alert >= 0 && alert <= 255 && broken.Remote:
		return fmt.Errorf("remote error: %w", tls.AlertError(alert))
	case alert >= 0 && alert <= 255:
		return err
	case broken.Remote:
		return fault("the server ended the QUIC connection (%s)", broken.ErrorCode)
	}
	return fault("the server does not keep to QUIC (%s)", broken.ErrorCode)
}

// nameOf writes a code as the standard names it.
func nameOf(code http3.ErrCode) string {
	if name := code.String(); !strings.HasPrefix(name, "unknown") {
		return name
	}
	return fmt.Sprintf("%#x", uint64(code))
}

func versionsOf(negotiation *quic.VersionNegotiationError) string {
	var offered []string
	for _, version := range negotiation.Theirs {
		offered = append(offered, version.String())
	}
	if len(offered) == 0 {
		return "none"
	}
	return strings.Join(offered, ", ")
}
