package statuspage_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/statuspage"
)

// hostile is what a field holds that somebody wants to break out of.
const hostile = `</script><script>pwned()</script>"'><img src=x onerror=pwned()><svg onload=pwned()>` +
	`' autofocus onfocus=pwned() x='</textarea></title><a href="javascript:pwned()">a</a> ` +
	`[b](javascript:pwned()) ![c](x" onerror="pwned()) <javascript:pwned()> {{pwned()}} ${pwned()} &lt;script&gt; --> ]]> \u202e`

// hostilePage has it in every field that a person or a target can write.
func hostilePage(t *testing.T) (*source, statuspage.Params) {
	s := maintained(t)
	open := failing(t).snapshot
	s.learned = hostile + "\n\n# " + hostile + "\n\n- " + hostile + "\n\n```" + hostile + "\n" + hostile + "\n```"
	s.change(func(snap *statuspage.Snapshot) {
		snap.Open = open.Open
		snap.Components["sign-in"] = open.Components["sign-in"]
		for i := range snap.Open {
			snap.Open[i].Name = hostile
			for u := range snap.Open[i].Updates {
				snap.Open[i].Updates[u].Text = s.learned
			}
		}
		for i := range snap.Recent {
			snap.Recent[i].Name = hostile
			for u := range snap.Recent[i].Updates {
				snap.Recent[i].Updates[u].Text = hostile
			}
		}
		for i := range snap.Maintenances {
			snap.Maintenances[i].Title, snap.Maintenances[i].Text = hostile, s.learned
		}
		for id, state := range snap.Components {
			state.Reason = hostile
			snap.Components[id] = state
		}
	})
	p := harbour(t, s)
	p.Options.Languages = []string{"en", "ar"}
	p.Options.Name, p.Options.Contact = hostile, "javascript://"+hostile
	for i := range p.Groups {
		p.Groups[i].Name = hostile
	}
	for i := range p.Components {
		p.Components[i].Name, p.Components[i].Description = hostile, hostile
		p.Components[i].Names = map[string]string{"ar": hostile}
	}
	for i := range p.Regions {
		p.Regions[i].Name = hostile
	}
	held := newSubscriptions()
	for _, one := range held.shows {
		one.Address, one.Because = hostile, hostile
	}
	p.Subscribe = &statuspage.Subscribing{Subscriptions: held, Channels: []string{"email", "sms"}}
	p.Reports, p.ReportsMailed = told(hostile), true
	return s, p
}

// hostilePaths are all that shows what somebody wrote.
func hostilePaths() []string {
	paths := []string{
		"/", "/?lang=ar", "/?lang=en", "/incidents/open00000001", "/incidents/past00000001", "/history", "/history?q=%3Cscript%3Epwned()%3C/script%3E", "/history.atom", "/history.rss", "/components/core-api", "/components/sign-in",
		"/components/core-api?lang=ar", "/maintenance/work00000004", "/maintenance/work00000003", "/maintenance/work00000001", "/history?component=core-api", "/components/core-api/history.rss",
		"/report", "/reports/fresh", "/reports/followed", "/reports/closed", "/reports/followed/unsubscribe", `/reports/followed?erase="><script>pwned()</script>`,
		`/report?component="><script>pwned()</script>`,
		"/subscribe", "/subscribe?incident=open00000001",
		"/subscription/manage", "/subscription/failing", "/subscription/manage/unsubscribe", "/nowhere%3Cscript%3Epwned()%3C/script%3E",
		`/subscribe?channel="><script>pwned()</script>&component="><script>pwned()</script>`,
	}
	for _, name := range eight {
		paths = append(paths, "/api/v2/"+name+".json")
	}
	return paths
}

// ranScript says what ran, what would lead to a script, and what was loaded
// that the page does not load.
const ranScript = `[...faults, ...(window.ran || []), ...(document.contentType === "text/html" ? [...document.querySelectorAll("[href], [src], [action]")].map((e) => e.href?.baseVal ?? e.href ?? e.src ?? e.action)
	.filter((to) => typeof to === "string" && !/^(https?:|webcal:|mailto:|#)/.test(to)) : []), ...[...document.querySelectorAll("main *")].flatMap((e) => [...e.attributes])
	.filter((a) => a.name.startsWith("on") || a.name === "style" || a.name === "autofocus").map((a) => a.name + "=" + a.value)].join("; ")`

// TestNothingThatSomebodyWroteRuns shows every page that holds hostile words
// to a browser that reports what runs, without our policy, so that it is not
// what saves us.
func TestNothingThatSomebodyWroteRuns(t *testing.T) {
	testkit.Beside(t)
	_, p := hostilePage(t)
	site, err := statuspage.NewSite(p)
	if err != nil {
		t.Fatal(err)
	}
	inner := siteHandler(site)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/as-written" {
			_, _ = w.Write([]byte("<!doctype html><main>" + hostile))
			return
		}
		inner.ServeHTTP(unguarded{w}, r)
	}))
	defer server.Close()
	b := browser(t)
	b.size(360, 800)
	b.open(server.URL + "/as-written")
	b.becomes(`!!window.ran`) // so it would be seen
	for _, path := range hostilePaths() {
		b.open(server.URL + path)
		if faults := b.says(ranScript); faults != "" {
			t.Errorf("%s: %s", path, faults)
		}
	}
}

// TestNothingHostileComesLive is the same for what an open page is sent, with
// our policy, which is not even touched.
func TestNothingHostileComesLive(t *testing.T) {
	testkit.Beside(t)
	s, p := hostilePage(t)
	r := run(t, p)
	b := browser(t)
	b.visit(r.url)
	b.becomes(socketOpen)
	s.change(func(snap *statuspage.Snapshot) {
		one := snap.Open[0]
		one.Updates = append(slices.Clip(one.Updates), incident.Update{ID: "open-3", Number: 3, Kind: incident.Progress, Phase: incident.Monitoring, At: noon, Text: "Now. " + hostile})
		snap.Open = []incident.Incident{one}
	})
	r.page.Hub().Notify(1)
	b.becomes(`document.getElementById("facts").textContent.includes("Now. ")`)
	if faults := b.says(ranScript); faults != "" {
		t.Error(faults)
	}
}

// unguarded leaves out the policy.
type unguarded struct{ http.ResponseWriter }

func (w unguarded) WriteHeader(status int) {
	w.Header().Del("Content-Security-Policy")
	w.ResponseWriter.WriteHeader(status)
}

func (w unguarded) Unwrap() http.ResponseWriter { return w.ResponseWriter }
