package statuspage

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// publishedFile says when the copy was last as the live page was.
const publishedFile = "published.json"

// writers is how many files are written at once.
const writers = 8

// made is one file of the copy as it is to be. Its content still has marks
// where the time of the copy goes, so that time alone changes nothing.
type made struct {
	name, kind, cache string
	tag               string // of the edition; empty: the first, or none
	rank              int
	content           []byte
	sum               string
	assets            []string // addresses of what it needs to be looked at
	follows           string   // what it follows from; empty: it is made anew each time
}

// errMoved says that something went away between the list and the page.
var errMoved = errors.New("the page changed while it was copied")

// Publish makes one pass: the copy is as the page is now when it returns
// without an error, and what was not written then is written by the next.
func (p *Publisher) Publish(ctx context.Context) (Published, error) {
	ctx, cancel := context.WithTimeout(ctx, p.options.Pass)
	defer cancel()
	done, err := p.pass(ctx)
	if err != nil {
		p.keep(ctx)
		return done, fmt.Errorf("write the copy of the page to %s: %w", p.options.Name, err)
	}
	p.fresh = false
	return done, nil
}

func (p *Publisher) pass(ctx context.Context) (Published, error) {
	if p.has == nil {
		has, err := readManifest(ctx, p.options.Shelf)
		if err != nil {
			return Published{}, err
		}
		p.has, p.same, p.fresh = has, map[string]*made{}, true
	}
	at := p.now()
	files, err := p.render(ctx)
	if err != nil {
		return Published{}, err
	}
	done := Published{Files: len(files)}
	changed := slices.DeleteFunc(slices.Clone(files), func(m *made) bool { return p.has.holds(m) })
	if done.Written = len(changed); len(changed) > 0 {
		if err := p.has.announce(ctx, p.options.Shelf, changed); err != nil {
			return done, err
		}
		if err := p.put(ctx, changed, at); err != nil {
			return done, err
		}
	}
	vanished := p.has.vanished(files, at)
	for _, name := range vanished {
		if err := p.options.Shelf.Remove(ctx, name); err != nil {
			return done, err
		}
		p.has.forget(name)
	}
	done.Removed = len(vanished)
	if err := p.has.save(ctx, p.options.Shelf); err != nil {
		return done, err
	}
	return done, p.beat(ctx, at)
}

// keep notes what was written before something failed. Whatever is there is
// read before the next pass.
func (p *Publisher) keep(ctx context.Context) {
	if p.has != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTime)
		defer cancel()
		_ = p.has.save(ctx, p.options.Shelf) // without it, more is written again
		p.has = nil
	}
}

// keepTime is what noting may take, also when the server ends.
const keepTime = 5 * time.Second

// beat notes when the copy was last looked over.
func (p *Publisher) beat(ctx context.Context, at time.Time) error {
	text, err := json.Marshal(struct {
		At   time.Time `json:"at"`
		Page string    `json:"page"`
	}{at.UTC().Truncate(time.Second), p.options.Page.Options.URL})
	if err != nil {
		return fmt.Errorf("say when the copy was made: %w", err)
	}
	return p.options.Shelf.Put(ctx, File{Name: publishedFile, Type: "application/json", Cache: "no-store", Content: append(text, '\n')})
}

// address is one address of the page in one edition.
type address struct {
	edition  *edition
	contents *contents
	path     string
	tag      string // of the edition where it is not the first
	copying  copying
	rank     int
	name     string // of its file
}

// render makes every file that is not as it was, in the order in which they
// are written.
func (p *Publisher) render(ctx context.Context) ([]*made, error) {
	addresses, err := p.addresses(ctx)
	if err != nil {
		return nil, err
	}
	links := newLinks(p.options.Page.Options.URL, p.editions, addresses)
	var files []*made
	assets := map[string]bool{}
	same := map[string]*made{}
	for i := range addresses {
		m, err := p.file(ctx, &addresses[i], links)
		if err != nil {
			return nil, err
		}
		if m.follows != "" {
			kept := *m
			kept.content = nil
			same[m.name] = &kept
		}
		for _, one := range m.assets {
			assets[one] = true
		}
		files = append(files, m)
	}
	for _, one := range slices.Sorted(maps.Keys(assets)) {
		m, err := p.fetch(ctx, &p.editions[0], one)
		if err != nil {
			return nil, err
		}
		m.name = strings.TrimPrefix(one, "/")
		m.seal()
		files = append(files, m)
	}
	p.same = same
	slices.SortStableFunc(files, func(x, y *made) int { return cmp.Or(cmp.Compare(x.rank, y.rank), cmp.Compare(x.name, y.name)) })
	return files, nil
}

