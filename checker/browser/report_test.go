package browser

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"image/jpeg"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"pgregory.net/rapid"

	"daymark/checker"
	"daymark/internal/har"
	"daymark/internal/redact"
	"daymark/internal/testkit"
)

// reported gives the report of a result.
func reported(t *testing.T, result checker.Result) string {
	t.Helper()
	return string(pieceOf(t, &result, reportName, reportType))
}

// pieceOf gives a piece of evidence.
func pieceOf(t *testing.T, result *checker.Result, name, mediaType string) []byte {
	t.Helper()
	for _, piece := range result.Evidence {
		if piece.Name == name {
			if piece.MediaType != mediaType {
				t.Errorf("%s: media type %q", name, piece.MediaType)
			}
			return piece.Data
		}
	}
	t.Fatalf("no %s: %s: %s", name, result.Outcome, result.Reason)
	return nil
}

// namesOf lists the evidence, in its order.
func namesOf(result *checker.Result) string {
	names := []string{}
	for _, piece := range result.Evidence {
		names = append(names, piece.Name)
	}
	return fmt.Sprint(names)
}

// archived reads the requests of a result.
func archived(t *testing.T, result *checker.Result) har.File {
	t.Helper()
	var file har.File
	if err := json.Unmarshal(pieceOf(t, result, harName, harType), &file); err != nil || file.Log.Version != "1.2" {
		t.Fatalf("HAR: %v %+v", err, file.Log)
	}
	return file
}

