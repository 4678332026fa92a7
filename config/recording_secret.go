package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

var (
	// secretParts give a secret away wherever they stand in a name.
	secretParts = []string{
		"password", "passwd", "passcode", "passphrase", "secret", "token", "cardnumber", "creditcard",
		"passwort", "kennwort", "wachtwoord", "contraseña", "contrasena", "mot de passe", "cyfrinair",
	}
	// secretWords do so only as a word: "shipping" has no PIN.
	secretWords = []string{"otp", "totp", "pin", "card", "cvc", "cvv", "pwd", "2fa", "mfa", "senha"}
)

// looksSecret tells whether a name is that of a secret.
func looksSecret(name string) bool {
	lower := strings.ToLower(name)
	if slices.ContainsFunc(secretParts, func(part string) bool { return strings.Contains(lower, part) }) {
		return true
	}
	return slices.ContainsFunc(wordsOf(name), func(word string) bool { return slices.Contains(secretWords, word) })
}

// wordsOf splits a name as people write them in code: cardNumber, card-number.
func wordsOf(name string) []string {
	var spaced strings.Builder
	lower := false
	for _, r := range name {
		if lower && unicode.IsUpper(r) {
			spaced.WriteByte(' ')
		}
		lower = unicode.IsLower(r)
		spaced.WriteRune(unicode.ToLower(r))
	}
	return strings.FieldsFunc(spaced.String(), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// gather notes what was typed into fields that look secret, so that the same
// text is hidden where it was typed again.
func (t *translation) gather() {
	for i := range t.steps {
		if s := &t.steps[i]; s.Type == "change" && len(s.Value) > 3 && slices.ContainsFunc(t.elements[i].hints, looksSecret) {
			t.typed[s.Value] = true
		}
	}
}

// variable gives ${agent-env:NAME} for a value that must not be written down,
// or cannot be.
func (t *translation) variable(value, field string) string {
	name, known := t.names[value]
	if !known {
		name = envOf(t.id + " " + field)
		for base, n := name, 2; slices.Contains(t.variables, name); n++ {
			name = fmt.Sprintf("%s_%d", base, n)
		}
		t.names[value] = name
		t.variables = append(t.variables, name)
	}
	return agentEnv + name + "}"
}

func envOf(text string) string {
	words := strings.FieldsFunc(strings.ToUpper(text), func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	})
	name := strings.Join(words, "_")
	if len(name) > 60 {
		name = strings.TrimRight(name[:60], "_")
	}
	if name == "" || name[0] < 'A' {
		name = "RECORDING_" + name
	}
	return name
}

var parameter = regexp.MustCompile(`([?&#])([^=&#?]+)=([^&#]+)`)

// address hides the values of parameters such as token.
func (t *translation) address(step *recordedStep) string {
	address := strings.ReplaceAll(step.URL, "${", "%24{")
	return parameter.ReplaceAllStringFunc(address, func(found string) string {
		part := parameter.FindStringSubmatch(found)
		if !looksSecret(part[2]) && !t.typed[part[3]] {
			return found
		}
		stands := t.variable(part[3], part[2])
		t.tell(step, "the value of %s in its address is not kept: set %s where the agents run", quoteShort(part[2]), strings.Trim(stands[len(agentEnv):], "}"))
		return part[1] + part[2] + "=" + stands
	})
}
