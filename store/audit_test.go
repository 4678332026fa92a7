package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"time"

	"daymark/incident"
	"daymark/store"
)

// acts records n acts and gives the path of the database.
func acts(t *testing.T, n int) *fixture {
	t.Helper()
	f := newFixture(t)
	for i := range n {
		f.now = f.now.Add(time.Second)
		act := incident.Act{Actor: "ana", Action: "token made", Object: fmt.Sprintf("region-%d", i)}
		if err := f.engine.Do(context.Background(), act, func(context.Context, incident.Tx, time.Time) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

// tamper changes the file behind the store's back.
func tamper(t *testing.T, path, query string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(context.Background(), query); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestTheAuditTrailIsChained(t *testing.T) {
	f := acts(t, 5)
	report, err := store.VerifyAudit(context.Background(), f.path, "")
	if err != nil || report.Entries != 5 || report.Unchained != 0 || len(report.Head) != 64 {
		t.Fatalf("%+v, %v", report, err)
	}
	if _, err := store.VerifyAudit(context.Background(), f.path, report.Head); err != nil {
		t.Errorf("its own head is not known: %v", err)
	}
	for _, test := range []struct{ name, query, head string }{
		{"changed", "UPDATE audit SET object = 'another' WHERE object = 'region-2'", ""},
		{"changed in who", "UPDATE audit SET actor = 'ben' WHERE object = 'region-0'", ""},
		{"changed in when", "UPDATE audit SET at = at + 1 WHERE object = 'region-4'", ""},
		{"removed", "DELETE FROM audit WHERE object = 'region-1'", ""},
		{"removed at the beginning", "DELETE FROM audit WHERE object = 'region-0'", ""},
		{"unchained", "UPDATE audit SET hash = '' WHERE object = 'region-3'", ""},
		{"cut off the end", "DELETE FROM audit WHERE object = 'region-4'", report.Head},
		{"all removed", "DELETE FROM audit", report.Head},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := acts(t, 5)
			tamper(t, f.path, test.query)
			_, err := store.VerifyAudit(context.Background(), f.path, test.head)
			if fault, ok := errors.AsType[*store.AuditFault](err); !ok {
				t.Errorf("nothing is broken, it says: %v", fault)
			}
		})
	}
}

func TestEntriesFromBeforeTheChain(t *testing.T) {
	f := acts(t, 2)
	tamper(t, f.path, "UPDATE audit SET hash = ''")
	act := incident.Act{Actor: "ana", Action: "token made", Object: "later"}
	if err := f.engine.Do(context.Background(), act, func(context.Context, incident.Tx, time.Time) error { return nil }); err != nil {
		t.Fatal(err)
	}
	report, err := store.VerifyAudit(context.Background(), f.path, "")
	if err != nil || report.Entries != 1 || report.Unchained != 2 {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestTheAuditTrailIsReadInOrder(t *testing.T) {
	f := acts(t, 3)
	var objects []string
	err := store.ReadAudit(context.Background(), f.path, func(e store.AuditEntry) error {
		objects = append(objects, e.Object)
		return nil
	})
	if err != nil || fmt.Sprint(objects) != "[region-0 region-1 region-2]" {
		t.Errorf("%v, %v", objects, err)
	}
}
