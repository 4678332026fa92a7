// Package access says who may do what: roles and their rights, API tokens,
// and the one decision on each request of the staff.
//
// A right is one thing that can be done ("incidents:write"); a role is the
// least that has it. Roles are in an order, reader, responder, editor,
// administrator, and each has all the rights of those before it. A token acts
// for a person of the configuration: it has its role, but never more than its
// person has at that moment, and scopes that narrow it further.
//
// A session can rise above its person's role for a set time, to a set role and
// no higher, with a reason (break-glass). It then may what that role may, but
// for what would outlast it: making tokens and accounts.
//
// It is pure: it decides, others store and serve. What is not allowed is
// refused; a role, right or scope that nobody here knows allows nothing.
package access
