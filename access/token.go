package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// The prefixes let people and secret scanners know what a token is for.
const (
	agentPrefix     = "dma_"
	heartbeatPrefix = "dmh_"
	apiPrefix       = "dmk_"
)

// NewAgentToken makes a token for a probe agent: 256 bits of chance, shown
// once, and its hash, which is what is stored.
func NewAgentToken() (token, hash string) { return newToken(agentPrefix) }

// NewHeartbeatToken makes the token of a heartbeat's address, which is like
// that of an agent.
func NewHeartbeatToken() (token, hash string) { return newToken(heartbeatPrefix) }

// NewAPIToken makes the token of a person for /api/v1, which is like that of an
// agent.
func NewAPIToken() (token, hash string) { return newToken(apiPrefix) }

// NewSecret makes 256 bits of chance as text: what a token, an invitation or a
// device that is known has.
func NewSecret() string {
	var secret [32]byte
	_, _ = rand.Read(secret[:]) // never fails, by its contract
	return base64.RawURLEncoding.EncodeToString(secret[:])
}

func newToken(prefix string) (token, hash string) {
	token = prefix + NewSecret()
	return token, HashToken(token)
}

// HashToken gives what is stored of a token. A plain hash is enough, because
// a token is not guessable as a password is.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// LooksLikeAgentToken says whether text has a token's form, for an early and
// clear refusal.
func LooksLikeAgentToken(text string) bool { return looksLike(text, agentPrefix) }

// LooksLikeHeartbeatToken says whether text has the form of the token of a
// heartbeat's address.
func LooksLikeHeartbeatToken(text string) bool { return looksLike(text, heartbeatPrefix) }

// LooksLikeAPIToken says whether text has the form of a person's token.
func LooksLikeAPIToken(text string) bool { return looksLike(text, apiPrefix) }

func looksLike(text, prefix string) bool {
	return strings.HasPrefix(text, prefix) && len(text) == len(prefix)+base64.RawURLEncoding.EncodedLen(32)
}
