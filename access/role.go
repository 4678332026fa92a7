package access

import "slices"

// Role is who may use a route. Each route of the server names one; a route
// without one does not exist.
type Role string

// The roles that routes ask for and that are no person's.
const (
	Public   Role = "public"   // anybody
	Loopback Role = "loopback" // anybody on this machine
	Agent    Role = "agent"    // a probe agent with its token, checked by the route itself
	Caller   Role = "caller"   // a job that tells of itself, with the token in its heartbeat's address, checked by the route itself
	Provider Role = "provider" // a message provider with its signature, checked by the route itself
	Operator Role = "operator" // whoever can open the control socket
	Entrant  Role = "entrant"  // somebody who signs in, checked by the route itself
)

// The roles of people, least first.
const (
	Reader        Role = "reader"
	Responder     Role = "responder"
	Editor        Role = "editor"
	Administrator Role = "administrator"
)

// StaffRoles lists the roles of people, least first.
func StaffRoles() []Role { return []Role{Reader, Responder, Editor, Administrator} }

// rank orders the roles of people from 1; 0 is any other.
func (r Role) rank() int { return slices.Index(StaffRoles(), r) + 1 }

// Staff says whether it is a role of people.
func (r Role) Staff() bool { return r.rank() > 0 }

// AtLeast says whether a role of people is as high as another one. A role that
// is not of people is neither above nor below any.
func (r Role) AtLeast(other Role) bool { return r.Staff() && other.Staff() && r.rank() >= other.rank() }

// Lower gives the lower of two roles of people; "" where one is none.
func Lower(a, b Role) Role {
	switch {
	case !a.Staff() || !b.Staff():
		return ""
	case a.AtLeast(b):
		return b
	}
	return a
}
