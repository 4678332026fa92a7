package redact_test

import (
	"testing"

	"daymark/internal/redact"
)

func TestSecretsAreReplaced(t *testing.T) {
	r := redact.New("correct horse", "correct horse battery", "abc", "")
	for text, want := range map[string]string{
		"it says correct horse":               "it says " + redact.Mark,
		"longer first: correct horse battery": "longer first: " + redact.Mark,
		"abc is too short to hide":            "abc is too short to hide",
		"":                                    "",
	} {
		if got := r.String(text); got != want {
			t.Errorf("%q became %q; want %q", text, got, want)
		}
		if got := string(r.Bytes([]byte(text))); got != want {
			t.Errorf("the bytes of %q became %q; want %q", text, got, want)
		}
	}
	if got := (redact.Redactor{}).String("nothing is hidden"); got != "nothing is hidden" {
		t.Errorf("the zero value changed a text to %q", got)
	}
}
