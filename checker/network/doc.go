// Package network runs the checks that speak to a target below HTTP, or beside
// it: TCP, TLS, SMTP, WebSocket and gRPC health.
//
// Use: New with the guard's Control, then Runners for the set of them. Each
// run makes one connection of its own, through the guard, within the deadline
// of its context, reads a bounded number of bytes, and leaves nothing behind:
// no connection and no goroutine.
//
// What the target did wrong is `failed` with one sentence; what the agent
// could not do is `unknown`. What was said is kept as evidence, of good runs
// too, so that a failure can be set beside the last success.
package network
