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

// total is the size of the evidence so far.
func (j *journey) total() int {
	total := 0
	for _, piece := range j.result.Evidence {
		total += len(piece.Data)
	}
	return total
}

// keep adds a piece of evidence where there is room beside what each journey
// keeps.
func (j *journey) keep(piece checker.Evidence) {
	limit := checker.MaxEvidence / 2
	if j.options.Trace {
		limit = maxTraceTotal - maxTraced
	}
	j.add(piece.Name, piece.MediaType, piece.Data, limit-j.total())
}

// shoot keeps a picture that a step asks for.
func (j *journey) shoot(ctx context.Context, name string) error {
	picture, err := picture(ctx, maxPicture)
	if err != nil {
		return err
	}
	file := name + ".jpg"
	if file == pictureName { // that of the end
		file = name + "-step.jpg"
	}
	j.keep(checker.Evidence{Name: file, MediaType: pictureType, Data: picture})
	if small := thumb(picture, 3); len(small) <= maxThumb && len(j.shots) < maxShots {
		j.shots = append(j.shots, shot{name, small})
	}
	return nil
}

// picture takes a screenshot of what is in view, as good as fits in most
// bytes; empty when nothing fits.
func picture(ctx context.Context, most int) ([]byte, error) {
	for _, quality := range []int64{75, 45, 20, 5} {
		shot, err := capture(ctx, quality)
		if err != nil {
			return nil, err
		}
		if len(shot) <= most {
			return shot, nil
		}
	}
	return nil, nil
}

// refusing is how long Chromium may refuse to picture a page that goes to
// another, an error page of its own too.
const refusing = 10 * time.Second

// capture takes a screenshot, and asks again while Chromium refuses.
func capture(ctx context.Context, quality int64) ([]byte, error) {
	for began := time.Now(); ; {
		shot, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{
			Format: page.CaptureScreenshotFormatJpeg, Quality: &quality,
		})
		if err == nil {
			return shot.Data, nil
		}
		if time.Since(began) > refusing || pause(ctx, 100*time.Millisecond) != nil {
			return nil, err
		}
	}
}
