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

func TestFormsAreAllThatASecretIsWrittenAs(t *testing.T) {
	secret := `a "b" & <c>+d/e`
	r := redact.New(redact.Forms(secret, "plain")...)
	for _, written := range []string{
		secret, "plain", `a \"b\" & <c>+d/e`, `a \"b\" \u0026 \u003cc\u003e+d/e`, "a+%22b%22+%26+%3Cc%3E%2Bd%2Fe", "a%20%22b%22%20&%20%3Cc%3E+d%2Fe",
		"a &#34;b&#34; &amp; &lt;c&gt;+d/e", "a &#34;b&#34; &amp; &lt;c&gt;&#43;d/e",
	} {
		if got := r.String("<" + written + ">"); got != "<"+redact.Mark+">" {
			t.Errorf("%s became %s", written, got)
		}
	}
}
