// Package browser runs a journey in Chromium as a checker.Runner.
//
// Use: New once with Options, Run for every attempt, Close at the end. One
// browser process is kept warm, started at the first run; each run gets a
// fresh browser context (no cookies, no cache, no storage of another run),
// which is disposed of afterwards, in the background. It may have been made
// beforehand, and has then waited with a blank page for this run.
//
// Promises:
//
//   - What the target does wrong is `failed`, with the step in the reason.
//     What the agent cannot do (no Chromium, Chromium killed, an address that
//     the guard refuses, a step that is not supported) is `unknown`.
//   - Chromium does not outlive this process, however it ends: the kernel kills
//     its first process with ours, its control pipe closes, and a profile left
//     behind is removed, with whatever still uses it, at the next start.
//   - Pages reach the network only through a proxy of the run inside this
//     process, which dials what Options.Allow allows and nothing else.
//   - Refused: schemes other than http and https, downloads, pop-ups, dialogs,
//     permissions, and navigation to origins that neither the steps open nor
//     allow_origins lists. A step from http to https of the same host counts
//     as the same origin.
//
// Fields and buttons are found by the names that Chromium computes for
// assistive technology, in open shadow roots and frames too; see script/find.js
// for the order. Frames of other sites, which Chromium runs apart, and workers
// are sessions inside the page's own; see session.go.
//
// Each run that came to something leaves the picture of its end, its requests as
// an HTTP archive, and a report, each of which shrinks until it fits; see
// attach.go and compose.go. A veil takes out secrets by value and by name.
//
// The proxy of a run listens on loopback without authentication, because
// Chromium cannot authenticate to a SOCKS proxy: another user of this machine
// could use it while the run lasts, though not while it waits for one, and reaches no more by it than what Allow
// allows.
package browser
