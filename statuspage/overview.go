package statuspage

import (
	"net/http"
	"net/url"
)

// themeCookie holds "light" or "dark"; without it the device decides.
const themeCookie = "theme"

// serveOverview serves the page from memory.
func (p *Page) serveOverview(w http.ResponseWriter, r *http.Request) {
	now, err := p.latest(r.Context())
	if err != nil {
		p.fail(w, r, err)
		return
	}
	body, err := now.body(theme(r))
	if err != nil {
		p.fail(w, r, err)
		return
	}
	body.ServeHTTP(w, r)
}

// theme reads the cookie; anything that we did not write counts as none.
func theme(r *http.Request) string {
	if len(r.Header["Cookie"]) == 0 {
		return ""
	}
	cookie, err := r.Cookie(themeCookie)
	if err != nil || (cookie.Value != "light" && cookie.Value != "dark") {
		return ""
	}
	return cookie.Value
}

// themed answers ?theme= with a cookie and the same address without it.
func (p *Page) themed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery == "" {
			next.ServeHTTP(w, r)
			return
		}
		query := r.URL.Query()
		chosen := query.Get("theme")
		if chosen == "" {
			next.ServeHTTP(w, r)
			return
		}
		cookie := &http.Cookie{
			Name: themeCookie, Value: chosen, Path: "/", MaxAge: 400 * 24 * 3600,
			HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil,
		}
		if chosen != "light" && chosen != "dark" {
			cookie.Value, cookie.MaxAge = "", -1
		}
		http.SetCookie(w, cookie)
		query.Del("theme")
		// Built from the path alone, so that it stays on this host; a path
		// never begins with two slashes here, for the mux cleans it.
		to := url.URL{Path: r.URL.Path, RawQuery: query.Encode()}
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, to.String(), http.StatusSeeOther)
	})
}
