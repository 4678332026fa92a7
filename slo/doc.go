// Package slo does the arithmetic of service level objectives: indicators,
// error budgets, burn rates and their alerts.
//
// It is pure: counts and one moment go in, figures come out. An Objective is
// configuration. Events are runs of checks, of all regions together. A run that
// could not tell, and one in a maintenance, are no events; both are counted,
// and Standing says how much of the window was measured.
package slo
