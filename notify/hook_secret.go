package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
)

// WebhookSecret is what signs the webhooks of a subscriber, in the form of
// Standard Webhooks (whsec_ and base64). It follows from the server's key, so
// that it is stored nowhere and can be shown again; it changes when the key
// does.
func WebhookSecret(key []byte, subscriber string) string {
	mac := hmac.New(sha256.New, key)
	// The purpose comes first: the key signs other things elsewhere.
	_, _ = mac.Write([]byte("webhook\x00" + subscriber)) // a hash never fails
	return "whsec_" + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
