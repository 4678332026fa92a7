package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver, by its name "sqlite"

	"daymark/internal/lang"
	"daymark/notify"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Options says where the data is.
type Options struct {
	Path   string         // of the SQLite file; its folder exists
	Zone   *time.Location // of the page: where its days begin; UTC when nil
	Logger *slog.Logger   // slog.Default() when nil
	// Language is the page's first, by its tag; English when empty.
	Language string
	// Staff says who of staff is told of what is decided; nobody when nil.
	Staff *notify.Staffing
	// Storm is how many messages machines may begin in a minute; 0: any number.
	Storm int
	// MailReports says whether visitors who reported a problem are mailed what
	// they are answered.
	MailReports bool
	// Key hashes the addresses that are suppressed. Without one it is chance,
	// and nobody stays suppressed beyond the process, which only tests want.
	Key []byte
}

// Store is one open database. It is safe for concurrent use.
type Store struct {
	zone        *time.Location
	language    string
	log         *slog.Logger
	staff       *notify.Staffing
	storm       int
	mailReports bool
	key         []byte
	db          *sql.DB     // of the writer
	writer      *connection // its one connection
	readers     *sql.DB
	checkpoints *checkpointer

	jobs   chan *job
	done   chan struct{}
	cancel context.CancelFunc
	closed sync.Once

	series seriesCache
	counts counts
	days   ready // the last of them, for pages
	hours  ready
	latest latestRuns

	filling    sync.Mutex    // held while the file is read for one of them
	committing sync.Mutex    // held by the writer until what follows from a commit is done
	committed  chan struct{} // the checkpointer looks
	background sync.WaitGroup
	turns      notify.Turns // of the claims; the writer's
}

// Open opens or creates the database, brings its tables up to date, cuts its
// days in the page's zone where it was another before, and starts the writer.
// Errors name the file and what to do.
func Open(ctx context.Context, options Options) (*Store, error) {
	s := &Store{
		zone: options.Zone, language: lang.Or(options.Language).Tag, log: options.Logger, key: options.Key, staff: options.Staff, storm: options.Storm, mailReports: options.MailReports,
		jobs: make(chan *job, 256), done: make(chan struct{}), committed: make(chan struct{}, 1),
		days: ready{grain: dayGrain}, hours: ready{grain: hourGrain, keep: hoursReady},
	}
	if s.zone == nil {
		s.zone = time.UTC
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if len(s.key) == 0 {
		s.key = make([]byte, 32)
		_, _ = rand.Read(s.key) // never fails, by its contract
	}
	if err := s.connect(ctx, options.Path); err != nil {
		return nil, errors.Join(err, s.disconnect())
	}
	writing, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.cancel = cancel
	go s.write(writing)
	s.background.Go(func() { s.checkpoints.run(writing) })
	// A file that is up to date is opened without a write; better to hear now
	// that it takes none than with the first result.
	if err := s.Writable(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("write to %s: %w", options.Path, err), s.Close())
	}
	return s, nil
}

// Close finishes the writes that wait, and closes the database.
func (s *Store) Close() error {
	var err error
	s.closed.Do(func() {
		s.cancel()
		<-s.done
		s.background.Wait()
		err = s.disconnect()
	})
	return err
}

func (s *Store) connect(ctx context.Context, path string) error {
	if err := create(path); err != nil {
		return err
	}
	var err error
	if s.db, err = open(path, false); err != nil {
		return err
	}
	if err := migrate(ctx, s.db); err != nil {
		return fmt.Errorf("bring %s up to date: %w", path, explain(err))
	}
	if err := s.cutDays(ctx, s.db); err != nil {
		return fmt.Errorf("bring %s up to date: %w", path, explain(err))
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect to %s: %w", path, explain(err))
	}
	s.writer = &connection{conn: conn, prepared: map[string]*sql.Stmt{}}
	if conn, err = s.db.Conn(ctx); err != nil {
		return fmt.Errorf("connect to %s: %w", path, explain(err))
	}
	s.checkpoints = &checkpointer{store: s, conn: conn, most: checkpointMost}
	if s.readers, err = open(path, true); err != nil {
		return err
	}
	s.readers.SetMaxOpenConns(max(4, runtime.NumCPU()))
	return nil
}

// create makes the file so that only its owner can read it: SQLite would go by
// the umask, and gives its other files the same mode.
func create(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("the database cannot be written: check the owner and mode of the file and its folder: %w", err)
	}
	if err != nil {
		return fmt.Errorf("open the database %s: %w", path, err)
	}
	return file.Close()
}

func (s *Store) disconnect() error {
	var err error
	if s.writer != nil {
		err = s.writer.close()
	}
	if s.checkpoints != nil {
		err = errors.Join(err, s.checkpoints.conn.Close())
	}
	for _, db := range []*sql.DB{s.readers, s.db} {
		if db != nil {
			err = errors.Join(err, db.Close())
		}
	}
	return err
}

func open(path string, readOnly bool) (*sql.DB, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	query := url.Values{"_pragma": {
		"busy_timeout(10000)",
		"foreign_keys(1)",
		"journal_mode(WAL)",
		"synchronous(FULL)",
		"cache_size(-24576)", // KiB, as SQLite counts; full, it takes about twice that of memory
		"temp_store(MEMORY)",
		"wal_autocheckpoint(0)", // see checkpoint.go
	}}
	if readOnly {
		query["_pragma"] = []string{"busy_timeout(10000)", "query_only(1)", "cache_size(-16384)"}
	}
	query.Set("_txlock", "immediate")
	if readOnly {
		query.Set("_txlock", "deferred")
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", OmitHost: true, Path: absolute, RawQuery: query.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return db, nil
}

func migrate(ctx context.Context, db *sql.DB) error {
	provider, err := migrationsOf(db)
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// Writable writes one row, to find out whether writing works.
func (s *Store) Writable(ctx context.Context) error {
	return s.transact(ctx, func(ctx context.Context, tx *Tx) error {
		_, err := tx.exec(ctx, "INSERT INTO alive (id, at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at", time.Now().UnixMilli())
		return err
	})
}
