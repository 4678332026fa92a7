package store

import (
	"encoding/binary"
	"slices"
	"time"

	"daymark/checker"
)

// phases are the parts of a run that are kept of each one, a byte for each;
// their places are in the database. Those of journeys are in their evidence.
var phases = []string{"redirects", "dns", "connect", "tls", "first_byte", "transfer", "answer", "signatures", "banner", "handshake"}

// phasesOf writes how many attempts a run took and how long its parts, in some
// ten bytes; nil where nothing is known.
func phasesOf(r *checker.Result) []byte {
	if r.Attempts == 0 && len(r.Timings) == 0 {
		return nil
	}
	text := binary.AppendUvarint(nil, uint64(max(r.Attempts, 0))) //nolint:gosec // it is not below 0
	for _, t := range r.Timings {
		if i := slices.Index(phases, t.Name); i >= 0 {
			text = append(text, byte(i))
			text = binary.AppendUvarint(text, uint64(max(t.Duration.Microseconds(), 0))) //nolint:gosec // it is not below 0
		}
	}
	return text
}

// readPhases reads what phasesOf wrote; what a newer version wrote is left out.
func readPhases(text []byte) (attempts int, timings []checker.Timing) {
	number := func() (uint64, bool) {
		n, size := binary.Uvarint(text)
		if size <= 0 || n > 1<<50 {
			return 0, false
		}
		text = text[size:]
		return n, true
	}
	n, ok := number()
	if !ok {
		return 0, nil
	}
	attempts = int(n) //nolint:gosec // it was held against a bound
	for len(text) > 0 {
		place := int(text[0])
		text = text[1:]
		took, ok := number()
		if !ok {
			break
		}
		if place < len(phases) {
			timings = append(timings, checker.Timing{Name: phases[place], Duration: time.Duration(took) * time.Microsecond}) //nolint:gosec // it was held against a bound
		}
	}
	return attempts, timings
}
