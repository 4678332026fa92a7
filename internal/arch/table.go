// Package arch holds the architecture's rules as code: which package may
// import which, what a package must say about itself, and what neither code
// nor tests may do. Its tests read the whole module and fail when a rule is
// broken, so that the table in docs/architecture.md stays true without anybody
// watching it.
//
// [Rooms] is that table; the depguard rules in .golangci.yml repeat it for the
// editor, and a test holds the two together. [Check] applies the rules to
// packages that [Read] has parsed; it is pure, so the tests also show it
// packages made up to break each rule.
package arch

import (
	"path"
	"slices"
)

// Module is the path of the module that the rules are about.
const Module = "daymark"

// below is the level of what every package may import: helpers without a
// domain of their own.
const below = -1

// Room is one row of the table: a package and what it may import. Paths are
// relative to the module.
type Room struct {
	// Path names the package; a last element of * stands for each package
	// directly below it.
	Path string
	// Level orders the rooms: a room imports only from lower levels.
	Level int
	// May lists the rooms of level 1 and above that this one may import.
	// What lies below level 0 is open to every room, and level 0 to each room
	// above it.
	May []string
	// MayAllBelow opens every lower room instead, but those in Except.
	MayAllBelow bool
	// Except lists the rooms that MayAllBelow does not open.
	Except []string
}

// Rooms returns the table, lowest level first. A new package gets its row
// here, in .golangci.yml and in docs/architecture.md.
func Rooms() []Room {
	return []Room{
		{Path: "internal/*", Level: below},
		{Path: "docs", Level: below},
		{Path: "static", Level: below},

		{Path: "access"},
		{Path: "slo"},
		{Path: "support"},
		{Path: "checker"},

		{Path: "checker/browser", Level: 1, May: []string{"checker"}},
		{Path: "checker/http3", Level: 1, May: []string{"checker"}},
		{Path: "checker/network", Level: 1, May: []string{"checker"}},
		{Path: "checker/remote", Level: 1, May: []string{"checker"}},
		{Path: "incident", Level: 1, May: []string{"checker", "slo", "support"}},

		{Path: "incident/incidenttest", Level: 2, May: []string{"checker", "incident"}},
		{Path: "statuspage/wire", Level: 2, May: []string{"incident"}},
		{Path: "notify", Level: 2, May: []string{"incident", "support"}},

		{Path: "statuspage", Level: 3, May: []string{"incident", "slo", "statuspage/wire"}},
		{Path: "notify/email", Level: 3, May: []string{"notify", "statuspage/wire"}},
		{Path: "notify/sms", Level: 3, May: []string{"notify", "statuspage/wire"}},
		{Path: "notify/hook", Level: 3, May: []string{"notify", "statuspage/wire"}},
		{Path: "notify/notifytest", Level: 3, May: []string{"incident", "notify", "statuspage/wire"}},

		{Path: "console", Level: 4, May: []string{"incident", "slo", "support", "checker", "notify", "statuspage"}},
		{Path: "statuspage/bucket", Level: 4, May: []string{"statuspage"}},
		{Path: "store", Level: 4, May: []string{"checker", "slo", "support", "incident", "notify", "statuspage"}},

		{Path: "config", Level: 5, MayAllBelow: true, Except: []string{"store"}},
		{Path: "demo", Level: 5, May: []string{"notify/notifytest"}},

		{Path: "cmd/daymark", Level: 6, MayAllBelow: true},
	}
}

// Fence keeps a heavy or hazardous library where it belongs.
type Fence struct {
	// Library is an import path; packages below it are meant too, unless
	// Exact is set.
	Library string
	Exact   bool
	// Rooms may depend on the library, through whatever they import; all
	// others may not. Tests are measured by what they import themselves.
	Rooms []string
	// OpenToTests lets the tests of rooms that are no part of Light import
	// the library as well.
	OpenToTests bool
	// Why says what the fence protects.
	Why string
}

