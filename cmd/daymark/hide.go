package main

import (
	"bytes"
	"strings"

	"daymark/checker"
	"daymark/internal/redact"
)

// hide takes secrets out of what a run tells: all of its text, evidence that is text
// included.
func hide(r checker.Result, secrets redact.Redactor) checker.Result {
	r.Reason = secrets.String(r.Reason)
	for i := range r.Warnings {
		r.Warnings[i] = secrets.String(r.Warnings[i])
	}
	for i := range r.Expectations {
		r.Expectations[i].Actual = secrets.String(r.Expectations[i].Actual)
		r.Expectations[i].Expression = secrets.String(r.Expectations[i].Expression)
	}
	for i := range r.Timings {
		r.Timings[i].Name = secrets.String(r.Timings[i].Name)
	}
	hideEvidence(r.Evidence, secrets)
	return r
}

// hideEvidence takes secrets out of evidence that is text. What would then be
// too large for a result to carry is cut to the length that it had.
func hideEvidence(all []checker.Evidence, secrets redact.Redactor) {
	before, after := 0, 0
	lengths := make([]int, len(all))
	for i := range all {
		lengths[i] = len(all[i].Data)
		before += lengths[i]
		all[i].Name = secrets.String(all[i].Name)
		if isText(all[i].MediaType) {
			all[i].Data = secrets.Bytes(all[i].Data)
		}
		after += len(all[i].Data)
	}
	if before > checker.MaxEvidence || after <= checker.MaxEvidence {
		return
	}
	for i := range all {
		if len(all[i].Data) > lengths[i] {
			all[i].Data = bytes.ToValidUTF8(all[i].Data[:lengths[i]], nil)
		}
	}
}

// isText tells whether evidence of a media type is text to read.
func isText(mediaType string) bool {
	mediaType, _, _ = strings.Cut(strings.ToLower(mediaType), ";")
	mediaType = strings.TrimSpace(mediaType)
	if strings.HasPrefix(mediaType, "text/") {
		return true
	}
	for _, word := range []string{"json", "xml", "javascript"} {
		if strings.HasSuffix(mediaType, word) {
			return true
		}
	}
	return false
}
