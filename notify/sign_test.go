package notify_test

import (
	"testing"

	"daymark/notify"
)

func TestSignID(t *testing.T) {
	key := []byte("0123456789abcdef")
	signature := notify.SignID(key, "u1-s1")
	for name, tc := range map[string]struct {
		key       []byte
		id, given string
		want      bool
	}{
		"ours":             {key, "u1-s1", signature, true},
		"another delivery": {key, "u1-s2", signature, false},
		"another key":      {[]byte("another key, as long"), "u1-s1", signature, false},
		"none":             {key, "u1-s1", "", false},
		"an empty key":     {nil, "u1-s1", notify.SignID(nil, "u1-s1"), false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := notify.VerifyID(tc.key, tc.id, tc.given); got != tc.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
