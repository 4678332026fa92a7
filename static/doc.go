// Package static holds the styles, scripts and pictures that every page of
// ours uses, embedded in the binary.
//
// URL gives a file's address, which holds a hash of its content, and Handler
// serves it: compressed beforehand, with its right type, to be kept for ever,
// for another content has another address. Nothing here changes after the
// program has started; nothing is read from a disk.
//
// What others wrote lies under files/vendor, with its licence beside it.
package static
