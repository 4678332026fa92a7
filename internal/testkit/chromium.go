package testkit

import "os/exec"

// ChromiumPath is the Chromium that a test looks at pages with. Debian's shell of
// it has the same engine without windows of its own, and starts with a third of
// the work; where it is missing, the whole one does the same. Tests of journeys
// have the whole one, as agents do.
func ChromiumPath() string {
	for _, name := range []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return "chromium" // which is not there, as who starts it is told
}

// ChromiumFlags are flags for the Chromium that a test looks at pages with,
// beyond those of its library. It computes less than half with them: it starts
// no processes for a graphics card that is not there, for lists below an
// address bar that nobody sees, or for a page that never comes.
func ChromiumFlags() map[string]any {
	return map[string]any{
		"disable-gpu":              true,
		"disable-component-update": true,
		"disable-features":         "Translate,MediaRouter,OptimizationHints,WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,SpareRendererForSitePerProcess",
	}
}
