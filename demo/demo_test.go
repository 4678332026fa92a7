package demo_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"daymark/demo"
)

func TestStartSaysWhichAddressIsTaken(t *testing.T) {
	first := start(t, demo.Options{})
	taken := strings.TrimPrefix(first.URL(), "http://")
	for name, opts := range map[string]demo.Options{
		"shop": {Listen: taken}, "twilio": {TwilioListen: taken}, "mailbox": {SMTPListen: taken},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := demo.New(opts)
			if err != nil {
				t.Fatal(err)
			}
			err = s.Start(t.Context())
			if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), taken) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestStopWithoutStart(t *testing.T) {
	s, err := demo.New(demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s.URL() != "" || s.SMTPAddr() != "" || s.TwilioURL() != "" {
		t.Error("an address before Start")
	}
	stop(t, s)
}

func TestOptionsAreChecked(t *testing.T) {
	for name, opts := range map[string]demo.Options{
		"keep":    {Keep: -1},
		"slow":    {SlowMin: 2 * time.Second, SlowMax: time.Second},
		"account": {AccountSID: "x"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := demo.New(opts); err == nil {
				t.Error("accepted")
			}
		})
	}
}

// TestColoursContrast reads the style sheet's tokens and checks each pair that
// is used, in both themes.
func TestColoursContrast(t *testing.T) {
	raw, err := os.ReadFile("demo.css")
	if err != nil {
		t.Fatal(err)
	}
	themes := strings.SplitN(string(raw), "@media (prefers-color-scheme: dark)", 2)
	for i, theme := range themes {
		tokens := tokensOf(t, theme)
		for _, pair := range []struct {
			on, under string
			least     float64
		}{
			{"ink", "paper", 4.5},
			{"ink", "sunk", 4.5},
			{"soft", "paper", 4.5},
			{"soft", "sunk", 4.5},
			{"accent", "paper", 4.5},
			{"on-accent", "accent", 4.5},
			{"bad", "paper", 4.5},
			{"ink", "bubble", 4.5},
			{"edge", "paper", 3},
		} {
			if got := contrast(tokens[pair.on], tokens[pair.under]); got < pair.least {
				t.Errorf("theme %d: %s on %s is %.2f, want %.1f", i, pair.on, pair.under, got, pair.least)
			}
		}
	}
}
