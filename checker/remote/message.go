package remote

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gorilla/websocket"

	"daymark/checker"
)

// What both ends of the protocol agree on.
const (
	Path        = "/agent/v1/connect"
	Subprotocol = "daymark.agent.v1"
	Protocol    = 1

	// KeepAlive is the time between the server's pings.
	KeepAlive = 15 * time.Second
	// MaxMessage is the largest message that the server reads, in bytes.
	MaxMessage = 4 << 20
	// MaxPlan is the largest message that an agent reads, in bytes.
	MaxPlan = 64 << 20

	aimMessage   = 1_000_000 // an agent's messages stay below it, but for a single large result
	maxResults   = 10_000    // in one message
	writeTimeout = time.Minute
	ctrlTimeout  = 5 * time.Second
)

// The types of messages.
const (
	typeHello   = "hello"
	typePlan    = "plan"
	typeResults = "results"
	typeAck     = "ack"
	typeError   = "error"
	typeRun     = "run"
	typeTry     = "try"
	typeTried   = "tried"
	typeShare   = "share"
	typeLeave   = "leave"
	typeHealth  = "health"
)

// What a hello says of an agent: it runs a check when it is asked to; it
// shares the runs of its region with others; it tries a check that is not in
// its plan.
const (
	canRun   = "run"
	canShare = "share"
	canTry   = "try"
)

// mostCan bounds what a hello says that an agent can.
const mostCan = 20

// Plan is what the agents of a region have to do.
type Plan struct {
	// Revision is equal for plans that are equal.
	Revision string `json:"revision"`
	// Region is where the token of the agent belongs.
	Region string `json:"region"`
	// Settings is what else the agent is told: a JSON document that this
	// package only carries.
	Settings json.RawMessage `json:"settings,omitempty"`
	Checks   []checker.Check `json:"checks"`
}

// message is one message of either side; which fields it has, the type says.
type message struct {
	Type     string              `json:"type"`
	Protocol int                 `json:"protocol,omitempty"` // hello
	Version  string              `json:"version,omitempty"`  // hello
	Agent    string              `json:"agent,omitempty"`    // hello
	Can      []string            `json:"can,omitempty"`      // hello: what the agent does besides
	Self     string              `json:"self,omitempty"`     // hello: tells agents of one token apart
	Share    *Share              `json:"share,omitempty"`    // share; hello: what the agent goes by
	Me       string              `json:"me,omitempty"`       // share, and hello with one: the agent's name in it
	Lease    int64               `json:"lease,omitempty"`    // plan: milliseconds that a share lasts without a word; 0: none is told
	Health   *Health             `json:"health,omitempty"`   // health
	Plan     *Plan               `json:"plan,omitempty"`     // plan
	Check    string              `json:"check,omitempty"`    // run
	Trial    *checker.Check      `json:"trial,omitempty"`    // try
	Within   int64               `json:"within,omitempty"`   // try: the milliseconds that it may take
	Result   *checker.Result     `json:"result,omitempty"`   // tried; without one, message says why
	ID       uint64              `json:"id,omitempty"`       // results, ack, error, try, tried
	Results  []checker.Result    `json:"results,omitempty"`  // results
	Rejected []checker.Rejection `json:"rejected,omitempty"` // ack
	Message  string              `json:"message,omitempty"`  // error, tried: one sentence
	// Pause is for how many milliseconds the server wants no results that can
	// wait; ack and error.
	Pause int64 `json:"pause,omitempty"`
	// Received and Sent are the server's clock when the message that this one
	// answers had come, and when this one left: Unix nanoseconds; plan and
	// ack, 0 from a server that does not tell.
	Received int64 `json:"received,omitempty"`
	Sent     int64 `json:"sent,omitempty"`
}

// Health is how an agent is, as it tells every HealthEvery.
type Health struct {
	// Fault is why it cannot be relied on; empty: it can.
	Fault string `json:"fault,omitempty"`
	// Spool is the bytes that wait in its spool, Thinned the good results that
	// had to go from it, Held the results that are in memory alone.
	Spool   int64 `json:"spool,omitempty"`
	Thinned int64 `json:"thinned,omitempty"`
	Held    int   `json:"held,omitempty"`
	// Runs are those of the last minutes; Late is by how much a hundredth of
	// them began later than that, in nanoseconds; Missed counts what was left
	// out, because the next run was due.
	Runs   int           `json:"runs,omitempty"`
	Late   time.Duration `json:"late,omitempty"`
	Missed int           `json:"missed,omitempty"`
	// Memory is what the agent's process holds, in bytes; Chromium is not in it.
	Memory int64 `json:"memory,omitempty"`
}

