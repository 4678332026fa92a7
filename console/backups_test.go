package console_test

import (
	"context"
	"testing"
	"time"

	"daymark/console"
)

func (s *sources) Backups(context.Context) (console.BackupsKept, error) { return s.backups, nil }

func TestBackupsAreListed(t *testing.T) {
	f := newFixture(t)
	f.backups = console.BackupsKept{Runs: []console.BackupRun{
		{At: now, Kind: "drill", Took: 1500 * time.Millisecond, File: "daymark-1.db", Bytes: 3_715_072, Rows: 49},
		{At: now.Add(-time.Hour), Kind: "backup", Error: "no room"},
	}}
	items := get[list](f, "/api/v1/backups").Items
	if len(items) != 2 || items[0]["well"] != true || items[0]["took_seconds"] != 1.5 || items[0]["rows"] != 49.0 || items[1]["well"] != false || items[1]["error"] != "no room" {
		t.Errorf("%v", items)
	}
}

func TestThePageOfBackups(t *testing.T) {
	p := newPages(t)
	p.reads("/console/backups", "No backups are made by themselves", "never", "Nothing is known")
	p.backups = console.BackupsKept{Folder: "/srv/" + hostile, Keep: 14, Files: 2, Next: now, NextDrill: now}
	p.reads("/console/backups", "No backup was made yet", "2 backups are there, 14 are kept at most")
	made := console.BackupRun{At: now, Kind: "backup", Took: time.Second, File: "daymark-1.db", Bytes: 3_715_072, Rows: 49}
	p.backups.Runs = []console.BackupRun{made}
	p.reads("/console/backups", "The latest backup was made and verified", "3.7 MB, 49 rows, in 1.00 s", "Verified")
	drill := made
	drill.Kind = "drill"
	p.backups.Runs = []console.BackupRun{drill, made}
	p.reads("/console/backups", "and restoring was practised", "Restored")
	drill.Error = "damaged " + hostile
	p.backups.Runs = []console.BackupRun{drill, made}
	p.lacks(p.reads("/console/backups", "The newest backup could not be restored", "damaged &lt;script&gt;", "Failed"), hostile)
	made.Error = "no room"
	p.backups.Runs = []console.BackupRun{made, drill}
	p.reads("/console/backups", "The latest backup failed")
}
