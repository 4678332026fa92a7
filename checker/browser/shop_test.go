package browser

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"daymark/checker"
	"daymark/internal/testkit"
)

// shop is a small site to sign in to, with the faults that pages have.
func shop(t testing.TB) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	html := func(path, body string) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprintf(w, "<!doctype html><html lang=en><title>%s</title><body>%s", path[1:], body)
		})
	}
	html("/login", `<h1>Sign in</h1><form method=post action=/login>
		<label for=e>Email</label><input id=e name=email type=email>
		<label>Password <input name=pw type=password></label>
		<label><input type=checkbox name=stay> Stay signed in</label>
		<button>Sign in</button></form><a href=/help>Sign in help</a>`)
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("email") != "probe@shop.example" || r.FormValue("pw") != "correct horse" {
			fmt.Fprintf(w, "<title>Sign in</title><p role=alert>Wrong password %s</p>", r.FormValue("pw"))
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "yes"})
		http.Redirect(w, r, "/accounts", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /accounts", func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie("session"); err != nil {
			http.Error(w, "sign in first", http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, `<title>Accounts</title><h1 style="text-transform:uppercase">Welcome   back</h1>`)
	})
	html("/form", `<label for=c>Country</label><select id=c><option value=gb>United Kingdom<option value=ie>Ireland</select>
		<label>When <input id=when type=date></label><input placeholder="Your name" id=n>
		<div aria-label=Notes contenteditable=true id=notes role=textbox></div>
		<button aria-label="Close window" onclick="document.title='closed'">x</button>
		<div id=menu onmouseover="document.getElementById('sub').hidden=false">Menu</div><p id=sub hidden>Sub menu</p>
		<label><input id=agree type=checkbox style="position:absolute;opacity:0;width:0;height:0"><span>I agree</span></label>
		<input id=search onkeydown="if(event.key==='Enter')document.title='searched '+this.value">
		<button disabled>Later</button><div style="position:relative"><button id=under>Under</button>
		<div id=overlay style="position:absolute;inset:0"></div></div>`)
	html("/files", `<form method=post action=/files enctype=multipart/form-data>
		<label>Letter <input type=file name=letter></label>
		<label for=cv class=button>Your CV</label><input id=cv type=file name=cv style="display:none">
		<input id=pic type=file name=pic hidden><button type=button onclick="pic.click()">Choose picture</button>
		<button>Send files</button></form><button disabled>Post</button><button onclick="document.title='sent'">Post now</button>
		<button style="display:none" onclick="document.title='hidden'">Go</button><button onclick="document.title='gone'">Go</button>
		<button>Delete</button><button>Delete</button><button disabled>Undo</button><button disabled>Undo</button>
		<label for=colours>Colours</label><select id=colours multiple><option>Red<option>Green<option>Blue</select>
		<p id=count></p><script>cv.onchange=()=>count.textContent='CV of '+cv.files[0].size;
		onkeydown=(e)=>{if(e.key.length>1&&e.key[0]!=='F')return;document.title=[e.key,e.ctrlKey,e.shiftKey,e.altKey].join(' ')}</script>`)
	mux.HandleFunc("POST /files", func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1 << 20); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		for _, name := range []string{"letter", "cv", "pic"} {
			for _, file := range r.MultipartForm.File[name] {
				content, err := file.Open()
				if err != nil {
					http.Error(w, err.Error(), http.StatusInternalServerError)
					return
				}
				head, _ := io.ReadAll(io.LimitReader(content, 12))
				fmt.Fprintf(w, "<p>%s: %s, %s, %q</p>", name, file.Filename, file.Header.Get("Content-Type"), head)
			}
		}
	})
	mux.HandleFunc("GET /leaky", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: "cookievalue"})
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><html lang=en><title>Leaky</title><h1>%s</h1><p>%s</p><label>Password <input type=password id=pw></label>
			<button onclick="fetch('/missing?q='+encodeURIComponent(pw.value)+'&r='+pw.value,{headers:{Authorization:'Bearer beartoken','X-Token':'beartoken'}});console.warn('typed '+pw.value)">Send</button>
			<script>console.error('<script>alert(1)<\/script> hunter/2');fetch('/leaky-part',{headers:{Authorization:'Basic beartoken'}})</script>`,
			template.HTMLEscapeString("<script>alert(1)</script>"), template.HTMLEscapeString(r.URL.Query().Get("q")))
	})
	mux.HandleFunc("GET /leaky-part", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "Authorization was %q", r.Header.Get("Authorization"))
	})
	mux.HandleFunc("GET /busy", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<!doctype html><html lang=en><title>Busy</title><body><canvas id=c width=1280 height=800></canvas><ul id=l></ul><script>
			const x=c.getContext('2d'),d=x.createImageData(1280,800);for(let i=0;i<d.data.length;i++)d.data[i]=i%4===3?255:(i*2654435761>>>(i%13))&255;x.putImageData(d,0,0);
			l.innerHTML=[...Array(400)].map((_,i)=>'<li><a href=#'+i+'>Entry '+i+'</a></li>').join('');for(let i=0;i<400;i++){console.log('line '+i+' '+'x'.repeat(300))}
			Promise.all([...Array(300)].map((_,i)=>fetch('/form?n='+i,{headers:{'X-Long':'y'.repeat(500)}}).then((r)=>r.text()))).then(()=>document.body.append('All there'))</script>`)
	})
	html("/shadow", `<x-card></x-card><iframe srcdoc="<button onclick=&quot;parent.document.title='framed'&quot;>Inside</button>"></iframe>
		<script>const r=document.querySelector('x-card').attachShadow({mode:'open'});
		r.innerHTML='<label>Code <input></label><button>Go</button><p>Deep text</p>';
		r.querySelector('button').onclick=()=>{document.title='code '+r.querySelector('input').value}</script>`)
	html("/late", `<script>setTimeout(()=>{document.body.innerHTML='<button onclick="document.title=1">Ready</button>'},300)</script>`)
	html("/dialogs", `<script>alert('hello');document.title=String(confirm('sure?'))</script><p>After</p>
		<script>onbeforeunload=(e)=>e.preventDefault()</script>`)
	html("/stay", `<button>Edit</button><a href="file:///etc/passwd">Local</a><script>onbeforeunload=(e)=>{e.preventDefault();e.returnValue='stay'}</script>`)
	html("/popup", `<a href=/login target=_blank>Open</a><button onclick="window.open('/login')">Also</button>`)
	html("/download", `<a href=/file>Get file</a>`)
	mux.HandleFunc("GET /file", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Disposition", `attachment; filename="f.bin"`)
		fmt.Fprint(w, "data")
	})
	html("/errors", `<p>Page</p><img src=/missing.png><script>console.error('broken cart');null.x</script>`)
	html("/spin", `<p>Spinning</p><script>setTimeout(()=>{for(;;);},50)</script>`)
	html("/spin-later", `<p>Spinning</p><script>addEventListener('load',()=>setTimeout(()=>{for(;;);},700))</script>`)
	html("/camera", `<script>navigator.geolocation.getCurrentPosition(()=>document.title='given',()=>document.title='denied');
		Notification.requestPermission().then((p)=>document.body.append(p))</script>`)
	mux.HandleFunc("GET /slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("GET /cut", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("GET /loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	mux.HandleFunc("GET /away", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusFound)
	})
	html("/slowlink", `<a href=/slow>Wait for it</a>`)
	server := httptest.NewServer(mux)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	t.Cleanup(server.Close)
	return server
}

