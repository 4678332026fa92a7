package browser

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"daymark/checker"
	"daymark/internal/har"
)

// What is kept of each journey that came to something.
const (
	pictureName = "journey.jpg"
	pictureType = "image/jpeg"
	harName     = "network.har"
	harType     = "application/json"
)

// attach adds to the evidence what the page looked like at the end, the
// requests, and the report, each once: the report holds a small picture and no
// archive. Pictures that steps asked for are there already.
func (j *journey) attach() {
	if j.tab == nil || j.tab.watch == nil || j.result.Outcome == checker.Unknown || !j.view.looked && !j.broke {
		return
	}
	room, most := checker.MaxEvidence-j.total(), maxHAR
	if j.result.Outcome == checker.OK {
		room, most = min(room, maxCalm), calmHAR
	}
	room -= j.add(pictureName, pictureType, j.view.picture, room-leastReport)
	if j.options.Trace { // which has all requests, and more room
		room = maxTraced
	} else {
		room -= j.add(harName, harType, j.archive(min(most, room-leastReport)), room)
	}
	j.add(reportName, reportType, j.compose(room), room)
}

// add adds a piece where it fits, and gives the room that it takes. Where there
// is one of its name it has a number.
func (j *journey) add(name, mediaType string, data []byte, room int) int {
	if len(data) == 0 || len(data) > room {
		return 0
	}
	whole, end := name, path.Ext(name)
	for n := 2; j.kept(name); n++ {
		name = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(whole, end), n, end)
	}
	j.result.Evidence = append(j.result.Evidence, checker.Evidence{Name: name, MediaType: mediaType, Data: data})
	return len(data)
}

// kept says whether there is a piece of this name.
func (j *journey) kept(name string) bool {
	return slices.ContainsFunc(j.result.Evidence, func(piece checker.Evidence) bool { return piece.Name == name })
}

// archive writes the requests as HAR in most bytes, and leaves a note of how
// much of them that is: headers go first, then requests that went well. Nil
// when there are none.
func (j *journey) archive(most int) []byte {
	all, _ := j.tab.watch.recorded()
	if len(all) == 0 {
		return nil
	}
	counted := j.tab.watch.counted()
	entries := entriesOf(all, veil{j.redact})
	for _, m := range []struct {
		entries int
		headers bool
	}{{maxExchanges, true}, {400, true}, {400, false}, {150, false}, {60, false}, {20, false}, {3, false}} {
		some := chosen(entries, m.entries, func(i int) bool { return all[i].failed })
		note := ""
		if len(some) < counted {
			note = fmt.Sprintf("%d of %d requests", len(some), counted)
		}
		if !m.headers {
			note = strings.TrimPrefix(note+", without headers", ", ")
			for i := range some {
				some[i].Request.Headers, some[i].Response.Headers = []har.Pair{}, []har.Pair{}
			}
		}
		text, err := harOf(j.redact(j.job.Title()), j.began, some, note)
		if err != nil {
			j.options.Logger.Error("write a journey's requests", "error", err)
			return nil
		}
		if len(text) <= most {
			j.harNote = "Beside this page they are an HTTP archive, as " + harName + "."
			if note != "" {
				j.harNote = strings.TrimSuffix(j.harNote, ".") + " (" + note + ")."
			}
			return text
		}
	}
	j.harNote = "There was no room for them as an HTTP archive."
	return nil
}

// chosen gives so many of what belongs to requests at most, in their order: of
// those that failed before others.
func chosen[T any](all []T, most int, failed func(int) bool) []T {
	if len(all) <= most {
		return all
	}
	room := most
	for i := range all {
		if failed(i) {
			room--
		}
	}
	var some []T
	for i := range all {
		switch {
		case failed(i) && len(some) < most:
			some = append(some, all[i])
		case !failed(i) && room > 0:
			some = append(some, all[i])
			room--
		}
	}
	return some
}
