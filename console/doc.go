// Package console is the side of the staff: for now /api/v1, which reads
// incidents, components, checks, evidence, the audit trail and tokens, works on
// incidents, reports and reviews, looks after subscribers, and ends tokens.
//
// # Operations
//
// An [Operation] is one row: method, path, the right that it needs, the types
// of what is asked and answered, a summary, and what does it. [API.Operations]
// is the one table of them. The server makes its routes from it, and
// /api/v1/openapi.json is made from it by looking at the types, so that neither
// can say what the other does not do.
//
// Who calls is known before an operation runs: the server has looked at the
// token, and at the right of the row. An operation that depends on more (may
// this person see that token) asks Call.Who again.
//
// What is asked is a struct. A field with the tag path, query or json is
// filled from there; `words` lists what it may say, `least` and `most` bound
// numbers, `longest` the characters of a text (200 without it), `default`
// stands for what was left out, and a json field without omitempty has to be
// there. Whatever else comes is refused with its place: body.role,
// query.limit. A body has at most 64 KB. `doc` is for people.
//
// # Writing
//
// A row that changes something is made with write instead of read. Its Call
// has the Idempotency-Key of the request; what it asks goes to an interface
// declared here, as [Tokens] is. A command on an incident is a row made with
// act: its question makes the command, and a refusal becomes an answer in
// problemOf, by its kind: not found 404, conflict 409, invalid 422, forbidden
// 403. Nothing of the gate, the routes or the document has to be touched.
package console
