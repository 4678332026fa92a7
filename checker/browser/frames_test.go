package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"daymark/checker"
	"daymark/internal/testkit"
)

// mall is a page with frames of other sites, workers and a service worker. It
// is reached as 127.0.0.1; the same server as localhost is another site to
// Chromium, and a second server is another origin of the same site.
func mall(t testing.TB) (home, away string) {
	t.Helper()
	mux := http.NewServeMux()
	server, second := httptest.NewServer(mux), httptest.NewServer(mux)
	t.Cleanup(server.Close)
	t.Cleanup(second.Close)
	home, away = server.URL, strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	page := func(path, kind, body string) {
		body = strings.NewReplacer("HOME", home, "AWAY", away, "SECOND", second.URL).Replace(body)
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			fmt.Fprint(w, body)
		})
	}
	html := func(path, body string) {
		page(path, "text/html; charset=utf-8", "<!doctype html><html lang=en><body>"+body)
	}
	card := `<label>Card number <input id=card></label><button onclick="document.body.append('Paid with '+card.value)">Pay</button>
		<select aria-label=Bank><option>First<option>Second</select><x-shade></x-shade>
		<script>const r=document.querySelector('x-shade').attachShadow({mode:'open'});
		r.innerHTML='<label>Code <input></label><button>Check</button>';
		r.querySelector('button').onclick=()=>document.body.append('Code is '+r.querySelector('input').value)</script>`
	html("/card", card)
	html("/pay", `<h1>Checkout</h1><button>Pay later</button><p style="height:1500px"></p><iframe src=AWAY/card style="padding:7px;border:3px solid" height=300></iframe>`)
	html("/same-site", `<h1>Checkout</h1><iframe src=SECOND/card height=300></iframe>`)
	html("/sandbox", `<h1>Checkout</h1><iframe sandbox="allow-scripts" src=HOME/card height=300></iframe>`)
	html("/nest", `<h1>Nested</h1><iframe src=AWAY/middle width=600 height=600></iframe>`)
	html("/middle", `<p>Middle</p><iframe src=HOME/card width=400 height=400></iframe>`)
	html("/covered", `<div style="position:relative"><iframe src=AWAY/card height=300 width=300></iframe><div id=veil style="position:absolute;inset:0"></div></div>`)
	hoard := `<script>const held=new Uint8Array(150<<20).fill(1)</script>`
	html("/hoard", hoard+`<p>Hoard</p><iframe src=AWAY/hoarder></iframe>`)
	html("/hoarder", hoard)
	html("/chatty", `<p>Chatty</p><script>const w=new Worker('/chatty.js');w.onmessage=()=>document.title='told'</script>`)
	page("/chatty.js", "text/javascript", "for(let i=0;i<15;i++)console.log('line',i);postMessage(1)")
	html("/late", `<script>setTimeout(()=>{const f=document.createElement('iframe');f.src='AWAY/card';f.height=300;document.body.append(f)},300)</script>`)
	html("/hung", `<h1>Hung</h1><iframe src=AWAY/spin></iframe><iframe src=SECOND/card height=300></iframe>`)
	html("/spin", `<p>Spinning</p><script>addEventListener('load',()=>setTimeout(()=>{for(;;);},100))</script>`)
	html("/heavy", `<iframe src=AWAY/leaf></iframe><script>new Worker('/worker.js')</script>`)
	html("/leaf", `<link rel=stylesheet href=/style.css><img src=/dot.gif><p>Leaf</p><script src=/leaf.js></script>`)
	page("/style.css", "text/css", "p{color:green}"+strings.Repeat("/* style */", 1000))
	page("/leaf.js", "text/javascript", "fetch('/data.json').then((r)=>r.json()).then((j)=>document.body.append(j.word))")
	page("/worker.js", "text/javascript", "fetch('/data.json');console.error('worker trouble')")
	page("/data.json", "application/json", `{"word":"Loaded"}`)
	page("/dot.gif", "image/gif", "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;")
	html("/offline", `<h1>Shell</h1><script>navigator.serviceWorker.register('/sw.js')</script><a href=/made-up>Made up</a>`)
	page("/sw.js", "text/javascript", `addEventListener('install',(e)=>{skipWaiting();e.waitUntil(fetch('/data.json'))});addEventListener('activate',(e)=>e.waitUntil(clients.claim()));
		addEventListener('fetch',(e)=>{if(e.request.url.endsWith('/made-up'))e.respondWith(new Response('<h1>From the worker</h1>',{headers:{'Content-Type':'text/html'}}))})`)
	html("/leave", `<a href=AWAY/card target=_blank>New window</a><iframe src=AWAY/escape></iframe>`)
	html("/escape", `<a href=/file>Fetch file</a><button onclick="top.location='AWAY/card'">Break out</button><button onclick="window.open('AWAY/card')">Pop</button><button onclick="alert('from inside')">Warn</button>`)
	mux.HandleFunc("GET /file", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Disposition", `attachment; filename="f.bin"`)
		fmt.Fprint(w, "data")
	})
	return home, away
}

