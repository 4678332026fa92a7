package console

import "strings"

// What browsers and systems call themselves in a User-Agent, in the order in
// which they are looked for: most say that they are others, too.
var (
	browserMarks = [][2]string{
		{"Edg/", "Edge"},
		{"EdgA/", "Edge"},
		{"EdgiOS/", "Edge"},
		{"OPR/", "Opera"},
		{"Vivaldi/", "Vivaldi"},
		{"SamsungBrowser/", "Samsung Internet"},
		{"FxiOS/", "Firefox"},
		{"Firefox/", "Firefox"},
		{"CriOS/", "Chrome"},
		{"HeadlessChrome/", "Chrome without a window"},
		{"Chromium/", "Chromium"},
		{"Chrome/", "Chrome"},
		{"Safari/", "Safari"},
		{"curl/", "curl"},
		{"Go-http-client/", "a Go program"},
	}
	systemMarks = [][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"CrOS", "ChromeOS"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"Linux", "Linux"},
	}
)

// browserName says in words which browser a User-Agent is of: "Firefox on
// Linux".
func browserName(agent string) string {
	find := func(marks [][2]string) string {
		for _, mark := range marks {
			if strings.Contains(agent, mark[0]) {
				return mark[1]
			}
		}
		return ""
	}
	browser, system := find(browserMarks), find(systemMarks)
	switch {
	case browser == "" && system == "":
		return "A browser without a name"
	case browser == "":
		return "A browser on " + system
	case system == "":
		return strings.ToUpper(browser[:1]) + browser[1:]
	}
	return browser + " on " + system
}
