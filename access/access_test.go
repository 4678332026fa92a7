package access_test

import (
	"testing"

	"daymark/access"
)

func TestAgentTokens(t *testing.T) {
	token, hash := access.NewAgentToken()
	other, _ := access.NewAgentToken()
	if token == other {
		t.Fatal("two tokens are the same")
	}
	if !access.LooksLikeAgentToken(token) || access.LooksLikeAgentToken(token[1:]) || access.LooksLikeAgentToken(token+"x") {
		t.Error("the form of a token is not known")
	}
	if access.HashToken(token) != hash || access.HashToken(other) == hash || len(hash) != 64 {
		t.Error("a hash does not stand for its token")
	}
}
