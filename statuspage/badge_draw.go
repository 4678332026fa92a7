package statuspage

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strconv"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"

	"daymark/incident"
	"daymark/static"
)

// A badge is 20 high, in shields' flat look: what it is of on grey, and then
// the status. Its colours are those of our page in the light, not shields',
// since white on their green and yellow is hard to read.
const (
	badgeHeight = 20
	badgeGap    = 6  // beside each text
	badgeSign   = 15 // a sign, with the room behind it
)

var badgeColours = map[incident.Status]string{
	incident.Operational: "#17694a", incident.Slow: "#825000", incident.PartlyDown: "#a63a06", incident.Down: "#ae132b", incident.Maintenance: "#2456a4",
}

// signOf gives the shape of a status, 16 by 16; one that is not measured has
// none on a badge.
func signOf(status incident.Status) string {
	if status == incident.Unmeasured {
		return ""
	}
	return static.Path(string(status))
}

// draw gives the badge as SVG.
func (b badge) draw() []byte {
	colour, known := badgeColours[b.status]
	if !known {
		colour = "#56626c"
	}
	left := 0
	if b.label != "" {
		left = 2*badgeGap + textWidth(b.label)
	}
	sign := signOf(b.status)
	start := left + badgeGap
	if sign != "" {
		start += badgeSign
	}
	whole := start + textWidth(b.message) + badgeGap
	var out bytes.Buffer
	title := escaped(b.title)
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" role="img" aria-label="%s"><title>%s</title>`, whole, badgeHeight, title, title)
	out.WriteString(`<linearGradient id="s" x2="0" y2="100%"><stop offset="0" stop-color="#bbb" stop-opacity=".1"/><stop offset="1" stop-opacity=".1"/></linearGradient>`)
	fmt.Fprintf(&out, `<clipPath id="r"><rect width="%d" height="%d" rx="3" fill="#fff"/></clipPath><g clip-path="url(#r)">`, whole, badgeHeight)
	if left > 0 {
		fmt.Fprintf(&out, `<rect width="%d" height="%d" fill="#555"/>`, left, badgeHeight)
	}
	fmt.Fprintf(&out, `<rect x="%d" width="%d" height="%d" fill="%s"/><rect width="%d" height="%d" fill="url(#s)"/></g>`, left, whole-left, badgeHeight, colour, whole, badgeHeight)
	out.WriteString(`<g fill="#fff" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11" text-rendering="geometricPrecision">`)
	if sign != "" {
		fmt.Fprintf(&out, `<path transform="translate(%d 4) scale(.75)" fill-rule="evenodd" d="%s"/>`, left+badgeGap, sign)
	}
	b.write(&out, badgeGap, b.label)
	b.write(&out, start, b.message)
	out.WriteString(`</g></svg>`)
	return out.Bytes()
}

// write puts a text where its left end is to be, as wide as it was measured:
// the reader's font may be another.
func (b badge) write(out *bytes.Buffer, x int, text string) {
	if text == "" {
		return
	}
	wide := textWidth(text)
	direction := ""
	if b.rtl {
		direction = ` direction="rtl"`
	}
	fmt.Fprintf(out, `<text x="%s" y="14" text-anchor="middle"%s textLength="%d" lengthAdjust="spacingAndGlyphs">%s</text>`,
		strconv.FormatFloat(float64(x)+float64(wide)/2, 'f', -1, 64), direction, wide, escaped(text))
}

// escaped is a text as XML has it, in content and in attributes; what XML
// cannot carry becomes a replacement character.
func escaped(text string) string {
	var out bytes.Buffer
	_ = xml.EscapeText(&out, []byte(text)) // a buffer takes every write
	return out.String()
}

// asciiWidths are those of Verdana at 11 px, in hundredths, from the space on.
var asciiWidths = [...]int{
	387, 433, 505, 900, 699, 1184, 799, 295, 500, 500, 699, 900, 400, 500, 400, 500, 699, 699, 699, 699, 699, 699, 699, 699, 699, 699, 500, 500, 900, 900, 900, 600,
	1100, 752, 754, 768, 848, 696, 632, 853, 827, 463, 500, 762, 612, 927, 823, 866, 663, 866, 765, 752, 678, 805, 752, 1088, 754, 677, 754, 500, 500, 500, 900, 699,
	699, 661, 685, 573, 685, 655, 387, 685, 696, 302, 379, 651, 302, 1070, 696, 668, 685, 685, 469, 573, 433, 696, 651, 900, 651, 651, 578, 698, 500, 698, 900,
}

// textWidth is about how many pixels a text takes, rounded up. A letter with a
// mark is as wide as without; others are as wide as most of their script.
func textWidth(text string) int {
	sum := 0
	for _, r := range norm.NFD.String(text) {
		switch kind := width.LookupRune(r).Kind(); {
		case r >= ' ' && int(r-' ') < len(asciiWidths):
			sum += asciiWidths[r-' ']
		case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Cc, r):
		case kind == width.EastAsianWide, kind == width.EastAsianFullwidth:
			sum += 1100
		case unicode.Is(unicode.Arabic, r):
			sum += 620
		case r == '\u00a0':
			sum += asciiWidths[0]
		default:
			sum += 720
		}
	}
	return (sum + 99) / 100
}
