package console

import (
	"context"
	"net/http"
	"time"

	"daymark/access"
	"daymark/incident"
	"daymark/internal/expression"
)

// Backups is what came of scheduled backups.
type Backups interface {
	Backups(ctx context.Context) (BackupsKept, error)
}

// BackupsKept says what there is, and what came of the latest runs.
type BackupsKept struct {
	Folder          string
	Keep, Files     int       // so many are kept, and are there
	Next, NextDrill time.Time // zero: never
	Runs            []BackupRun
}

// BackupRun is one backup, or one drill of restoring one.
type BackupRun struct {
	At    time.Time
	Kind  string // backup or drill
	Took  time.Duration
	File  string
	Bytes int64
	Rows  int64
	Error string // empty: it went well
}

type backupRow struct {
	At    Time    `json:"at"`
	Kind  string  `json:"kind" doc:"backup, or drill: the newest was restored to a folder of its own and opened."`
	Well  bool    `json:"well" doc:"It was made and verified, or restored."`
	Took  float64 `json:"took_seconds"`
	File  string  `json:"file,omitempty" doc:"The name of the file."`
	Bytes int     `json:"bytes,omitempty"`
	Rows  int     `json:"rows,omitempty" doc:"Of all tables, counted in it."`
	Error string  `json:"error,omitempty" doc:"Why it failed."`
}

func (a *API) listBackups(ctx context.Context, _ Call, _ nothing) (page[backupRow], error) {
	kept, err := a.Backups.Backups(ctx)
	if err != nil {
		return page[backupRow]{}, err
	}
	rows := make([]backupRow, len(kept.Runs))
	for i, r := range kept.Runs {
		rows[i] = backupRow{Time{r.At}, r.Kind, r.Error == "", rounded(r.Took.Seconds(), 3), r.File, int(r.Bytes), int(r.Rows), r.Error}
	}
	return whole(rows), nil
}

// backupsPage shows them.
type backupsPage struct {
	frame
	Say             string
	Status          incident.Status
	Folder, Files   string
	Next, NextDrill string
	Runs            []backupView
	Storage         storageView
}

type backupView struct {
	What, At, ISO, Took, File, Size, Rows, Error string
	Status                                       incident.Status
	Word                                         string
}

func (s *Site) serveBackups(w http.ResponseWriter, r *http.Request, who access.Principal) {
	kept, err := s.API.Backups.Backups(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page := &backupsPage{
		frame: s.frame(r, "Backups", "backups", who), Folder: kept.Folder, Files: counted(kept.Files, "backup is", "backups are") + " there, " + decimal(int64(kept.Keep)) + " are kept at most",
		Next: "never", NextDrill: "never",
	}
	if !kept.Next.IsZero() {
		page.Next = s.moment(kept.Next)
	}
	if !kept.NextDrill.IsZero() {
		page.NextDrill = s.moment(kept.NextDrill)
	}
	latest := map[string]*BackupRun{}
	for i := range kept.Runs {
		run := &kept.Runs[i]
		if latest[run.Kind] == nil {
			latest[run.Kind] = run
		}
		page.Runs = append(page.Runs, s.backupView(run))
	}
	room, err := s.API.Storage.Storage(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page.Storage = storageViewOf(&room)
	page.Say, page.Status = standingOfBackups(latest["backup"], latest["drill"], kept.Next.IsZero())
	s.show(w, r, http.StatusOK, "backups", page)
}

// standingOfBackups says in a sentence whether one could restore.
func standingOfBackups(backup, drill *BackupRun, never bool) (string, incident.Status) {
	switch {
	case backup == nil && never:
		return "No backups are made by themselves", incident.Unmeasured
	case backup == nil:
		return "No backup was made yet", incident.Unmeasured
	case backup.Error != "":
		return "The latest backup failed", incident.Down
	case drill != nil && drill.Error != "":
		return "The newest backup could not be restored", incident.Down
	case drill == nil:
		return "The latest backup was made and verified", incident.Operational
	}
	return "The latest backup was verified, and restoring was practised", incident.Operational
}

func (s *Site) backupView(r *BackupRun) backupView {
	view := backupView{
		What: "Backup", At: s.moment(r.At), ISO: r.At.UTC().Format(time.RFC3339), Took: took(r.Took), File: r.File, Error: r.Error,
		Status: incident.Operational, Word: "Verified",
	}
	if r.Kind == "drill" {
		view.What, view.Word = "Drill", "Restored"
	}
	if r.Error != "" {
		view.Status, view.Word = incident.Down, "Failed"
		return view
	}
	view.Size, view.Rows = expression.FormatSize(r.Bytes), counted(int(r.Rows), "row", "rows")
	return view
}
