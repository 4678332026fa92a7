package static_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"daymark/static"
)

// answer is a response as it was written.
type answer struct {
	StatusCode int
	Header     http.Header
	Body       io.Reader
}

func get(t *testing.T, path string, header http.Header) answer {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header = header
	w := httptest.NewRecorder()
	static.Handler().ServeHTTP(w, r)
	return answer{w.Code, w.Result().Header, w.Body}
}

func TestFilesAreServedUnderTheirHash(t *testing.T) {
	tests := []struct{ name, file, kind string }{
		{"styles", "daymark.css", "text/css; charset=utf-8"},
		{"script", "live.js", "text/javascript; charset=utf-8"},
		{"vendored script", "vendor/idiomorph.js", "text/javascript; charset=utf-8"},
		{"picture", "status-major_outage.svg", "image/svg+xml"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			address := static.URL(test.file)
			if !regexp.MustCompile(`^/static/[a-z_/-]+\.[0-9a-f]{8}\.[a-z]+$`).MatchString(address) {
				t.Errorf("address %q holds no hash", address)
			}
			answer := get(t, address, http.Header{"Accept-Encoding": {"gzip"}})
			want := map[string]string{
				"Content-Type":           test.kind,
				"Cache-Control":          "public, max-age=31536000, immutable",
				"X-Content-Type-Options": "nosniff",
				"Content-Encoding":       "gzip",
				"Vary":                   "Accept-Encoding",
			}
			for key, value := range want {
				if got := answer.Header.Get(key); got != value {
					t.Errorf("%s: %q, want %q", key, got, value)
				}
			}
			unzip, err := gzip.NewReader(answer.Body)
			if err != nil {
				t.Fatal(err)
			}
			packed, err := io.ReadAll(unzip)
			if err != nil {
				t.Fatal(err)
			}
			plain, err := io.ReadAll(get(t, address, nil).Body)
			if err != nil || string(plain) != string(packed) || len(plain) == 0 {
				t.Errorf("plain and packed differ: %d and %d bytes, %v", len(plain), len(packed), err)
			}
		})
	}
}

func TestOtherNamesAreNotFound(t *testing.T) {
	for _, path := range []string{"/static/", "/static/daymark.css", "/static/daymark.00000000.css", "/static/vendor/idiomorph.LICENSE", "/static/../static.go"} {
		if status := get(t, path, nil).StatusCode; status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
}

func TestScriptsStaySmall(t *testing.T) {
	total := 0
	for _, name := range []string{"live.js", "vendor/idiomorph.js"} {
		body, err := io.ReadAll(get(t, static.URL(name), http.Header{"Accept-Encoding": {"gzip"}}).Body)
		if err != nil {
			t.Fatal(err)
		}
		total += len(body)
	}
	if total > 15<<10 {
		t.Errorf("scripts are %d bytes compressed; 15 KB is the limit", total)
	}
}

// TestWhatOthersWroteSaysWhence: each vendored script has its licence beside it,
// and stands in the list with where it is from.
func TestWhatOthersWroteSaysWhence(t *testing.T) {
	scripts, err := filepath.Glob("files/vendor/*.js")
	if err != nil || len(scripts) < 2 {
		t.Fatalf("%q, %v", scripts, err)
	}
	list, err := os.ReadFile("files/vendor/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, script := range scripts {
		name := filepath.Base(script)
		licence, err := os.ReadFile(strings.TrimSuffix(script, ".js") + ".LICENSE")
		if err != nil || len(licence) < 100 {
			t.Errorf("%s has no licence: %v", name, err)
		}
		if !regexp.MustCompile("(?m)^\\| `" + regexp.QuoteMeta(name) + "` \\| npm `[^`]+`, .*, unchanged \\| \\d+\\.\\d+\\.\\d+ \\| .* \\|$").Match(list) {
			t.Errorf("%s does not stand in the list", name)
		}
	}
}

func TestAnUnknownNamePanics(t *testing.T) {
	defer func() {
		if said := recover(); said == nil || !strings.Contains(said.(string), "nothing.css") {
			t.Errorf("said %v", said)
		}
	}()
	static.URL("nothing.css")
}
