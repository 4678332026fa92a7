package browser

import (
	"context"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"daymark/checker"
)

// facts gathers what expressions can use, once the page has settled.
func (j *journey) facts(ctx, work context.Context) (checker.BrowserFacts, error) {
	var now struct {
		vitals
		URL, Title      string
		TTFB, Dom, Load float64
	}
	wait := settleWithin
	if deadline, ok := ctx.Deadline(); ok {
		wait = min(wait, max(time.Until(deadline)/2, 0))
	}
	if err := j.tab.call(work, &now, "daymarkVitals", wait.Milliseconds()); err != nil {
		return checker.BrowserFacts{}, err
	}
	w := j.tab.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	w.vitals.fold(now.vitals)
	return checker.BrowserFacts{
		URL: now.URL, Title: now.Title,
		Duration: j.spent,
		TTFB:     millis(now.TTFB), DOMReady: millis(now.Dom), Load: millis(now.Load),
		LCP: millis(w.vitals.LCP), CLS: w.vitals.CLS, TBT: millis(w.vitals.TBT),
		ConsoleErrors: w.consoleErrors, FailedRequests: w.traffic.failures,
		Requests: w.traffic.requests, Bytes: int(w.traffic.bytes), BytesBy: w.traffic.by,
	}, nil
}

const (
	maxPicture = 300_000 // bytes of one screenshot
	failureJPG = "failure.jpg"
)

// look adds a picture of the page to the evidence. A page that cannot be
// pictured leaves none.
func (j *journey) look(ctx context.Context) {
	if picture, err := picture(ctx, maxPicture); err == nil {
		j.keep(failureJPG, picture)
	}
}

// keep adds a picture; the last place is kept for the failure's.
func (j *journey) keep(name string, data []byte) {
	total, limit := len(data), checker.MaxEvidence
	for _, piece := range j.result.Evidence {
		total += len(piece.Data)
	}
	if name != failureJPG {
		limit -= maxPicture
	}
	if len(data) == 0 || total > limit {
		return
	}
	j.result.Evidence = append(j.result.Evidence, checker.Evidence{Name: name, MediaType: "image/jpeg", Data: data})
}

// picture takes a screenshot of what is in view, as good as fits in most
// bytes; empty when nothing fits.
func picture(ctx context.Context, most int) ([]byte, error) {
	for _, quality := range []int64{75, 45, 20, 5} {
		shot, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{
			Format: page.CaptureScreenshotFormatJpeg, Quality: &quality,
		})
		if err != nil {
			return nil, err
		}
		if len(shot.Data) <= most {
			return shot.Data, nil
		}
	}
	return nil, nil
}
