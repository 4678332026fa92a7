// Package support says who looks after what, and when: people, rotas with
// their two roles, service hours and escalation.
//
// It is pure: options and one moment go in, an answer comes out. The texts
// for times in the options are parsed by this package alone, so that what the
// configuration accepts is what the rules understand.
package support
