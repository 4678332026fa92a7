package card

import (
	"bytes"
	_ "embed" // the Arabic font
	"fmt"
	"image"
	"slices"
	"sync"
	"unicode"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

//go:embed fonts/NotoSansArabic-subset.ttf
var arabic []byte

// fonts are parsed once. They are part of the program, so that one which
// cannot be read is a mistake of ours.
var fonts = sync.OnceValue(func() map[string]*font.Font {
	all := map[string]*font.Font{}
	for name, content := range map[string][]byte{"regular": goregular.TTF, "bold": gobold.TTF, "arabic": arabic} {
		face, err := font.ParseTTF(bytes.NewReader(content))
		if err != nil {
			panic(fmt.Sprintf("card: the font %s: %v", name, err))
		}
		all[name] = face.Font
	}
	return all
})

// writer sets text on one picture. Faces and shapers keep what they have seen
// and are for one goroutine, so each picture has its own.
type writer struct {
	on      *canvas
	rtl     bool
	tag     string
	faces   map[string]*font.Face
	shaper  shaping.HarfbuzzShaper
	split   shaping.Segmenter
	wrapper shaping.LineWrapper
}

func newWriter(on *canvas, tag string, rtl bool) *writer {
	w := &writer{on: on, rtl: rtl, tag: tag, faces: map[string]*font.Face{}}
	for name, f := range fonts() {
		w.faces[name] = font.NewFace(f)
	}
	return w
}

// pick finds the face for a letter: the weight that was asked for, where it has
// the letter, and Arabic otherwise.
type pick struct {
	latin, arabic *font.Face
}

// ResolveFace implements shaping.Fontmap.
func (p pick) ResolveFace(r rune) *font.Face {
	if _, has := p.latin.NominalGlyph(r); has {
		return p.latin
	}
	if _, has := p.arabic.NominalGlyph(r); has {
		return p.arabic
	}
	return p.latin
}

// Drawable says whether every letter of a text is in our fonts.
func Drawable(text string) bool {
	all := fonts()
	for _, r := range text {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
			continue
		}
		if _, has := all["regular"].NominalGlyph(r); has {
			continue
		}
		if _, has := all["arabic"].NominalGlyph(r); !has {
			return false
		}
	}
	return true
}

// style is how a text is set.
type style struct {
	weight string // regular or bold
	size   int    // in pixels
	lines  int    // at most; what is more ends in "…"
	ink    inkName
}

// lines breaks a text for a width.
func (w *writer) lines(text string, s style, width int) []shaping.Line {
	if text == "" {
		return nil
	}
	shape := func(text string) []shaping.Output {
		runes := []rune(text)
		in := shaping.Input{
			Text: runes, RunEnd: len(runes), Direction: w.direction(), Size: fixed.I(s.size), Language: language.NewLanguage(w.tag),
		}
		var out []shaping.Output
		for _, run := range w.split.Split(in, pick{w.faces[s.weight], w.faces["arabic"]}) {
			out = append(out, w.shaper.Shape(run))
		}
		return out
	}
	config := shaping.WrapConfig{Direction: w.direction(), TruncateAfterLines: s.lines, BreakPolicy: shaping.WhenNecessary}
	if end := shape("…"); len(end) > 0 {
		config.Truncator = end[0]
	}
	all, _ := w.wrapper.WrapParagraph(config, width, []rune(text), shaping.NewSliceIterator(shape(text)))
	return all
}

func (w *writer) direction() di.Direction {
	if w.rtl {
		return di.DirectionRTL
	}
	return di.DirectionLTR
}

// write sets lines from a baseline on and gives the baseline of the line after
// them. In a script from right to left they end at right.
func (w *writer) write(lines []shaping.Line, s style, left, right, baseline, step int) int {
	if len(lines) == 0 {
		return baseline
	}
	// Room for what stands above a line and hangs below it.
	top := baseline - 3*s.size/2
	outlines := vector.NewRasterizer(Width, 2*s.size+step*len(lines))
	for _, line := range lines {
		runs := slices.Clone(line)
		slices.SortFunc(runs, func(a, b shaping.Output) int { return int(a.VisualIndex - b.VisualIndex) })
		x := fixed.I(left)
		if w.rtl {
			x = fixed.I(right)
			for i := range runs {
				x -= runs[i].Advance
			}
		}
		for i := range runs {
			for _, g := range runs[i].Glyphs {
				if outline, has := runs[i].Face.GlyphDataOutline(g.GlyphID); has {
					trace(outlines, &runs[i], outline, x+g.XOffset, fixed.I(baseline-top)-g.YOffset)
				}
				x += g.Advance
			}
		}
		baseline += step
	}
	w.on.paint(outlines, image.Pt(0, top), s.ink, false)
	return baseline
}

// trace adds an outline whose origin is at x and y.
func trace(to *vector.Rasterizer, run *shaping.Output, outline font.GlyphOutline, x, y fixed.Int26_6) {
	at := func(p opentype.SegmentPoint) (float32, float32) {
		return float32(x+run.FromFontUnit(p.X)) / 64, float32(y-run.FromFontUnit(p.Y)) / 64
	}
	for _, s := range outline.Segments {
		ax, ay := at(s.Args[0])
		bx, by := at(s.Args[1])
		cx, cy := at(s.Args[2])
		switch s.Op {
		case opentype.SegmentOpMoveTo:
			to.ClosePath()
			to.MoveTo(ax, ay)
		case opentype.SegmentOpLineTo:
			to.LineTo(ax, ay)
		case opentype.SegmentOpQuadTo:
			to.QuadTo(ax, ay, bx, by)
		case opentype.SegmentOpCubeTo:
			to.CubeTo(ax, ay, bx, by, cx, cy)
		}
	}
	to.ClosePath()
}
