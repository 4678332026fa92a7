package access

// Role is who may use a route. Each route of the server names one; a route
// without one does not exist.
type Role string

// The roles that routes ask for.
const (
	Public   Role = "public"   // anybody
	Loopback Role = "loopback" // anybody on this machine
	Agent    Role = "agent"    // a probe agent with its token, checked by the route itself
	Caller   Role = "caller"   // a job that tells of itself, with the token in its heartbeat's address, checked by the route itself
	Provider Role = "provider" // a message provider with its signature, checked by the route itself
	Operator Role = "operator" // whoever can open the control socket
)
