package statuspage_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"daymark/incident"
	"daymark/statuspage"
)

// fifty is a page of fifty components, each with a past: all that shows on a
// page, so that none is smaller than what people have.
func fifty(t testing.TB) http.Handler {
	s := failing(t)
	p := publishing(t, s)
	p.Subscribe = &statuspage.Subscribing{Channels: []string{"email"}}
	zone := london(t)
	answers, open := p.Components[0], s.snapshot.Open[0]
	p.Components = nil
	s.change(func(snap *statuspage.Snapshot) {
		snap.Components = map[string]statuspage.ComponentState{}
		for i := range 50 {
			c := answers
			c.ID, c.Name = fmt.Sprintf("component-%d", i), fmt.Sprintf("%s number %d", []string{"Payments", "Sign in", "Statements", "Cards"}[i%4], i)
			c.Group = []string{"online", "back-office"}[i%2]
			p.Components = append(p.Components, c)
			state := statuspage.ComponentState{Status: incident.Operational, Since: noon.AddDate(0, -3, 0), Days: days(zone, 8640+i, map[int]func(*statuspage.Day){
				i % 90:        func(d *statuspage.Day) { d.Failed, d.Down = 100+i, minutes(float64(i+3)) },
				(i * 7) % 90:  func(d *statuspage.Day) { d.Slow, d.Degraded = 40+i, minutes(float64(2*i+9)) },
				(i * 11) % 90: func(d *statuspage.Day) { d.Failed, d.Partial = 10+i, minutes(float64(i+1)) },
				(i * 13) % 90: func(d *statuspage.Day) { d.Checks, d.Unknown = 20, 130 },
			})}
			state.Regions = []statuspage.RegionState{{Region: "local", Outcome: "ok", At: noon}, {Region: "eu-west", Outcome: []string{"ok", "degraded"}[i%2], At: noon}}
			snap.Components[c.ID] = state
			past := snap.Recent[0]
			past.ID, past.Name = fmt.Sprintf("past%08d", i), fmt.Sprintf("%s was not available", c.Name)
			past.Affected = []incident.Affected{{Component: c.ID, Worst: incident.Down, From: noon.AddDate(0, 0, -i%90).Add(-minutes(60)), Until: noon.AddDate(0, 0, -i%90)}}
			if i < 10 {
				snap.Recent = append(snap.Recent, past)
			} else {
				snap.Earlier = append(snap.Earlier, past)
			}
		}
		open.Affected = []incident.Affected{{Component: "component-0", Status: incident.Down, Worst: incident.Down, From: open.Since}}
		snap.Open = []incident.Incident{open}
		snap.Answers = map[string]time.Duration{"health": 271 * time.Millisecond}
	})
	return handler(newPage(t, p))
}

func TestTheFirstLoadIsSmall(t *testing.T) {
	h := fifty(t)
	const most, mostScript = 60 << 10, 15 << 10
	// What any browser can read; newer ones get less.
	fetch := func(path string) int {
		answer, body := get(t, h, path, "Accept-Encoding", "gzip")
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d", path, answer.StatusCode)
		}
		head := 0
		for name, values := range answer.Header {
			head += len(name) + len(strings.Join(values, ", ")) + len(": \r\n")
		}
		return len(body) + head
	}
	_, page := get(t, h, "/")
	if strings.Count(page, `class="strip" viewBox="0 0 358.5`) != 50 || strings.Count(page, "Answers in") != 50 {
		t.Fatal("the page does not show fifty components")
	}
	all, script := fetch("/"), 0
	t.Logf("the page: %d bytes", all)
	for _, path := range assets.FindAllStringSubmatch(page, -1) {
		size := fetch(path[1])
		all += size
		if strings.HasSuffix(path[1], ".js") {
			script += size
		}
		t.Logf("%s: %d bytes", path[1], size)
	}
	t.Logf("%d bytes in all, %d of them script", all, script)
	if all > most {
		t.Errorf("the first load of 50 components is %d bytes; %d is the limit", all, most)
	}
	if script == 0 || script > mostScript {
		t.Errorf("its script is %d bytes; %d is the limit", script, mostScript)
	}
}

// assets are what a browser loads with a page.
var assets = regexp.MustCompile(`(?:src|rel="(?:stylesheet|icon)"[^>]* href)="(/[^"]*)"`)
