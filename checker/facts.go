package checker

import "time"

// HTTPFacts is what the expressions of an HTTP check can use.
type HTTPFacts struct {
	Status    int               `expr:"status"`    // of the last answer
	Latency   time.Duration     `expr:"latency"`   // of the whole request, redirects included
	DNS       time.Duration     `expr:"dns"`       // time to resolve the name
	Connect   time.Duration     `expr:"connect"`   // time to connect
	Handshake time.Duration     `expr:"handshake"` // time for TLS
	FirstByte time.Duration     `expr:"first_byte"`
	Transfer  time.Duration     `expr:"transfer"`
	Size      int               `expr:"size"`    // bytes of the body that were read
	Body      string            `expr:"body"`    // at most max_body
	JSON      any               `expr:"json"`    // the body, where it is JSON
	Headers   map[string]string `expr:"headers"` // by canonical name, several values joined by ", "
	URL       string            `expr:"url"`     // after redirects
	Redirects int               `expr:"redirects"`
	Version   string            `expr:"version" words:"1.0,1.1,2,3"`
	Encoding  string            `expr:"encoding"` // what the body came compressed with: gzip, br, zstd, deflate; empty for none
	TLS       TLSFacts          `expr:"tls"`
}

// TLSFacts is what a handshake showed; all zero without TLS.
type TLSFacts struct {
	DaysLeft int       `expr:"days_left"` // whole days until the first certificate of the chain expires
	Version  string    `expr:"version" words:"1.0,1.1,1.2,1.3"`
	Issuer   string    `expr:"issuer"`
	Subject  string    `expr:"subject"`
	Names    []string  `expr:"names"`
	Expires  time.Time `expr:"expires"`
	Stapled  bool      `expr:"stapled"`
}

// BrowserFacts is what the expressions of a journey can use.
type BrowserFacts struct {
	URL            string        `expr:"url"`
	Title          string        `expr:"title"`
	Duration       time.Duration `expr:"took"` // of all steps
	TTFB           time.Duration `expr:"ttfb"` // first byte of the last navigation
	DOMReady       time.Duration `expr:"dom_ready"`
	Load           time.Duration `expr:"load"`
	LCP            time.Duration `expr:"lcp"` // largest contentful paint, greatest of the pages
	CLS            float64       `expr:"cls"` // cumulative layout shift, greatest of the pages
	TBT            time.Duration `expr:"tbt"` // total blocking time, greatest of the pages
	ConsoleErrors  int           `expr:"console_errors"`
	FailedRequests int           `expr:"failed_requests"`
	Requests       int           `expr:"requests"`
	Bytes          int           `expr:"bytes"` // received, headers included, as they came over the network
	BytesBy        BytesByKind   `expr:"bytes_by"`
}

// BytesByKind is what a journey's requests received, by what was asked for;
// all together are BrowserFacts.Bytes.
type BytesByKind struct {
	Document   int `expr:"document"` // pages, and those in frames
	Stylesheet int `expr:"stylesheet"`
	Script     int `expr:"script"`
	Image      int `expr:"image"`
	Font       int `expr:"font"`
	Fetch      int `expr:"fetch"` // what scripts asked for: fetch, XMLHttpRequest, EventSource
	Media      int `expr:"media"` // sound and films
	Other      int `expr:"other"`
}

// HeartbeatFacts is what a call told.
type HeartbeatFacts struct {
	ExitCode int           `expr:"exit_code"` // 0 for a success; 1 for a failure told without one
	Duration time.Duration `expr:"took"`      // from the call that told the start; 0 where none did
	Log      string        `expr:"log"`       // the end of what was sent with the call
}

// DNSFacts is what a name server answered.
type DNSFacts struct {
	Answers       []string      `expr:"answers"`
	Code          string        `expr:"code" words:"NOERROR,FORMERR,SERVFAIL,NXDOMAIN,NOTIMP,REFUSED"`
	Latency       time.Duration `expr:"latency"`
	TTL           time.Duration `expr:"ttl"` // the smallest
	Authenticated bool          `expr:"authenticated"`
	Server        string        `expr:"server"`
}

// TCPFacts is what a connection showed.
type TCPFacts struct {
	Latency time.Duration `expr:"latency"` // until the connection stood
	Address string        `expr:"address"` // ip:port
}

// SMTPFacts is what a mail server said.
type SMTPFacts struct {
	Latency    time.Duration `expr:"latency"`    // until the last answer before QUIT
	Banner     string        `expr:"banner"`     // without its code
	Extensions []string      `expr:"extensions"` // as EHLO listed them, over TLS where there is
	TLS        TLSFacts      `expr:"tls"`
}

// TLSCheckFacts is what a handshake showed.
type TLSCheckFacts struct {
	Latency time.Duration `expr:"latency"` // until the handshake was done
	Address string        `expr:"address"` // ip:port
	Chain   []string      `expr:"chain"`   // subjects of the certificates that the server sent
	// Staple is what the stapled OCSP response says; one that says revoked
	// fails the check.
	Staple string   `expr:"staple" words:"none,good,unknown,stale,invalid"`
	TLS    TLSFacts `expr:"tls"`
}

// ICMPFacts is what echo requests showed.
type ICMPFacts struct {
	Loss     float64       `expr:"loss"` // 0..1
	Latency  time.Duration `expr:"latency"`
	Jitter   time.Duration `expr:"jitter"`
	Received int           `expr:"received"`
}

// GRPCFacts is what the health service said.
type GRPCFacts struct {
	Health  string        `expr:"health" words:"SERVING,NOT_SERVING,UNKNOWN,SERVICE_UNKNOWN"`
	Code    string        `expr:"code" words:"OK,CANCELLED,UNKNOWN,INVALID_ARGUMENT,DEADLINE_EXCEEDED,NOT_FOUND,ALREADY_EXISTS,PERMISSION_DENIED,RESOURCE_EXHAUSTED,FAILED_PRECONDITION,ABORTED,OUT_OF_RANGE,UNIMPLEMENTED,INTERNAL,UNAVAILABLE,DATA_LOSS,UNAUTHENTICATED"`
	Latency time.Duration `expr:"latency"`
	TLS     TLSFacts      `expr:"tls"`
}

// WebSocketFacts is what a socket showed.
type WebSocketFacts struct {
	Status  int           `expr:"status"`  // of the handshake: 101
	Body    string        `expr:"body"`    // the first message
	Latency time.Duration `expr:"latency"` // until the message was there, or the handshake where none is awaited
	TLS     TLSFacts      `expr:"tls"`
}

// FactsOf gives the zero facts of a kind, which its expressions are compiled
// against.
func FactsOf(kind Kind) any {
	switch kind {
	case KindHTTP:
		return HTTPFacts{}
	case KindBrowser:
		return BrowserFacts{}
	case KindHeartbeat:
		return HeartbeatFacts{}
	case KindDNS:
		return DNSFacts{}
	case KindTCP:
		return TCPFacts{}
	case KindSMTP:
		return SMTPFacts{}
	case KindTLS:
		return TLSCheckFacts{}
	case KindICMP:
		return ICMPFacts{}
	case KindGRPC:
		return GRPCFacts{}
	case KindWebSocket:
		return WebSocketFacts{}
	}
	return struct{}{}
}
