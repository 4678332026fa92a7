package console

import (
	"net/http"
	"strings"

	"daymark/access"
)

// deviceLife is how long a browser is known to be a person's, in seconds.
const deviceLife = 180 * 24 * 60 * 60

// deviceCookie says that somebody has signed in with this browser before. It
// opens nothing: wrong passwords from it are counted by themselves, so that
// nobody else's guesses make its person wait.
func (s *Site) deviceCookie() string { return s.sessionCookie() + "-device" }

// knownDevice says whether a person has signed in with this browser before.
func (s *Site) knownDevice(r *http.Request, person string) (device string, known bool) {
	cookie, err := r.Cookie(s.deviceCookie())
	if err != nil {
		return "", false
	}
	device, sealed, _ := strings.Cut(cookie.Value, ".")
	if len(device) != 16 || !s.Seal.Signed(device+" "+person, sealed) {
		return "", false
	}
	return device, true
}

// rememberDevice lets a browser be known from now on.
func (s *Site) rememberDevice(w http.ResponseWriter, r *http.Request, person string) {
	if _, known := s.knownDevice(r, person); known {
		return
	}
	device := access.NewSecret()[:16]
	http.SetCookie(w, &http.Cookie{
		Name: s.deviceCookie(), Value: device + "." + s.Seal.Sign(device+" "+person), Path: "/", MaxAge: deviceLife,
		Secure: s.secure(), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}
