package statuspage_test

import (
	"fmt"
	"net/http"
	"net/http/httputil"
	"regexp"
	"strings"
	"testing"

	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/statuspage"
)

// fifty is a page of fifty components, with a past of every kind.
func fifty(p *statuspage.Params) {
	crowd(p)
	p.Components = p.Components[:50]
	for i := range p.Components {
		p.Components[i].Name = fmt.Sprintf("Terminals of %s", strings.Repeat(string(rune('A'+i%26)), 3+i%9))
		p.Components[i].Show = []string{"uptime", "regions"}
	}
}

// troubled is the state of fifty: an incident is open, and no two components
// have the same days behind them.
func troubled(t testing.TB) *source {
	s, zone := failing(t), london(t)
	s.change(func(snap *statuspage.Snapshot) {
		for c := range 50 {
			edit := map[int]func(*statuspage.Day){}
			for back := c % 7; back < 90; back += 5 + c%11 {
				edit[back] = func(d *statuspage.Day) {
					switch (back + c) % 4 {
					case 0:
						d.Failed, d.Down = 7+c, minutes(float64(back+c))
					case 1:
						d.Failed, d.Partial = 3+c, minutes(float64(2*back+c))
					case 2:
						d.Slow, d.Degraded = 9+c, minutes(float64(3*back+c))
					case 3:
						d.Checks, d.Unknown = 0, 100+c
					}
				}
			}
			state := snap.Components["core-api"]
			state.Days = days(zone, 1000+37*c, edit)
			state.Status = []incident.Status{incident.Operational, incident.Down, incident.Slow}[c%3]
			state.Regions = []statuspage.RegionState{{Region: "local", Outcome: "ok"}, {Region: "eu-west", Outcome: "degraded"}}
			snap.Components[fmt.Sprint("c", c)] = state
		}
	})
	return s
}

var loads = regexp.MustCompile(`<(?:link|script)[^>]+(?:href|src)="(/static/[^"]+)"`)

// TestTheFirstLoadIsSmall: 60 KB on the wire, answers' heads and all, for a
// page of fifty components, and 15 KB of it script.
func TestTheFirstLoadIsSmall(t *testing.T) {
	testkit.Beside(t)
	h := handler(newPage(t, func() statuspage.Params { p := harbour(t, troubled(t)); fifty(&p); return p }()))
	for _, way := range []string{"br", "zstd", "gzip"} {
		t.Run(way, func(t *testing.T) {
			total, script := 0, 0
			load := func(path string) {
				answer, body := get(t, h, path, "Accept-Encoding", way)
				if answer.StatusCode != http.StatusOK {
					t.Fatalf("%s: %d", path, answer.StatusCode)
				}
				if got := answer.Header.Get("Content-Encoding"); got != way && len(body) >= 256 {
					t.Errorf("%s came as %q", path, got)
				}
				head, err := httputil.DumpResponse(&http.Response{StatusCode: answer.StatusCode, ProtoMajor: 1, ProtoMinor: 1, Header: answer.Header}, false)
				if err != nil {
					t.Fatal(err)
				}
				total += len(head) + len(body)
				if strings.HasSuffix(path, ".js") {
					script += len(body)
				}
				t.Logf("%6d bytes: %s", len(head)+len(body), path)
			}
			load("/")
			_, page := get(t, h, "/")
			assets := loads.FindAllStringSubmatch(page, -1)
			if len(assets) < 5 {
				t.Fatalf("only %d files are loaded with the page", len(assets))
			}
			for _, m := range assets {
				load(m[1])
			}
			t.Logf("%d bytes in all, %d of them script", total, script)
			if total > 60<<10 {
				t.Errorf("the first load is %d bytes; 60 KB is the limit", total)
			}
			if script > 15<<10 {
				t.Errorf("scripts are %d bytes; 15 KB is the limit", script)
			}
		})
	}
}
