package card

import (
	"image"
	"math"
	"slices"
)

// sign draws the shape of a status, as the page has it in 16 units.
func (c *canvas) sign(of string, corner image.Point, size int) {
	scale := float32(size) / 16
	inked := func(outlines ...[]point) { c.polygon(corner, scale, status, outlines...) }
	blank := func(outlines ...[]point) { c.paint(outline(scale, outlines), corner, status, true) }
	diamond := []point{{8, .2}, {15.8, 8}, {8, 15.8}, {.2, 8}}
	switch of {
	case "operational":
		inked(arc(8, 8, 7, 0, 360))
		blank([]point{{7.1, 11.4}, {3.9, 8.2}, {5.1, 7}, {7.1, 9}, {11, 5.1}, {12.2, 6.3}})
	case "degraded_performance":
		inked([]point{{8, 1.2}, {15.6, 14.6}, {.4, 14.6}})
	case "partial_outage":
		inked(diamond)
		blank([]point{{8, 2.5}, {8, 13.5}, {13.5, 8}})
	case "major_outage":
		inked(diamond)
		blank([]point{{8, 6.9}, {9.7, 5.2}, {10.8, 6.3}, {9.1, 8}, {10.8, 9.7}, {9.7, 10.8}, {8, 9.1}, {6.3, 10.8}, {5.2, 9.7}, {6.9, 8}, {5.2, 6.3}, {6.3, 5.2}})
	case "under_maintenance":
		inked([]point{{2, 1}, {14, 1}, {14, 2.6}, {9.2, 8}, {14, 13.4}, {14, 15}, {2, 15}, {2, 13.4}, {6.8, 8}, {2, 2.6}})
	default: // a broken ring
		for n := range 6 {
			from := float64(n * 60)
			outer, inner := arc(8, 8, 7, from, from+30), arc(8, 8, 5, from, from+30)
			slices.Reverse(inner)
			outer = append(outer, inner...)
			inked(outer)
		}
	}
}

// arc is a piece of a circle as a polygon, between two angles in degrees.
func arc(x, y, radius float32, from, to float64) []point {
	const step = 3
	var all []point
	for angle := from; angle <= to; angle += step {
		sin, cos := math.Sincos(angle * math.Pi / 180)
		all = append(all, point{x + radius*float32(cos), y + radius*float32(sin)})
	}
	return all
}
