package checker

import (
	"bytes"
	"fmt"
	"net/http"

	"daymark/internal/expression"
)

// story is the evidence of a check with steps: one section a step, with its
// name, what it came to, its status and its time.
type story struct {
	exchanger *exchanger
	text      bytes.Buffer
	last      *answer // its evidence is not written yet: it may be the one that failed
}

// add tells of a step that was made.
func (s *story) add(name string, got *answer, problem *fault) {
	s.write(maxEvidenceOK)
	outcome, detail := OK, got.brief()
	if problem != nil {
		outcome, detail = problem.outcome, problem.reason
		if brief := got.brief(); brief != "" {
			detail = brief + ": " + detail
		}
	}
	fmt.Fprintf(&s.text, "=== step %s: %s, %s ===\n", name, outcome, clip(detail, MaxReason))
	s.last = got
}

// missed tells of a step that was not made, because one before it failed.
func (s *story) missed(name string) {
	s.write(maxEvidenceFailed)
	fmt.Fprintf(&s.text, "=== step %s: not reached ===\n", name)
}

// tell gives the text, with so much of the last body.
func (s *story) tell(most int) []byte {
	s.write(most)
	// A value may stand in an answer before the step that saves it.
	text := s.exchanger.saved().String(s.text.String())
	if len(text) <= maxEvidenceSteps {
		return []byte(text)
	}
	return append(wholeLetters([]byte(text[:maxEvidenceSteps])), "…"...)
}

// write ends the section of the last step with what was sent and came.
func (s *story) write(most int) {
	if s.last != nil && s.last.evidence != nil {
		s.text.Write(s.last.evidence(most))
		s.text.WriteByte('\n')
	}
	if s.last != nil {
		s.text.WriteByte('\n')
	}
	s.last = nil
}

// brief tells an answer's status and time; empty where none came.
func (a *answer) brief() string {
	if a.facts.Status == 0 {
		return ""
	}
	status := fmt.Sprint(a.facts.Status)
	if text := http.StatusText(a.facts.Status); text != "" {
		status += " " + text
	}
	if a.facts.Latency > 0 {
		status += " in " + expression.FormatDuration(a.facts.Latency)
	}
	return status
}
