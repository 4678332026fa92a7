package checker

import "time"

// HTTP tries one request, or several in Steps with values carried on.
type HTTP struct {
	Request `yaml:",inline"`
	Steps   []HTTPStep `yaml:"steps" json:"steps,omitempty"`
}

// Request is one HTTP request and how to make it.
type Request struct {
	URL        string            `yaml:"url" json:"url,omitempty"`
	Method     string            `yaml:"method" json:"method,omitempty"` // GET when empty
	Headers    map[string]string `yaml:"headers" json:"headers,omitempty"`
	Body       string            `yaml:"body" json:"body,omitempty"`
	Basic      *BasicAuth        `yaml:"basic" json:"basic,omitempty"`
	Bearer     string            `yaml:"bearer" json:"bearer,omitempty"`
	Proxy      string            `yaml:"proxy" json:"proxy,omitempty"`
	CA         string            `yaml:"ca" json:"ca,omitempty"`                   // PEM
	ClientCert string            `yaml:"client_cert" json:"client_cert,omitempty"` // PEM
	ClientKey  string            `yaml:"client_key" json:"client_key,omitempty"`   // PEM
	Version    string            `yaml:"version" json:"version,omitempty"`         // 1.1, 2 or 3; empty: agreed with the server
	IP         int               `yaml:"ip" json:"ip,omitempty"`                   // 4 or 6; 0: either
	Resolver   string            `yaml:"resolver" json:"resolver,omitempty"`
	MaxBody    Size              `yaml:"max_body" json:"max_body,omitempty"`   // DefaultMaxBody when 0
	Redirects  *int              `yaml:"redirects" json:"redirects,omitempty"` // followed at most; nil: DefaultRedirects; 0: the redirect is the answer
}

// Size is a number of bytes, written as 512KB or 1GB.
type Size int64

// Limits of a request that names none.
const (
	DefaultMaxBody   Size = 1_000_000
	DefaultRedirects int  = 5
)

// BasicAuth is a user and password.
type BasicAuth struct {
	User     string `yaml:"user" json:"user"`
	Password string `yaml:"password" json:"password"`
}

// HTTPStep is one request of several.
type HTTPStep struct {
	Name    string `yaml:"name" json:"name,omitempty"`
	Request `yaml:",inline"`
	Expect  []string          `yaml:"expect" json:"expect,omitempty"`
	Save    map[string]string `yaml:"save" json:"save,omitempty"` // name: expression
}

// Browser tries a journey in Chromium.
type Browser struct {
	Viewport     string        `yaml:"viewport" json:"viewport,omitempty"` // WIDTHxHEIGHT
	AllowOrigins []string      `yaml:"allow_origins" json:"allow_origins,omitempty"`
	Steps        []BrowserStep `yaml:"steps" json:"steps"`
}

// BrowserStep is one step of a journey; exactly one field is set. Fields and
// buttons are named by label, or by role and name, or as css=….
type BrowserStep struct {
	Open       string        `yaml:"open" json:"open,omitempty"`
	Fill       *Fill         `yaml:"fill" json:"fill,omitempty"`
	Click      string        `yaml:"click" json:"click,omitempty"`
	Press      string        `yaml:"press" json:"press,omitempty"`
	Select     *Fill         `yaml:"select" json:"select,omitempty"`
	Upload     *Fill         `yaml:"upload" json:"upload,omitempty"`
	Hover      string        `yaml:"hover" json:"hover,omitempty"`
	Wait       time.Duration `yaml:"wait" json:"wait,omitempty"`
	See        string        `yaml:"see" json:"see,omitempty"`
	NotSee     string        `yaml:"not_see" json:"not_see,omitempty"`
	Expect     *ScriptExpect `yaml:"expect" json:"expect,omitempty"`
	Screenshot string        `yaml:"screenshot" json:"screenshot,omitempty"`
}

// Fill names a field and what goes into it.
type Fill struct {
	Field string `yaml:"field" json:"field"`
	With  string `yaml:"with" json:"with"`
}

// ScriptExpect compares the value of a JavaScript expression.
type ScriptExpect struct {
	Script string `yaml:"script" json:"script"`
	Is     any    `yaml:"is" json:"is"`
}

// Heartbeat waits for calls from the target: by period or by cron line.
type Heartbeat struct {
	Every    time.Duration `yaml:"every" json:"every,omitempty"`
	Schedule string        `yaml:"schedule" json:"schedule,omitempty"`
	Grace    time.Duration `yaml:"grace" json:"grace,omitempty"` // how late a call may be; DefaultBeatGrace when 0
}

// DNS asks for records of a name.
type DNS struct {
	Name   string `yaml:"name" json:"name"`
	Type   string `yaml:"type" json:"type,omitempty" words:"A,AAAA,CNAME,MX,NS,TXT,SRV,CAA,SOA"`
	Server string `yaml:"server" json:"server,omitempty"` // empty: the system's
	DNSSEC bool   `yaml:"dnssec" json:"dnssec,omitempty"`
}

// TCP opens a connection to host:port.
type TCP struct {
	Address string `yaml:"address" json:"address"`
}

// SMTP greets a mail server.
type SMTP struct {
	Address  string `yaml:"address" json:"address"`
	StartTLS bool   `yaml:"starttls" json:"starttls,omitempty"`
}

// TLS makes a handshake and looks at the certificate.
type TLS struct {
	Address string `yaml:"address" json:"address"`
}

// ICMP sends echo requests.
type ICMP struct {
	Host  string `yaml:"host" json:"host"`
	Count int    `yaml:"count" json:"count,omitempty"`
}

// GRPC asks the standard health service.
type GRPC struct {
	Address string `yaml:"address" json:"address"`
	Service string `yaml:"service" json:"service,omitempty"`
	TLS     bool   `yaml:"tls" json:"tls,omitempty"`
}

// WebSocket opens a socket, may send a message and reads one.
type WebSocket struct {
	URL  string `yaml:"url" json:"url"`
	Send string `yaml:"send" json:"send,omitempty"`
}
