package network

// ImplicitAt moves the port where SMTP begins with TLS, since a test may not
// be allowed to listen on 465.
func (s *Set) ImplicitAt(port string) *Set {
	s.implicit = port
	return s
}
