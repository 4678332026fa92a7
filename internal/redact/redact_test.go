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

func TestNoCutShowsAPartOfASecret(t *testing.T) {
	r := redact.New("correct horse", "correction", "tock-tick-tock")
	for text, want := range map[string]string{
		"it says correct hor…":           "it says " + redact.Mark + "…",
		"it says corr…, and corre…":      "it says " + redact.Mark + "…, and " + redact.Mark + "…",
		"it says cor…":                   "it says cor…",
		"correctly … correct hors":       "correctly … correct hors",
		"correct horse…":                 redact.Mark + "…",
		"tock-tock-tick…":                "tock-" + redact.Mark + "…",
		"correct correct ho…\n[of 1 kB]": "correct " + redact.Mark + "…\n[of 1 kB]",
	} {
		if got := r.String(text); got != want {
			t.Errorf("%q became %q; want %q", text, got, want)
		}
	}
}

func TestShortValuesAreHiddenWhereTheyStandAlone(t *testing.T) {
	r := redact.New("a long secret").WithWords("4711", "pin", "blue")
	for text, want := range map[string]string{
		`{"code": "4711", "n": 4711}`: `{"code": "` + redact.Mark + `", "n": ` + redact.Mark + `}`,
		"/orders/4711?x=4711":         "/orders/" + redact.Mark + "?x=" + redact.Mark,
		"14711 47110 x4711 4711ü":     "14711 47110 x4711 4711ü",
		"4711":                        redact.Mark,
		"4711 4711-4711":              redact.Mark + " " + redact.Mark + "-" + redact.Mark,
		"pin: a long secret":          "pin: " + redact.Mark,
		"bluebell, blue":              "bluebell, " + redact.Mark,
	} {
		if got := string(r.Bytes([]byte(text))); got != want {
			t.Errorf("%q became %q; want %q", text, got, want)
		}
	}
	if (redact.Redactor{}).WithWords("4711").Empty() {
		t.Error("a redactor of words alone is said to be empty")
	}
}
