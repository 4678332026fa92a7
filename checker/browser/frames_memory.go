package browser

import (
	"context"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/runtime"
)

// weighEvery is how often the memory of a page with frames is added up.
const weighEvery = time.Second

// weigh ends the run when its page and the frames of other sites in it, which
// Chromium runs in processes of their own, hold more together than one page
// may. guardMemory sees each process, but not whose it is. What a page without
// such frames holds is left to it.
func (t *tab) weigh(ctx context.Context) {
	for pause(ctx, weighEvery) == nil {
		frames := t.sessions.frames()
		if len(frames) == 0 {
			continue
		}
		heaps := map[string]int64{} // by isolate: frames of one site share theirs
		weighOne(ctx, t.top.to, heaps)
		for _, frame := range frames {
			weighOne(ctx, frame, heaps)
		}
		total := int64(0)
		for _, held := range heaps {
			total += held
		}
		if total > t.memory {
			t.refuse(failed("the page and its frames used more than %d MB of memory together", t.memory>>20))
			return
		}
	}
}

// weighOne asks for what the scripts and documents of a process hold. One that
// is busy does not answer, and is left to guardMemory.
func weighOne(ctx context.Context, to caller, heaps map[string]int64) {
	soon, cancel := context.WithTimeout(ctx, slice/2)
	defer cancel()
	isolate, err := ask(soon, to, runtime.GetIsolateID, cdp.Empty{})
	if err != nil {
		return
	}
	usage, err := ask(soon, to, runtime.GetHeapUsage, cdp.Empty{})
	if err != nil {
		return
	}
	heaps[isolate.ID] = int64(usage.TotalSize + usage.EmbedderHeapUsedSize + usage.BackingStorageSize)
}
