package config

import (
	"encoding/pem"
	"fmt"
	"slices"
	"strings"

	"daymark/checker"
)

func (r *review) checks() {
	known := r.known()
	for i := range r.doc.Components {
		for j := range r.doc.Components[i].Checks {
			r.doc.Components[i].Checks[j].Component = r.doc.Components[i].ID
		}
	}
	r.every(func(path string, check *checker.Check) {
		if len(check.Regions) == 0 {
			check.Regions = slices.Clone(known.regions)
			if check.Heartbeat != nil {
				check.Regions = heardIn(known.regions)
			}
		}
		r.once(path+".regions", check.Regions)
		for k, region := range check.Regions {
			r.refers(index(path+".regions", k), region, "region", known.regions)
		}
		if check.DownWhen.Regions > len(check.Regions) {
			r.at(path+".down_when.regions", "%d regions can never agree, because the check runs in %s",
				check.DownWhen.Regions, count(len(check.Regions), "region"))
		}
		kind, err := check.Kind()
		if err != nil {
			r.at(path, "%s", err)
		} else {
			r.kind(path, check, kind)
			r.expressions(path, check, kind)
		}
	})
}

func (r *review) kind(path string, check *checker.Check, kind checker.Kind) {
	switch {
	case kind != checker.KindHeartbeat && check.Schedule == "" && !r.broken(path+".schedule"):
		r.at(path, `the key "schedule" is missing here: write a cron line such as "@every 1m"`)
	case kind == checker.KindHeartbeat && check.Schedule != "":
		r.at(path+".schedule", "a heartbeat is not run but called: write heartbeat.every or heartbeat.schedule instead")
	}
	switch kind {
	case checker.KindHTTP:
		r.http(path+".http", check.HTTP)
	case checker.KindBrowser:
		r.browser(path+".browser", check.Browser)
	case checker.KindSMTP:
		if check.SMTP.StartTLS && strings.HasSuffix(check.SMTP.Address, ":465") {
			r.at(path+".smtp.starttls", "port 465 speaks TLS from the beginning, so there is no STARTTLS: remove starttls")
		}
	case checker.KindHeartbeat:
		r.heartbeat(path, check)
	}
}

func (r *review) broken(path string) bool {
	n, ok := r.nodes[path]
	return ok && n.broken
}

func (r *review) http(path string, http *checker.HTTP) {
	hasURL := http.URL != "" || r.broken(path+".url")
	switch {
	case len(http.Steps) == 0 && !hasURL:
		r.at(path, `the key "url" is missing here, or "steps" for several requests`)
	case len(http.Steps) > 0:
		for _, key := range []string{"url", "method", "headers", "body", "basic", "bearer"} {
			if r.has(path + "." + key) {
				r.at(path+"."+key, "this belongs into one of the steps, because there are steps")
			}
		}
	}
	r.request(path, &http.Request)
	r.http3(path, http)
	saved := map[string]bool{}
	for i := range http.Steps {
		step, at := &http.Steps[i], index(path+".steps", i)
		r.request(at, &step.Request)
		r.placeholders(at, saved)
		for name := range step.Save {
			if !placeholder.MatchString("{{" + name + "}}") {
				r.fault(r.keyAt(at+".save."+name), at+".save."+name, "%q is not a name for a saved value: letters, digits and _", name)
			}
			saved[name] = true
		}
	}
}

// placeholders tells {{…}} of a step that no earlier step saves, and such as
// would choose the server that is asked.
func (r *review) placeholders(path string, saved map[string]bool) {
	for _, at := range r.below(path) {
		n := r.nodes[at]
		if n.shape != text || strings.Contains(at[len(path):], ".expect[") || strings.Contains(at[len(path):], ".save.") {
			continue
		}
		for _, match := range placeholder.FindAllStringSubmatchIndex(n.written, -1) {
			if name := n.written[match[2]:match[3]]; !saved[name] {
				r.fault(r.inside(n, match[0]), at, "no step before this one saves %q", name)
			}
		}
		if at != path+".url" {
			continue
		}
		if in := checker.HostPlaceholder(n.written); in >= 0 {
			r.fault(r.inside(n, in), at, "a saved value may not stand in the host of an address: it may follow the first / after it, or begin the address and be a whole one")
		}
	}
}

// below lists the paths under a path.
func (r *review) below(path string) []string {
	var all []string
	n := r.nodes[path]
	if n == nil {
		return nil
	}
	for _, e := range n.entries {
		all = append(all, e.value.path)
		all = append(all, r.below(e.value.path)...)
	}
	for _, item := range n.items {
		all = append(all, item.path)
		all = append(all, r.below(item.path)...)
	}
	return slices.DeleteFunc(all, func(p string) bool { return r.nodes[p] == nil })
}

// request reads the certificates of a request, which agents elsewhere could
// not: a path becomes the file's content.
func (r *review) request(path string, request *checker.Request) {
	for _, part := range []struct {
		key    string
		value  *string
		begins string
		secret bool
	}{
		{"ca", &request.CA, "CERTIFICATE", false},
		{"client_cert", &request.ClientCert, "CERTIFICATE", false},
		{"client_key", &request.ClientKey, "PRIVATE KEY", true},
	} {
		if *part.value != "" && !strings.Contains(*part.value, agentEnv) {
			r.certificate(path+"."+part.key, part.value, part.begins, part.secret)
		}
	}
	if (request.ClientCert == "") != (request.ClientKey == "") && !r.broken(path+".client_key") && !r.broken(path+".client_cert") {
		r.at(path, "client_cert and client_key go together: one of them is missing here")
	}
}

func (r *review) certificate(path string, value *string, kind string, secret bool) {
	what := "this"
	if !strings.Contains(*value, "-----BEGIN ") {
		what = "the file " + r.quoted(path, *value)
		content, err := r.options.ReadFile(r.resolve(*value), maxSecret)
		if err != nil || len(content) > maxSecret {
			why := "it is larger than 64 KB"
			if err != nil {
				why = reason(err)
			}
			r.at(path, "%s cannot be read: %s", what, why)
			return
		}
		*value = string(content)
		if secret {
			r.secrets = append(r.secrets, *value)
		}
	}
	if block, _ := pem.Decode([]byte(*value)); block == nil || !strings.HasSuffix(block.Type, kind) {
		r.at(path, "%s holds no %s in PEM form", what, strings.ToLower(kind))
	}
}

func (r *review) browser(path string, browser *checker.Browser) {
	for i := range browser.Steps {
		at := index(path+".steps", i)
		n := r.nodes[at]
		if n == nil || n.shape != mapping {
			continue // told by the decoder
		}
		if actions := len(n.entries); actions != 1 {
			r.at(at, "a step does one thing, and here are %s: begin each with a dash of its own", fmt.Sprint(actions))
			continue
		}
		if action := n.entries[0]; action.value.empty() && !action.value.broken {
			r.at(action.value.path, "this is empty, and a value is needed")
		}
	}
}
