// Package notify brings what the engine decided to people: subscriptions with
// consent, and the worker that empties the outbox through its channels.
//
// Deliveries are rows written in the same transaction as the update that they
// carry; nothing accepted for delivery is lost by a kill, and a message goes
// out twice only where the process dies between the remote's acceptance and
// the commit. Channels live in packages below this one, each with its library;
// their options are here, so that configuration builds without them.
package notify