// Fences returns the libraries that only some rooms may pull in.
func Fences() []Fence {
	return []Fence{
		{
			Library:     "github.com/chromedp",
			Rooms:       []string{"checker/browser", "cmd/daymark"},
			OpenToTests: true,
			Why:         "rules and configuration build and test without Chromium's protocol",
		},
		{
			Library:     "google.golang.org/grpc",
			Rooms:       []string{"checker/network", "internal/targets", "cmd/daymark"},
			OpenToTests: true,
			Why:         "everything but the check of gRPC builds and tests without its library",
		},
		{
			Library:     "go.opentelemetry.io/otel/sdk",
			Rooms:       []string{"cmd/daymark"},
			OpenToTests: true,
			Why:         "rooms say what is done by internal/telemetry; only cmd collects it",
		},
		{
			Library:     "go.opentelemetry.io/otel/exporters",
			Rooms:       []string{"cmd/daymark"},
			OpenToTests: true,
			Why:         "only cmd sends traces",
		},
		{
			Library:     "github.com/quic-go/quic-go",
			Rooms:       []string{"checker/http3", "cmd/daymark"},
			OpenToTests: true,
			Why:         "checks build and test without QUIC",
		},
		{
			Library:     "github.com/wneessen/go-mail",
			Rooms:       []string{"notify/email", "cmd/daymark"},
			OpenToTests: true,
			Why:         "notify stays free of the mail library",
		},
		{
			Library:     "github.com/emersion/go-msgauth",
			Rooms:       []string{"notify/email", "cmd/daymark"},
			OpenToTests: true,
			Why:         "only notify/email signs mail",
		},
		{
			Library:     "github.com/emersion/go-smtp",
			Rooms:       []string{"notify/email", "notify/notifytest", "demo", "cmd/daymark"},
			OpenToTests: true,
			Why:         "only the listener for bounces and the stand-in serve SMTP",
		},
		{
			Library:     "github.com/twilio/twilio-go",
			Rooms:       []string{"notify/sms", "notify/notifytest", "demo", "cmd/daymark"},
			OpenToTests: true,
			Why:         "notify stays free of Twilio's library",
		},
		{
			Library:     "github.com/standard-webhooks/standard-webhooks",
			Rooms:       []string{"notify/hook", "cmd/daymark"},
			OpenToTests: true,
			Why:         "notify stays free of the library that signs webhooks",
		},
		{
			Library:     "github.com/minio/minio-go",
			Rooms:       []string{"statuspage/bucket", "cmd/daymark"},
			OpenToTests: true,
			Why:         "the page builds and tests without the library for buckets",
		},
		{
			Library:     "github.com/miekg/dns",
			Rooms:       []string{"checker/network", "internal/targets", "cmd/daymark"},
			OpenToTests: true,
			Why:         "rules and configuration build and test without a DNS library",
		},
		{
			Library:     "github.com/prometheus-community/pro-bing",
			Rooms:       []string{"checker/network", "cmd/daymark"},
			OpenToTests: true,
			Why:         "only checker/network sends echo requests",
		},
		{
			Library:     "github.com/go-text/typesetting",
			Rooms:       []string{"internal/card", "statuspage", "statuspage/bucket", "console", "store", "config", "cmd/daymark"},
			OpenToTests: true,
			Why:         "only internal/card sets text in pictures, for the page",
		},
		{
			Library:     "golang.org/x/image",
			Rooms:       []string{"internal/card", "statuspage", "statuspage/bucket", "console", "store", "config", "cmd/daymark"},
			OpenToTests: true,
			Why:         "only internal/card draws pictures, for the page",
		},
		{
			Library:     "github.com/santhosh-tekuri/jsonschema",
			OpenToTests: true,
			Why:         "only tests hold documents against schemas",
		},
		{
			Library:     "github.com/mmcdole/gofeed",
			OpenToTests: true,
			Why:         "only tests read feeds",
		},
		{
			Library:     "github.com/gorilla/feeds",
			Rooms:       []string{"statuspage", "statuspage/bucket", "console", "store", "config", "cmd/daymark"},
			OpenToTests: true,
			Why:         "only statuspage writes feeds",
		},
		{
			Library:     "github.com/arran4/golang-ical",
			Rooms:       []string{"statuspage", "statuspage/bucket", "console", "store", "config", "cmd/daymark"},
			OpenToTests: true,
			Why:         "only statuspage writes calendars by a library",
		},
		{
			Library: "github.com/twilio/twilio-go",
			Exact:   true,
			Why:     "its root pulls in every product of Twilio; import the client and the one API needed",
		},
	}
}

// Light lists the rooms whose tests, too, stay free of fenced libraries, so
// that work on the rules is quick.
func Light() []string {
	return []string{"access", "slo", "support", "checker", "incident", "notify", "config"}
}

// find returns the row of the package at a path relative to the module.
func find(rooms []Room, relative string) (Room, bool) {
	for _, room := range rooms {
		if matched, err := path.Match(room.Path, relative); err == nil && matched {
			return room, true
		}
	}
	return Room{}, false
}

// Allows reports whether code in from may import the package to.
func Allows(from, to Room) bool {
	switch {
	case to.Level == below:
		return true
	case to.Level >= from.Level:
		return false
	case from.MayAllBelow:
		return !slices.Contains(from.Except, to.Path)
	default:
		return to.Level == 0 || slices.Contains(from.May, to.Path)
	}
}
