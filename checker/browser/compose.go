package browser

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"time"
)

// view is what the page was when the journey ended.
type view struct {
	url, title string
	picture    []byte // JPEG
	trees      []*heard
	wanted     string // what the failing step looked for
	looked     bool
}

// Bounds of what is kept of a journey, in bytes.
const (
	maxPicture  = 200_000 // the picture of the end
	maxHAR      = 150_000
	leastReport = 50_000  // that pictures and requests leave to the report
	maxCalm     = 150_000 // all of a journey that went well, but for its steps' pictures
	calmPicture = 55_000
	calmHAR     = 45_000
	maxThumb    = 25_000
	maxShots    = 8
	maxTraced   = 4_000_000 // the report beside a trace
)

// shot is a picture that a step asked for.
type shot struct {
	name  string
	thumb []byte
}

// measures of what goes into a report; the first that fits is taken.
type measures struct {
	picture            bool
	rows, nodes, lines int
	shots              bool
}

// lessAndLess lists measures from all there is to the least.
func lessAndLess() []measures {
	return []measures{
		{true, 500, maxHeard, maxConsole, true},
		{true, 300, maxHeard, 100, true},
		{true, 150, 150, 50, true},
		{true, 60, 80, 25, false},
		{true, 40, 60, 15, false},
		{true, 25, 40, 10, false},
		{false, 25, 40, 10, false},
	}
}

// compose writes the report as large as fits in most bytes; nil when not even
// the least does.
func (j *journey) compose(most int) []byte {
	all, lines := j.tab.watch.recorded()
	hide := veil{j.redact}
	small := thumb(j.view.picture, 2)
	if len(small) > maxThumb {
		small = thumb(j.view.picture, 3)
	}
	for _, m := range lessAndLess() {
		page, err := j.reportOf(all, lines, small, hide, m).page()
		if err != nil {
			j.options.Logger.Error("write a journey's report", "error", err)
			return nil
		}
		if len(page) <= most {
			return page
		}
	}
	return nil
}

func (j *journey) reportOf(all []exchange, lines []line, small []byte, hide veil, m measures) *report {
	looks := looksOf(j.result.Outcome)
	r := &report{
		Title: j.redact(j.job.Title()), Word: looks.word, Class: string(j.result.Outcome), Shape: looks.shape,
		Sentence: j.sentence(), Reason: j.because(), Check: j.job.ID,
		Stamp: j.began.UTC().Format(time.RFC3339), When: j.began.UTC().Format("2 January 2006, 15:04:05 UTC"),
		Page: clip(hide.address(j.view.url), 300), PageTitle: hide.text(j.view.title),
		Steps: j.stepsOf(), Rules: j.rulesOf(), Facts: factsOf(j.measured),
	}
	switch {
	case len(small) == 0:
		r.NoPicture = "The page could not be pictured: it did not answer in time."
	case m.picture:
		r.Picture = data("image/jpeg", small)
	default:
		r.NoPicture = "There is no room for the picture here."
	}
	if j.kept(pictureName) {
		r.PictureNote = "Beside this page it is whole, as " + pictureName + "."
	}
	if m.shots {
		for _, shot := range j.shots {
			r.Shots = append(r.Shots, reportShot{j.redact(shot.name), data("image/jpeg", shot.thumb)})
		}
	} else if len(j.shots) > 0 {
		r.Omitted = append(r.Omitted, "Pictures of steps are left out here for want of room.")
	}
	for _, tree := range j.view.trees {
		r.Tree = append(r.Tree, around(tree, m.nodes/len(j.view.trees)+1).veiled(hide))
	}
	if len(r.Tree) == 0 {
		r.NoTree = "The page did not tell in time."
	}
	for _, said := range lines[:min(len(lines), m.lines)] {
		r.Console = append(r.Console, reportLine{said.level, hide.text(said.text), hide.address(said.where), said.level == "error" || said.level == "network"})
	}
	if more := len(lines) - len(r.Console); more > 0 {
		r.MoreConsole = fmt.Sprintf("The first %d of %d lines.", len(r.Console), len(lines))
	}
	r.requestsOf(all, hide, m.rows)
	r.HARNote = j.harNote
	return r
}

// thumb makes a picture smaller by a whole number, each point the mean of those
// that it stands for. Nil when there is no picture.
func thumb(picture []byte, by int) []byte {
	full, err := jpeg.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil
	}
	size := full.Bounds()
	points := image.NewRGBA(size) // whose points can be read without asking for each
	draw.Draw(points, size, full, size.Min, draw.Src)
	small := image.NewRGBA(image.Rect(0, 0, max(size.Dx()/by, 1), max(size.Dy()/by, 1)))
	for y := range small.Rect.Dy() {
		for x := range small.Rect.Dx() {
			var sum [3]uint32
			for dy := range by {
				for dx := range by {
					from := points.Pix[points.PixOffset(size.Min.X+x*by+dx, size.Min.Y+y*by+dy):]
					sum[0], sum[1], sum[2] = sum[0]+uint32(from[0]), sum[1]+uint32(from[1]), sum[2]+uint32(from[2])
				}
			}
			at, share := small.PixOffset(x, y), uint32(by*by)
			small.Pix[at], small.Pix[at+1], small.Pix[at+2], small.Pix[at+3] = uint8(sum[0]/share), uint8(sum[1]/share), uint8(sum[2]/share), 255
		}
	}
	var file bytes.Buffer
	if jpeg.Encode(&file, small, &jpeg.Options{Quality: 60}) != nil {
		return nil
	}
	return file.Bytes()
}

// look keeps what the page is at the end. A page that does not answer leaves
// less.
func (j *journey) look(ctx context.Context, wanted string, most int) {
	if j.measured != nil {
		j.view.url, j.view.title = j.measured.URL, clip(j.measured.Title, 200)
	}
	if picture, err := picture(ctx, most); err == nil {
		j.view.picture = picture
	}
	j.view.trees, j.view.wanted, j.view.looked = j.tab.hear(ctx, wanted), wanted, true
}
