package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"daymark/checker"
	"daymark/internal/testkit"
	"daymark/store"
)

func textsOf(t rapid.TB, db *sql.DB, query string, args ...any) []string {
	t.Helper()
	rows, err := db.Query(query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// A table that is added is exported, or it is said why not; and what is
// exported is documented, column by column.
func TestEveryTableIsExportedOrItIsSaidWhyNot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "daymark.db")
	newDatabase(t, path)
	db := openRaw(t, path)
	document, err := os.ReadFile("../docs/export.md")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, table := range store.Exported {
		known[table] = true
		if store.NotExported[table] != "" {
			t.Errorf("%s is exported, and is not", table)
		}
	}
	for table, why := range store.NotExported {
		known[table] = true
		if !strings.Contains(string(document), "| `"+table+"` | "+why+" |") {
			t.Errorf("docs/export.md does not say that %s is left out, because %s", table, why)
		}
	}
	rows := regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| [^|]+ \\| ([^|]+) \\|$")
	documented := map[string]string{}
	for _, match := range rows.FindAllStringSubmatch(string(document), -1) {
		documented[match[1]] = match[2]
	}
	tables := textsOf(t, db, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`)
	for _, table := range tables {
		if !known[table] {
			t.Errorf("the table %s is new: add it to store.Exported, after what it points at, and to docs/export.md; or to store.NotExported", table)
		}
		delete(known, table)
		if store.NotExported[table] != "" {
			continue
		}
		var want []string
		for _, column := range textsOf(t, db, "SELECT name FROM pragma_table_info(?)", table) {
			want = append(want, "`"+column+"`")
		}
		if got := regexp.MustCompile("`[a-z0-9_]+`").FindAllString(documented[table], -1); !slices.Equal(got, want) {
			t.Errorf("docs/export.md has the columns of %s as %v; they are %v", table, got, want)
		}
	}
	for table := range known {
		t.Errorf("there is no table %s", table)
	}
}

// fill writes rows of chance to every table that is exported.
func fill(t *rapid.T, path string) {
	db := openRapid(t, path)
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("PRAGMA foreign_keys = 1"); err != nil {
		t.Fatal(err)
	}
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "<b>&\"'\\", "line\nline\r\n", "\xff\xfe no UTF-8", "\u2028 \x00 \u200f", "{}", "[]", "7", "null"}))
	whole := rapid.OneOf(rapid.Int64(), rapid.Int64Range(0, 9))
	for _, table := range store.Exported {
		parents := map[string][]any{}
		for _, key := range textsOf(t, db, "SELECT \"from\" || ' ' || \"table\" || ' ' || \"to\" FROM pragma_foreign_key_list(?)", table) {
			words := strings.Fields(key)
			parents[words[0]] = []any{}
			for _, value := range textsOf(t, db, "SELECT "+words[2]+" FROM "+words[1]+" WHERE "+words[2]+" IS NOT NULL") {
				parents[words[0]] = append(parents[words[0]], value)
			}
		}
		columns := textsOf(t, db, "SELECT name || ' ' || type || ' ' || (\"notnull\" OR pk > 0) FROM pragma_table_info(?)", table)
		for range rapid.IntRange(0, 4).Draw(t, table) {
			values := make([]any, len(columns))
			for i, column := range columns {
				name, kind, _ := strings.Cut(column, " ")
				choices, points := parents[name]
				switch {
				case strings.HasSuffix(kind, " 0") && (rapid.Bool().Draw(t, "none") || points && len(choices) == 0):
				case points && len(choices) > 0:
					values[i] = rapid.SampledFrom(choices).Draw(t, name)
				case name == "size": // of which there is a sum
					values[i] = rapid.Int64Range(0, 1<<40).Draw(t, name)
				case strings.HasPrefix(kind, "INTEGER"):
					values[i] = whole.Draw(t, name)
				case strings.HasPrefix(kind, "BLOB"):
					values[i] = rapid.SliceOf(rapid.Byte()).Draw(t, name)
				default:
					values[i] = text.Draw(t, name)
				}
			}
			marks := strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ")
			if _, err := db.Exec("INSERT OR IGNORE INTO "+table+" VALUES ("+marks+")", values...); err != nil && !strings.Contains(err.Error(), "FOREIGN KEY") {
				t.Fatal(table, err)
			}
		}
	}
}

// contents gives the rows of all tables, as SQLite writes them.
func contents(t rapid.TB, path string) map[string][]string {
	t.Helper()
	db := openRapid(t, path)
	defer func() { _ = db.Close() }()
	all := map[string][]string{}
	for _, table := range append([]string{"evidence_total"}, store.Exported...) {
		columns := textsOf(t, db, "SELECT 'quote(hex(' || name || ')), typeof(' || name || ')' FROM pragma_table_info(?)", table)
		rows := textsOf(t, db, "SELECT concat_ws(',', "+strings.Join(columns, ", ")+") AS row FROM "+table)
		slices.Sort(rows)
		all[table] = rows
	}
	return all
}

// Whatever a database holds: an export of it is imported to the same rows, of
// the same types, and exported again it is the same file.
func TestAnExportThatIsImportedIsTheSame(t *testing.T) {
	dir := t.TempDir()
	seed := filepath.Join(dir, "seed.db")
	newDatabase(t, seed)
	empty, err := os.ReadFile(seed)
	if err != nil {
		t.Fatal(err)
	}
	testkit.Checks(t, 5, 200)
	rapid.Check(t, func(t *rapid.T) {
		first, second := filepath.Join(dir, "first.db"), filepath.Join(dir, "second.db")
		for _, path := range []string{first, second} {
			for _, end := range []string{"", "-wal", "-shm"} {
				_ = os.Remove(path + end)
			}
		}
		if err := os.WriteFile(first, empty, 0o600); err != nil {
			t.Fatal(err)
		}
		fill(t, first)
		var once, twice bytes.Buffer
		rows, err := store.Export(context.Background(), first, &once)
		if err != nil {
			t.Fatal(err)
		}
		if lines := int64(bytes.Count(once.Bytes(), []byte("\n"))); lines != rows+2 {
			t.Fatalf("%d rows in %d lines", rows, lines)
		}
		if imported, err := store.Import(context.Background(), bytes.NewReader(once.Bytes()), second); err != nil || imported != rows {
			t.Fatal(imported, err)
		}
		if _, err := store.Export(context.Background(), second, &twice); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(once.Bytes(), twice.Bytes()) {
			t.Fatalf("exported again it is\n%s\nnot\n%s", twice.String(), once.String())
		}
		if want, got := contents(t, first), contents(t, second); !reflect.DeepEqual(got, want) {
			t.Fatalf("it holds\n%v\nnot\n%v", got, want)
		}
	})
}

func (f *fixture) export() []byte {
	f.t.Helper()
	var to bytes.Buffer
	if _, err := store.Export(context.Background(), f.path, &to); err != nil {
		f.t.Fatal(err)
	}
	return to.Bytes()
}

// What was lived through is imported, shows the same and goes on.
func TestAnImportGoesOn(t *testing.T) {
	f := newFixture(t)
	f.subscribe(sam())
	f.rounds(20, checker.OK)
	f.rounds(5, checker.Failed)
	other := &fixture{t: t, path: filepath.Join(t.TempDir(), "daymark.db"), now: f.time()}
	if _, err := store.Import(t.Context(), bytes.NewReader(f.export()), other.path); err != nil {
		t.Fatal(err)
	}
	other.open()
	t.Cleanup(func() { _ = other.store.Close() })
	if want, got := f.snapshot(), other.snapshot(); !reflect.DeepEqual(got, want) || len(got.Open) != 1 {
		t.Errorf("imported it shows\n%+v\nbefore\n%+v", got, want)
	}
	for _, each := range []*fixture{f, other} {
		each.rounds(20, checker.OK)
	}
	if want, got := f.snapshot(), other.snapshot(); len(got.Recent) != len(want.Recent) || len(got.Open) != 0 {
		t.Errorf("later it shows\n%+v\nbeside\n%+v", got, want)
	}
	if _, err := store.VerifyAudit(t.Context(), other.path, ""); err != nil {
		t.Error(err)
	}
	if got := numberOf(t, openRaw(t, other.path), "SELECT count(*) FROM subscribers"); got != 1 {
		t.Errorf("%d subscribers", got)
	}
}

func TestAnImportThatIsNoGood(t *testing.T) {
	f := newFixture(t)
	f.subscribe(sam())
	f.rounds(3, checker.OK)
	f.rounds(5, checker.Failed)
	good := string(f.export())
	lines := strings.SplitAfter(good, "\n")
	replaced := func(old, by string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("the export has no %s", old)
		}
		return strings.Replace(good, old, by, 1)
	}
	without := func(kind string) string {
		var left []string
		for _, line := range lines {
			if !strings.HasPrefix(line, `{"`+kind+`"`) {
				left = append(left, line)
			}
		}
		return strings.Join(left, "")
	}
	for name, test := range map[string]struct{ text, want string }{
		"nothing":            {"", "it is empty"},
		"another file":       {"id,name\n1,x\n", "line 1 is no JSON object"},
		"other JSON Lines":   {"{\"a\":1}\n", "this is no export of Daymark"},
		"a newer form":       {replaced(`"version":1`, `"version":2`), "of a newer version of Daymark"},
		"newer tables":       {regexp.MustCompile(`"schema":\d+`).ReplaceAllString(good, `"schema":99999`), "of a newer version of Daymark"},
		"cut off":            {strings.Join(lines[:len(lines)/2], ""), "was cut off after line"},
		"cut off in a line":  {good[:len(good)/2], "is no JSON object"},
		"the end alone gone": {strings.Join(lines[:len(lines)-2], ""), "was cut off after line"},
		"a row lost":         {without("verdicts"), "held"},
		"a row twice":        {replaced(lines[1], lines[1]+lines[1]), "line 3: "},
		"an unknown kind":    {replaced(`{"series":`, `{"serials":`), `there is no kind of row "serials"`},
		"what is left out":   {replaced(`{"series":`, `{"sessions":`), `there is no kind of row "sessions"`},
		"an unknown column":  {replaced(`"check_id":`, `"cheque":`), `series has no "cheque"`},
		"a fraction":         {replaced(`"latency":120000`, `"latency":1.5`), "results.latency: "},
		"a list":             {replaced(`"latency":120000`, `"latency":[1]`), "neither a whole number nor text nor bytes"},
		"more after the end": {good + lines[1], "there is something after the end"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if _, err := store.Import(t.Context(), strings.NewReader(test.text), filepath.Join(dir, "daymark.db")); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("it says %v, want %q", err, test.want)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Errorf("it leaves %v, %v", left, err)
			}
		})
	}
	if _, err := store.Import(t.Context(), strings.NewReader(good), f.path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a database that is there: %v", err)
	}
}

// Rows that point at rows that are not there are no database.
func TestAnImportThatDoesNotAgreeWithItself(t *testing.T) {
	f := newFixture(t)
	f.rounds(1, checker.OK)
	text := regexp.MustCompile(`"results":\{"series":\d+`).ReplaceAllString(string(f.export()), `"results":{"series":777`)
	text = strings.Replace(text, `"at":`, `"at":1`, 1) // both regions' would be one
	_, err := store.Import(t.Context(), strings.NewReader(text), filepath.Join(t.TempDir(), "daymark.db"))
	if err == nil || !strings.Contains(err.Error(), "results points at rows of series that are not there") {
		t.Error(err)
	}
}

// sampling is a writer that looks how much memory is used.
type sampling struct {
	written, next int64
	most          uint64
}

func (s *sampling) Write(p []byte) (int, error) {
	if s.written += int64(len(p)); s.written >= s.next {
		s.next = s.written + 4<<20
		s.most = max(s.most, heapNow())
	}
	return len(p), nil
}

func heapNow() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// An export and an import hold a row, and not what there is.
func TestAnExportHoldsOneRowInMemory(t *testing.T) {
	f := newFixture(t)
	f.rounds(1, checker.OK)
	pieces := testkit.Count(24, 200)
	if _, err := openRaw(t, f.path).Exec(fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		INSERT INTO evidence (series, at, name, media_type, data) SELECT 1, i, 'screen', 'image/png', randomblob(1000000) FROM n`, pieces)); err != nil {
		t.Fatal(err)
	}
	before := heapNow()
	out := &sampling{}
	reader, writer := io.Pipe()
	go func() {
		_, err := store.Export(context.Background(), f.path, io.MultiWriter(out, writer))
		_ = writer.CloseWithError(err)
	}()
	if _, err := store.Import(t.Context(), reader, filepath.Join(t.TempDir(), "daymark.db")); err != nil {
		t.Fatal(err)
	}
	used := int64(out.most) - int64(before)
	t.Logf("%d MB were written, and %d MB more were in memory at most", out.written>>20, used>>20)
	if out.written < int64(pieces)<<20 || used > 24<<20 { // what is garbage by now is in it
		t.Error("it holds more than a row")
	}
}

// An export of older tables is imported into those, and brought up to date.
func TestAnExportOfOlderTablesIsImported(t *testing.T) {
	text := strings.Join([]string{
		`{"daymark":{"version":1,"schema":1}}`,
		`{"series":{"id":1,"check_id":"api","region":"a"}}`,
		`{"results":{"series":1,"at":1700000000000,"outcome":2,"latency":7,"detail":"{\"reason\":\"r\"}"}}`,
		`{"evidence":{"series":1,"at":1700000000000,"name":"answer","media_type":"text/plain","data":{"base64":"AAAA"}}}`,
		`{"verdicts":{"check_id":"api","word":"down","since":5,"reason":"r"}}`,
		`{"end":{"rows":4}}`, "",
	}, "\n")
	path := filepath.Join(t.TempDir(), "daymark.db")
	if rows, err := store.Import(t.Context(), strings.NewReader(text), path); err != nil || rows != 4 {
		t.Fatal(rows, err)
	}
	got := map[string]int64{}
	for _, query := range []string{"SELECT bytes FROM evidence_total", "SELECT count(*) FROM verdict_changes", "SELECT excused FROM results"} {
		got[query] = numberOf(t, openRaw(t, path), query)
	}
	if want := map[string]int64{"SELECT bytes FROM evidence_total": 3, "SELECT count(*) FROM verdict_changes": 1, "SELECT excused FROM results": 0}; !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
