package lang

import "testing"

func TestFold(t *testing.T) {
	for text, want := range map[string]string{
		"Sign In":          "sign in",
		"RÉSEAU réseau":    "reseau reseau",
		"Straße":           "strasse",
		"ŴYTHNOS":          "wythnos",
		"أُوقِف":           "اوقف",
		"\xff broken":      "\ufffd broken",
		"İstanbul ﬁle ①":   "istanbul file 1",
		"\x00 <script> %_": "\x00 <script> %_",
	} {
		if got := Fold(text); got != want {
			t.Errorf("%q is %q, not %q", text, got, want)
		}
	}
}
