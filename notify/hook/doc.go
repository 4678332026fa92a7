// Package hook carries messages to addresses of the web: webhooks of
// subscribers and of staff, Slack, Teams and Discord, and PagerDuty's Events
// API.
//
// Use: New with the options, Channel for each lane of notify.Sender, and
// CloseIdle at the end.
//
// It promises that an address of a stranger is dialled only where it leads to
// a public host, asked at the dial; that no redirect is followed and no proxy
// or cookie used; that an answer costs no more than the time-out and 64 KB;
// and that no reason shows an address, a key or a secret: it names the host.
// What the operator configured for staff is the operator's own, and may be
// private.
//
// Each failure has its class. What was refused, or redirected, is refused for
// good; what the remote had no time for (408, 425, 429, 503), and what could
// not be sent whole, is tried again. Whatever may have been taken (no answer
// after the message was written, an error of the remote's own) is unclear: it
// is sent again with the same id, by which a receiver of webhooks, and
// PagerDuty, know it for the same.
package hook
