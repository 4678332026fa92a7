// Package http3 makes HTTP checks over QUIC, for those that ask for version 3.
//
// Use: give New to checker.HTTPOptions as HTTP3. It stands apart because the
// library is heavy: the rules, and whoever else builds on package checker, do
// without it.
//
// A transport makes one QUIC connection for each host, by the way that the
// checker gives it, so that names, addresses and the guard are the checker's.
// It turns the library's errors into sentences about the target.
package http3
