package browser

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// keyOf reads a key as people write it: Enter, a, Control+A, Shift+Tab.
func keyOf(text string) (string, []chromedp.Modifier, error) {
	parts := strings.Split(text, "+")
	name := parts[len(parts)-1]
	if name == "" && strings.HasSuffix(text, "+") { // the plus key itself
		name = "+"
		parts = parts[:len(parts)-1]
	}
	var modifiers []chromedp.Modifier
	for _, part := range parts[:len(parts)-1] {
		modifier, ok := map[string]chromedp.Modifier{
			"alt": chromedp.ModifierAlt, "control": chromedp.ModifierCtrl, "ctrl": chromedp.ModifierCtrl,
			"meta": chromedp.ModifierMeta, "shift": chromedp.ModifierShift,
		}[strings.ToLower(part)]
		if !ok && part != "" {
			return "", nil, fmt.Errorf("press %q: %q is none of Alt, Control, Meta, Shift", text, part)
		}
		modifiers = append(modifiers, modifier)
	}
	if utf8.RuneCountInString(name) == 1 {
		switch {
		case slices.Contains(modifiers, chromedp.ModifierShift):
			name = strings.ToUpper(name)
		case len(modifiers) > 0:
			name = strings.ToLower(name) // Control+A is the key a
		}
		return name, modifiers, nil
	}
	key, ok := map[string]string{
		"enter": kb.Enter, "tab": kb.Tab, "escape": kb.Escape, "esc": kb.Escape, "space": " ",
		"backspace": kb.Backspace, "delete": kb.Delete, "insert": kb.Insert,
		"home": kb.Home, "end": kb.End, "pageup": kb.PageUp, "pagedown": kb.PageDown,
		"arrowup": kb.ArrowUp, "arrowdown": kb.ArrowDown, "arrowleft": kb.ArrowLeft, "arrowright": kb.ArrowRight,
		"f1": kb.F1, "f2": kb.F2, "f3": kb.F3, "f4": kb.F4, "f5": kb.F5, "f6": kb.F6,
		"f7": kb.F7, "f8": kb.F8, "f9": kb.F9, "f10": kb.F10, "f11": kb.F11, "f12": kb.F12,
	}[strings.ToLower(name)]
	if !ok {
		return "", nil, fmt.Errorf("press %q: %q is no key: one character, or Enter, Tab, Escape, Space, Backspace, Delete, Home, End, PageUp, ArrowDown, F1, …", text, name)
	}
	return key, modifiers, nil
}
