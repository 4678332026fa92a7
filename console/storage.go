package console

import (
	"context"
	"fmt"
	"time"

	"daymark/access"
	"daymark/incident"
	"daymark/internal/expression"
)

// StorageSource says how the database grows.
type StorageSource interface {
	Storage(ctx context.Context) (Storage, error)
}

// Storage is how large the database is and becomes, if it is filled as in the
// last 24 hours. All sizes are in bytes.
type Storage struct {
	File   int64 `json:"file"`
	Used   int64 `json:"used"`    // without what is free in it
	Free   int64 `json:"free"`    // in it and on its disk
	PerDay int64 `json:"per_day"` // that come more than go
	// Steady is what it has once as much goes as comes; 0: it grows for ever.
	Steady   int64         `json:"steady"`
	SteadyIn time.Duration `json:"steady_in"`
	Backups  int64         `json:"backups"` // that all of them have then, where they are on the same disk
	Full     bool          `json:"full"`    // the disk becomes so
	FullIn   time.Duration `json:"full_in"`
	Kinds    []StorageKind `json:"kinds"`
}

// StorageKind is one kind of what is kept.
type StorageKind struct {
	Kind   string        `json:"kind"` // results, hours, days or evidence
	PerDay int64         `json:"per_day"`
	Keep   time.Duration `json:"keep"` // 0: for ever
}

// Says says in a sentence what becomes of it.
func (s *Storage) Says() string {
	size := expression.FormatSize
	days := func(d time.Duration) string { return counted(int(d/(24*time.Hour)), "day", "days") }
	switch {
	case s.Full && s.Steady > 0 && s.SteadyIn == 0:
		return fmt.Sprintf("%s, as it is, but with its backups the disk is full in %s", size(s.Steady), days(s.FullIn))
	case s.Full && s.Steady > 0:
		return fmt.Sprintf("%s in %s, but the disk is full in %s", size(s.Steady), days(s.SteadyIn), days(s.FullIn))
	case s.Full:
		return "larger for ever, and the disk is full in " + days(s.FullIn)
	case s.Steady == 0:
		return "larger for ever; the disk has room for 20 years"
	case s.SteadyIn == 0 && s.Backups > 0:
		return size(s.Steady) + ", as it is: as much goes as comes; the disk has room for the backups, too"
	case s.SteadyIn == 0:
		return size(s.Steady) + ", as it is: as much goes as comes"
	case s.Backups > 0:
		return fmt.Sprintf("%s in %s, and stays so; the disk has room for that and for the backups", size(s.Steady), days(s.SteadyIn))
	}
	return fmt.Sprintf("%s in %s, and stays so; the disk has room for that", size(s.Steady), days(s.SteadyIn))
}

type storageRow struct {
	File     int              `json:"file_bytes"`
	Used     int              `json:"used_bytes" doc:"Without what is free in the file."`
	Free     int              `json:"free_bytes" doc:"In the file and on its disk."`
	PerDay   int              `json:"bytes_a_day" doc:"That come more than go, as in the last 24 hours."`
	Steady   int              `json:"steady_bytes,omitempty" doc:"What it has once as much goes as comes; left out: it grows for ever."`
	SteadyIn int              `json:"steady_in_days,omitempty"`
	Backups  int              `json:"backups_bytes,omitempty" doc:"What all backups have then; left out where none are on the same disk, or it grows for ever."`
	FullIn   *int             `json:"full_in_days,omitempty" doc:"Then the disk is full; left out: it does not become so."`
	Kinds    []storageKindRow `json:"kinds"`
}

type storageKindRow struct {
	Kind   string `json:"kind" words:"results,hours,days,evidence"`
	PerDay int    `json:"bytes_a_day" doc:"That come."`
	Keep   int    `json:"kept_days,omitempty" doc:"Left out: for ever."`
}

func (a *API) storageRows() []Operation {
	return []Operation{read("/api/v1/storage", access.ReadAgents, "How large the database is, and becomes.", a.readStorage)}
}

func (a *API) readStorage(ctx context.Context, _ Call, _ nothing) (storageRow, error) {
	s, err := a.Storage.Storage(ctx)
	if err != nil {
		return storageRow{}, err
	}
	whole := func(d time.Duration) int { return int(d / (24 * time.Hour)) }
	row := storageRow{File: int(s.File), Used: int(s.Used), Free: int(s.Free), PerDay: int(s.PerDay), Steady: int(s.Steady), SteadyIn: whole(s.SteadyIn), Backups: int(s.Backups), Kinds: []storageKindRow{}}
	if s.Full {
		days := whole(s.FullIn)
		row.FullIn = &days
	}
	for _, k := range s.Kinds {
		row.Kinds = append(row.Kinds, storageKindRow{k.Kind, int(k.PerDay), whole(k.Keep)})
	}
	return row, nil
}

// storageView is how the database grows, in words.
type storageView struct {
	Status                                   incident.Status
	File, Used, Free, PerDay, Comes, Backups string
	Kinds                                    []storageKindView
}

type storageKindView struct{ Kind, PerDay, Kept string }

func storageViewOf(s *Storage) storageView {
	view := storageView{Status: incident.Operational, File: expression.FormatSize(s.File), Used: expression.FormatSize(s.Used), Free: expression.FormatSize(s.Free), PerDay: expression.FormatSize(s.PerDay), Comes: s.Says()}
	if s.Full {
		view.Status = incident.Slow
	}
	if s.Backups > 0 {
		view.Backups = expression.FormatSize(s.Backups)
	}
	names := map[string]string{"results": "Results", "hours": "Hours", "days": "Days", "evidence": "Evidence"}
	for _, k := range s.Kinds {
		kept := "for ever"
		if k.Keep > 0 {
			kept = lasted(k.Keep)
		}
		view.Kinds = append(view.Kinds, storageKindView{names[k.Kind], expression.FormatSize(k.PerDay), kept})
	}
	return view
}
