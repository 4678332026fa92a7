package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"daymark/access"
	"daymark/checker"
	"daymark/internal/expression"
	"daymark/internal/web"
)

// evidenceView is a run whose evidence is kept.
type evidenceView struct {
	said
	Region, At, ISO string
	First           bool
	Pieces          []pieceView
}

type pieceView struct{ To, Name, Size string }

func (s *Site) evidenceViews(check string, runs []EvidenceRun, now time.Time) []evidenceView {
	var views []evidenceView
	for i := range runs {
		run := &runs[i]
		view := evidenceView{said: outcomeSaid(run.Outcome), Region: s.API.regionName(run.Region), At: s.clockSeconds(run.At, now), ISO: run.At.UTC().Format(time.RFC3339), First: run.First}
		view.Reason = run.Reason
		view.Pieces = piecesOf(check, run)
		views = append(views, view)
	}
	return views
}

func piecesOf(check string, run *EvidenceRun) []pieceView {
	var pieces []pieceView
	for _, p := range run.Pieces {
		pieces = append(pieces, pieceView{piecePath(checker.Key{Check: check, Region: run.Region, At: run.At.UnixMilli()}, p.Name), p.Name, expression.FormatSize(p.Size)})
	}
	return pieces
}

// mayLook says whether somebody may see what runs have seen.
func (s *Site) mayLook(who access.Principal) bool { return who.May(access.ReadEvidence) }

// piecePath is where a piece of evidence is looked at.
func piecePath(run checker.Key, name string) string {
	return checkPath(run.Check) + "/evidence/" + url.PathEscape(run.Region) + "/" + strconv.FormatInt(run.At, 10) + "/" + url.PathEscape(name)
}

// evidenceListPage lists all evidence of a check, a part at a time.
type evidenceListPage struct {
	frame
	ID, Check string
	Evidence  []evidenceView
	More      string
}

// evidenceAPage is how many runs one part has.
const evidenceAPage = 50

func (s *Site) serveEvidenceList(w http.ResponseWriter, r *http.Request, who access.Principal) {
	check, at, region := s.listOf(w, r)
	if check == nil {
		return
	}
	runs, err := s.API.Evidence.ListEvidence(r.Context(), EvidenceQuery{Check: check.ID, AfterAt: at, AfterRegion: region, Most: evidenceAPage + 1})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page := &evidenceListPage{frame: s.frame(r, "Evidence of "+check.Title(), "components", who), ID: check.ID, Check: check.Title()}
	if len(runs) > evidenceAPage {
		last := &runs[evidenceAPage-1]
		page.More = "?cursor=" + encodeCursor(strconv.FormatInt(last.At.UnixMilli(), 10), last.Region)
		runs = runs[:evidenceAPage]
	}
	page.Evidence = s.evidenceViews(check.ID, runs, s.Now())
	s.show(w, r, http.StatusOK, "evidence-list", page)
}

// piecePage shows one piece of evidence.
type piecePage struct {
	frame
	said
	ID, Check, Region, At string
	Name, MediaType, Size string
	File                  string // where its data is
	Picture               bool
	Alt                   string
	HAR                   *waterfall
	Read                  []readPart // what a page says
	Short                 bool       // Read is not all of it
	Text                  string     // as it was kept
	Cut                   bool       // Text is not all of it
	None                  bool       // it is nothing that can be shown
	Others                []pieceView
	Well                  *seenRun // with a picture to compare with
}

// mostShown is how much of a text is shown, in bytes; a download has it all.
const mostShown = 200_000

// pieceAt finds a piece of evidence, and answers where there is none.
func (s *Site) pieceAt(w http.ResponseWriter, r *http.Request) (*checker.Evidence, checker.Key, checker.Outcome) {
	at, err := strconv.ParseInt(r.PathValue("at"), 10, 64)
	run := checker.Key{Check: r.PathValue("id"), Region: r.PathValue("region"), At: at}
	var piece *checker.Evidence
	var outcome checker.Outcome
	if err == nil {
		piece, outcome, err = s.API.Evidence.ReadEvidence(r.Context(), run, r.PathValue("piece"))
	} else {
		err = ErrNotFound
	}
	switch {
	case errors.Is(err, ErrNotFound):
		s.wrong(w, r, http.StatusNotFound, "This evidence is not kept, or not any more.")
		return nil, run, ""
	case err != nil:
		s.fail(w, r, err)
		return nil, run, ""
	}
	return piece, run, outcome
}

