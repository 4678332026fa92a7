package console

import (
	"fmt"
	"testing"
	"time"
)

// TestAFloodOfRefusalsFillsNothing: however many ask, and from wherever.
func TestAFloodOfRefusalsFillsNothing(t *testing.T) {
	f, at := newRefusals(), time.Date(2026, 12, 1, 3, 0, 0, 0, time.UTC)
	written := 0
	for minute := range 10 {
		for i := range 30_000 {
			if f.due(fmt.Sprintf("%s nobody 192.0.2.%d", refusedForm, i), true, at.Add(time.Duration(minute)*time.Minute+time.Duration(i)*2*time.Millisecond)) {
				written++
			}
		}
	}
	if most := 30 * 11; written > most || written < 300 {
		t.Errorf("%d were written down in ten minutes; want %d at most", written, most)
	}
	if !f.due("ana audit:read", false, at.Add(10*time.Minute)) {
		t.Error("what a known person may not is not written down beside a flood")
	}
	if f.due("ana audit:read", false, at.Add(10*time.Minute+59*time.Second)) || !f.due("ana audit:read", false, at.Add(11*time.Minute)) {
		t.Error("it is not written down once a minute")
	}
}

func TestARefusalIsToldInWords(t *testing.T) {
	for action, want := range map[string]string{
		"refused: " + refusedCode:       "was refused: the second factor was wrong",
		"refused: " + refusedForm:       "was refused: the form was sent by no page of this session",
		"refused: " + refusedPage:       "was refused: a live connection of another page",
		"refused: configuration: write": "was refused, for want of configuration: write",
		"signed in":                     "",
	} {
		if got := tellRefusal(action); got != want {
			t.Errorf("%s is %q; want %q", action, got, want)
		}
	}
}
