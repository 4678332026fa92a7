// Package web holds what every answer over HTTP has in common: the security
// headers, bodies that were compressed beforehand and are answered with 304
// where the asker has them already, and error answers that a person or a
// program can read.
//
// A Body is prepared once and sent many times; sending it allocates next to
// nothing. Secure goes round the whole server, Errors.Router round its mux.
// Nothing here knows what Daymark does.
package web
