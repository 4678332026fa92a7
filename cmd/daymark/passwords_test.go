package main

import (
	"github.com/alexedwards/argon2id"

	"daymark/access"
)

// Passwords cost tests little.
func init() {
	newPasswords = func() *access.Passwords {
		return access.NewPasswordsAt(argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	}
}
