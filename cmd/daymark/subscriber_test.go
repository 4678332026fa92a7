package main_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"daymark/internal/testkit"
)

// TestSubscribersOfTheRealProgram: the commands do the same whether a server
// runs or not, and what was exported can be imported.
func TestSubscribersOfTheRealProgram(t *testing.T) {
	testkit.Beside(t)
	s := newSite(t, `{id: job, heartbeat: {every: 24h, grace: 30m}}`)
	document, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, s.dir, "daymark.yaml", strings.Replace(string(document), "{name: Test,", "{name: Test, contact: help@shop.example,", 1)+
		fmt.Sprintf("notify: {email: {smtp: {host: 127.0.0.1, port: %d, tls: none}, from: status@shop.example}}\n", freePorts(t)))
	ask := func(status int, args ...string) string {
		t.Helper()
		out, code := run(t, append([]string{"subscriber", args[0], "--config", s.config}, args[1:]...)...)
		if code != status {
			t.Fatalf("%v: status %d, want %d: %s", args, code, status, out)
		}
		return out
	}
	people := writeFile(t, s.dir, "people.csv", "channel,address,name,confirmed,components,severity,maintenance\nemail,ann@mail.example,Ann,yes,shop,P2,yes\nemail,bob@mail.example,,no,,,\n")
	all := func() {
		t.Helper()
		if out := ask(0, "import", people); out != "2 added, 0 changed, 0 left alone because they ended their subscription\n" {
			t.Errorf("imported: %s", out)
		}
		exported := ask(0, "export")
		if !strings.Contains(exported, "email,ann@mail.example,Ann,yes,shop,P2,all,yes,,\n") || !strings.Contains(exported, "email,bob@mail.example,,no,,,all,no,,\n") {
			t.Errorf("exported: %s", exported)
		}
		if out := ask(0, "import", writeFile(t, s.dir, "again.csv", exported)); !strings.HasPrefix(out, "0 added, 2 changed") {
			t.Errorf("imported again: %s", out)
		}
		added := ask(0, "add", "cyd@mail.example", "--components", "shop", "--confirmed")
		id := strings.TrimSpace(strings.TrimPrefix(added, "added "))
		if out := ask(0, "list", "--state", "confirmed"); !strings.Contains(out, id) || !strings.Contains(out, "cyd@mail.example") || strings.Contains(out, "bob@") {
			t.Errorf("listed: %s", out)
		}
		ask(0, "end", id)
		if out := ask(0, "add", "cyd@mail.example", "--confirmed"); !strings.HasPrefix(out, "left") {
			t.Errorf("added who ended: %s", out)
		}
		if out := ask(0, "list", "--counts"); len(strings.Split(strings.TrimSpace(out), "\n")) != 4 {
			t.Errorf("counted: %s", out)
		}
		if out := ask(0, "data", "ann@mail.example"); !strings.Contains(out, `"address": "ann@mail.example"`) {
			t.Errorf("the data: %s", out)
		}
		for _, address := range []string{"ann@mail.example", "bob@mail.example", "cyd@mail.example"} {
			ask(0, "erase", address)
		}
		if out := ask(0, "suppress", "dan@mail.example") + ask(0, "add", "dan@mail.example") + ask(0, "allow", "dan@mail.example"); out != "suppressed\nleft\nallowed\n" {
			t.Errorf("suppressed and allowed: %s", out)
		}
		for _, wrong := range [][]string{{"end", "nobody"}, {"add", "sam"}, {"add", "sam@mail.example", "--components", "nothing"}, {"import", s.config}} {
			ask(2, wrong...)
		}
	}
	all()
	server := s.serve(t)
	all()
	server.interrupt()
}
