package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"daymark/checker"
	"daymark/internal/testkit"
)

// wild is a site whose pages do what pages should not.
func wild(t testing.TB) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	for path, body := range map[string]string{
		"/alerts":    `<script>for(;;)alert('again')</script>`,
		"/windows":   `<button onclick="window.open('/still')">Go</button>`,
		"/frames":    `<script>for(let i=0;i<20;i++)document.body.append(document.createElement('iframe'))</script>`,
		"/workers":   `<script>for(let i=0;i<20;i++)new SharedWorker('/worker.js?'+i)</script>`,
		"/dedicated": `<script>for(let i=0;i<20;i++)new Worker('/worker.js?'+i)</script>`,
		"/onward":    `<script>location.replace('/onward?'+Math.random())</script>`,
		"/requests":  `<script>(async()=>{for(;;)await Promise.all(Array.from({length:20},()=>fetch('/still')))})()</script>`,
		"/busy":      `<p>Busy</p><script>addEventListener('load',()=>setTimeout(()=>{for(;;);},50))</script>`,
		"/eater":     `<script>const all=[];setInterval(()=>{const b=new Uint8Array(32<<20);b.fill(1);all.push(b)},20)</script>`,
		"/heap":      `<script>const all=[];setInterval(()=>{for(let i=0;i<2e6;i++)all.push({a:i})},1)</script>`,
		"/chatter":   `<p>Chatter</p><script>setInterval(()=>{for(let i=0;i<500;i++)console.log('so it goes',i)},10)</script>`,
		"/nodes":     `<p>Nodes</p><script>for(let i=0;i<10000;i++)document.body.append(document.createElement('i'))</script>`,
		"/still":     `<p>Still</p>`,
		"/service":   `<p>Page</p><script>navigator.serviceWorker.register('/sw.js').then(()=>navigator.serviceWorker.ready).then(()=>document.title='ready')</script>`,
	} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprintf(w, "<!doctype html><title>wild</title><body>%s", body)
		})
	}
	script := func(path, source string) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/javascript")
			fmt.Fprint(w, source)
		})
	}
	script("/worker.js", "")
	script("/sw.js", `oninstall=()=>skipWaiting();onactivate=(e)=>e.waitUntil(clients.claim());
		onfetch=(e)=>{if(e.request.url.includes('/made'))e.respondWith(new Response('<title>made</title><p>Made here',{headers:{'Content-Type':'text/html'}}))}`)
	mux.HandleFunc("GET /large", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html><title>large</title><p>Top</p><!--")
		line := strings.Repeat("x", 1<<20)
		for range 30 {
			fmt.Fprint(w, line)
		}
		fmt.Fprint(w, "--><p>Bottom</p>")
	})
	mux.HandleFunc("GET /auth", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
		w.WriteHeader(http.StatusUnauthorized)
	})
	mux.HandleFunc("GET /binary", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		fmt.Fprint(w, "data")
	})
	mux.HandleFunc("GET /unfinished", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<title>unfinished</title><p>Begun</p>")
		if http.NewResponseController(w).Flush() == nil {
			<-r.Context().Done()
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return server
}

func TestWildPages(t *testing.T) {
	testkit.Beside(t)
	site := wild(t)
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secure.Close)
	// Small, so that a page reaches it soon.
	runner := newRunner(t, func(o *Options) {
		o.MaxMemory = 256 << 20
		o.evidenceWithin = evidenceWithin // which is not looked at, and a page that hangs gives none
		o.limits = limits{frames: 10, popups: 3, workers: 5, dialogs: 5, pages: 10, requests: 100, lines: 100}
	})
	within := patience(t, runner, site.URL+"/still", "Still")
	at := func(path string) checker.BrowserStep { return open(site.URL + path) }
	never := see("Elephant")
	tests := []struct {
		name    string
		outcome checker.Outcome
		reason  string
		steps   []checker.BrowserStep
	}{
		{"alert storm", checker.Failed, "the page opened more than 5 dialogs", []checker.BrowserStep{at("/alerts"), never}},
		{"windows", checker.Failed, "the page opened more than 3 windows", []checker.BrowserStep{at("/windows"), click("Go"), click("Go"), click("Go"), click("Go"), never}},
		{"frames", checker.Failed, "the page opened more than 10 frames", []checker.BrowserStep{at("/frames"), never}},
		{"workers", checker.Failed, "the page started more than 5 workers", []checker.BrowserStep{at("/workers"), never}},
		{"dedicated workers", checker.Failed, "the page started more than 5 workers", []checker.BrowserStep{at("/dedicated"), never}},
		{"endless navigation", checker.Failed, "the page went on to another page more than 10 times", []checker.BrowserStep{at("/onward"), never}},
		{"requests without end", checker.Failed, "the page made more than 100 requests", []checker.BrowserStep{at("/requests"), never}},
		{"busy loop", checker.Failed, "within", []checker.BrowserStep{at("/busy"), {Wait: 300 * time.Millisecond}, never}},
		{"memory outside the heap", checker.Failed, "the page used more than 256 MB of memory", []checker.BrowserStep{at("/eater"), never}},
		{"memory in the heap", checker.Failed, "the page used more than 256 MB of memory", []checker.BrowserStep{at("/heap"), never}},
		{"console without end", checker.Failed, "the page wrote more than 100 lines to its console", []checker.BrowserStep{at("/chatter"), never}},
		{"many nodes", checker.OK, "^$", []checker.BrowserStep{at("/nodes"), see("Nodes")}},
		{"service worker", checker.OK, "^$", []checker.BrowserStep{at("/service"), expect("document.title", "ready"), at("/made"), see("Made here")}},
		{"30 MB", checker.OK, "^$", []checker.BrowserStep{at("/large"), see("Bottom")}},
		{"asks for a password", checker.Failed, "answered with status 401|ERR_INVALID_AUTH", []checker.BrowserStep{at("/auth")}},
		{"no page", checker.Failed, "a download", []checker.BrowserStep{at("/binary")}},
		{"unfinished", checker.Failed, "within", []checker.BrowserStep{at("/unfinished"), never}},
		{"certificate", checker.Failed, "its certificate is (from an unknown authority|for another host)", []checker.BrowserStep{open(secure.URL)}},
	}
	for _, test := range testkit.Some(t, 3, tests) {
		t.Run(test.name, func(t *testing.T) {
			patience := ample // the limit is the point, not the time
			if strings.Contains(test.reason, "within") {
				patience = within
			}
			result := try(t, runner, patience, steps(test.steps...))
			if result.Outcome != test.outcome || !regexp.MustCompile(test.reason).MatchString(result.Reason) {
				t.Errorf("%s: %s\nwant %s: %s", result.Outcome, result.Reason, test.outcome, test.reason)
			}
		})
	}
	// Whatever they did, the next one finds a Chromium.
	if result := try(t, runner, ample, steps(at("/still"), see("Still"))); result.Outcome != checker.OK {
		t.Errorf("after all: %s: %s", result.Outcome, result.Reason)
	}
}
