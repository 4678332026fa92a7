package access_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"daymark/access"
)

func TestWhichPasswordsAreTaken(t *testing.T) {
	for password, want := range map[string]string{
		"correct horse battery staple":     "",
		"zwölf Zeichen!":                   "",
		"elf Zeichen":                      "at least 12 characters",
		"aaaaaaaaaaaaaaaaaaaa":             "different characters",
		"abababababababab":                 "different characters",
		"ana.reyes@shop.example":           "more than your name",
		"AnaReyesAnaReyes1":                "more than your name",
		"Harbour Bank 2026":                "more than your name",
		strings.Repeat("long words ", 100): "at most 1024 bytes",
		"not text \xff\xfe and so on":      "bytes of text",
	} {
		err := access.CheckPassword(password, "ana", "Ana Reyes", "Ana", "Reyes", "ana.reyes@shop.example", "Harbour Bank")
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v; want %q", password, err, want)
		}
	}
}

func TestPasswordsAreCompared(t *testing.T) {
	p, ctx := access.NewPasswords(), context.Background()
	hash, err := p.Hash(ctx, "an \u00e9clair a day")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$") || strings.Contains(hash, "clair") {
		t.Fatalf("%q %v", hash, err)
	}
	for password, right := range map[string]bool{
		"an \u00e9clair a day": true, "an e\u0301clair a day": true, // the same letters, typed another way
		"an eclair a day": false, "": false, strings.Repeat("x", 5000): false,
	} {
		if err := p.Compare(ctx, password, hash); (err == nil) != right || err != nil && !errors.Is(err, access.ErrWrongPassword) {
			t.Errorf("%q: %v", password, err)
		}
	}
	// Of nobody: always wrong, by the same work.
	if err := p.Compare(ctx, "an \u00e9clair a day", ""); !errors.Is(err, access.ErrWrongPassword) {
		t.Error(err)
	}
	over, cancel := context.WithCancel(ctx)
	cancel()
	full := access.NewPasswords()
	if err := full.Compare(over, "x", hash); err == nil {
		t.Error("a wrong password is right for who has hung up")
	}
}

// TestFewWaitForAPassword: where many sign in at once, some are told so instead
// of piling up, and whose time is over is told so too.
func TestFewWaitForAPassword(t *testing.T) {
	p := access.NewPasswords()
	ctx, end := context.WithCancel(t.Context())
	defer end()
	var all sync.WaitGroup
	var busy atomic.Int32
	for range 600 {
		all.Go(func() {
			if err := p.Compare(ctx, "whatever it is", ""); errors.Is(err, access.ErrBusy) && busy.Add(1) == 300 {
				end() // the others need not be looked at
			}
		})
	}
	all.Wait()
	if busy.Load() < 300 {
		t.Errorf("of 600 at once %d were refused", busy.Load())
	}
}