// patient are options for a machine that has much else to do.
func patient(dir string) Options {
	return Options{Logger: slog.New(slog.DiscardHandler), Dir: dir, StartWithin: ample, evidenceWithin: 20 * time.Second, traceWithin: ample}
}

// common is the Runner of the tests that neither change it nor end its Chromium,
// whose start takes longer than most journeys. It has a place for whatever runs
// at the same time.
var common = sync.OnceValue(func() *Runner {
	dir, err := os.MkdirTemp("", "d")
	if err != nil {
		panic(err)
	}
	options := patient(dir)
	options.ContextsAtOnce = 8
	return New(options)
})

// closeCommon ends what common began.
func closeCommon() error {
	return errors.Join(common().Close(context.Background()), os.RemoveAll(common().options.Dir))
}

// newRunner makes a Runner of its own profiles, closed with the test.
func newRunner(t testing.TB, change func(*Options)) *Runner {
	t.Helper()
	options := patient(shortDir(t))
	if change != nil {
		change(&options)
	}
	runner := New(options)
	t.Cleanup(func() {
		if err := runner.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return runner
}

// warm starts Chromium, so that its start is not in the time of a journey.
func warm(t testing.TB, runner *Runner) {
	t.Helper()
	if err := runner.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// patience is how long a journey gets whose time is to be up: what this
// machine, as busy as it is, needs to get to the step that waits, and then some.
func patience(t testing.TB, runner *Runner, address, text string) time.Duration {
	t.Helper()
	warm(t, runner)
	began := time.Now()
	if result := try(t, runner, ample, steps(open(address), see(text))); result.Outcome != checker.OK {
		t.Fatal(result.Reason)
	}
	return min(4*time.Second+5*time.Since(began), 30*time.Second)
}

// several does something for each of n, so many at the same time, whatever the
// number of processors: they wait rather than compute.
func several(atOnce, n int, do func(i int)) {
	places := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	for i := range n {
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			do(i)
		})
	}
	all.Wait()
}

// everyOK runs journeys, two at once, each of which has to go well; at small
// counts some of them.
func everyOK(t *testing.T, runner *Runner, journeys map[string][]checker.BrowserStep) {
	t.Helper()
	names := testkit.Some(t, 2, slices.Sorted(maps.Keys(journeys)))
	results := make([]checker.Result, len(names))
	several(2, len(names), func(i int) { results[i] = try(t, runner, ample, steps(journeys[names[i]]...)) })
	for i, name := range names {
		t.Run(name, func(t *testing.T) {
			if result := results[i]; result.Outcome != checker.OK {
				t.Errorf("%s: %s", result.Outcome, result.Reason)
			}
		})
	}
}

// shortDir makes a directory whose path leaves room for Chromium's socket.
func shortDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "d")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// try runs steps once.
func try(t testing.TB, runner *Runner, timeout time.Duration, check checker.Check) checker.Result {
	t.Helper()
	check.ID = "journey"
	job, err := checker.Prepare(check)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return runner.Run(ctx, job)
}

func steps(all ...checker.BrowserStep) checker.Check {
	return checker.Check{Browser: &checker.Browser{Steps: all}}
}

func open(address string) checker.BrowserStep { return checker.BrowserStep{Open: address} }
func click(name string) checker.BrowserStep   { return checker.BrowserStep{Click: name} }
func see(text string) checker.BrowserStep     { return checker.BrowserStep{See: text} }
func notSee(text string) checker.BrowserStep  { return checker.BrowserStep{NotSee: text} }
func press(key string) checker.BrowserStep    { return checker.BrowserStep{Press: key} }
func fill(field, with string) checker.BrowserStep {
	return checker.BrowserStep{Fill: &checker.Fill{Field: field, With: with}}
}

func upload(field, with string) checker.BrowserStep {
	return checker.BrowserStep{Upload: &checker.Fill{Field: field, With: with}}
}

func expect(script string, is any) checker.BrowserStep {
	return checker.BrowserStep{Expect: &checker.ScriptExpect{Script: script, Is: is}}
}
