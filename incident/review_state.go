package incident

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
)

// parts are what people write of a review, in their order.
func (r *Review) parts() []*string {
	return []*string{&r.Summary, &r.Causes, &r.Well, &r.Badly, &r.Luck}
}

// partNames are what its parts are called.
var partNames = []string{"summary", "causes", "well", "badly", "luck"}

// State names what is written of a review. Another text of a part, or another
// number of users, is another state; the same ones again are the same state.
func (r *Review) State() string {
	var all []string
	for _, part := range r.parts() {
		all = append(all, nameOfText(*part))
	}
	return strings.Join(append(all, nameOfText(strconv.Itoa(r.Users))), ".")
}

// WasSo says whether a part of a review read so in a state of it.
func WasSo(state, part, text string) bool {
	i, names := slices.Index(partNames, part), strings.Split(state, ".")
	return i >= 0 && i < len(names) && names[i] == nameOfText(text)
}

// nameOfText is 48 bits of a hash: enough to tell the few texts apart that one
// part ever has.
func nameOfText(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}

// differs names what a command would make of a review that is not there yet.
func (c WriteReview) differs(r *Review) (names []string) {
	for i, part := range r.parts() {
		if given := c.parts()[i]; given != nil && strings.TrimSpace(*given) != *part {
			names = append(names, partNames[i])
		}
	}
	if (c.Users > 0 || c.NoUsers) && c.Users != r.Users {
		names = append(names, "users")
	}
	return names
}

func (c WriteReview) parts() []*string {
	return []*string{c.Summary, c.Causes, c.Well, c.Badly, c.Luck}
}
