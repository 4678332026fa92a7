package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"daymark/checker"
	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/store"
)

// seen is a result of now with evidence of a size.
func (f *fixture) seen(region string, outcome checker.Outcome, size int) checker.Result {
	r := f.result(region, outcome)
	r.Evidence = []checker.Evidence{{Name: "answer.txt", MediaType: "text/plain", Data: bytes.Repeat([]byte{byte('a' + size%26)}, size)}}
	return r
}

// see gives the results of a word to the engine, a minute apart: o, d, f, u
// with evidence of 100 bytes, and the capitals without.
func (f *fixture) see(word string) {
	f.t.Helper()
	outcomes := map[rune]checker.Outcome{'o': checker.OK, 'd': checker.Degraded, 'f': checker.Failed, 'u': checker.Unknown}
	for _, letter := range word {
		f.pass(time.Minute)
		r := f.result("a", outcomes[letter|0x20])
		if letter >= 'a' {
			r = f.seen("a", r.Outcome, 100)
		}
		f.submit("a", r)
	}
}

// kept tells what evidence there is, oldest first: minutes since the start and
// the outcome, and ! for the first failure of a streak.
func (f *fixture) kept() string {
	f.t.Helper()
	runs, err := f.store.EvidenceRuns(context.Background(), store.EvidenceQuery{Check: "journey", Most: 1000})
	if err != nil {
		f.t.Fatal(err)
	}
	text := ""
	for _, r := range runs {
		word := fmt.Sprintf("%v%c", r.At.Sub(start).Minutes(), r.Outcome[0])
		if r.First {
			word += "!"
		}
		text = word + " " + text
	}
	return strings.TrimSpace(text)
}

func (f *fixture) wantKept(want string) {
	f.t.Helper()
	if got := f.kept(); got != want {
		f.t.Errorf("kept: %s; want %s", got, want)
	}
	f.wantTotal()
}

// wantTotal compares what is counted with what is there.
func (f *fixture) wantTotal() {
	f.t.Helper()
	counted, there := f.count("SELECT bytes FROM evidence_total"), f.count("SELECT coalesce(sum(length(data)), 0) FROM evidence")
	if counted != there {
		f.t.Errorf("%d bytes are counted, %d are there", counted, there)
	}
	if n := f.count("SELECT count(*) FROM evidence e LEFT JOIN evidence_runs r USING (series, at) WHERE r.at IS NULL"); n != 0 {
		f.t.Errorf("%d pieces belong to no run", n)
	}
}

func (f *fixture) trim(most int64) int64 {
	f.t.Helper()
	gone, err := f.store.TrimEvidence(context.Background(), most)
	if err != nil {
		f.t.Fatal(err)
	}
	return gone
}

func TestWhatGoesWhenThereIsNoRoom(t *testing.T) {
	f := newFixture(t)
	f.see("oofffduOoff")
	f.wantKept("1o 2o 3f! 4f 5f 6d 7u 9o 10f! 11f")
	// 2o and 9o are the last before a failure; 9o is the newest as well.
	for _, want := range []string{
		"2o 3f! 4f 5f 6d 7u 9o 10f! 11f",
		"2o 3f! 4f 5f 7u 9o 10f! 11f",
		"2o 3f! 4f 5f 9o 10f! 11f",
		"3f! 4f 5f 9o 10f! 11f",
		"3f! 5f 9o 10f! 11f",
		"3f! 9o 10f! 11f",
		"3f! 9o 10f!",
		"3f! 10f!",
		"10f!",
		"",
	} {
		if gone := f.trim(max(1, int64(f.count("SELECT bytes FROM evidence_total"))-1)); gone != 1 {
			t.Fatalf("%d runs went, want 1", gone)
		}
		f.wantKept(want)
	}
	if gone := f.trim(1); gone != 0 {
		t.Errorf("%d went from nothing", gone)
	}
}

