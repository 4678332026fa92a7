package network

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"daymark/checker"
	"daymark/internal/redact"
)

const (
	// maxMessage bounds the message that is read.
	maxMessage = 1_000_000
	// maxWebSocket bounds all that comes in: the message, the handshake's
	// headers, pings.
	maxWebSocket = 1_500_000
	// shortSend is up to where what is sent is no secret worth hiding where
	// the server repeats it: ping.
	shortSend = 8
)

func webSocketAddress(job *checker.Job) (string, bool) {
	if job.WebSocket == nil {
		return "", false
	}
	address, err := url.Parse(job.WebSocket.URL)
	if err != nil || address.Hostname() == "" {
		return "", false
	}
	port := address.Port()
	switch {
	case address.Scheme == "ws" && port == "":
		port = "80"
	case address.Scheme == "wss" && port == "":
		port = "443"
	case address.Scheme != "ws" && address.Scheme != "wss":
		return "", false
	}
	return hostPort(net.JoinHostPort(address.Hostname(), port))
}

// askWebSocket opens a socket, sends what is to be sent and reads one message.
func askWebSocket(t *talk) (any, *fault) {
	check := t.job.WebSocket
	address, headers, secrets := t.socketRequest()
	if len(check.Send) > shortSend {
		secrets = append(secrets, check.Send)
	}
	t.said.hidden = redact.New(secrets...)
	since := time.Now()
	socket, facts, problem := openSocket(t, address, headers)
	if problem != nil {
		return nil, problem
	}
	defer socket.Close()
	t.took("handshake", since)
	if check.Send == "" && !wantsBody(t.job) {
		facts.Latency = t.answered()
		leaveSocket(socket)
		return facts, nil
	}
	since = time.Now()
	if deadline, bounded := t.ctx.Deadline(); bounded { // the library took it off
		_ = socket.SetReadDeadline(deadline)  // it fails only where reading fails, too
		_ = socket.SetWriteDeadline(deadline) // it never fails
	}
	if check.Send != "" {
		t.said.note("a message of %d bytes is sent", len(check.Send))
		if err := socket.WriteMessage(websocket.TextMessage, []byte(check.Send)); err != nil {
			return nil, t.fault(err, checker.Stage{Late: "the message could not be sent", Where: "while the message was sent"})
		}
	}
	kind, body, err := readMessage(socket)
	if err != nil {
		return nil, t.noMessage(err)
	}
	t.took("answer", since)
	facts.Latency = t.answered()
	facts.Body = strings.ToValidUTF8(string(body), "\uFFFD")
	if kind == websocket.BinaryMessage {
		t.said.note("a binary message of %d bytes came", len(body))
	}
	t.said.got(cut(facts.Body, maxEvidence/4))
	leaveSocket(socket)
	return facts, nil
}

// socketRequest gives the address to ask and the headers, and what of them is
// secret: a name and password in the address travel as basic authentication,
// for an address of a WebSocket has no place for them.
func (t *talk) socketRequest() (string, http.Header, []string) {
	headers := http.Header{"User-Agent": {t.options.UserAgent}}
	address, err := url.Parse(t.job.WebSocket.URL)
	if err != nil || address.User == nil {
		return t.job.WebSocket.URL, headers, nil
	}
	password, _ := address.User.Password()
	pair := base64.StdEncoding.EncodeToString([]byte(address.User.Username() + ":" + password))
	headers.Set("Authorization", "Basic "+pair)
	address.User = nil
	return address.String(), headers, []string{password, pair}
}

// openSocket makes the handshake.
func openSocket(t *talk, address string, headers http.Header) (*websocket.Conn, checker.WebSocketFacts, *fault) {
	facts := checker.WebSocketFacts{}
	dialer := websocket.Dialer{
		NetDialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return t.Dial(ctx, t.address) },
		NetDialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			conn, err := t.Dial(ctx, t.address)
			if err != nil {
				return nil, err
			}
			config := t.trust()
			config.NextProtos = []string{"http/1.1"} // a WebSocket of this kind has no other
			secured, err := t.Secure(conn, config)
			if err != nil {
				conn.Close()
				return nil, err
			}
			state := secured.ConnectionState()
			t.said.handshake(&state)
			facts.TLS = checker.TLSFactsOf(&state, t.options.Now())
			return secured, nil
		},
	}
	t.said.note("opening %s", bare(t.job.WebSocket.URL))
	socket, response, err := dialer.DialContext(t.ctx, address, headers)
	if response != nil {
		response.Body.Close()
		t.said.got(response.Proto + " " + response.Status)
		facts.Status = response.StatusCode
	}
	switch {
	case errors.Is(err, websocket.ErrBadHandshake):
		return nil, facts, failed(refusal(response))
	case err != nil:
		return nil, facts, t.notOpened(err)
	}
	socket.SetReadLimit(maxMessage)
	return socket, facts, nil
}

