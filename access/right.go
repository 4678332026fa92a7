package access

import "slices"

// Right is one kind of thing that can be done, as subject:verb. Reading and
// writing are apart, so that a token can be narrowed to either.
type Right string

// The rights. A command of a person names the one that it needs.
const (
	ReadSelf        Right = "self:read"        // who am I, what can this API do, my own tokens
	WriteSelf       Right = "self:write"       // end a token of one's own
	ReadIncidents   Right = "incidents:read"   // warnings and others that visitors do not see included
	WriteIncidents  Right = "incidents:write"  // acknowledge, note, publish, revise, merge, resolve
	ReadContacts    Right = "contacts:read"    // how to reach who reported something
	ReadComponents  Right = "components:read"  // components and checks with their latest results
	ReadEvidence    Right = "evidence:read"    // what runs have seen
	ReadDeliveries  Right = "deliveries:read"  // who was told what, with masked addresses
	WriteDeliveries Right = "deliveries:write" // resend by hand
	ReadAddresses   Right = "addresses:read"   // of subscribers: where they are told
	ReadTokens      Right = "tokens:read"      // everybody's
	WriteTokens     Right = "tokens:write"     // everybody's
	WriteOwnTokens  Right = "own-tokens:write" // make and replace one's own
	ReadAudit       Right = "audit:read"

	ReadPeople     Right = "people:read"     // who there is, in which role, and who is on call
	ReadAccounts   Right = "accounts:read"   // how people sign in, and where they are signed in
	WriteAccounts  Right = "accounts:write"  // invite people, end sessions, take accounts away
	ReadAgents     Right = "agents:read"     // agents and their tokens
	WriteAgents    Right = "agents:write"    // make, replace and end agents' tokens
	ReadElevations Right = "elevations:read" // who rose above their role, and what they did

	WriteTurns Right = "turns:write" // give away turns of one's own, take those of others
	WriteRotas Right = "rotas:write" // arrange swaps for others

	ReadConfiguration  Right = "configuration:read"  // the document, its versions, and what is wrong with a text
	TryConfiguration   Right = "configuration:try"   // run a check of a text once
	WriteConfiguration Right = "configuration:write" // apply a text

	ReadSubscribers  Right = "subscribers:read"  // who is told, without their addresses
	WriteSubscribers Right = "subscribers:write" // add, change, end, import, erase

	WriteChanges Right = "changes:write" // tell of deployments and the like
)

// Grant is one row of the table of rights.
type Grant struct {
	Right Right
	Least Role   // the least role that has it
	Means string // for people
}

// Grants is the table of rights. Each role has those of its rows and all of
// the roles below it.
func Grants() []Grant {
	return []Grant{
		{ReadSelf, Reader, "see who one is, one's own tokens, and what the API can do"},
		{WriteSelf, Reader, "revoke one's own tokens"},
		{WriteTurns, Reader, "give away one's own turns on call, and take those of others"},
		{ReadIncidents, Reader, "see incidents, those that visitors do not see included"},
		{ReadComponents, Reader, "see components and checks"},
		{ReadEvidence, Reader, "see what runs have seen"},
		{ReadDeliveries, Reader, "see who was told what, with parts of addresses left out"},
		{ReadSubscribers, Reader, "see who subscribes, without their addresses"},
		{WriteOwnTokens, Reader, "make and replace one's own tokens"},
		{ReadPeople, Reader, "see who there is, and who is on call"},
		{ReadAgents, Reader, "see agents, and which tokens they have"},
		{ReadElevations, Reader, "see who rose above their role, and what they did"},
		{WriteIncidents, Responder, "work on incidents"},
		{WriteChanges, Responder, "tell of deployments and other changes"},
		{WriteDeliveries, Responder, "send a message once more"},
		{ReadContacts, Responder, "see how to reach those who report something"},
		{ReadAddresses, Editor, "see and export the addresses of subscribers"},
		{WriteSubscribers, Editor, "look after subscribers"},
		{WriteRotas, Editor, "arrange swaps for others"},
		{ReadConfiguration, Editor, "see the configuration and its versions, and validate a text"},
		{ReadAudit, Administrator, "see the audit trail"},
		{ReadTokens, Administrator, "see everybody's tokens"},
		{WriteTokens, Administrator, "make, replace and revoke everybody's tokens"},
		{ReadAccounts, Administrator, "see how people sign in, and where they are signed in"},
		{WriteAccounts, Administrator, "invite people, end their sessions, take accounts away"},
		{WriteAgents, Administrator, "make, replace and revoke agents' tokens"},
		{TryConfiguration, Administrator, "try a check before it is in the configuration"},
		{WriteConfiguration, Administrator, "apply a configuration"},
	}
}

// Least gives the least role that has a right; "" for a right that is not in
// the table, which nobody has.
func (r Right) Least() Role {
	for _, grant := range Grants() {
		if grant.Right == r {
			return grant.Least
		}
	}
	return ""
}

// Outlasts says whether what is done by a right goes on to open something
// after who did it may do it no more, as a configuration does that gives them
// a role. An elevation lends no such right.
func (r Right) Outlasts() bool {
	return slices.Contains([]Right{WriteTokens, WriteOwnTokens, WriteAccounts, WriteAgents, WriteConfiguration}, r)
}

// May says whether a role has a right.
func (r Role) May(right Right) bool { return r.AtLeast(right.Least()) }

// Scope narrows a token to some of its role's rights.
type Scope string

// The scopes.
const (
	ScopeRead      Scope = "read"      // everything that only reads, but for how to reach people outside
	ScopeIncidents Scope = "incidents" // incidents, and what one looks at to work on them
	ScopeChanges   Scope = "changes"   // to tell of changes, and nothing else: for jobs that deploy
)

// Scopes lists the scopes.
func Scopes() []Scope { return []Scope{ScopeRead, ScopeIncidents, ScopeChanges} }

// scoped is the table of scopes. Every token can say whose it is and be ended
// by who holds it.
var scoped = map[Scope][]Right{
	ScopeRead:      {ReadSelf, WriteSelf, ReadIncidents, ReadComponents, ReadEvidence, ReadDeliveries, ReadSubscribers, ReadAddresses, ReadTokens, ReadAudit, ReadPeople, ReadAccounts, ReadAgents, ReadElevations, ReadConfiguration},
	ScopeIncidents: {ReadSelf, WriteSelf, ReadIncidents, WriteIncidents, ReadContacts, ReadComponents, ReadEvidence, ReadDeliveries, WriteDeliveries, ReadPeople, ReadAgents},
	ScopeChanges:   {ReadSelf, WriteSelf, WriteChanges},
}

// Covers says whether a scope leaves a right.
func (s Scope) Covers(right Right) bool { return slices.Contains(scoped[s], right) }
