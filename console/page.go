package console

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"strings"
)

// page is a list, or a part of one.
type page[T any] struct {
	Items []T    `json:"items" doc:"In the order that the operation names."`
	Next  string `json:"next,omitempty" doc:"The cursor of the next part; without one this is the end."`
}

// whole is a page with all there is.
func whole[T any](items []T) page[T] { return page[T]{Items: append([]T{}, items...)} }

// cut makes a page of at most so many items, of a list that was asked for one
// more; cursor tells where the next begins, from the last of this one.
func cut[S, T any](found []S, most int, row func(*S) T, cursor func(*S) []string) page[T] {
	p := page[T]{Items: []T{}}
	for i := range found {
		if i == most {
			p.Next = encodeCursor(cursor(&found[i-1])...)
			break
		}
		p.Items = append(p.Items, row(&found[i]))
	}
	return p
}

// paging is what every list in parts asks.
type paging struct {
	Limit  int    `query:"limit" default:"50" least:"1" most:"200" doc:"At most so many items."`
	Cursor string `query:"cursor" longest:"400" doc:"The next of the part before; empty: the first part."`
}

// encodeCursor makes a cursor of where a list goes on. What is in it may
// change: nobody but us reads it. Its end tells it from what somebody else made
// up, or cut off.
func encodeCursor(parts ...string) string {
	text := strings.Join(parts, "\n")
	return base64.RawURLEncoding.EncodeToString(append([]byte(text), sumOf(text)...))
}

func sumOf(text string) []byte {
	return binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(text)))
}

// parts gives back what a cursor holds; nil where there is none.
func (p *paging) parts(n int) ([]string, error) {
	if p.Cursor == "" {
		return nil, nil
	}
	whole, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	if err != nil || len(whole) < crc32.Size {
		return nil, badCursor()
	}
	text, sum := string(whole[:len(whole)-crc32.Size]), whole[len(whole)-crc32.Size:]
	parts := strings.Split(text, "\n")
	if len(parts) != n || !bytes.Equal(sum, sumOf(text)) {
		return nil, badCursor()
	}
	return parts, nil
}

func badCursor() *Fault {
	return wrongly("query.cursor", "It is not what next of the part before said: begin without it.")
}
