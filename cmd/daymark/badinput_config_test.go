package main_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"daymark/internal/testkit"
)

const goodCheck = `{id: api, schedule: "@every 1s", timeout: 1s, regions: [local], http: {url: "http://127.0.0.1:9/"}}`

// A configuration that is wrong is refused with all that is wrong with it,
// each in its line with its place, and nothing is made.
func TestAWrongConfigurationIsRefusedInWords(t *testing.T) {
	t.Parallel()
	page := "page: {name: Test, url: \"https://status.example\"}\nserver: {data: ./data}\nregions: [{id: local, name: Here}]\n"
	for name, tc := range map[string]struct {
		document string
		want     []string // one for each line, in order
	}{
		"many faults at once": {
			"version: 1\npage: {name: Test, url: \"https://status.example\", colour: red}\nserver: {data: ./data}\nregions: [{id: local, name: Here}]\n" + `components:
  - id: shop
    name: Shop
    group: nowhere
    checks:
      - {id: api, schedule: "now and then", regions: [moon], http: {url: "https://shop.example"}}
      - {id: more, schedule: "@hourly", timeout: soon, http: {url: 7}, expect: [status = 200, latancy < duration("1s")]}
`, []string{
				`:2:51: page.colour: this key is not known`,
				`:8:12: components[0].group: there is no group "nowhere"`,
				`:10:29: components[0].checks[0].schedule: "now and then" is not a schedule`,
				`:10:55: components[0].checks[0].regions[0]: there is no region "moon": there are local`,
				`:11:50: components[0].checks[1].timeout: "soon" is not a duration: write`,
				`:11:68: components[0].checks[1].http.url: 7 is not an address such as`,
				`:11:88: components[0].checks[1].expect[0]: = compares nothing: write ==`,
				`:11:95: components[0].checks[1].expect[1]: unknown name latancy: there are `,
			},
		},
		"a secret that is not there": {
			"version: 1\n" + page + `components:
  - id: shop
    name: Shop
    checks:
      - {id: api, schedule: "@hourly", http: {url: "https://shop.example", bearer: "${env:DAYMARK_TEST_IS_NOT_SET}", headers: {Key: "${file:no.key}"}}}
`, []string{
				`:9:85: components[0].checks[0].http.bearer: the environment variable DAYMARK_TEST_IS_NOT_SET is not set: set it where daymark runs`,
				`:9:134: components[0].checks[0].http.headers.Key: the file no.key cannot be read: there is no such file`,
			},
		},
		"an empty file": {"", []string{`:1:1: the file says nothing: it needs at least version, page.name and page.url`}},
		"no YAML":       {"version: 1\npage: {name: [\n", []string{`:2:14: this is not YAML: `}},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.Beside(t)
			dir := t.TempDir()
			path := writeFile(t, dir, "daymark.yaml", tc.document)
			out, code := run(t, "serve", "--config", path)
			lines := strings.Split(strings.TrimSpace(out), "\n")
			if code != 2 || len(lines) != len(tc.want) {
				t.Fatalf("status %d, %d lines; want 2 and %d lines:\n%s", code, len(lines), len(tc.want), out)
			}
			place := regexp.MustCompile("^" + regexp.QuoteMeta(path) + `:\d+:\d+: \S`)
			for i, line := range lines {
				if !place.MatchString(line) || !strings.Contains(line, path+tc.want[i]) {
					t.Errorf("line %d is %q\nwant %q", i+1, line, path+tc.want[i])
				}
			}
			if _, err := os.Stat(filepath.Join(dir, "data")); err == nil {
				t.Error("the data folder was made")
			}
		})
	}
}

// oneSentence holds a refusal to what a person wants of it.
func oneSentence(t *testing.T, out string, code int, wants ...string) {
	t.Helper()
	out = strings.TrimSpace(out)
	if code != 1 || strings.Contains(out, "\n") {
		t.Errorf("status %d; want 1 and one line:\n%s", code, out)
	}
	for _, want := range wants {
		if !strings.Contains(out, want) {
			t.Errorf("it says %q; want %q", out, want)
		}
	}
}

func TestWhatAnotherHoldsIsRefusedInASentence(t *testing.T) {
	testkit.Beside(t)
	first := newSite(t, goodCheck)
	server := first.serve(t)

	t.Run("the data folder", func(t *testing.T) {
		second := newSite(t, goodCheck)
		if err := os.Symlink(first.data(), second.data()); err != nil {
			t.Fatal(err)
		}
		out, code := run(t, "serve", "--config", second.config)
		oneSentence(t, out, code, "another daymark uses the data folder "+second.data(), "stop it first, or give this one another server.data")
	})
	t.Run("the port", func(t *testing.T) {
		second := newSite(t, goodCheck)
		taken, err := net.Listen("tcp", strings.TrimPrefix(second.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = taken.Close() }()
		out, code := run(t, "serve", "--config", second.config)
		oneSentence(t, out, code, strings.TrimPrefix(second.url, "http://")+" (server.listen)", "address already in use")
	})
	if !ready(first.url) {
		t.Error("the first server suffered")
	}
	server.interrupt()
	if server.err != nil {
		t.Errorf("the first server ended with %v", server.err)
	}
}

func TestAFolderThatCannotBeWrittenIsRefusedInASentence(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		prepare func(t *testing.T, s site)
		wants   []string
	}{
		"a folder of somebody else": {
			func(t *testing.T, s site) { mode(t, s.data(), 0o555) },
			[]string{"permission denied", "server.data"},
		},
		"a new file of somebody else": {
			func(t *testing.T, s site) {
				writeFile(t, s.data(), "daymark.db", "")
				mode(t, s.data("daymark.db"), 0o444)
			},
			[]string{"daymark.db", "the database cannot be written: check the owner and mode of the file and its folder"},
		},
		"a used file of somebody else": {
			func(t *testing.T, s site) {
				s.serve(t).interrupt()
				mode(t, s.data("lock"), 0o666)
				mode(t, s.data("daymark.db"), 0o444)
			},
			[]string{"daymark.db", "the database cannot be written: check the owner and mode of the file and its folder"},
		},
		"a file that is no database": {
			func(t *testing.T, s site) {
				writeFile(t, s.data(), "daymark.db", strings.Repeat("this is no database. ", 1000))
				mode(t, s.data("daymark.db"), 0o666)
			},
			[]string{"daymark.db", "the file is damaged or no database: restore it from a backup"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.Beside(t)
			s := newSite(t, goodCheck)
			if err := os.Mkdir(s.data(), 0o777); err != nil {
				t.Fatal(err)
			}
			mode(t, s.data(), 0o777) // whatever the umask is
			tc.prepare(t, s)
			cmd := exec.CommandContext(t.Context(), binary(), "serve", "--config", s.config)
			asNobody(t, cmd, s.dir)
			out, code := runCommand(t, cmd)
			oneSentence(t, out, code, tc.wants...)
		})
	}
}

func mode(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}
