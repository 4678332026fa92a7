package config

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// modifierKeys are in the order in which people write them.
var modifierKeys = []string{"Control", "Alt", "Shift", "Meta"}

// modifierOf gives Control for ControlLeft, or "".
func modifierOf(key string) string {
	name := strings.TrimSuffix(strings.TrimSuffix(key, "Left"), "Right")
	if slices.Contains(modifierKeys, name) {
		return name
	}
	return ""
}

// pressKeys are the keys with names that a step can press.
var pressKeys = []string{
	"Enter", "Tab", "Escape", "Space", "Backspace", "Delete", "Insert", "Home", "End", "PageUp", "PageDown",
	"ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "F10", "F11", "F12",
}

// keyName gives a key as a step writes it, or "" where it cannot be pressed.
func keyName(key string) string {
	switch key {
	case "\r", "\n", "NumpadEnter":
		return "Enter"
	case " ":
		return "Space"
	}
	if slices.Contains(pressKeys, key) {
		return key
	}
	for _, prefix := range []string{"Key", "Digit", "Numpad"} {
		if rest, is := strings.CutPrefix(key, prefix); is && len(rest) == 1 {
			return strings.ToLower(rest)
		}
	}
	if r, size := utf8.DecodeRuneInString(key); size == len(key) && size > 0 && unicode.IsGraphic(r) && !unicode.IsSpace(r) {
		return key
	}
	return ""
}

// held are the modifiers that are down.
type held []string

func (h *held) down(modifier string) {
	if !slices.Contains(*h, modifier) {
		*h = append(*h, modifier)
	}
}

func (h *held) up(modifier string) {
	*h = slices.DeleteFunc(*h, func(one string) bool { return one == modifier })
}

// with joins the modifiers to a key. A letter that Shift has made is written
// as it came.
func (h held) with(key string) string {
	if len(h) == 1 && h[0] == "Shift" && utf8.RuneCountInString(key) == 1 {
		return key
	}
	var parts []string
	for _, modifier := range modifierKeys {
		if slices.Contains(h, modifier) {
			parts = append(parts, modifier)
		}
	}
	if len(parts) > 0 && utf8.RuneCountInString(key) == 1 {
		key = strings.ToUpper(key)
	}
	return strings.Join(append(parts, key), "+")
}
