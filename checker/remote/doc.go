// Package remote is both ends of the way from an agent to the server, and the
// spool that results wait in.
//
// On the agent, a Forwarder is the checker.Sink: it writes each result to a
// Spool on disk and delivers what is in there until the other side has taken
// it. A Client keeps one outbound WebSocket to the server, delivers over it
// and hands on the plan that comes the other way. The agent inside the server
// uses the same Forwarder with the engine in place of the Client. On the
// server, a Server is the http.Handler of Path.
//
// It promises: a result that Spool.Submit took is given out until it is
// acknowledged, whatever ends the process; a result may be delivered more than
// once, never lost between spool and acknowledgement; one bad result blocks no
// other; every input is bounded.
//
// # Protocol
//
// The agent opens a WebSocket to Path with its token as bearer and the
// subprotocol Subprotocol. Messages are JSON objects in text frames, with a
// type; fields that one side does not know are passed over:
//
//	agent   {"type":"hello","protocol":1,"version":"1.2.0","agent":"probe-1","can":["run"]}
//	server  {"type":"plan","plan":{"revision":"7f3a","region":"eu-west","settings":{…},"checks":[…]}}
//	agent   {"type":"results","id":1,"results":[…]}
//	server  {"type":"ack","id":1,"rejected":[{"check":"api","at":"2026-01-02T03:04:05Z","reason":"…"}]}
//	server  {"type":"error","id":2,"message":"…"}
//	server  {"type":"run","check":"api"}
//	server  {"type":"share","share":{"members":["a","b"],"from":1767323045000},"me":"a"}
//	agent   {"type":"health","health":{"spool":1200,"runs":830,"late":4100000}}
//	agent   {"type":"leave"}
//
// hello comes first. The plan comes after it and whenever it changes. The
// agent sends one batch of results at a time and waits for its ack; an ack
// means that all of them are stored, but for those rejected, which never will
// be. An error with the id of a batch means that none was taken for now, and
// one without an id that the connection ends. run asks for a run of a check at
// once and has no answer but its result; only an agent whose hello says that it
// can is sent one. share says who runs what of the region from a time on, and
// leave that the agent runs nothing any more; see Share. The server sends pings,
// five in a lease to agents that share, and their answers renew it; either
// side gives up a connection on which nothing came for KeepAlive times three.
package remote
