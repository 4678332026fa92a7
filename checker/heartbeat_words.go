package checker

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"daymark/internal/expression"
)

// moment writes a time for a reason, in the zone of the page; with seconds
// where the job is a quick one.
func (b *Beat) moment(at time.Time) string {
	layout := "2 January, 15:04 MST"
	if b.schedule == nil && b.every < time.Hour {
		layout = "2 January, 15:04:05 MST"
	}
	return at.In(b.zone).Format(layout)
}

// missed says what did not come by a due time.
func (b *Beat) missed(state *BeatState, due, listening time.Time) string {
	text := ""
	i := 0
	for i < len(state.Runs) && state.Runs[i].Told {
		i++
	}
	switch {
	case i < len(state.Runs):
		return b.unended(state.Runs[i])
	case state.Called.IsZero():
		text = fmt.Sprintf("it has never called; a call was due by %s, with %s of grace", b.moment(due), expression.FormatDuration(b.grace))
	default:
		text = fmt.Sprintf("no call since %s; one was due by %s, with %s of grace",
			b.moment(state.Called), b.moment(due), expression.FormatDuration(b.grace))
	}
	if listening.After(due) {
		text += fmt.Sprintf("; Daymark itself was not running then, and has waited since %s", b.moment(listening))
	}
	return text
}

// unended says that a run did not end.
func (b *Beat) unended(run BeatRun) string {
	return fmt.Sprintf("%s began at %s and has not ended; the end was due by %s, with %s of grace",
		run.words(), b.moment(run.Began), b.moment(run.Due), expression.FormatDuration(b.grace))
}

// restarted says that a run began while the one before it had not ended.
func (b *Beat) restarted(run BeatRun, at time.Time) string {
	return fmt.Sprintf("%s began at %s and had not ended when it began again at %s", run.words(), b.moment(run.Began), b.moment(at))
}

func (r BeatRun) words() string {
	if r.ID == "" {
		return "it"
	}
	return "run " + r.ID
}

func exitWords(code int) string { return fmt.Sprintf("it reported exit code %d", code) }

// maxLastLine bounds what a reason quotes of a log, in characters.
const maxLastLine = 300

// reported adds the last line of the log to a reason.
func reported(reason, log string) string {
	log = strings.TrimRight(log, "\n\t ")
	if log == "" {
		return reason
	}
	line := strings.TrimSpace(log[strings.LastIndexByte(log, '\n')+1:])
	return fmt.Sprintf("%s; its log ends: %s", reason, clip(line, maxLastLine))
}

// Limits of the log that comes with a call, in bytes.
const (
	MaxBeatLog  = 10_000 // kept, from the end
	beatLogEdge = 6_000  // read besides, so that no half of a secret is kept
	BeatLogTail = MaxBeatLog + beatLogEdge
)

// escapes are what programs colour their output with.
var escapes = regexp.MustCompile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)?|[@-Z\\\\-_])")

// TidyLog makes text of the end of what was sent with a call: secrets and
// control characters are taken out, and the last MaxBeatLog bytes kept. raw
// has BeatLogTail bytes at most, and cut says that more came before it.
func TidyLog(raw []byte, cut bool, redact func(string) string) string {
	text := tidy(raw, redact)
	if cut { // what the first bytes became: colours and the like weigh nothing
		text = text[min(len(tidy(raw[:min(beatLogEdge, len(raw))], redact)), len(text)):]
	}
	text = text[max(0, len(text)-MaxBeatLog):]
	return strings.Trim(strings.ToValidUTF8(text, ""), "\n")
}

func tidy(raw []byte, redact func(string) string) string {
	text := strings.ToValidUTF8(string(raw), "\uFFFD")
	text = escapes.ReplaceAllString(text, "")
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	return redact(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < 0x20, r == 0x7f, r >= 0x80 && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return -1 // control characters, and those that turn the direction of text
		}
		return r
	}, text))
}
