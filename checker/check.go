package checker

import (
	"errors"
	"fmt"
	"time"
)

// Kind names what a check tries.
type Kind string

// The kinds of check.
const (
	KindHTTP      Kind = "http"
	KindBrowser   Kind = "browser"
	KindHeartbeat Kind = "heartbeat"
	KindDNS       Kind = "dns"
	KindTCP       Kind = "tcp"
	KindSMTP      Kind = "smtp"
	KindTLS       Kind = "tls"
	KindICMP      Kind = "icmp"
	KindGRPC      Kind = "grpc"
	KindWebSocket Kind = "websocket"
)

// Check is something to try, on a schedule, from regions, as the
// configuration has it. Exactly one of the kinds is set. Strings may hold
// ${agent-env:NAME}, which only the agent can fill in.
type Check struct {
	ID        string        `yaml:"id" json:"id"`
	Component string        `yaml:"-" json:"component"` // the component it belongs to
	Name      string        `yaml:"name" json:"name,omitempty"`
	Schedule  string        `yaml:"schedule" json:"schedule,omitempty"` // robfig/cron: five fields, descriptors, CRON_TZ=
	Regions   []string      `yaml:"regions" json:"regions,omitempty"`   // where it runs; filled in with all when empty
	Timeout   time.Duration `yaml:"timeout" json:"timeout,omitempty"`   // of one attempt; DefaultTimeout when 0
	Attempts  int           `yaml:"attempts" json:"attempts,omitempty"` // tries in one run before it counts as failed; 1 when 0
	DownWhen  DownWhen      `yaml:"down_when" json:"down_when"`
	UpWhen    UpWhen        `yaml:"up_when" json:"up_when"`
	Means     string        `yaml:"means" json:"means,omitempty"` // the status that its failure alone gives its component

	HTTP      *HTTP      `yaml:"http" json:"http,omitempty"`
	Browser   *Browser   `yaml:"browser" json:"browser,omitempty"`
	Heartbeat *Heartbeat `yaml:"heartbeat" json:"heartbeat,omitempty"`
	DNS       *DNS       `yaml:"dns" json:"dns,omitempty"`
	TCP       *TCP       `yaml:"tcp" json:"tcp,omitempty"`
	SMTP      *SMTP      `yaml:"smtp" json:"smtp,omitempty"`
	TLS       *TLS       `yaml:"tls" json:"tls,omitempty"`
	ICMP      *ICMP      `yaml:"icmp" json:"icmp,omitempty"`
	GRPC      *GRPC      `yaml:"grpc" json:"grpc,omitempty"`
	WebSocket *WebSocket `yaml:"websocket" json:"websocket,omitempty"`

	Expect   []string `yaml:"expect" json:"expect,omitempty"`     // all have to hold, else failed
	Degraded []string `yaml:"degraded" json:"degraded,omitempty"` // one that holds: degraded
	Warn     []string `yaml:"warn" json:"warn,omitempty"`         // one that holds: a warning for staff
}

// DownWhen is the quorum: a check is down when so many regions failed so many
// runs in a row. Zero values stand for the defaults.
type DownWhen struct {
	Regions int `yaml:"regions" json:"regions,omitempty"` // default: more than half of the check's regions
	Runs    int `yaml:"runs" json:"runs,omitempty"`       // default: 2
}

// UpWhen says how many clean runs in a row, in all regions that can tell,
// make a check up again.
type UpWhen struct {
	Runs int `yaml:"runs" json:"runs,omitempty"` // default: 2
}

// DefaultTimeout bounds one attempt of a check that names none.
const DefaultTimeout = 30 * time.Second

// Kinds lists the kinds that are set; a valid check has one.
func (c *Check) Kinds() []Kind {
	var all []Kind
	for _, k := range []struct {
		set  bool
		kind Kind
	}{
		{c.HTTP != nil, KindHTTP},
		{c.Browser != nil, KindBrowser},
		{c.Heartbeat != nil, KindHeartbeat},
		{c.DNS != nil, KindDNS},
		{c.TCP != nil, KindTCP},
		{c.SMTP != nil, KindSMTP},
		{c.TLS != nil, KindTLS},
		{c.ICMP != nil, KindICMP},
		{c.GRPC != nil, KindGRPC},
		{c.WebSocket != nil, KindWebSocket},
	} {
		if k.set {
			all = append(all, k.kind)
		}
	}
	return all
}

// Kind gives the check's one kind.
func (c *Check) Kind() (Kind, error) {
	kinds := c.Kinds()
	switch len(kinds) {
	case 0:
		return "", errors.New("a check needs one of http, browser, heartbeat, dns, tcp, smtp, tls, icmp, grpc, websocket")
	case 1:
		return kinds[0], nil
	}
	return "", fmt.Errorf("a check is of one kind, not both %s and %s", kinds[0], kinds[1])
}

// Title gives the name that people read.
func (c *Check) Title() string {
	if c.Name != "" {
		return c.Name
	}
	return c.ID
}

// AttemptTimeout bounds one attempt.
func (c *Check) AttemptTimeout() time.Duration {
	if c.Timeout > 0 {
		return c.Timeout
	}
	return DefaultTimeout
}

// Tries gives the number of attempts in one run, at least 1.
func (c *Check) Tries() int { return max(c.Attempts, 1) }

// mostBetween is the longest pause between two attempts of a run.
const mostBetween = time.Second

// Between is the pause between two attempts of a run: what fails for a moment
// is not tried again in that moment.
func (c *Check) Between() time.Duration { return min(mostBetween, c.AttemptTimeout()/4) }

// Longest is how long a run may take, with all its attempts.
func (c *Check) Longest() time.Duration {
	tries := time.Duration(c.Tries())
	return tries*c.AttemptTimeout() + (tries-1)*c.Between()
}
