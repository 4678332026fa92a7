package browser

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"

	"daymark/checker"
)

// chooser is a window to choose files in that a page asked for. Chromium does
// not open it, but tells us.
type chooser struct {
	to    caller
	mode  page.FileChooserOpenedMode
	input cdp.BackendNodeID // 0: the page asked for files without a field
}

// choosers keeps the last one that was asked for.
type choosers struct {
	mu   sync.Mutex
	last *chooser
}

func (c *choosers) put(asked *chooser) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = asked
}

func (c *choosers) clear() { c.put(nil) }

func (c *choosers) take() *chooser {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}

// upload makes a file and puts it into a field for files: the one of that name,
// or the one that a click on that name asks for.
func (j *journey) upload(ctx context.Context, upload *checker.Fill) error {
	name, content, err := fileOf(upload.With)
	if err != nil {
		return unknown("%v", err)
	}
	dir, err := os.MkdirTemp(j.process.profile.dir, "upload-")
	if err != nil {
		return unknown("make a file to upload: %v", err)
	}
	// The page may read the file as long as it lives; it goes with the run.
	j.uploads = append(j.uploads, dir)
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return unknown("make a file to upload: %v", err)
	}
	put, err := j.fileField(ctx, upload.Field)
	if err != nil {
		return err
	}
	if err := put(path); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return failed("the field did not take the file: %v", err)
	}
	return j.settle(ctx)
}

// fileField finds where a file goes and gives what puts it there.
func (j *journey) fileField(ctx context.Context, wanted string) (func(path string) error, error) {
	began, last := time.Now(), answer{Why: "missing"}
	for {
		now, at, err := j.once(ctx, "file", wanted)
		if err != nil {
			return nil, j.late(ctx, err, began, obstacle("file", last))
		}
		if now.Why == "selector" {
			return nil, unknown("the selector cannot be read: %s", now.By)
		}
		if now.Done {
			if put := j.intoHeld(ctx, at); put != nil {
				return put, nil
			}
		}
		last = now
		if now.Why == "missing" {
			put, err := j.byClick(ctx, wanted)
			if _, told := errors.AsType[*fault](err); err != nil && !told {
				err = j.late(ctx, err, began, obstacle("file", last))
			}
			if put != nil || err != nil {
				return put, err
			}
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return nil, j.late(ctx, err, began, obstacle("file", last))
		}
	}
}

// once looks for an element a single time.
func (j *journey) once(ctx context.Context, kind, wanted string) (best answer, at *place, err error) {
	best = answer{Why: "missing"}
	err = j.tab.each(ctx, "daymark.locate", []any{kind, wanted, 0}, func(here *place, now answer) {
		if now.Done && (!best.Done || now.Rank < best.Rank) || !best.Done && best.Why == "missing" {
			best, at = now, here
		}
	})
	return best, at, err
}

// intoHeld gives what puts a file into the field that locate found; nil when
// what it found takes no files.
func (j *journey) intoHeld(ctx context.Context, at *place) func(path string) error {
	var kind struct{ Type string }
	if j.tab.within(ctx, at, &kind, "(() => ({type: daymark.held().type}))") != nil || kind.Type != "file" {
		return nil
	}
	return func(path string) error {
		context := j.tab.worlds.of(at.frame)
		held, err := ask(ctx, at.to, runtime.Evaluate, runtime.EvaluateParams{Expression: "daymark.held()", UniqueContextID: context})
		if err != nil {
			return err
		}
		if held.Result == nil || held.Result.ObjectID == "" {
			return errors.New("it has just gone")
		}
		_, err = ask(ctx, at.to, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: []string{path}, ObjectID: held.Result.ObjectID})
		return err
	}
}

// byClick clicks on what has the name and waits a little for the page to ask
// for files. Nil without an error: nothing of that name can be clicked yet.
func (j *journey) byClick(ctx context.Context, wanted string) (func(path string) error, error) {
	now, at, err := j.once(ctx, "click", wanted)
	if err != nil || !now.Done || now.Why != "" {
		return nil, err
	}
	point, err := j.tab.outward(ctx, at, now)
	if err != nil || point.Why != "" {
		return nil, err
	}
	j.tab.chosen.clear()
	if err := mouse(ctx, point, input.DispatchMouseEventTypeMouseMoved, input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased); err != nil {
		return nil, err
	}
	began := time.Now()
	for {
		if asked := j.tab.chosen.take(); asked != nil {
			if asked.input == 0 {
				return nil, failed("the page asks for files by showOpenFilePicker, which no test can answer")
			}
			return func(path string) error {
				_, err := ask(ctx, asked.to, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: []string{path}, BackendNodeID: asked.input})
				return err
			}, nil
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return nil, j.late(ctx, err, began, "it was clicked, but asked for no file")
		}
		if time.Since(began) > 3*slice {
			return nil, failed("it was clicked, but asked for no file %s", within(time.Since(began)))
		}
	}
}

// removeUploads takes away the files of this run.
func (j *journey) removeUploads() {
	for _, dir := range j.uploads {
		if err := os.RemoveAll(dir); err != nil {
			j.options.Logger.Warn("remove uploaded file", "error", err)
		}
	}
}