func (s *Site) servePiece(w http.ResponseWriter, r *http.Request, who access.Principal) {
	piece, run, outcome := s.pieceAt(w, r)
	if piece == nil {
		return
	}
	page := &piecePage{
		frame: s.frame(r, piece.Name, "components", who), said: outcomeSaid(outcome), ID: run.Check, Check: run.Check, Region: s.API.regionName(run.Region),
		At: s.clockSeconds(time.UnixMilli(run.At), s.Now()), Name: piece.Name, MediaType: piece.MediaType, Size: expression.FormatSize(int64(len(piece.Data))), File: piecePath(run, piece.Name) + "/file",
	}
	if check, _ := s.API.checkAt(run.Check); check != nil {
		page.Check = check.Title()
	}
	if err := s.around(r.Context(), page, run, outcome); err != nil {
		s.fail(w, r, err)
		return
	}
	switch {
	case pictureType(piece.Data) != "":
		page.Picture, page.Alt = true, "What the browser showed from "+page.Region+" at "+page.At
	case isPage(piece):
		page.Read, page.Short = readable(piece.Data, mostShown)
		page.fillText(piece.Data)
	case path.Ext(piece.Name) == ".har":
		page.HAR = readHAR(piece.Data)
		fallthrough
	default:
		page.fillText(piece.Data)
	}
	s.show(w, r, http.StatusOK, "piece", page)
}

// isPage says whether a piece is HTML, which is read and never opened.
func isPage(piece *checker.Evidence) bool {
	kind, _, _ := mime.ParseMediaType(piece.MediaType) // what cannot be read is no HTML
	return kind == "text/html" || path.Ext(piece.Name) == ".html"
}

// around adds what else its run has seen, and the picture of the last success
// beside that of a failure.
func (s *Site) around(ctx context.Context, page *piecePage, key checker.Key, outcome checker.Outcome) error {
	at := time.UnixMilli(key.At)
	run, err := s.oneSeen(ctx, EvidenceQuery{Check: key.Check, Region: key.Region, Since: at, AfterAt: at.Add(time.Millisecond), AfterRegion: key.Region})
	if err != nil || run == nil {
		return err
	}
	for _, p := range piecesOf(key.Check, run) {
		if p.Name != page.Name {
			page.Others = append(page.Others, p)
		}
	}
	if k := shownPiece(run.Pieces); outcome == checker.OK || k < 0 || run.Pieces[k].Name != page.Name {
		return nil
	}
	well, err := s.oneSeen(ctx, EvidenceQuery{Check: key.Check, Region: key.Region, Outcome: checker.OK, AfterAt: at, AfterRegion: key.Region})
	if err != nil || well == nil {
		return err
	}
	view := s.seenRun(key.Check, well, "last success")
	if view.Picture != nil {
		page.Well = &view
	}
	return nil
}

// fillText shows what is text as it is, and JSON with its lines.
func (p *piecePage) fillText(data []byte) {
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		p.None = p.HAR == nil
		return
	}
	var lines bytes.Buffer
	if len(data) <= mostShown && json.Indent(&lines, data, "", "  ") == nil && lines.Len() <= 2*mostShown {
		data = lines.Bytes()
	} else if len(data) > mostShown {
		data, p.Cut = data[:mostShown], true
	}
	p.Text = strings.ToValidUTF8(string(data), "")
}

// pictureType gives the type of a picture that browsers show and that runs
// nothing; "": it is none, whatever it says that it is.
func pictureType(data []byte) string {
	switch kind := http.DetectContentType(data); kind {
	case "image/jpeg", "image/png", "image/webp":
		return kind
	}
	return ""
}

// filePolicy lets a file do nothing, wherever it is opened.
const filePolicy = "default-src 'none'; sandbox; frame-ancestors 'none'"

// servePieceFile gives the data of a piece: a picture as one, anything else
// only to be kept. What a target sent is never a page of ours.
func (s *Site) servePieceFile(w http.ResponseWriter, r *http.Request, _ access.Principal) {
	piece, run, _ := s.pieceAt(w, r)
	if piece == nil {
		return
	}
	header := w.Header()
	header.Set("Content-Security-Policy", filePolicy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Cache-Control", web.Never)
	if kind := pictureType(piece.Data); kind != "" {
		header.Set("Content-Type", kind)
	} else {
		name := time.UnixMilli(run.At).UTC().Format("20060102T150405Z") + "-" + run.Region + "-" + path.Base(piece.Name)
		header.Set("Content-Type", "application/octet-stream")
		header.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	}
	header.Set("Content-Length", strconv.Itoa(len(piece.Data)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(piece.Data) // who has hung up needs no answer
	}
}
