package console

import (
	"context"
	"errors"
	"path"
	"slices"
	"strconv"
	"strings"

	"daymark/checker"
)

// Bounds of what a room shows of evidence.
const (
	mostArchives = 6         // are read for one page
	mostArchive  = 1_000_000 // bytes of one
	mostTelling  = 5         // requests of one
)

// seenView is what the newest run of a region's trouble has seen, beside the
// last success before it.
type seenView struct {
	Region string
	Runs   []seenRun
	Asked  *askedView
}

// seenRun is what one run has seen.
type seenRun struct {
	ID      string // of its part of the page
	Says    string // "Failed at 13:04"
	Picture *pieceView
	Src     string
	Alt     string
	Pieces  []pieceView
}

// askedView are the requests of a run that tell most.
type askedView struct {
	*waterfall
	To string // all of them
}

// seen gives what is kept of a region's trouble; nil where nothing is.
func (v *roomView) seen(ctx context.Context, st *Standing) (*seenView, error) {
	if !v.site.mayLook(v.who) || st.Run.Outcome == checker.OK {
		return nil, nil //nolint:nilnil // nothing to show is no fault
	}
	run, err := v.site.oneSeen(ctx, EvidenceQuery{Check: st.Run.Check, Region: st.Run.Region, Outcome: st.Run.Outcome, Since: st.Since})
	if err != nil || run == nil {
		return nil, err
	}
	region := v.site.API.regionName(run.Region)
	view := &seenView{Region: region, Runs: []seenRun{v.site.seenRun(st.Run.Check, run, outcomeWords[run.Outcome])}}
	well, err := v.site.oneSeen(ctx, EvidenceQuery{Check: st.Run.Check, Region: run.Region, Outcome: checker.OK, AfterAt: run.At, AfterRegion: run.Region})
	if err != nil {
		return nil, err
	}
	if well != nil {
		view.Runs = append(view.Runs, v.site.seenRun(st.Run.Check, well, "last success"))
	}
	view.Asked, err = v.asked(ctx, st.Run.Check, run)
	return view, err
}

// oneSeen gives the newest run of a query whose evidence is kept; nil: none.
func (s *Site) oneSeen(ctx context.Context, q EvidenceQuery) (*EvidenceRun, error) {
	q.Most = 1
	runs, err := s.API.Evidence.ListEvidence(ctx, q)
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	return &runs[0], nil
}

func (s *Site) seenRun(check string, run *EvidenceRun, what string) seenRun {
	at, key := s.clockSeconds(run.At, s.Now()), checker.Key{Check: check, Region: run.Region, At: run.At.UnixMilli()}
	view := seenRun{ID: "seen-" + check + "-" + run.Region + "-" + strconv.FormatInt(key.At, 10), Says: strings.ToUpper(what[:1]) + what[1:] + ", " + at, Pieces: piecesOf(check, run)}
	if k := shownPiece(run.Pieces); k >= 0 {
		view.Picture, view.Src = &view.Pieces[k], view.Pieces[k].To+"/file"
		view.Alt = "What the browser showed from " + s.API.regionName(run.Region) + " at " + at + " (" + strings.ToLower(what) + ")"
	}
	return view
}

// shownPiece finds the picture that stands for a run: that of a journey's end,
// or else the last; -1: it has none.
func shownPiece(pieces []EvidencePiece) int {
	found := -1
	for i := range pieces {
		if strings.HasPrefix(pieces[i].MediaType, "image/") {
			if pieces[i].Name == "journey.jpg" {
				return i
			}
			found = i
		}
	}
	return found
}

// asked reads the requests of a run, and chooses those that tell most: which
// failed, then which took longest.
func (v *roomView) asked(ctx context.Context, check string, run *EvidenceRun) (*askedView, error) {
	k := slices.IndexFunc(run.Pieces, func(p EvidencePiece) bool { return path.Ext(p.Name) == ".har" && p.Size <= mostArchive })
	if k < 0 || v.archives >= mostArchives {
		return nil, nil //nolint:nilnil // nothing to show is no fault
	}
	v.archives++
	key := checker.Key{Check: check, Region: run.Region, At: run.At.UnixMilli()}
	piece, _, err := v.site.API.Evidence.ReadEvidence(ctx, key, run.Pieces[k].Name)
	if errors.Is(err, ErrNotFound) { // it went meanwhile
		return nil, nil //nolint:nilnil // nothing to show is no fault
	}
	if err != nil {
		return nil, err
	}
	archive := readHAR(piece.Data)
	if archive == nil {
		return nil, nil //nolint:nilnil // nothing to show is no fault
	}
	archive.Rows = telling(archive.Rows, mostTelling)
	return &askedView{archive, piecePath(key, piece.Name)}, nil
}

// telling gives the requests that tell most, in their order.
func telling(rows []exchangeRow, most int) []exchangeRow {
	if len(rows) <= most {
		return rows
	}
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if rows[a].Bad != rows[b].Bad {
			if rows[a].Bad {
				return -1
			}
			return 1
		}
		return (rows[b].To - rows[b].From) - (rows[a].To - rows[a].From)
	})
	order = order[:most]
	slices.Sort(order)
	some := make([]exchangeRow, most)
	for i, k := range order {
		some[i] = rows[k]
	}
	return some
}