// refusal tells an answer that opens no socket.
func refusal(response *http.Response) string {
	status := strings.TrimSpace(fmt.Sprintf("%d %s", response.StatusCode, http.StatusText(response.StatusCode)))
	if response.StatusCode == http.StatusSwitchingProtocols {
		return "the server's answer to the WebSocket handshake is wrong: its headers do not agree to a WebSocket"
	}
	if location, err := response.Location(); err == nil {
		return "the server answered " + status + " instead of opening the WebSocket: it redirects to " + brief(bare(location.String()))
	}
	return "the server answered " + status + " instead of opening the WebSocket"
}

// notOpened explains an error of the handshake.
func (t *talk) notOpened(err error) *fault {
	if first := t.Failure(); first != nil {
		err = first
	} else if t.Ended() == nil && strings.Contains(err.Error(), "malformed") {
		return failed("the server does not speak HTTP, by which a WebSocket begins")
	}
	return t.fault(err, checker.Stage{Late: "the WebSocket handshake did not end", Where: "during the WebSocket handshake"})
}

// noMessage explains why no message came.
func (t *talk) noMessage(err error) *fault {
	var closed *websocket.CloseError
	switch {
	case errors.As(err, &closed) && closed.Code == websocket.CloseAbnormalClosure:
		err = io.EOF
	case errors.As(err, &closed):
		t.said.got(fmt.Sprintf("close %d %s", closed.Code, closed.Text))
		reason := fmt.Sprintf("the server closed the WebSocket before a message came: %d", closed.Code)
		if meaning := closeCodes[closed.Code]; meaning != "" {
			reason += " (" + meaning + ")"
		}
		if closed.Text != "" {
			reason += ", " + brief(closed.Text)
		}
		return failed(reason)
	case errors.Is(err, websocket.ErrReadLimit):
		return failed("the message is larger than 1 MB")
	case strings.HasPrefix(err.Error(), "websocket: "):
		return failed("the server breaks the WebSocket protocol: " + brief(strings.TrimPrefix(err.Error(), "websocket: ")))
	}
	return t.fault(err, checker.Stage{Late: "no message came", Where: "before a message came"})
}

// closeCodes are what the codes of a closed socket mean.
var closeCodes = map[int]string{
	websocket.CloseNormalClosure:           "done",
	websocket.CloseGoingAway:               "going away",
	websocket.CloseProtocolError:           "protocol error",
	websocket.CloseUnsupportedData:         "unsupported data",
	websocket.CloseNoStatusReceived:        "no code given",
	websocket.CloseInvalidFramePayloadData: "invalid data",
	websocket.ClosePolicyViolation:         "policy violation",
	websocket.CloseMessageTooBig:           "message too big",
	websocket.CloseMandatoryExtension:      "extension missing",
	websocket.CloseInternalServerErr:       "server error",
	websocket.CloseServiceRestart:          "restarting",
	websocket.CloseTryAgainLater:           "try again later",
}

// readMessage reads the first message; pings on the way are answered.
func readMessage(socket *websocket.Conn) (int, []byte, error) {
	kind, reader, err := socket.NextReader()
	if err != nil {
		return 0, nil, err
	}
	body, err := io.ReadAll(reader)
	return kind, body, err
}

// leaveSocket says goodbye; whether it arrives changes nothing.
func leaveSocket(socket *websocket.Conn) {
	goodbye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	_ = socket.WriteControl(websocket.CloseMessage, goodbye, time.Now().Add(time.Second)) // the run is over either way
}

var bodyWord = regexp.MustCompile(`\bbody\b`)

// wantsBody says whether an expression of the check looks at a message.
func wantsBody(job *checker.Job) bool {
	for _, group := range [][]string{job.Expect, job.Degraded, job.Warn} {
		if slices.ContainsFunc(group, bodyWord.MatchString) {
			return true
		}
	}
	return false
}

// bare writes an address without what may be secret.
func bare(raw string) string {
	address, err := url.Parse(raw)
	if err != nil {
		return "an address"
	}
	return (&url.URL{Scheme: address.Scheme, Host: address.Host, Path: address.Path}).String()
}
