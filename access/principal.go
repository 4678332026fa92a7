package access

// Kind is in which way somebody acts.
type Kind string

// The ways to act.
const (
	ByToken    Kind = "token"    // a person, by an API token
	BySession  Kind = "session"  // a person, in a browser that they signed in with
	ByOperator Kind = "operator" // whoever can open the control socket, or the data folder
	ByDaymark  Kind = "daymark"  // Daymark itself
)

// Principal is who acts: what a decision asks, and what the audit trail notes.
// The zero value may do nothing.
type Principal struct {
	Kind   Kind
	Person string  // id in the configuration; empty but for ByToken and BySession
	Token  string  // id of the token; empty but for ByToken
	Name   string  // of the token
	Role   Role    // what it acts as now
	Scopes []Scope // narrow it; none: all of the role
	// Elevation is by what it rose above its own role; nil: it did not.
	Elevation *Elevation
}

// CommandLine is who acts by the command line.
func CommandLine() Principal { return Principal{Kind: ByOperator, Role: Administrator} }

// Daymark is who acts when nobody does.
func Daymark() Principal { return Principal{Kind: ByDaymark, Role: Administrator} }

// Own is the role that it has without an elevation.
func (p Principal) Own() Role {
	if p.Elevation != nil {
		return p.Elevation.Own
	}
	return p.Role
}

// May says whether it may do something: its role has the right, its own role
// too where that outlasts an elevation, and one of its scopes, where it has
// any, leaves it.
func (p Principal) May(right Right) bool {
	if p.Kind == "" || !p.Role.May(right) || right.Outlasts() && !p.Own().May(right) {
		return false
	}
	if len(p.Scopes) == 0 {
		return true
	}
	for _, scope := range p.Scopes {
		if scope.Covers(right) {
			return true
		}
	}
	return false
}

// Actor is how the audit trail names it.
func (p Principal) Actor() string {
	switch p.Kind {
	case ByToken, BySession:
		return p.Person + " " + p.Via()
	case ByOperator:
		return "command line"
	case ByDaymark:
		return "Daymark"
	}
	return "nobody"
}

// Via is by what a person acts, beside the person: "by API token mhwz…".
func (p Principal) Via() string {
	switch p.Kind {
	case ByToken:
		return "by API token " + p.Token
	case BySession:
		if p.Elevation != nil {
			return "in the console" + p.Elevation.Mark()
		}
		return "in the console"
	case ByOperator:
		return "by the command line"
	}
	return ""
}
