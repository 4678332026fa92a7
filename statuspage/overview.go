package statuspage

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
)

// The cookies of what readers choose, which are the names of the parameters by
// which they do. Without them the device and the browser decide.
const (
	themeCookie    = "theme"
	languageCookie = "lang"
)

var themes = []string{"light", "dark"}

// serveOverview serves the page from memory.
func (p *Page) serveOverview(w http.ResponseWriter, r *http.Request) {
	now, err := p.latest(r.Context())
	if err != nil {
		p.fail(w, r, err)
		return
	}
	body, err := now.ask(theme(r))
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
	if err != nil || !slices.Contains(themes, cookie.Value) {
		return ""
	}
	return cookie.Value
}

// choosing answers ?theme= and ?lang= with a cookie and the same address
// without them.
func (p *Page) choosing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery == "" {
			next.ServeHTTP(w, r)
			return
		}
		query := r.URL.Query()
		chose := false
		for name, among := range map[string][]string{themeCookie: themes, languageCookie: p.layout.Options.Languages} {
			if chosen := query.Get(name); chosen != "" {
				chose = true
				http.SetCookie(w, choice(r, name, chosen, among))
				query.Del(name)
			}
		}
		if !chose {
			next.ServeHTTP(w, r)
			return
		}
		if in := languageBefore(r); in != "" && !query.Has(languageQuery) && r.URL.Query().Get(languageCookie) == "" {
			query.Set(languageQuery, in)
		}
		// Built from the path alone, so that it stays on this host; a path
		// never begins with two slashes here, for the mux cleans it.
		to := url.URL{Path: r.URL.Path, RawQuery: query.Encode()}
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, to.String(), http.StatusSeeOther)
	})
}

// languageBefore is the language that the address of the page had which a reader
// comes from, where that is this page in another theme: the links of a page do
// not know by which address it was asked for.
func languageBefore(r *http.Request) string {
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host || from.Path != r.URL.Path {
		return ""
	}
	return from.Query().Get(languageQuery)
}

// queryKept is what of an address stays with another theme or language.
type queryKept url.Values

// keptOf leaves of an address what a page reads of it.
func keptOf(r *http.Request, names ...string) queryKept {
	all, query := queryKept{}, r.URL.Query()
	for _, name := range names {
		if values := query[name]; len(values) > 0 {
			all[name] = values
		}
	}
	return all
}

// With is the same address with one thing more asked for.
func (k queryKept) With(name, value string) string {
	query := url.Values{name: {value}}
	maps.Copy(query, k)
	return "?" + query.Encode()
}

// choice keeps what a reader chose; what is not among the choices ends an
// earlier one.
func choice(r *http.Request, name, chosen string, among []string) *http.Cookie {
	cookie := &http.Cookie{
		Name: name, Value: chosen, Path: "/", MaxAge: 400 * 24 * 3600,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil,
	}
	if !slices.Contains(among, chosen) {
		cookie.Value, cookie.MaxAge = "", -1
	}
	return cookie
}
