// Package sms is the channel that carries messages as text messages, through
// Twilio's Messages API, and the handler of Twilio's status callbacks.
//
// Use: New with the account's options, the Channel in a lane of
// notify.Sender; NewCallback on the address that CallbackPath names.
//
// It promises that each failure has its class: what Twilio refuses is refused
// for good, what it had no time for (429, 503) is tried again, and whatever
// may have been taken (no answer after the request was written, an answer
// without a SID, a redirect, an error of Twilio's own) is unclear, and then
// Ask finds out. Failures of the account or of Twilio altogether are said to
// be the remote's. No environment variable changes where it sends.
package sms
