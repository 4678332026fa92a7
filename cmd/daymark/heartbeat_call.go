package main

import (
	"errors"
	"io"
	"regexp"
	"strconv"

	"daymark/checker"
)

// runName is what a caller may name its runs by: a UUID, a build number.
var runName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// parseCall reads what stands after the token in a heartbeat's address, and
// the name of the run. Its errors are for the caller.
func parseCall(word, run string) (checker.BeatCall, error) {
	call := checker.BeatCall{Signal: checker.SignalEnd, Run: run}
	if run != "" && !runName.MatchString(run) {
		return call, errors.New("a run (rid) is named by up to 64 letters, digits, dots, dashes and underscores")
	}
	switch word {
	case "", "success":
	case "start":
		call.Signal = checker.SignalStart
	case "fail":
		call.Signal = checker.SignalFail
	default:
		code, err := strconv.ParseUint(word, 10, 8)
		if err != nil || word[0] == '+' {
			return call, errors.New("after the token comes start, success, fail, an exit code from 0 to 255, or nothing")
		}
		call.ExitCode = int(code)
	}
	return call, nil
}

// maxCallBody is how much of a body is read at most.
const maxCallBody = 10 << 20

// readTail reads a body of bounded size and gives its end. cut says that more
// came before; whole, that there is nothing more to come. What a caller that
// is slow or gone did not send is no fault: what came is taken.
func readTail(body io.Reader) (tail []byte, cut, whole bool) {
	limited := &io.LimitedReader{R: body, N: maxCallBody}
	chunk := make([]byte, checker.BeatLogTail)
	for {
		n, err := limited.Read(chunk)
		tail = append(tail, chunk[:n]...)
		if extra := len(tail) - checker.BeatLogTail; extra > 0 {
			tail, cut = append(tail[:0], tail[extra:]...), true
		}
		if err != nil {
			return tail, cut, err == io.EOF && limited.N > 0
		}
	}
}
