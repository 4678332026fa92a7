package main_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"daymark/checker"
	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/store"
)

// A night's results of the check "api": minute 1 to 5 of an hour.
// Each has an answer padded to a size.
func seedEvidence(t *testing.T, s site, size int) {
	t.Helper()
	if err := os.MkdirAll(s.data(), 0o700); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), store.Options{Path: s.data("daymark.db")})
	if err != nil {
		t.Fatal(err)
	}
	var results []checker.Result
	for i, outcome := range []checker.Outcome{"ok", "ok", "failed", "failed", "degraded"} {
		r := checker.Result{Check: "api", Region: "local", At: time.Date(2026, 11, 1, 3, i+1, 0, 0, time.UTC), Outcome: outcome}
		if outcome != checker.OK {
			r.Reason = "the answer was \x1b[31mred\nred"
		}
		r.Evidence = []checker.Evidence{
			{Name: "answer.txt", MediaType: "text/plain", Data: []byte("answer of " + r.At.Format("15:04") + strings.Repeat(".", size))},
			{Name: "../../../../tmp/é", MediaType: "image/png", Data: []byte{0, 1, 2}},
			{Name: "../../../../tmp/ê", MediaType: "image/png", Data: []byte{0, 1, 3}},
		}
		results = append(results, r)
	}
	err = db.Write(t.Context(), func(ctx context.Context, tx incident.Tx) error {
		_, err := tx.AddResults(ctx, results)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestTheServerHoldsTheSizeOfEvidence(t *testing.T) {
	testkit.Beside(t)
	s := newSite(t, `{id: api, schedule: "0 0 1 1 *", http: {url: "http://127.0.0.1:9/"}}`)
	document, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	s.config = writeFile(t, s.dir, "daymark.yaml", strings.Replace(string(document),
		"data: ./data", "data: ./data, retention: {evidence: 100y, evidence_size: 1MB}", 1))
	seedEvidence(t, s, 300_000)
	s.serve(t)
	eventually(t, "evidence to make room", func() bool {
		out, code := run(t, "evidence", "list", "api", "--config", s.config)
		// The older success goes, and the degraded run; then there is room.
		return code == 0 && strings.Count(out, "\n") == 4 && !strings.Contains(out, "degraded") && strings.Contains(out, "failed, first")
	})
}

func evidenceSite(t *testing.T) site {
	t.Helper()
	s := newSite(t, `{id: api, schedule: "0 0 1 1 *", http: {url: "http://127.0.0.1:9/"}}`)
	seedEvidence(t, s, 0)
	return s
}

func TestEvidenceIsListed(t *testing.T) {
	testkit.Beside(t)
	s := evidenceSite(t)
	for name, row := range map[string]struct {
		args []string
		code int
		want []string // beginnings of lines; of the whole when it went wrong
	}{
		"all": {nil, 0, []string{
			"TIME", "2026-11-01T03:05:00Z  local   degraded", "2026-11-01T03:04:00Z  local   failed ",
			"2026-11-01T03:03:00Z  local   failed, first", "2026-11-01T03:02:00Z  local   ok", "2026-11-01T03:01:00Z  local   ok",
		}},
		"failures":         {[]string{"--failed"}, 0, []string{"TIME", "2026-11-01T03:04:00Z", "2026-11-01T03:03:00Z"}},
		"since":            {[]string{"--since", "2026-11-01T03:05:00Z"}, 0, []string{"TIME", "2026-11-01T03:05:00Z"}},
		"some":             {[]string{"--most", "1"}, 0, []string{"TIME", "2026-11-01T03:05:00Z"}},
		"none":             {[]string{"--region", "second"}, 0, []string{"no evidence of api is kept for that"}},
		"another region":   {[]string{"--region", "mars"}, 2, []string{`daymark: there is no region "mars" in the configuration; it has local, second`}},
		"no time":          {[]string{"--since", "yesterday"}, 2, []string{`daymark: --since is "yesterday"; it is a time such as 2026-12-01T13:00:00Z, or a duration such as 24h`}},
		"no number of row": {[]string{"--most", "0"}, 2, []string{"daymark: --most is 0; it is 1 to 1000"}},
	} {
		t.Run(name, func(t *testing.T) {
			out, code := run(t, append([]string{"evidence", "list", "api", "--config", s.config}, row.args...)...)
			lines := strings.Split(strings.TrimSpace(out), "\n")
			if code != row.code || len(lines) != len(row.want) || strings.Contains(out, "\x1b") {
				t.Fatalf("status %d, %q", code, out)
			}
			for i, want := range row.want {
				if !strings.HasPrefix(lines[i], want) {
					t.Errorf("line %d is %q, want %q", i, lines[i], want)
				}
			}
		})
	}
	out, code := run(t, "evidence", "list", "nothing", "--config", s.config)
	if code != 2 || !strings.Contains(out, `there is no check "nothing" in the configuration`) {
		t.Errorf("status %d, %s", code, out)
	}
	out, code = run(t, "evidence", "list", "api", "--json", "--config", s.config)
	var runs []store.EvidenceRun
	if err := json.Unmarshal([]byte(out), &runs); err != nil || code != 0 || len(runs) != 5 || !runs[2].First || runs[0].Pieces[2].Name != "answer.txt" {
		t.Errorf("status %d, %v: %s", code, err, out)
	}
}

func TestEvidenceIsWrittenToFiles(t *testing.T) {
	testkit.Beside(t)
	s := evidenceSite(t)
	for name, row := range map[string]struct {
		args []string
		want []string // what the answers say
	}{
		"the last failure and the last success": {nil, []string{
			"20261101T030200.000Z-local-ok-answer.txt: answer of 03:02", "20261101T030400.000Z-local-failed-answer.txt: answer of 03:04",
		}},
		"the latest": {[]string{"--at", "latest"}, []string{
			"20261101T030200.000Z-local-ok-answer.txt: answer of 03:02", "20261101T030500.000Z-local-degraded-answer.txt: answer of 03:05",
		}},
		"a time": {[]string{"--at", "2026-11-01T04:03:59+01:00"}, []string{
			"20261101T030200.000Z-local-ok-answer.txt: answer of 03:02", "20261101T030300.000Z-local-failed-answer.txt: answer of 03:03",
		}},
		"the first": {[]string{"--at", "2026-11-01T03:01:00Z"}, []string{"20261101T030100.000Z-local-ok-answer.txt: answer of 03:01"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			out, code := run(t, append([]string{"evidence", "get", "api", "--out", dir, "--config", s.config}, row.args...)...)
			if code != 0 {
				t.Fatalf("status %d, %s", code, out)
			}
			entries, err := os.ReadDir(dir)
			if err != nil || len(entries) != 3*len(row.want) {
				t.Errorf("%d files, %v: %s", len(entries), err, out)
			}
			var got []string
			for _, entry := range entries {
				path := filepath.Join(dir, entry.Name())
				if !strings.Contains(out, "wrote "+path) {
					t.Errorf("%s is not told of: %s", path, out)
				}
				if info, err := entry.Info(); err != nil || info.Mode() != 0o600 {
					t.Errorf("%s has mode %v, %v", path, info.Mode(), err)
				}
				if strings.HasSuffix(path, ".txt") {
					data, err := os.ReadFile(path)
					if err != nil {
						t.Error(err)
					}
					got = append(got, entry.Name()+": "+string(data))
				}
			}
			if slices.Sort(got); !slices.Equal(got, row.want) {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
	out, code := run(t, "evidence", "get", "api", "--at", "2026-10-31T00:00:00Z", "--config", s.config)
	if code != 1 || !strings.Contains(out, "no evidence of a run of api is kept") {
		t.Errorf("status %d, %s", code, out)
	}
	out, code = run(t, "evidence", "get", "api", "--at", "noon", "--config", s.config)
	if code != 2 || !strings.Contains(out, `--at is "noon"`) {
		t.Errorf("status %d, %s", code, out)
	}
	get := exec.Command(binary(), "evidence", "get", "api", "--json", "--config", s.config)
	get.Dir = t.TempDir()
	out, code = runCommand(t, get)
	var runs []struct {
		Files []string `json:"files"`
	}
	if err := json.Unmarshal([]byte(out), &runs); err != nil || code != 0 || len(runs) != 2 || filepath.Dir(runs[0].Files[0]) != "evidence-api" {
		t.Errorf("status %d, %v: %s", code, err, out)
	}
}

func TestEvidenceOfARunningServer(t *testing.T) {
	testkit.Beside(t)
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "out of eggs", http.StatusServiceUnavailable)
	}))
	t.Cleanup(target.Close)
	s := newSite(t, `{id: api, schedule: "@every 1s", regions: [local], http: {url: "`+target.URL+`"}}`)
	s.serve(t)
	eventually(t, "a failure with evidence", func() bool {
		out, code := run(t, "evidence", "list", "api", "--failed", "--config", s.config)
		return code == 0 && strings.Contains(out, "failed, first")
	})
	out, code := run(t, "evidence", "get", "api", "--out", s.dir, "--config", s.config)
	if code != 0 || !strings.Contains(out, "no evidence of a success before it is kept") {
		t.Fatalf("status %d, %s", code, out)
	}
	files, err := filepath.Glob(filepath.Join(s.dir, "*-local-failed-*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	if data, err := os.ReadFile(files[0]); err != nil || !strings.Contains(string(data), "out of eggs") {
		t.Errorf("%s, %v", data, err)
	}
}