// addresses lists what the copy has, as the page is now.
func (p *Publisher) addresses(ctx context.Context) ([]address, error) {
	var all []address
	for i := range p.editions {
		if err := p.editions[i].page.refresh(ctx); err != nil {
			return nil, err
		}
	}
	// Read after the renderings, so that these point at nothing that is not listed.
	incidents := &incidentList{fresh: p.fresh, read: map[string]bool{}, records: p.records}
	if err := incidents.list(ctx, p.options.Page.Source); err != nil {
		return nil, err
	}
	for i := range p.editions {
		e := &p.editions[i]
		c := &contents{rendering: e.page.current.Load(), incidents: incidents}
		copied := e.page.copied()
		for _, r := range e.page.Routes() {
			one, has := copied[r.Pattern]
			if !has || i > 0 && !r.Spoken {
				continue
			}
			for n, path := range one.addresses(c, r.Pattern) {
				a := address{edition: e, contents: c, path: path, copying: one, rank: one.rank}
				if one.rank == rankHistory {
					a.rank += n // each points at the one written before it
				}
				if i > 0 {
					a.tag = e.tag
				}
				a.name = fileName(a.tag, path)
				all = append(all, a)
			}
		}
	}
	return all, nil
}

// file makes one file, or finds that it is as it was.
func (p *Publisher) file(ctx context.Context, a *address, links *links) (*made, error) {
	follows := ""
	if a.copying.follows != nil {
		var err error
		if follows, err = a.copying.follows(ctx, a.contents, a.path); err != nil {
			return nil, err
		}
		if follows != "" {
			follows += " " + links.around
		}
		if had := p.same[a.name]; had != nil && had.follows == follows && follows != "" {
			return had, nil
		}
	}
	m, err := p.fetch(ctx, a.edition, a.path)
	if err != nil {
		return nil, err
	}
	m.name, m.tag, m.rank, m.follows = a.name, a.edition.tag, a.rank, follows
	if strings.HasPrefix(m.kind, "text/html") {
		if m.content, m.assets, err = links.rewrite(a, m.content); err != nil {
			return nil, fmt.Errorf("lead the links of %s: %w", a.path, err)
		}
	}
	m.seal()
	return m, nil
}

// fetch asks the page's own handler.
func (p *Publisher) fetch(ctx context.Context, e *edition, path string) (*made, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.options.Page.Options.URL+path, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("ask for %s: %w", path, err)
	}
	w := &recorder{header: http.Header{}, status: http.StatusOK}
	e.handler.ServeHTTP(w, r)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case w.status == http.StatusNotFound:
		return nil, fmt.Errorf("%w: %s is not there any more", errMoved, path)
	case w.status != http.StatusOK:
		return nil, fmt.Errorf("%s answers %d", path, w.status)
	}
	return &made{kind: w.header.Get("Content-Type"), cache: w.header.Get("Cache-Control"), content: w.body.Bytes()}, nil
}

// seal gives a file the sum by which it is known.
func (m *made) seal() { m.sum = digest([]byte(m.kind+"\n"+m.cache+"\n"), m.content) }

// digest tells contents apart.
func digest(parts ...[]byte) string {
	sum := sha256.New()
	for _, part := range parts {
		_, _ = sum.Write(part) // a hash takes every write
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// put writes files in their order: those of one rank at once, and none before
// all of the ranks below are there.
func (p *Publisher) put(ctx context.Context, files []*made, at time.Time) error {
	for len(files) > 0 {
		n := slices.IndexFunc(files, func(m *made) bool { return m.rank != files[0].rank })
		if n < 0 {
			n = len(files)
		}
		if err := p.putAtOnce(ctx, files[:n], at); err != nil {
			return err
		}
		files = files[n:]
	}
	return nil
}

func (p *Publisher) putAtOnce(ctx context.Context, files []*made, at time.Time) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan *made)
	var all sync.WaitGroup
	for range min(writers, len(files)) {
		all.Go(func() {
			for m := range next {
				f := File{Name: m.name, Type: m.kind, Cache: m.cache, Content: p.stamp(m, at)}
				if err := p.options.Shelf.Put(ctx, f); err != nil {
					cancel(err)
					continue
				}
				p.has.note(m, len(f.Content))
			}
		})
	}
	for _, m := range files {
		if ctx.Err() != nil {
			break
		}
		next <- m
	}
	close(next)
	all.Wait()
	return context.Cause(ctx)
}

// stamp writes the time of the copy where a page says it.
func (p *Publisher) stamp(m *made, at time.Time) []byte {
	if !strings.HasPrefix(m.kind, "text/html") {
		return m.content
	}
	layout := p.editions[slices.IndexFunc(p.editions, func(e edition) bool { return e.tag == m.tag })].page.layout
	content := bytes.ReplaceAll(m.content, []byte(markISO), []byte(iso(at)))
	return bytes.ReplaceAll(content, []byte(markClock), []byte(layout.LongClock(at.In(layout.Zone))))
}

// recorder is an http.ResponseWriter that keeps the answer.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header               { return r.header }
func (r *recorder) WriteHeader(status int)            { r.status = status }
func (r *recorder) Write(content []byte) (int, error) { return r.body.Write(content) }
