package console

import (
	"context"
	"strconv"
	"time"

	"daymark/checker"
)

// Evidence is where it is known what runs have seen.
type Evidence interface {
	// ListEvidence gives runs of a check, newest first and then by region.
	ListEvidence(ctx context.Context, q EvidenceQuery) ([]EvidenceRun, error)
	// ReadEvidence gives one piece of what a run has seen, and how the run came
	// out; ErrNotFound where it is not kept.
	ReadEvidence(ctx context.Context, run checker.Key, name string) (*checker.Evidence, checker.Outcome, error)
}

// EvidenceQuery says which runs are asked for; what is empty asks for all.
type EvidenceQuery struct {
	Check       string
	Region      string
	Outcome     checker.Outcome
	Since       time.Time
	AfterAt     time.Time // with AfterRegion: where the list goes on; zero: its beginning
	AfterRegion string
	Most        int
}

// EvidenceRun is a run whose evidence is kept.
type EvidenceRun struct {
	Region  string
	At      time.Time
	Outcome checker.Outcome
	Reason  string
	First   bool // the first failure of a streak
	Pieces  []EvidencePiece
}

// EvidencePiece is one piece of a run's evidence, without its data.
type EvidencePiece struct {
	Name      string
	MediaType string
	Size      int64 // bytes
}

type evidenceAsked struct {
	ID      string `path:"id" doc:"The check's id."`
	Region  string `query:"region" doc:"Only of this region, by its id."`
	Outcome string `query:"outcome" words:"ok,degraded,failed,unknown" doc:"Only with this outcome."`
	Since   Time   `query:"since" doc:"Only of runs at or after this time."`
	paging
}

type evidenceRow struct {
	Region  string     `json:"region"`
	At      Time       `json:"at" doc:"When the run was scheduled."`
	Outcome string     `json:"outcome" words:"ok,degraded,failed,unknown"`
	Reason  string     `json:"reason,omitempty"`
	First   bool       `json:"first" doc:"The first failure of a streak."`
	Pieces  []pieceRow `json:"pieces"`
}

type pieceRow struct {
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	Size      int64  `json:"size" doc:"Bytes."`
}

func (a *API) listEvidence(ctx context.Context, _ Call, asked evidenceAsked) (page[evidenceRow], error) {
	place, err := asked.parts(2)
	if err != nil {
		return page[evidenceRow]{}, err
	}
	query := EvidenceQuery{Check: asked.ID, Region: asked.Region, Outcome: checker.Outcome(asked.Outcome), Since: asked.Since.Time, Most: asked.Limit + 1}
	if place != nil {
		ms, err := strconv.ParseInt(place[0], 10, 64)
		if err != nil {
			return page[evidenceRow]{}, badCursor()
		}
		query.AfterAt, query.AfterRegion = time.UnixMilli(ms), place[1]
	}
	runs, err := a.Evidence.ListEvidence(ctx, query)
	if err != nil {
		return page[evidenceRow]{}, err
	}
	if len(runs) == 0 && !a.hasCheck(asked.ID) {
		return page[evidenceRow]{}, ErrNotFound
	}
	return cut(runs, asked.Limit, evidenceOf, func(r *EvidenceRun) []string { return []string{strconv.FormatInt(r.At.UnixMilli(), 10), r.Region} }), nil
}

type pieceAsked struct {
	ID     string `path:"id" doc:"The check's id."`
	Region string `path:"region" doc:"By its id."`
	At     int    `path:"at" least:"0" doc:"When the run was due, in milliseconds since 1970."`
	Piece  string `path:"piece" doc:"Its name."`
}

type pieceAnswer struct {
	pieceRow
	Outcome string `json:"outcome" words:"ok,degraded,failed,unknown" doc:"How the run came out."`
	Data    []byte `json:"data" doc:"What the target sent or the browser showed, in base64: never to be trusted."`
}

func (a *API) readPiece(ctx context.Context, _ Call, asked pieceAsked) (pieceAnswer, error) {
	piece, outcome, err := a.Evidence.ReadEvidence(ctx, checker.Key{Check: asked.ID, Region: asked.Region, At: int64(asked.At)}, asked.Piece)
	if err != nil {
		return pieceAnswer{}, err
	}
	return pieceAnswer{pieceRow{piece.Name, piece.MediaType, int64(len(piece.Data))}, string(outcome), piece.Data}, nil
}

func evidenceOf(r *EvidenceRun) evidenceRow {
	row := evidenceRow{Region: r.Region, At: Time{r.At}, Outcome: string(r.Outcome), Reason: r.Reason, First: r.First, Pieces: []pieceRow{}}
	for _, p := range r.Pieces {
		row.Pieces = append(row.Pieces, pieceRow(p))
	}
	return row
}

func (a *API) hasCheck(id string) bool {
	check, _ := a.checkAt(id)
	return check != nil
}
