package config

import (
	"strings"

	"daymark/checker"
)

// http3 tells what a request that asks for HTTP/3 cannot have. A step takes
// the version and the proxy of the check where it names none.
func (r *review) http3(path string, http *checker.HTTP) {
	r.overQUIC(path, &http.Request, http.Version == "3" && http.Proxy != "" && len(http.Steps) == 0)
	for i := range http.Steps {
		request, at := http.Steps[i].Request, index(path+".steps", i)
		if request.Version == "" {
			request.Version = http.Version
		}
		proxied := request.Proxy != "" || http.Proxy != ""
		r.overQUIC(at, &request, request.Version == "3" && proxied)
	}
}

func (r *review) overQUIC(path string, request *checker.Request, proxied bool) {
	if request.Version != "3" {
		return
	}
	if proxied {
		at := path + ".proxy"
		if !r.has(at) {
			at = path
		}
		r.at(at, "HTTP/3 does not go through a proxy: remove the proxy, or ask for another version")
	}
	if scheme, _, ok := strings.Cut(request.URL, "://"); ok && !strings.EqualFold(scheme, "https") && !strings.Contains(scheme, "{{") {
		r.at(path+".url", "HTTP/3 is for https addresses alone")
	}
}
