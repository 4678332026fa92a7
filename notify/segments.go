package notify

import (
	"strings"
	"unicode/utf16"
)

// Encoding is how a text message travels.
type Encoding string

const (
	// GSM7 packs the GSM 03.38 alphabet: 160 units alone, 153 in a series.
	GSM7 Encoding = "GSM-7"
	// UCS2 takes any text: 70 units of UTF-16 alone, 67 in a series.
	UCS2 Encoding = "UCS-2"
)

// gsmBasic is the default alphabet of GSM 03.38; its escape is left out.
const gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
	"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"

// gsmExtended takes an escape first, so two units each.
const gsmExtended = "\f^{}\\[~]|€"

// Segments counts the messages that body takes and says in which encoding. A
// character that takes two units (an escape in GSM-7, a surrogate pair in
// UCS-2) is not split between two. An empty body takes none.
func Segments(body string) (int, Encoding) {
	if body == "" {
		return 0, GSM7
	}
	encoding, alone, series := GSM7, 160, 153
	units := make([]int, 0, len(body))
	for _, r := range body {
		switch {
		case strings.ContainsRune(gsmBasic, r):
			units = append(units, 1)
		case strings.ContainsRune(gsmExtended, r):
			units = append(units, 2)
		default:
			encoding, alone, series = UCS2, 70, 67
		}
	}
	if encoding == UCS2 {
		units = units[:0]
		for _, r := range body {
			units = append(units, utf16.RuneLen(r))
		}
	}
	return pack(units, alone, series), encoding
}

// pack counts the segments for characters of the given sizes.
func pack(units []int, alone, series int) int {
	total := 0
	for _, u := range units {
		total += u
	}
	if total <= alone {
		return 1
	}
	segments, used := 1, 0
	for _, u := range units {
		if used+u > series {
			segments, used = segments+1, 0
		}
		used += u
	}
	return segments
}
