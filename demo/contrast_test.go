package demo_test

import (
	"math"
	"regexp"
	"strconv"
	"testing"
)

// tokensOf reads "--name: #rrggbb" up to the end of the first rule.
func tokensOf(t *testing.T, css string) map[string]float64 {
	t.Helper()
	out := map[string]float64{}
	for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6})`).FindAllStringSubmatch(css, -1) {
		rgb, err := strconv.ParseUint(m[2], 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		out[m[1]] = luminance(rgb)
	}
	if len(out) != 10 {
		t.Fatalf("%d colours, want 10", len(out))
	}
	return out
}

// luminance is WCAG's relative luminance of 0xRRGGBB.
func luminance(rgb uint64) float64 {
	channel := func(shift uint) float64 {
		c := float64(rgb>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(16) + 0.7152*channel(8) + 0.0722*channel(0)
}

func contrast(a, b float64) float64 { return (max(a, b) + 0.05) / (min(a, b) + 0.05) }