// enclosed decodes what a report holds after a beginning of an address.
func enclosed(t *testing.T, page, prefix string) []byte {
	t.Helper()
	found := regexp.MustCompile(regexp.QuoteMeta(prefix) + `;base64,([^"]*)"`).FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("the report holds no %s", prefix)
	}
	content, err := base64.StdEncoding.DecodeString(html.UnescapeString(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestReportOfFailure(t *testing.T) {
	t.Parallel() // it waits
	shop := shop(t)
	runner := newRunner(t, func(o *Options) {
		o.Redact = func(text string) string { return strings.ReplaceAll(text, "hunter/2", "[hidden]") }
	})
	within := patience(t, runner, shop.URL+"/login", "Sign in")
	check := steps(
		open(shop.URL+"/leaky?token=abc123&page=2&q=hunter%2F2"), fill("Password", "pass word&1"), checker.BrowserStep{Screenshot: "typed"}, click("Send"),
		see("Elephant"), click("Never"),
	)
	check.Name = `A <b>leaky</b> page & "more"`
	result := try(t, runner, within, check)
	page := reported(t, result)
	for _, want := range []string{
		`A &lt;b&gt;leaky&lt;/b&gt; page &amp; &#34;more&#34;` + "” failed at step 5.", "see Elephant: not on the page within",
		`<li class="bad"><span class="n" aria-hidden="true">5</span><code>see Elephant</code><span class="n">failed after`,
		`<code>click Never</code><span class="n">not run</span>`,
		"&lt;script&gt;alert(1)&lt;/script&gt;", "token=[redacted]&amp;page=2&amp;q=[redacted]", "typed", "textbox", "Password",
		`default-src &#39;none&#39;`,
	} {
		if !strings.Contains(page, want) && !strings.Contains(page, html.EscapeString(want)) {
			t.Errorf("not in the report: %s", want)
		}
	}
	har := pieceOf(t, &result, harName, harType)
	if strings.Contains(page, "<script>alert") {
		t.Error("the report holds what the page wrote, unescaped")
	}
	for _, text := range []string{page, string(har), result.Reason} {
		for _, secret := range []string{"abc123", "hunter/2", "hunter%2F2", "pass word&1", "pass word&amp;1", "pass+word%261", "pass%20word", "cookievalue", "beartoken"} {
			if strings.Contains(text, secret) {
				t.Errorf("%q is in %.300s…", secret, text[max(strings.Index(text, secret)-150, 0):])
			}
		}
	}
	file := archived(t, &result)
	if len(file.Log.Entries) < 3 {
		t.Fatalf("HAR: %+v", file.Log)
	}
	statuses := map[int64]int{}
	for _, entry := range file.Log.Entries {
		statuses[entry.Response.Status]++
		if entry.Time <= 0 || entry.Request.Headers == nil || entry.Timings.Wait < 0 {
			t.Errorf("entry %+v", entry)
		}
	}
	if statuses[200] < 2 || statuses[404] != 1 {
		t.Errorf("statuses %v", statuses)
	}
	if strings.Contains(page, "<script") || strings.Contains(page, "http-equiv=\"refresh") {
		t.Error("the report runs something")
	}
	if _, err := jpeg.Decode(bytes.NewReader(enclosed(t, page, `src="data:image/jpeg`))); err != nil {
		t.Error(err)
	}
	if picture, err := jpeg.Decode(bytes.NewReader(pieceOf(t, &result, pictureName, pictureType))); err != nil || picture.Bounds().Dx() != 1280 {
		t.Errorf("%v, %v", picture, err)
	}
	if got, want := namesOf(&result), "[typed.jpg journey.jpg network.har journey.html]"; got != want || sizeOf(&result) > checker.MaxEvidence {
		t.Errorf("%s, %d bytes", got, sizeOf(&result))
	}
}

// sizeOf is that of all evidence.
func sizeOf(result *checker.Result) (size int) {
	for _, piece := range result.Evidence {
		size += len(piece.Data)
	}
	return size
}

func TestEvidenceOfSuccessIsSmall(t *testing.T) {
	testkit.Beside(t)
	shop, runner := shop(t), common()
	check := steps(open(shop.URL+"/busy"), see("All there"))
	result := try(t, runner, ample, check)
	page := reported(t, result)
	well := archived(t, &result)
	if result.Outcome != checker.OK || sizeOf(&result) > maxCalm || !strings.Contains(page, "works.") || !strings.Contains(page, "data:image/jpeg") {
		t.Errorf("%s: %d bytes: %s", result.Outcome, sizeOf(&result), result.Reason)
	}
	if size := len(pieceOf(t, &result, harName, harType)); size > calmHAR || !strings.Contains(well.Log.Comment, "There was room for ") || !strings.Contains(page, "an HTTP archive, as network.har (") {
		t.Errorf("HAR: %d bytes: %s", size, well.Log.Comment)
	}
	check.Degraded = []string{"requests > 100"}
	result = try(t, runner, ample, check)
	page = reported(t, result)
	if result.Outcome != checker.Degraded || sizeOf(&result) <= maxCalm || sizeOf(&result) > checker.MaxEvidence || !strings.Contains(page, "works, but not as it should.") {
		t.Errorf("%s: %d bytes: %s", result.Outcome, sizeOf(&result), result.Reason)
	}
	if worse := archived(t, &result); len(worse.Log.Entries) <= len(well.Log.Entries) || len(pieceOf(t, &result, harName, harType)) > maxHAR {
		t.Errorf("HAR: %d requests, %d of the success", len(worse.Log.Entries), len(well.Log.Entries))
	}
}

// TestEvidenceStaysWithinItsRoom whatever pages ask for and look like.
func TestEvidenceStaysWithinItsRoom(t *testing.T) {
	testkit.Checks(t, 20, 100)
	rapid.Check(t, func(t *rapid.T) {
		const long = 3_000
		j := &journey{
			options: &Options{Redact: func(text string) string { return text }}, job: &checker.Job{Check: checker.Check{ID: "journey", Browser: &checker.Browser{}}},
			tab: &tab{watch: &watch{traffic: newTraffic()}}, broke: true,
		}
		j.result.Outcome = rapid.SampledFrom([]checker.Outcome{checker.OK, checker.Degraded, checker.Failed}).Draw(t, "outcome")
		size := rapid.SampledFrom([]int{0, 1, 20, 450}).Draw(t, "requests")
		text := strings.Repeat(rapid.SampledFrom([]string{"x", "<", "é", "&a=b"}).Draw(t, "text"), rapid.SampledFrom([]int{1, 100, long}).Draw(t, "length"))
		failing := rapid.IntRange(1, 50).Draw(t, "one in so many fails")
		for i := range size {
			j.tab.watch.traffic.kept = append(j.tab.watch.traffic.kept, &exchange{
				method: text, url: "https://shop.example/?" + text, moved: "https://shop.example/" + text, fault: "net::ERR_FAILED", failed: i%failing == 0,
				response: &network.Response{StatusText: text, MimeType: text, Protocol: text, Headers: network.Headers{"X-Long": text}},
			})
		}
		j.tab.watch.traffic.requests = size
		j.result.Evidence = []checker.Evidence{{Name: "journey.jpg", Data: make([]byte, rapid.IntRange(0, checker.MaxEvidence/2).Draw(t, "pictures of steps"))}}
		named := len(j.result.Evidence[0].Data)
		most := maxPicture
		if j.result.Outcome == checker.OK {
			most = calmPicture
		}
		j.view.picture = make([]byte, rapid.IntRange(0, most).Draw(t, "picture"))
		j.attach()
		if sizeOf(&j.result) > checker.MaxEvidence || j.result.Outcome == checker.OK && sizeOf(&j.result)-named > maxCalm {
			t.Fatalf("%s: %d bytes", namesOf(&j.result), sizeOf(&j.result))
		}
		seen := map[string]bool{}
		for _, piece := range j.result.Evidence {
			if seen[piece.Name] {
				t.Fatalf("two are called %s", piece.Name)
			}
			seen[piece.Name] = true
			var file har.File
			if piece.Name == harName && (json.Unmarshal(piece.Data, &file) != nil || len(file.Log.Entries) == 0) {
				t.Fatalf("HAR: %.200s", piece.Data)
			}
		}
		if !seen[reportName] || size > 0 != seen[harName] {
			t.Fatalf("%d requests: %s", size, namesOf(&j.result))
		}
	})
}

// A report is looked at in Chromium: it takes no more than its window, and its
// own policy lets all of it be.
func TestReportAsSeen(t *testing.T) {
	t.Parallel() // it waits
	shop, runner := shop(t), newRunner(t, nil)
	within := patience(t, runner, shop.URL+"/login", "Sign in")
	text := reported(t, try(t, runner, within, steps(open(shop.URL+"/errors?"+strings.Repeat("long", 60)), click("Nothing"))))
	ctx, cancel := chromedp.NewContext(runner.current.process.ctx)
	defer cancel()
	var complaints []string
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	talk := chromedp.Console(ctx)
	tree, err := chromedp.Call(ctx, page.GetFrameTree, struct{}{})
	if err != nil {
		t.Fatal(err)
	}
	for _, width := range []int64{360, 1280} {
		if _, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 800, DeviceScaleFactor: 1}); err != nil {
			t.Fatal(err)
		}
		if _, err := chromedp.Call(ctx, page.SetDocumentContent, page.SetDocumentContentParams{FrameID: tree.FrameTree.Frame.ID, HTML: text}); err != nil {
			t.Fatal(err)
		}
		var seen struct {
			Wide, Window float64
			Colour       string
			Pictures     bool
		}
		if err := evaluate(ctx, chromedp.FromContext(ctx).Target, runtime.EvaluateParams{Expression: `Promise.all([...document.images].map((i) => i.decode())).then(() => ({
			wide: document.documentElement.scrollWidth, window: innerWidth, colour: getComputedStyle(document.querySelector('.failed svg')).color,
			pictures: document.images.length > 0}))`}, &seen); err != nil {
			t.Fatal(err)
		}
		if seen.Wide > seen.Window || !seen.Pictures || seen.Colour != "rgb(174, 19, 43)" {
			t.Errorf("at %d: %+v", width, seen)
		}
	}
	if err := evaluate(ctx, chromedp.FromContext(ctx).Target, runtime.EvaluateParams{Expression: `console.log('end')`}, new(any)); err != nil {
		t.Fatal(err)
	}
	for message, err := range talk {
		if err != nil || message.Text == "end" {
			break
		}
		complaints = append(complaints, message.Text)
	}
	if len(complaints) > 0 {
		t.Errorf("Chromium complains: %s", complaints)
	}
}

