// Package wire is Statuspage's public JSON, as clients of its API v2 read it.
//
// The structs have the keys in the order that was observed and the rules for
// null and absent: lists are [] and never null, a key is never dropped but
// for `components` on what is no group and `scheduled_*` on what is no
// maintenance. Roll works out the indicator and its fixed description. The
// package is pure: it reads no clock and knows no HTTP.
package wire
