package browser

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/chromedp/cdproto/target"
)

const (
	lookEvery   = 250 * time.Millisecond // at Chromium's memory while journeys run
	browserOwn  = 1 << 30                // bytes that Chromium may use besides its pages
	warmAfter   = 3                      // journeys until its memory is taken as that of a warm one
	growthTimes = 2                      // times its warm memory at which it is replaced
	growthLeast = 256 << 20              // bytes of growth that are worth a replacement
)

// guardMemory ends the renderer of a page that uses more than its limit, and
// all of Chromium when it uses more than all pages may and then some. It looks
// only while journeys run, until the context ends.
func (p *process) guardMemory(ctx context.Context, options *Options) {
	most := options.MaxMemory*int64(options.ContextsAtOnce) + browserOwn
	for pause(ctx, lookEvery) == nil {
		if p.users.Load() == 0 {
			continue
		}
		total, renderers := memoryOf(p.pid)
		ended := false
		for pid, held := range renderers {
			if held > options.MaxMemory {
				p.eaters.add(time.Now())
				if end(pid) != nil {
					p.eaters.take(time.Now()) // it was gone already
					continue
				}
				ended = true
				options.Logger.Warn("a page used too much memory", "megabytes", held>>20, "limit", options.MaxMemory>>20)
			}
		}
		if total > most && !ended {
			options.Logger.Warn("chromium used too much memory and is ended", "megabytes", total>>20, "limit", most>>20)
			p.swollen.Store(true)
			p.kill()
			return
		}
	}
}

func end(pid int) error {
	process, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return process.Kill()
}

// eaters are the renderers that were ended for their memory and whose page has
// not said so yet. One that never does is soon forgotten, so that no later
// crash is taken for its end.
type eaters struct {
	mu    sync.Mutex
	ended []time.Time
}

const eaterSays = 3 * time.Second

func (e *eaters) add(now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ended = append(e.ended, now)
}

// take gives one up, and tells whether there was one.
func (e *eaters) take(now time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ended = slices.DeleteFunc(e.ended, func(at time.Time) bool { return now.Sub(at) > eaterSays })
	if len(e.ended) == 0 {
		return false
	}
	e.ended = e.ended[1:]
	return true
}

// crash says why a page's process ended. One that we did not end may be the
// page's doing or Chromium's: the runner tries once more.
func (p *process) crash(ev *target.EventTargetCrashed, limit int64) *fault {
	if p.eaters.take(time.Now()) {
		return failed("the page used more than %d MB of memory", limit>>20)
	}
	f := unknown("the page's process in Chromium crashed (%s %d)", ev.Status, ev.ErrorCode)
	f.crash = true
	return f
}

// tooMuch is what a run says that went down with all of Chromium.
func (p *process) tooMuch(options *Options) string {
	if p.flooded.Load() {
		return "another journey's page flooded Chromium, which was ended"
	}
	return fmt.Sprintf("Chromium used more than %d MB of memory and was ended", (options.MaxMemory*int64(options.ContextsAtOnce)+browserOwn)>>20)
}