func TestVeil(t *testing.T) {
	hide := veil{func(text string) string { return strings.ReplaceAll(text, "s3cret", "[x]") }}
	for address, want := range map[string]string{
		"https://u:p@a.example/x?a=1":                  "https://a.example/x?a=1",
		"https://a.example/?access_token=1&b=s3cret":   "https://a.example/?access_token=[redacted]&b=[redacted]",
		"https://a.example/?b=%733cret&flag&empty=":    "https://a.example/?b=[redacted]&flag&empty=",
		"https://a.example/s3cret/#id_token=1&x=2":     "https://a.example/[x]/#id_token=[redacted]&x=2",
		"https://a.example/#section":                   "https://a.example/#section",
		"https://a.example/eyJhbGc.eyJzdWI.c2ln/next":  "https://a.example/[redacted]/next",
		"https://a.example/?next=eyJhbGc.eyJzdWI.c2ln": "https://a.example/?next=[redacted]",
		"https://a.example/?monkey=1&keyboard=2&key=3": "https://a.example/?monkey=1&keyboard=2&key=[redacted]",
		"": "",
	} {
		if got := hide.address(address); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
	for name, want := range map[string]string{
		"Cookie": "[redacted]", "authorization": "[redacted]", "X-Api-Key": "[redacted]", "X-CSRF-Token": "[redacted]", "Accept": "v=1; [x]",
	} {
		if got := hide.header(name, "v=1; s3cret"); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := hide.header("set-cookie", "id=abc; Path=/; HttpOnly"); got != "id=[redacted]; Path=/; HttpOnly" {
		t.Error(got)
	}
}

func FuzzVeil(f *testing.F) {
	f.Add("https://a.example/?token=abc#x=y", "abc")
	f.Fuzz(func(t *testing.T, address, secret string) {
		if len(secret) < 4 {
			return
		}
		hide := veil{redact.New(secret).String}
		for part := range strings.SplitSeq(hide.address(address), redact.Mark) {
			if strings.Contains(part, secret) {
				t.Errorf("%q of %q still has %q", part, address, secret)
			}
		}
	})
}

func TestTreeAroundWhatWasSought(t *testing.T) {
	root := &heard{Role: "page"}
	for range 100 {
		branch := &heard{Role: "list", up: root}
		for range 10 {
			branch.Kids = append(branch.Kids, &heard{Role: "listitem", up: branch})
		}
		root.Kids = append(root.Kids, branch)
	}
	root.Kids[90].Kids[5].Sought = true
	kept := around(root, 30)
	if size := kept.size(); size != 30 {
		t.Errorf("%d nodes", size)
	}
	found, left := false, 0
	var walk func(*heard)
	walk = func(node *heard) {
		found, left = found || node.Sought, left+node.More
		for _, kid := range node.Kids {
			walk(kid)
		}
	}
	walk(kept)
	if !found || left != 1101-30 {
		t.Errorf("found %t, left out %d", found, left)
	}
}
