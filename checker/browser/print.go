package browser

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// printWithin bounds how long a print takes, the start of Chromium apart.
const printWithin = 30 * time.Second

// Print has a Chromium of its own print a document as PDF, on A4 with tags for
// assistive technology. The document is HTML that needs nothing else: its
// scripts do not run, and what it names elsewhere is not loaded.
func Print(ctx context.Context, options Options, document string) (pdf []byte, err error) {
	options.setDefaults()
	if options.Logger == nil {
		options.Logger = slog.Default()
	}
	if err := options.validate(); err != nil {
		return nil, err
	}
	process, err := launch(&options)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, process.stop()) }()
	tab, cancel := chromedp.NewContext(process.ctx)
	defer cancel()
	late := time.AfterFunc(printWithin, cancel)
	defer late.Stop()
	stop := context.AfterFunc(ctx, cancel)
	defer stop()
	if err := chromedp.Do(tab); err != nil {
		return nil, fmt.Errorf("open a page to print: %w", err)
	}
	if _, err := chromedp.Call(tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		return nil, fmt.Errorf("open a page to print: %w", err)
	}
	frame := cdp.FrameID(chromedp.FromContext(tab).Target.TargetID)
	if _, err := chromedp.Call(tab, page.SetDocumentContent, page.SetDocumentContentParams{FrameID: frame, HTML: document}); err != nil {
		return nil, fmt.Errorf("lay out what to print: %w", err)
	}
	const inch = 25.4 // mm
	made, err := chromedp.Call(tab, page.PrintToPDF, page.PrintToPDFParams{
		PaperWidth: 210 / inch, PaperHeight: 297 / inch, MarginTop: new(18 / inch), MarginBottom: new(18 / inch), MarginLeft: new(18 / inch), MarginRight: new(18 / inch),
		PrintBackground: new(true), GenerateTaggedPDF: new(true), DisplayHeaderFooter: new(true), HeaderTemplate: "<span></span>",
		FooterTemplate: `<span style="font-size:8px;width:100%;text-align:center"><span class="pageNumber"></span> / <span class="totalPages"></span></span>`,
	})
	if err != nil {
		return nil, fmt.Errorf("print: %w", err)
	}
	return made.Data, nil
}