// HealthEvery is how often an agent tells how it is.
const HealthEvery = 10 * time.Second

// valid says whether a health can be believed.
func (h *Health) valid() bool {
	return h != nil && len(h.Fault) <= 4*checker.MaxReason && h.Spool >= 0 && h.Thinned >= 0 && h.Held >= 0 && h.Runs >= 0 && h.Late >= 0 && h.Missed >= 0 && h.Memory >= 0
}

// decodeMessage reads one message and checks that it has what its type needs.
// A type that is not known is no error: a newer side may have more to say.
func decodeMessage(data []byte) (message, error) {
	var m message
	if err := json.Unmarshal(data, &m); err != nil {
		return message{}, fmt.Errorf("a message is not what the protocol says: %w", err)
	}
	var fault error
	switch m.Type {
	case "":
		fault = errors.New("a message has no type")
	case typeHello:
		if m.Protocol < 1 || m.Agent == "" || len(m.Self) > checker.MaxID || len(m.Me) > 2*checker.MaxID || len(m.Can) > mostCan || len(m.Agent) > checker.MaxID || len(m.Version) > checker.MaxID {
			fault = fmt.Errorf("hello needs a protocol, and an agent's name and a version of at most %d bytes", checker.MaxID)
		}
	case typePlan:
		if m.Plan == nil || m.Plan.Region == "" || m.Plan.Revision == "" {
			fault = errors.New("a plan needs a revision and a region")
		}
	case typeResults:
		if m.ID == 0 || len(m.Results) == 0 || len(m.Results) > maxResults {
			fault = fmt.Errorf("results need an id, and from 1 to %d of them", maxResults)
		}
	case typeShare:
		if m.Share == nil || !m.Share.valid() || m.Me == "" {
			fault = errors.New("share needs members and the name of the agent among them")
		}
	case typeHealth:
		if !m.Health.valid() {
			fault = errors.New("health needs what it is, with no number below zero")
		}
	case typeRun:
		if m.Check == "" || len(m.Check) > checker.MaxID {
			fault = errors.New("run needs the id of a check")
		}
	case typeTry, typeTried:
		fault = m.faultOfTrial()
	case typeAck:
		if m.ID == 0 {
			fault = errors.New("an ack needs an id")
		}
	}
	if fault != nil {
		return message{}, fault
	}
	return m, nil
}

// receive reads one message whole, of so many bytes at most when it is
// unpacked. alive is called whenever something of it came, so that a large
// message on a slow line is not taken for silence.
func receive(socket *websocket.Conn, most int, alive func() error) (message, error) {
	kind, reader, err := socket.NextReader()
	if err != nil {
		return message{}, err
	}
	if kind != websocket.TextMessage {
		return message{}, &protocolError{"messages are text frames"}
	}
	var data []byte
	for chunk := make([]byte, 32<<10); ; {
		n, err := reader.Read(chunk)
		if data = append(data, chunk[:n]...); len(data) > most { // the socket's own limit holds for what is packed
			sayGoodbye(socket, websocket.CloseMessageTooBig, "")
			return message{}, websocket.ErrReadLimit
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return message{}, err
		}
		if err := alive(); err != nil {
			return message{}, err
		}
	}
	m, err := decodeMessage(data)
	if err != nil {
		return message{}, &protocolError{err.Error()}
	}
	return m, nil
}

// protocolError is a fault of the other side.
type protocolError struct{ text string }

func (e *protocolError) Error() string { return e.text }

// send writes one message, which is encoded already.
func send(socket *websocket.Conn, data []byte) error {
	if err := socket.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	return socket.WriteMessage(websocket.TextMessage, data)
}

// sayGoodbye sends a close frame; the connection is over, whether it arrives
// or not.
func sayGoodbye(socket *websocket.Conn, code int, text string) {
	frame := websocket.FormatCloseMessage(code, text[:min(len(text), 120)])
	_ = socket.WriteControl(websocket.CloseMessage, frame, time.Now().Add(ctrlTimeout))
}
