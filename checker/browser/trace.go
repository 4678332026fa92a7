package browser

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/io"
	"github.com/chromedp/cdproto/tracing"
	"github.com/chromedp/chromedp"

	"daymark/checker"
	"daymark/internal/expression"
)

// Bounds of a traced run's evidence, in bytes.
const (
	maxTraceTotal = 50_000_000  // all pieces together
	maxTraceFile  = 30_000_000  // Chromium's own trace
	traceBuffer   = 100_000     // kB that Chromium may hold meanwhile
	traceWithin   = time.Minute // for which somebody waits
	traceName     = "trace.json"
)

// tracer is Chromium's own record of what it did for the page.
type tracer struct {
	done chan *tracing.EventTracingComplete
}

func newTracer() *tracer { return &tracer{make(chan *tracing.EventTracingComplete, 1)} }

// ended takes Chromium's word that the record is whole.
func (t *tracer) ended(ev *tracing.EventTracingComplete) {
	select {
	case t.done <- ev:
	default:
	}
}

// begin starts the record, with what the Performance panel shows.
func (t *tracer) begin(ctx context.Context) error {
	_, err := chromedp.Call(ctx, tracing.Start, tracing.StartParams{
		TransferMode: tracing.StartTransferModeReturnAsStream, StreamFormat: tracing.StreamFormatJSON,
		TraceConfig: &tracing.TraceConfig{
			RecordMode: tracing.TraceConfigRecordModeRecordUntilFull, TraceBufferSizeInKb: traceBuffer,
			ExcludedCategories: []string{"*"},
			IncludedCategories: []string{
				"devtools.timeline", "v8.execute", "blink.console", "blink.user_timing", "loading", "latencyInfo", "navigation",
				"disabled-by-default-devtools.timeline", "disabled-by-default-devtools.timeline.frame", "disabled-by-default-devtools.screenshot",
				"disabled-by-default-v8.cpu_profiler", "disabled-by-default-lighthouse",
			},
		},
	})
	if err != nil {
		return fmt.Errorf("start Chromium's trace: %w", err)
	}
	return nil
}

// end stops the record and reads it. One that is larger than may be kept is
// not cut, since half of it is no use.
func (t *tracer) end(ctx context.Context) ([]byte, error) {
	if _, err := chromedp.Call(ctx, tracing.End, cdp.Empty{}); err != nil {
		return nil, fmt.Errorf("end Chromium's trace: %w", err)
	}
	var complete *tracing.EventTracingComplete
	select {
	case complete = <-t.done:
	case <-ctx.Done():
		return nil, fmt.Errorf("end Chromium's trace: %w", ctx.Err())
	}
	var file bytes.Buffer
	for {
		part, err := chromedp.Call(ctx, io.Read, io.ReadParams{Handle: complete.Stream, Size: 1 << 20})
		if err != nil {
			return nil, fmt.Errorf("read Chromium's trace: %w", err)
		}
		file.Write(part.Data)
		if file.Len() > maxTraceFile {
			return nil, fmt.Errorf("read Chromium's trace: it has more than %s", expression.FormatSize(maxTraceFile))
		}
		if part.EOF {
			return file.Bytes(), nil
		}
	}
}

// traceEvidence adds what a traced run has besides: all requests as HAR, and
// Chromium's trace.
func (j *journey) traceEvidence() {
	if !j.options.Trace || j.tab == nil || j.tab.watch == nil {
		return
	}
	all, _ := j.tab.watch.recorded()
	if har, err := harOf(j.redact(j.job.Title()), j.began, entriesOf(all, veil{j.redact}), ""); err == nil {
		j.keep(checker.Evidence{Name: harName, MediaType: harType, Data: har})
	}
	ctx, cancel := context.WithTimeout(j.tab.ctx, j.options.traceWithin)
	defer cancel()
	trace, err := j.tab.tracer.end(ctx)
	if err != nil {
		j.options.Logger.Warn("no trace of Chromium", "error", err)
		return
	}
	j.keep(checker.Evidence{Name: traceName, MediaType: "application/json", Data: []byte(j.redact(string(trace)))})
}

// stepPicture keeps what the page looks like after a step of a traced run.
func (j *journey) stepPicture(number int) {
	if !j.options.Trace {
		return
	}
	ctx, cancel := context.WithTimeout(j.tab.ctx, j.options.evidenceWithin)
	defer cancel()
	if picture, err := picture(ctx, maxPicture); err == nil {
		j.keep(checker.Evidence{Name: fmt.Sprintf("step-%02d.jpg", number), MediaType: pictureType, Data: picture})
	}
}

// appearance says whether Chromium shows a window, and gives what of our
// environment it needs for that.
func appearance(options *Options) []chromedp.ExecAllocatorOption {
	if !options.Headed {
		return []chromedp.ExecAllocatorOption{chromedp.Headless} // mutes sound as well
	}
	all := []chromedp.ExecAllocatorOption{chromedp.VisibleWindow}
	for _, name := range []string{"DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR"} {
		if value := os.Getenv(name); value != "" {
			all = append(all, chromedp.Env(name+"="+value))
		}
	}
	return all
}
