// Package slo does the arithmetic of service level objectives: indicators,
// error budgets and burn rates.
//
// It is pure: counts and one moment go in, figures come out. An Objective is
// configuration.
package slo
