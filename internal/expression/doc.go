// Package expression compiles and runs the expressions of the configuration
// (expect, degraded, warn, save, severities) with expr-lang/expr.
//
// It adds what a monitoring rule needs on top of the language: durations that
// know days, weeks and years and are parsed when the expression is compiled;
// facts with a fixed set of words, where a comparison with another word is a
// fault and not an expression that never holds; and an explanation of what
// the facts were when an expression did not hold.
//
// Everything that can be wrong with an expression is found by Compile, with
// the place in the source; a Program is safe for concurrent use.
package expression
