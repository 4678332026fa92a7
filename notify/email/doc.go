// Package email is the channel that carries messages as mail, by SMTP with
// wneessen/go-mail.
//
// Use: New with the mail server's options, the Channel in a lane of
// notify.Sender, Close when the sender has ended.
//
// It promises that a message has the same Message-ID at each attempt, that a
// connection is encrypted unless the server is on this machine, that no more
// connections are open than the options say, and that each failure has its
// class: what the server answered 4xx to is tried again, 5xx is refused for
// good, and what was lost after the final dot is unclear, because the server
// may have taken it. Failures of the server altogether (no connection, no TLS,
// our credentials) are said to be the remote's.
package email
