package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daymark/notify/notifytest"
	"daymark/statuspage"
)

// TestCopyFails: that a copy cannot be written is told to who can mend it, and
// its end too, each once.
func TestCopyFails(t *testing.T) {
	o := newOnCall(t, func(notifytest.Call) notifytest.Pickup { return notifytest.Pickup{} }, "")
	trouble := statuspage.PublishTrouble{Name: "the folder /srv/status", Since: o.now(), Reason: "no space left on device"}
	for _, over := range []bool{false, false, true, true} {
		trouble.Over = over
		if err := o.app.copyFails(t.Context(), "folder", trouble); err != nil {
			t.Fatal(err)
		}
	}
	o.wait("both", func() bool { return len(o.mailTo("ana@harbour.example")) == 2 })
	o.settled()
	said := strings.Join(o.mailTo("ana@harbour.example"), "\n")
	if !strings.Contains(said, "The copy of the page cannot be written since 13:00") || !strings.Contains(said, "no space left on device") || !strings.Contains(said, "is written again") || len(o.mailTo("ana@harbour.example")) != 2 {
		t.Errorf("told were\n%s", said)
	}
}

// TestPublishByHand writes a copy where no server runs, and refuses the folder
// that is nobody's to read.
func TestPublishByHand(t *testing.T) {
	o := newOnCall(t, nil, "")
	ops := &operations{engine: o.app.engine, doc: o.app.doc, core: o.app.core}
	dir := filepath.Join(t.TempDir(), "copy")
	done, err := ops.publish(t.Context(), publishAsked{Dir: dir})
	if err != nil || done.Written != done.Files || done.Files < 15 {
		t.Errorf("it did %+v, %v", done, err)
	}
	if page, err := os.ReadFile(filepath.Join(dir, "index.html")); err != nil || !strings.Contains(string(page), "This is a copy of the status page, made at") {
		t.Errorf("the page does not say that it is a copy: %v", err)
	}
	// Where nothing ever happened, the API's eight answers say when the page began.
	if done, err = ops.publish(t.Context(), publishAsked{Dir: dir}); err != nil || done.Written > 8 {
		t.Errorf("the second time it did %+v, %v", done, err)
	}
	data := o.app.doc.Server.Data
	for _, refused := range []string{data, filepath.Join(data, "copy"), filepath.Dir(data), "/", "copy"} {
		if _, err := ops.publish(t.Context(), publishAsked{Dir: refused}); !errors.As(err, new(usageError)) {
			t.Errorf("%s: %v", refused, err)
		}
	}
}

// TestBackupFails: so is that no backup is made, or none can be restored.
func TestBackupFails(t *testing.T) {
	o := newOnCall(t, func(notifytest.Call) notifytest.Pickup { return notifytest.Pickup{} }, "")
	for _, key := range []string{"backup", "drill"} {
		trouble := backupTrouble{Key: key, Since: o.now(), Reason: "no space left on device"}
		for _, over := range []bool{false, false, true, true} {
			trouble.Over = over
			if err := o.app.backupFails(t.Context(), trouble); err != nil {
				t.Fatal(err)
			}
		}
	}
	o.wait("all four", func() bool { return len(o.mailTo("ana@harbour.example")) == 4 })
	o.settled()
	said := strings.Join(o.mailTo("ana@harbour.example"), "\n")
	for _, want := range []string{"No backup could be made at 13:00", "no space left on device", "Backups are made again", "The newest backup cannot be restored", "can be restored again"} {
		if !strings.Contains(said, want) || len(o.mailTo("ana@harbour.example")) != 4 {
			t.Errorf("no %q in %d messages:\n%s", want, len(o.mailTo("ana@harbour.example")), said)
		}
	}
}
