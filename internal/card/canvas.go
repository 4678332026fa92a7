package card

import (
	"image"
	"image/color"
	"image/draw"

	"golang.org/x/image/vector"
)

// canvas is a card being drawn. It has one byte a pixel: each ink in so many
// shades over the paper, which makes it quick to pack and small.
type canvas struct{ *image.Paletted }

// shades of an ink, the paper not among them.
const shades = 15

// inkName is an ink of the palette.
type inkName int

const (
	ink inkName = iota
	soft
	rule
	accent
	status
)

// look is the colour of a status and what is behind it.
type look struct{ ink, paper color.RGBA }

func rgb(n uint32) color.RGBA { return color.RGBA{uint8(n >> 16), uint8(n >> 8), uint8(n), 255} }

// looks are those of the page in the light.
var looks = map[string]look{
	"operational":          {rgb(0x17694a), rgb(0xfafbfa)},
	"degraded_performance": {rgb(0x825000), rgb(0xf6f2e9)},
	"partial_outage":       {rgb(0xa63a06), rgb(0xf8efe9)},
	"major_outage":         {rgb(0xae132b), rgb(0xf9ecec)},
	"under_maintenance":    {rgb(0x2456a4), rgb(0xecf0f6)},
	"unknown":              {rgb(0x56626c), rgb(0xf2f4f4)},
}

func newCanvas(as look) *canvas {
	palette := color.Palette{as.paper}
	for _, c := range []color.RGBA{rgb(0x12201a), rgb(0x4c5a54), rgb(0xd2dad6), rgb(0x0b6e4f), as.ink} { // in the order of the names
		for n := 1; n <= shades; n++ {
			mix := func(paper, ink uint8) uint8 { return uint8((int(paper)*(shades-n) + int(ink)*n) / shades) }
			palette = append(palette, color.RGBA{mix(as.paper.R, c.R), mix(as.paper.G, c.G), mix(as.paper.B, c.B), 255})
		}
	}
	return &canvas{image.NewPaletted(image.Rect(0, 0, Width, Height), palette)}
}

// shade is the palette's entry of an ink; 0 is the paper.
func shade(of inkName, n int) uint8 {
	if n == 0 {
		return 0
	}
	return uint8(int(of)*shades + n)
}

func (c *canvas) fill(r image.Rectangle, with inkName) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			c.SetColorIndex(x, y, shade(with, shades))
		}
	}
}

// paint fills what was traced, from a corner on. With blank it is cut out of
// what is there, which has to be of the ink.
func (c *canvas) paint(traced *vector.Rasterizer, corner image.Point, with inkName, blank bool) {
	bounds := traced.Bounds()
	mask := image.NewAlpha(bounds)
	traced.DrawOp = draw.Src
	traced.Draw(mask, bounds, image.Opaque, image.Point{})
	for y := range bounds.Dy() {
		for x, a := range mask.Pix[y*mask.Stride : y*mask.Stride+bounds.Dx()] {
			at := corner.Add(image.Pt(x, y))
			n := (int(a)*shades + 127) / 255
			if n == 0 || !at.In(c.Rect) {
				continue
			}
			if blank {
				n = shades - n
			}
			c.SetColorIndex(at.X, at.Y, shade(with, n))
		}
	}
}

// point is a place in a shape's own units.
type point struct{ x, y float32 }

// mark is that of Daymark, in 24 units.
var mark = [][]point{
	{{12, 1}, {17.5, 6.5}, {12, 12}, {6.5, 6.5}},
	{{11, 13}, {13, 13}, {13, 20}, {18, 20}, {18, 22.5}, {6, 22.5}, {6, 20}, {11, 20}},
}

// units are those of the largest shape.
const units = 24

// polygon fills outlines, scaled, from a corner on.
func (c *canvas) polygon(corner image.Point, scale float32, with inkName, outlines ...[]point) {
	c.paint(outline(scale, outlines), corner, with, false)
}

func outline(scale float32, outlines [][]point) *vector.Rasterizer {
	r := vector.NewRasterizer(int(units*scale), int(units*scale))
	for _, outline := range outlines {
		for i, p := range outline {
			if i == 0 {
				r.MoveTo(p.x*scale, p.y*scale)
			} else {
				r.LineTo(p.x*scale, p.y*scale)
			}
		}
		r.ClosePath()
	}
	return r
}