func TestFramesOfOtherOrigins(t *testing.T) {
	testkit.Beside(t)
	home, _ := mall(t)
	runner := common()
	bank := checker.BrowserStep{Select: &checker.Fill{Field: "Bank", With: "Second"}}
	card := []checker.BrowserStep{fill("Card number", "4242"), bank, click("Pay"), see("Paid with 4242"), fill("Code", "77"), click("Check"), see("code is 77"), notSee("Refused")}
	warm(t, runner)
	everyOK(t, runner, map[string][]checker.BrowserStep{
		"another site, scrolled to": append([]checker.BrowserStep{open(home + "/pay"), see("Card number")}, card...),
		"another origin of a site":  append([]checker.BrowserStep{open(home + "/same-site")}, card...),
		"sandboxed":                 append([]checker.BrowserStep{open(home + "/sandbox")}, card...),
		"nested":                    append([]checker.BrowserStep{open(home + "/nest"), see("Middle")}, card...),
		"comes late":                append([]checker.BrowserStep{open(home + "/late")}, card...),
		"beside a frame that hangs": append([]checker.BrowserStep{open(home + "/hung"), {Wait: 500 * time.Millisecond}}, card...),
		"back on a page without":    {open(home + "/pay"), see("Card number"), open(home + "/leaf"), see("Loaded"), notSee("Card number"), open(home + "/pay"), see("Card number")},
		"by selector":               {open(home + "/pay"), fill("css=#card", "1"), press("Control+A"), press("Backspace"), fill("css=#card", "2"), click("css=button:nth-of-type(1)")},
		"typing goes to the frame":  {open(home + "/same-site"), fill("Card number", "12"), press("3"), click("Pay"), see("Paid with 123")},
	})
}

func TestFrameFaults(t *testing.T) {
	testkit.Beside(t)
	home, away := mall(t)
	runner := newRunner(t, func(o *Options) { o.ContextsAtOnce = 4 })
	within := patience(t, runner, home+"/pay", "Card number")
	tests := []struct {
		name  string
		steps []checker.BrowserStep
		want  string
	}{
		{"covered", []checker.BrowserStep{open(home + "/covered"), click("Pay")}, "stayed covered by div#veil"},
		{"missing", []checker.BrowserStep{open(home + "/pay"), click("Refund")}, "no button or link of that name"},
		{"still there", []checker.BrowserStep{open(home + "/pay"), see("Card number"), notSee("Card number")}, "still on the page"},
		{"breaks out", []checker.BrowserStep{open(home + "/leave"), click("Break out"), see("nothing")}, "the page went to " + away + "/card, an origin that neither"},
		{"download", []checker.BrowserStep{open(home + "/leave"), click("Fetch file"), see("nothing")}, "a download was refused: " + away + "/file"},
		{"pop-up", []checker.BrowserStep{open(home + "/leave"), click("Pop"), see("nothing")}, "a pop-up was closed"},
		{"dialog", []checker.BrowserStep{open(home + "/leave"), click("Warn"), see("nothing")}, `a dialog was dismissed: alert "from inside"`},
		{"no such choice", []checker.BrowserStep{open(home + "/pay"), {Select: &checker.Fill{Field: "Bank", With: "Third"}}}, `no choice "Third" among First, Second`},
	}
	tests = testkit.Some(t, 2, tests)
	results := make([]checker.Result, len(tests))
	several(4, len(tests), func(i int) { results[i] = try(t, runner, within, steps(tests[i].steps...)) })
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if result := results[i]; result.Outcome != checker.Failed || !strings.Contains(result.Reason, test.want) {
				t.Errorf("%s: %s\nwant %s", result.Outcome, result.Reason, test.want)
			}
		})
	}
}

