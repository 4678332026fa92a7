// Package access says who may do what: accounts, roles, sessions, tokens and
// elevation.
//
// It is pure: it decides, others store and serve.
package access
