// Package network runs the checks that speak to a target below HTTP, or beside
// it: TCP, TLS, SMTP, WebSocket, gRPC health, DNS and ICMP.
//
// Use: New with the guard's Control, then Runners for the set of them; NewDNS
// and NewICMP for the two that speak in packets. Each run goes through the
// guard, ends within the deadline of its context, reads a bounded number of
// bytes, and leaves nothing behind: no connection and no goroutine.
//
// What the target did wrong is `failed` with one sentence; what the agent
// could not do is `unknown`. What was said is kept as evidence, of good runs
// too, so that a failure can be set beside the last success.
package network