func TestEvidenceHasItsTime(t *testing.T) {
	const day = 24 * time.Hour
	f := newFixture(t)
	f.see("oooffd")
	keep := store.Retention{Evidence: 30 * day}
	sweep := func(want string) {
		t.Helper()
		if _, err := f.store.Sweep(context.Background(), keep, f.time()); err != nil {
			t.Fatal(err)
		}
		f.wantKept(want)
	}
	f.pass(2 * day)
	sweep("1o 2o 3o 4f! 5f 6d")
	f.see("o")
	f.pass(2 * day)
	sweep("3o 4f! 5f 6d 2887o") // 3o is there to compare 4f with
	f.pass(29 * day)
	sweep("2887o")
	f.pass(300 * day)
	sweep("2887o") // for as long as the check runs
	keep.Runs = func(check, region string) bool { return check != "journey" || region != "a" }
	sweep("")
}

func TestOtherRegionsAreOtherStreaks(t *testing.T) {
	f := newFixture(t)
	f.see("oo")
	f.pass(time.Minute)
	f.submit("b", f.seen("b", checker.Failed, 10))
	f.see("f")
	f.wantKept("1o 2o 3f! 4f!")
	run, success, err := f.store.Evidence(context.Background(), store.EvidenceQuery{Check: "journey", Region: "b"})
	if err != nil || run.Region != "b" || run.Pieces[0].Size != 10 || len(run.Pieces[0].Data) != 10 || success != nil {
		t.Errorf("%+v, %+v, %v", run, success, err)
	}
	run, success, err = f.store.Evidence(context.Background(), store.EvidenceQuery{Check: "journey", Outcome: []checker.Outcome{checker.Failed}})
	if err != nil || run.Region != "a" || success == nil || success.At != start.Add(2*time.Minute) || run.Reason != "a reason" {
		t.Errorf("%+v, %+v, %v", run, success, err)
	}
	_, _, err = f.store.Evidence(context.Background(), store.EvidenceQuery{Check: "journey", Outcome: []checker.Outcome{checker.Unknown}})
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestTheLastSuccessThatCameWithAFailureStandsByItself(t *testing.T) {
	f := newFixture(t)
	f.see("OOO")
	f.pass(time.Minute)
	r := f.seen("a", checker.Failed, 50)
	success := func(at time.Time, name string) checker.Evidence {
		return checker.Evidence{Name: fmt.Sprintf("last-success.%d.%s", at.UnixMilli(), name), MediaType: "text/html", Data: []byte("as it was")}
	}
	r.Evidence = append(r.Evidence, success(start.Add(3*time.Minute), "journey.html"), success(start.Add(3*time.Minute), "console.txt"),
		success(start.Add(5*time.Minute), "later.html"), success(start.AddDate(-3, 0, 0), "ages-ago.html"))
	for range 2 { // a second time changes nothing
		f.submit("a", r)
		f.wantKept("3o 4f!")
	}
	run, before, err := f.store.Evidence(context.Background(), store.EvidenceQuery{Check: "journey"})
	if err != nil || len(run.Pieces) != 3 || before == nil || len(before.Pieces) != 2 {
		t.Fatalf("%+v, %+v, %v", run, before, err)
	}
	if p := before.Pieces[1]; p.Name != "journey.html" || string(p.Data) != "as it was" || p.MediaType != "text/html" {
		t.Errorf("the success has %+v", p)
	}
	f.trim(70)
	f.wantKept("4f!") // 18 bytes went, and 24 of "later" and "ages ago" are the failure's own
}

func TestTheSizeOfEvidenceIsHeldWhateverComes(t *testing.T) {
	f := newFixture(t)
	random := rand.New(rand.NewPCG(7, 7))
	const most = 20_000
	undone := errors.New("undone")
	for i := range testkit.Count(200, 20_000) {
		f.pass(time.Duration(random.IntN(7200)) * time.Second)
		r := f.seen([]string{"a", "b"}[random.IntN(2)], []checker.Outcome{"ok", "degraded", "failed", "failed", "unknown"}[random.IntN(5)], random.IntN(3000))
		if random.IntN(4) == 0 {
			r.Evidence[0].Name = fmt.Sprintf("last-success.%d.answer.txt", f.time().Add(-time.Duration(random.IntN(9999))*time.Second).UnixMilli())
		}
		if random.IntN(3) == 0 {
			r.At = r.At.Add(-time.Duration(random.IntN(48)) * time.Hour).Truncate(time.Hour) // late, or known already
		}
		if random.IntN(5) == 0 {
			err := f.store.Write(context.Background(), func(ctx context.Context, tx incident.Tx) error {
				_, err := tx.AddResults(ctx, []checker.Result{r})
				return errors.Join(err, undone)
			})
			if !errors.Is(err, undone) {
				t.Fatal(err)
			}
		}
		f.submit(r.Region, r)
		switch random.IntN(30) {
		case 0:
			f.reopen()
			f.custom(nil)
		case 1:
			if _, err := f.store.Sweep(context.Background(), store.Retention{Evidence: 30 * 24 * time.Hour, EvidenceSize: most}, f.time()); err != nil {
				t.Fatal(err)
			}
		case 2, 3:
			first := f.count("SELECT count(*) FROM evidence_runs WHERE class = 4")
			f.trim(most)
			if size, err := f.store.EvidenceSize(context.Background()); err != nil || size > most {
				t.Fatalf("%d bytes, %v", size, err)
			}
			if f.count("SELECT count(*) FROM evidence_runs WHERE class = 4") < first && f.count("SELECT count(*) FROM evidence_runs WHERE class < 4") > 0 {
				t.Fatal("the first failure of a streak went before others")
			}
		}
		if n := f.count("SELECT count(*) FROM (SELECT 1 FROM evidence_runs WHERE class = 3 GROUP BY series HAVING count(*) > 1)"); n != 0 {
			t.Fatalf("step %d: %d series have more than one newest success", i, n)
		}
	}
	f.wantTotal()
}

func TestManyRunsGoInSmallTransactions(t *testing.T) {
	f := newFixture(t)
	runs := testkit.Count(1_000, 100_000)
	for i := 0; i < runs; i += 100 {
		var batch []checker.Result
		for range 100 {
			f.pass(10 * time.Second)
			batch = append(batch, f.seen("a", checker.Failed, 1_000))
		}
		f.submit("a", batch...)
	}
	f.wantTotal()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		defer close(done)
		_, err := f.store.TrimEvidence(ctx, 1_500)
		done <- err
	}()
	writes := 0
	for {
		select {
		case err := <-done:
			cancel()
			if err != nil {
				t.Fatal(err)
			}
			if writes == 0 {
				t.Error("no write came between")
			}
			f.wantKept("0.16666666666666666f!")
			return
		default:
			if err := f.store.Writable(context.Background()); err != nil {
				t.Fatal(err)
			}
			writes++
		}
	}
}

func TestEvidenceOfAnOlderDatabaseIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "daymark.db")
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, os.DirFS("migrations"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{
		"INSERT INTO series (id, check_id, region) VALUES (1, 'journey', 'a')",
		`INSERT INTO results (series, at, outcome, latency, detail) VALUES (1, 1000, 2, 0, '{"reason":"it was red"}'), (1, 2000, 1, 0, NULL)`,
		"INSERT INTO evidence (series, at, name, media_type, data) VALUES (1, 1000, 'a', 'b', x'0102'), (1, 1000, 'c', 'd', x'03'), (1, 2000, 'a', 'b', x'04'), (1, 500, 'old', '', x'05')",
	} {
		if _, err := db.Exec(query); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	f := &fixture{t: t, path: path, now: start}
	f.open()
	t.Cleanup(func() { _ = f.store.Close() })
	f.wantTotal()
	runs, err := f.store.EvidenceRuns(context.Background(), store.EvidenceQuery{Check: "journey", Most: 10})
	if err != nil || len(runs) != 3 {
		t.Fatalf("%+v, %v", runs, err)
	}
	if r := runs[1]; r.Outcome != checker.Failed || r.Reason != "it was red" || r.Size != 3 || len(r.Pieces) != 2 {
		t.Errorf("%+v", r)
	}
	f.trim(1)
	f.wantTotal()
}
