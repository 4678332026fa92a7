package remote

import (
	"bytes"
	"testing"

	"daymark/checker"
)

func FuzzDecodeMessage(f *testing.F) {
	for _, seed := range []string{
		goodHello,
		`{"type":"plan","plan":{"revision":"1","region":"eu-west","settings":{"a":1},"checks":[{"id":"api","http":{"url":"http://a","redirects":0}}]}}`,
		`{"type":"results","id":1,"results":[{"check":"api","at":"2026-01-02T03:04:05Z","evidence":[{"data":"AAAA"}]}]}`,
		`{"type":"ack","id":1,"rejected":[{"check":"api","at":"2026-01-02T03:04:05Z","reason":"no"}]}`,
		`{"type":"try","id":1,"within":25000,"trial":{"id":"draft","http":{"url":"http://a"}}}`,
		`{"type":"tried","id":1,"result":{"check":"draft","at":"2026-01-02T03:04:05Z","outcome":"ok"}}`,
		`{"type":"error","message":"no"}`, `{"type":"later"}`, `[]`, `null`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := decodeMessage(data)
		if err != nil {
			return
		}
		if m.Type == "" || m.Type == typeResults && (m.ID == 0 || len(m.Results) == 0) || m.Type == typePlan && m.Plan == nil {
			t.Fatalf("accepted %q", data)
		}
		sift(m.Results, "eu-west", noon)
		for i := range m.Results {
			m.Results[i].Bound()
		}
		again, err := encodeJSON(m)
		if err != nil {
			return // a time that JSON cannot write
		}
		if _, err := decodeMessage(again); err != nil && m.Type != typeHello {
			t.Fatalf("%s came back as %s: %v", data, again, err)
		}
	})
}

func FuzzReadRecords(f *testing.F) {
	var good bytes.Buffer
	for n := range 3 {
		if err := appendRecord(&good, numbered(n)); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(good.Bytes())
	f.Add(good.Bytes()[:good.Len()-5])
	f.Add([]byte("00000000 \n"))
	f.Add([]byte("\n\n\x00\x00"))
	f.Add(formatAcked(Token{3, 4}))
	f.Fuzz(func(t *testing.T, data []byte) {
		parseAcked(data)
		// Whatever comes before it, a record on a line of its own is found.
		var all bytes.Buffer
		all.Write(data)
		all.WriteByte('\n')
		if err := appendRecord(&all, numbered(9)); err != nil {
			t.Fatal(err)
		}
		last, want := checker.Result{}, numbered(9)
		var at int64
		err := readRecords(bytes.NewReader(all.Bytes()), func(result checker.Result, end int64, fault error) bool {
			if end <= at {
				t.Fatalf("from %d to %d", at, end)
			}
			at = end
			if fault == nil {
				last = result
			}
			return true
		})
		if err != nil || at != int64(all.Len()) || last.Key() != want.Key() {
			t.Fatalf("read to %d of %d, last %+v, %v", at, all.Len(), last, err)
		}
	})
}
