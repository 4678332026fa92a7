package statuspage

import "fmt"

// fixedWords are the words of the templates, by name.
var fixedWords = map[string]string{
	"all-updates":     "All updates and times",
	"api":             "API",
	"appearance":      "Appearance",
	"auto":            "As my device",
	"bars":            "How to read the bars",
	"by-daymark":      "Status by Daymark.",
	"dark":            "Dark",
	"day-by-day":      "Day by day",
	"doing":           "What we are doing",
	"down-day":        "down",
	"earlier":         "Earlier months",
	"good-day":        "good day",
	"happened":        "What happened",
	"history":         "History",
	"is-affected":     "What is affected",
	"learned":         "What we learned",
	"light":           "Light",
	"live":            "This page changes by itself.",
	"maintenance-day": "maintenance",
	"more":            "More",
	"newer":           "Newer",
	"older":           "Older",
	"pages":           "Pages",
	"partial-day":     "partly down",
	"past":            "Past incidents",
	"planned":         "Planned maintenance",
	"promises":        "Our promises",
	"published":       "Published by Daymark from what it measured.",
	"reload":          "Reload for news.",
	"skip":            "Skip to the status",
	"slow-day":        "slow",
	"stale":           "This page is {age} old: it cannot reach us. It tries again every few seconds.",
	"today":           "today",
	"unknown-day":     "not measured",
	"unsaid":          "Nothing has been said yet.",
}

// fixed gives words of the templates; a name that is none fails the rendering.
func fixed(name string) (string, error) {
	if words, found := fixedWords[name]; found {
		return words, nil
	}
	if words, found := subscribeWords[name]; found {
		return words, nil
	}
	return "", fmt.Errorf("no text is called %q", name)
}
