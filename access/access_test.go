package access_test

import (
	"testing"

	"daymark/access"
)

func TestTokens(t *testing.T) {
	for name, kind := range map[string]struct {
		create    func() (token, hash string)
		looksLike func(string) bool
		others    func(string) bool
	}{
		"of an agent":    {access.NewAgentToken, access.LooksLikeAgentToken, access.LooksLikeHeartbeatToken},
		"of a person":    {access.NewAPIToken, access.LooksLikeAPIToken, access.LooksLikeAgentToken},
		"of a heartbeat": {access.NewHeartbeatToken, access.LooksLikeHeartbeatToken, access.LooksLikeAgentToken},
	} {
		t.Run(name, func(t *testing.T) {
			token, hash := kind.create()
			other, _ := kind.create()
			if token == other {
				t.Fatal("two tokens are the same")
			}
			if !kind.looksLike(token) || kind.looksLike(token[1:]) || kind.looksLike(token+"x") || kind.others(token) {
				t.Error("the form of a token is not known")
			}
			if access.HashToken(token) != hash || access.HashToken(other) == hash || len(hash) != 64 {
				t.Error("a hash does not stand for its token")
			}
		})
	}
}
