package browser

import (
	"context"
	"fmt"
	"os"
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
				p.eaters.Add(1)
				if end(pid) != nil {
					p.eaters.Add(-1) // it was gone already
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

// crash says why a page's process ended.
func (p *process) crash(ev *target.EventTargetCrashed, limit int64) *fault {
	for n := p.eaters.Load(); n > 0; n = p.eaters.Load() {
		if p.eaters.CompareAndSwap(n, n-1) {
			return failed("the page used more than %d MB of memory", limit>>20)
		}
	}
	return unknown("the page's process in Chromium crashed (%s %d)", ev.Status, ev.ErrorCode)
}

// tooMuch is what a run says that went down with all of Chromium.
func tooMuch(options *Options) string {
	return fmt.Sprintf("Chromium used more than %d MB of memory and was ended", (options.MaxMemory*int64(options.ContextsAtOnce)+browserOwn)>>20)
}
