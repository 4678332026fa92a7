// Package incident derives what results mean for users: the verdict on each
// check, the status of each component, incidents with a severity and its
// reasons, and the promises that the SLA makes about them.
//
// Decide is pure: state, observations, policy and one now go in; everything
// that changes comes out. Engine is the shell around it: it submits results
// and handles commands and timers, each in one transaction of its Store, and
// tells listeners after the commit. The same results in the same order give
// the same incidents, whatever restarts.
package incident
