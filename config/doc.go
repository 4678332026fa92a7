// Package config reads the one configuration file into the option structs
// that each package owns, and says everything that is wrong with it at once.
//
// Use: Load a path; on success the Document holds what the file says, with
// secrets filled in and paths resolved. Otherwise the error is Faults: one
// for each thing that is wrong, with its file, line and column, what is wrong
// and what would be right. NotYet lists what the file asks for and a version
// cannot do.
//
// Promises: a key that nothing reads is refused; an expression is compiled
// against the facts of its check; a secret never shows in a fault; no file,
// however made, takes more than bounded time and memory.
package config
