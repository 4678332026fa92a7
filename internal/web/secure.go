package web

import "net/http"

// Policy is the Content-Security-Policy of our pages: nothing inline, nothing
// from others, no frame around us.
const Policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// FramedPolicy is Policy for the one page that other sites may frame: it has
// no form, no script, and loads nothing but its stylesheet.
const FramedPolicy = "default-src 'none'; style-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors *"

// Secure sets the security headers of every answer before next runs, so that
// a handler that must differ (an embeddable badge) can replace one.
func Secure(next http.Handler) http.Handler {
	var (
		policy   = []string{Policy}
		nosniff  = []string{"nosniff"}
		referrer = []string{"strict-origin-when-cross-origin"}
		features = []string{"camera=(), geolocation=(), microphone=(), payment=()"}
		opener   = []string{"same-origin"}
	)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Assigned, not Set: the same slices serve every request.
		header := w.Header()
		header["Content-Security-Policy"] = policy
		header["X-Content-Type-Options"] = nosniff
		header["Referrer-Policy"] = referrer
		header["Permissions-Policy"] = features
		header["Cross-Origin-Opener-Policy"] = opener
		next.ServeHTTP(w, r)
	})
}