func TestReportTellsOfFrames(t *testing.T) {
	t.Parallel() // it waits
	home, away := mall(t)
	runner := common()
	within := patience(t, runner, home+"/pay", "Card number")
	result := try(t, runner, within, steps(open(home+"/covered"), see("Card number"), click("Pay")))
	page := reported(t, result)
	for _, want := range []string{
		`<span class="role">frame</span>`, `<span class="role">textbox</span> “Card number”`, `<span class="role">button</span> <mark>“Pay”</mark>`,
		"GET " + away + "/card",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("not in the report: %s\n%s", want, result.Reason)
		}
	}
}

func TestTrafficOfFramesAndWorkersCounts(t *testing.T) {
	testkit.Beside(t)
	home, _ := mall(t)
	runner := common()
	check := steps(open(home+"/heavy"), see("Loaded"), checker.BrowserStep{Wait: 300 * time.Millisecond})
	check.Expect = []string{
		"requests == 8", // two pages, style, picture, two scripts, and the data twice
		"failed_requests == 0", "console_errors == 1",
		"bytes_by.stylesheet > 11000", "bytes_by.stylesheet < 12000", "bytes_by.image > 43", "bytes_by.script > 100",
		"bytes_by.fetch > 30", "bytes_by.document > 200", "bytes_by.font == 0", "bytes_by.media == 0", "bytes_by.other == 0",
		"bytes == bytes_by.document + bytes_by.stylesheet + bytes_by.script + bytes_by.image + bytes_by.fetch",
	}
	if result := try(t, runner, ample, check); result.Outcome != checker.OK {
		t.Errorf("%s: %s", result.Outcome, result.Reason)
	}
}

// Neither the page nor its frame holds more than a page may, but both do.
func TestFramesHoldWithTheirPage(t *testing.T) {
	testkit.Beside(t)
	home, _ := mall(t)
	runner := newRunner(t, func(o *Options) { o.MaxMemory = 256 << 20 })
	want := "the page and its frames used more than 256 MB of memory together"
	result := try(t, runner, ample, steps(open(home+"/hoard"), see("Hoard"), see("Elephant")))
	if result.Outcome != checker.Failed || !strings.Contains(result.Reason, want) {
		t.Errorf("%s: %s\nwant %s", result.Outcome, result.Reason, want)
	}
	if result := try(t, runner, ample, steps(open(home+"/hoarder"), pauseStep(2*weighEvery))); result.Outcome != checker.OK {
		t.Errorf("alone: %s: %s", result.Outcome, result.Reason)
	}
}

// What a worker writes to the console counts once, though two sessions tell it.
func TestWordsOfAWorkerCountOnce(t *testing.T) {
	testkit.Beside(t)
	home, _ := mall(t)
	runner := newRunner(t, func(o *Options) {
		o.limits = usualLimits()
		o.limits.lines = 20
	})
	journey := steps(open(home+"/chatty"), expect("document.title", "told"), pauseStep(300*time.Millisecond))
	result := try(t, runner, ample, journey)
	if result.Outcome != checker.OK {
		t.Fatalf("%s: %s", result.Outcome, result.Reason)
	}
	if lines := strings.Count(reported(t, result), "line 14"); lines != 1 {
		t.Errorf("its last line is in the report %d times", lines)
	}
	runner.options.limits.lines = 10
	if result := try(t, newRunner(t, func(o *Options) { o.limits = runner.options.limits }), ample, journey); result.Outcome != checker.Failed || !strings.Contains(result.Reason, "more than 10 lines") {
		t.Errorf("%s: %s", result.Outcome, result.Reason)
	}
}

func TestServiceWorker(t *testing.T) {
	testkit.Beside(t)
	home, _ := mall(t)
	runner := common()
	check := steps(open(home+"/offline"), expect("navigator.serviceWorker.ready.then(() => true)", true), open(home+"/offline"), expect("navigator.serviceWorker.controller !== null", true), click("Made up"), see("From the worker"), open(home+"/offline"))
	check.Expect = []string{"failed_requests == 0", "requests >= 6", "bytes_by.fetch > 17"}
	if result := try(t, runner, ample, check); result.Outcome != checker.OK {
		t.Errorf("%s: %s", result.Outcome, result.Reason)
	}
	// Nothing of it is left for the next run.
	if result := try(t, runner, ample, steps(open(home+"/made-up"))); result.Outcome != checker.Failed || !strings.Contains(result.Reason, "status 404") {
		t.Errorf("%s: %s", result.Outcome, result.Reason)
	}
}
