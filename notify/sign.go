package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
)

// SignID signs a delivery's id, so that a status callback which carries both
// proves that we asked for it. The signature is safe in a URL.
func SignID(key []byte, id string) string {
	mac := hmac.New(sha256.New, key)
	// The purpose comes first: the key may sign other things elsewhere.
	_, _ = mac.Write([]byte("delivery\x00" + id)) // a hash never fails
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// VerifyID says whether the signature is SignID's, in constant time. No
// signature of an empty key is valid.
func VerifyID(key []byte, id, signature string) bool {
	return len(key) > 0 && hmac.Equal([]byte(SignID(key, id)), []byte(signature))
}
