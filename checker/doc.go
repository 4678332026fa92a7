// Package checker says what to run, when, and what one run saw.
//
// A Check is configuration; Prepare turns it into a Job whose expressions are
// compiled; a Runner runs a Job once and gives a Result; an Agent runs the
// jobs of one region on their schedules and hands the results to a Sink.
//
// A Result's outcome is never a bool: the agent's own faults are `unknown`
// and never count against the target. Browser journeys and network protocols
// live in packages below this one, so that it builds without their libraries.
package checker
