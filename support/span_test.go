package support_test

import (
	"testing"
	"time"

	"daymark/support"
)

func TestParseSpan(t *testing.T) {
	for text, want := range map[string]support.Span{
		"30m": {Rest: 30 * time.Minute}, "4h": {Rest: 4 * time.Hour}, "1d": {Days: 1}, "2w": {Days: 14}, "1y": {Days: 365},
		"1w2d": {Days: 9}, "1d12h": {Days: 1, Rest: 12 * time.Hour}, "0": {}, "0s": {}, "1h30m": {Rest: 90 * time.Minute},
	} {
		if got, err := support.ParseSpan(text); err != nil || got != want {
			t.Errorf("%s = %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "5", "1.5d", "2h1d", "d", "-1d", "1d-2h", "soon"} {
		if got, err := support.ParseSpan(text); err == nil {
			t.Errorf("%q was taken as %+v", text, got)
		}
	}
	if got := (support.Span{Days: 1, Rest: time.Hour}).Length(); got != 25*time.Hour {
		t.Errorf("1d1h has the length %s", got)
	}
}
