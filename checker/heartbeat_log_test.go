package checker_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"daymark/checker"
	"daymark/internal/redact"
)

func TestTidyLog(t *testing.T) {
	const secret = "hunter2-hunter2"
	long := strings.Repeat("0123456789\n", 3000)
	for name, test := range map[string]struct {
		raw  string
		cut  bool
		want string
	}{
		"empty":                  {"", false, ""},
		"plain":                  {"one\ntwo\n", false, "one\ntwo"},
		"colours":                {"\x1b[1;31mred\x1b[0m and \x1b]0;title\x07plain", false, "red and plain"},
		"progress":               {"10%\r20%\r\ndone", false, "10%\n20%\ndone"},
		"control characters":     {"a\x00b\x07c\td\u202ee\u0085f", false, "abc\tdef"},
		"no UTF-8":               {"a\xff\xfeb", false, "a�b"},
		"a secret":               {"password=" + secret + "!", false, "password=[redacted]!"},
		"a secret in colours":    {"hunter2\x1b[0m-hunter2", false, "[redacted]"},
		"long":                   {long, false, strings.TrimRight(long[len(long)-checker.MaxBeatLog:], "\n")},
		"half a secret is lost":  {secret[4:] + strings.Repeat("x", 7000), true, strings.Repeat("x", 7000+len(secret)-4-6000)},
		"cut, and not much left": {"short", true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := checker.TidyLog([]byte(test.raw), test.cut, redact.New(secret).String)
			if strings.TrimLeft(got, "\n") != strings.TrimLeft(test.want, "\n") {
				t.Errorf("tidied to %q; want %q", got, test.want)
			}
		})
	}
}

func FuzzTidyLog(f *testing.F) {
	for _, seed := range []string{"", "done\n", "\x1b[31mred\x1b[", "a\r\nb\rc", "\xff\x00\u202e", strings.Repeat("é", 9000)} {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, raw []byte, cut bool) {
		got := checker.TidyLog(raw, cut, redact.New("secret-value").String)
		if len(got) > checker.MaxBeatLog || !utf8.ValidString(got) || strings.Contains(got, "secret-value") {
			t.Fatalf("%d bytes: %q", len(got), got)
		}
		for _, r := range got {
			if unicode.IsControl(r) && r != '\n' && r != '\t' {
				t.Fatalf("the control character %U is left in %q", r, got)
			}
		}
	})
}
