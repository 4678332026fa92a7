package notify_test

import (
	"strings"
	"testing"

	"daymark/notify"
)

func TestSegments(t *testing.T) {
	for name, tc := range map[string]struct {
		body     string
		want     int
		encoding notify.Encoding
	}{
		"empty":                       {"", 0, notify.GSM7},
		"one":                         {strings.Repeat("a", 160), 1, notify.GSM7},
		"two":                         {strings.Repeat("a", 161), 2, notify.GSM7},
		"two full":                    {strings.Repeat("a", 306), 2, notify.GSM7},
		"three":                       {strings.Repeat("a", 307), 3, notify.GSM7},
		"accents and line ends":       {strings.Repeat("é", 158) + "\r\n", 1, notify.GSM7},
		"a euro takes two":            {strings.Repeat("a", 159) + "€", 2, notify.GSM7},
		"an escape is not split":      {strings.Repeat("a", 152) + "€" + strings.Repeat("a", 152), 3, notify.GSM7},
		"a typographic dash is UCS-2": {strings.Repeat("a", 69) + "–", 1, notify.UCS2},
		"UCS-2 two":                   {strings.Repeat("–", 71), 2, notify.UCS2},
		"UCS-2 two full":              {strings.Repeat("–", 134), 2, notify.UCS2},
		"UCS-2 three":                 {strings.Repeat("–", 135), 3, notify.UCS2},
		"emoji take two":              {strings.Repeat("🙂", 35), 1, notify.UCS2},
		"a pair is not split":         {strings.Repeat("🙂", 67), 3, notify.UCS2},
		"brackets in UCS-2 take one":  {strings.Repeat("[", 69) + "–", 1, notify.UCS2},
	} {
		t.Run(name, func(t *testing.T) {
			got, encoding := notify.Segments(tc.body)
			if got != tc.want || encoding != tc.encoding {
				t.Errorf("got %d %s, want %d %s", got, encoding, tc.want, tc.encoding)
			}
		})
	}
}
