package testkit

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
