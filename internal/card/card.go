package card

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"strings"
	"unicode"

	"github.com/go-text/typesetting/shaping"
)

// Size of a card: what sites cut least from.
const (
	Width  = 1200
	Height = 630
)

// mostRunes bounds what is set of any text: what does not fit ends earlier.
const mostRunes = 400

// Card is what a card says. All texts are in one language.
type Card struct {
	Status   string // operational, degraded_performance, … , unknown: shape and colour
	Word     string // the status in words
	Name     string // whose it is
	Sentence string // what is so
	Follow   string // what else; may be empty
	AsOf     string // when it was so
	Tag      string // of the language
	RTL      bool   // it is written from right to left
}

// The card's grid.
const (
	margin    = 80
	edge      = 14 // the field's upper edge
	signSize  = 132
	textStart = margin + signSize + 52
)

// Draw gives the card as PNG.
func Draw(c Card) ([]byte, error) {
	as, known := looks[c.Status]
	if !known {
		return nil, fmt.Errorf("draw a card: no status is called %q", c.Status)
	}
	on := newCanvas(as)
	on.fill(image.Rect(0, 0, Width, edge), status)
	w := newWriter(on, c.Tag, c.RTL)
	mirror := func(x0, x1 int) (left, right int) { // a span, from the side where lines begin
		if c.RTL {
			return Width - x1, Width - x0
		}
		return x0, x1
	}
	set := func(text string, s style, x0, x1, baseline, step int) int {
		left, right := mirror(x0, x1)
		return w.write(w.lines(cut(text), s, right-left), s, left, right, baseline, step)
	}

	// Whose it is, with the mark of ours.
	left, _ := mirror(margin, margin+44)
	on.polygon(image.Pt(left, 74), 44.0/24, accent, mark...)
	set(c.Name, style{"bold", 38, 1, ink}, margin+62, Width-margin, 110, 46)

	// What is so.
	left, _ = mirror(margin, margin+signSize)
	on.sign(c.Status, image.Pt(left, 184), signSize)
	big := style{"regular", 72, 3, ink}
	step := 88
	leftmost, rightmost := mirror(textStart, Width-margin)
	if len(w.lines(cut(c.Sentence), style{big.weight, big.size, 9, big.ink}, rightmost-leftmost)) > 2 {
		big.size, step = 58, 72
	}
	next := set(c.Sentence, big, textStart, Width-margin, 182+big.size, step)
	room := (Height - 130 - next) / 48
	set(c.Follow, style{"regular", 36, max(1, min(2, room+1)), soft}, textStart, Width-margin, next-step+big.size+10, 48)

	// When it was so.
	on.fill(image.Rect(margin, Height-104, Width-margin, Height-102), rule)
	word := style{"bold", 32, 1, status}
	set(c.Word, word, margin, Width/2-20, Height-52, 40)
	room = Width - 2*margin - 40 - widest(w.lines(cut(c.Word), word, Width/2-20-margin))
	small := style{"regular", 30, 1, soft}
	for small.size > smallest && len(w.lines(cut(c.AsOf), style{small.weight, small.size, 2, small.ink}, room)) > 1 {
		small.size--
	}
	asOf := w.lines(cut(c.AsOf), small, room)
	wide := widest(asOf)
	left, right := mirror(Width-margin-wide, Width-margin)
	w.write(asOf, small, left, right, Height-52, 40)

	var out bytes.Buffer
	if err := png.Encode(&out, on); err != nil {
		return nil, fmt.Errorf("draw a card: %w", err)
	}
	return out.Bytes(), nil
}

// smallest is how small the time of a card may be written to be whole.
const smallest = 22

// widest is how wide lines are.
func widest(lines []shaping.Line) int {
	most := 0
	for _, line := range lines {
		wide := 0
		for i := range line {
			wide += line[i].Advance.Ceil()
		}
		most = max(most, wide)
	}
	return most
}

// cut makes a text one paragraph of bounded length, without what only steers
// how a text is shown but for joiners.
func cut(text string) string {
	text = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cc, r) && !unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))), " ")
	if runes := []rune(text); len(runes) > mostRunes {
		text = string(runes[:mostRunes])
	}
	return text
}
