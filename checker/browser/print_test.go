package browser

import (
	"bytes"
	"context"
	"testing"
	"time"

	"daymark/internal/testkit"
)

// A document is printed without running its scripts and without asking anybody
// for anything.
func TestPrint(t *testing.T) {
	testkit.Beside(t)
	pdf, err := Print(t.Context(), Options{Dir: shortDir(t)}, `<!doctype html><html lang="en"><title>Report</title><h1>SLA gold</h1><p>99.95 %</p><script>document.body.innerHTML = ""</script><img src="http://127.0.0.1:9/x.png" alt="">`)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) || !bytes.Contains(pdf, []byte("/StructTreeRoot")) || len(pdf) < 2000 {
		t.Errorf("%d bytes, beginning with %q", len(pdf), pdf[:min(20, len(pdf))])
	}
	ended, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	<-ended.Done()
	if _, err := Print(ended, Options{Dir: shortDir(t)}, "x"); err == nil {
		t.Error("it prints for nobody")
	}
}
