package browser

import (
	"archive/zip"
	"bytes"
	"image"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daymark/checker"
	"daymark/internal/testkit"
)

func TestFileOf(t *testing.T) {
	for with, want := range map[string]string{ // the type that its content shows
		"notes.txt": "text/plain", "a b.md": "text/plain", "rows.csv": "text/plain", "x.json": "text/plain",
		"x.xml": "text/xml", "x.html": "text/html", "X.PNG": "image/png", "x.jpg": "image/jpeg", "x.jpeg": "image/jpeg",
		"x.gif": "image/gif", "x.pdf": "application/pdf", "x.zip": "application/zip", "any.thing: with: this": "text/plain",
	} {
		name, content, err := fileOf(with)
		if err != nil || !strings.HasPrefix(http.DetectContentType(content), want) {
			t.Errorf("%s: %q %v %s", with, name, err, http.DetectContentType(content))
		}
	}
	if name, _, err := fileOf("x.exe"); err == nil || !strings.HasPrefix(err.Error(), "upload: there is no sample") {
		t.Errorf("%q %v", name, err)
	}
}

func TestSamplesAreWhole(t *testing.T) {
	if len(samples()) != len(checker.UploadSamples()) {
		t.Errorf("%d samples, %d promised", len(samples()), len(checker.UploadSamples()))
	}
	for _, extension := range checker.UploadSamples() {
		make := samples()[extension]
		if make == nil {
			t.Fatalf("no sample of %s", extension)
		}
		content, err := make()
		if err != nil || len(content) == 0 || len(content) > 20_000 {
			t.Errorf("%s: %d bytes, %v", extension, len(content), err)
		}
		switch extension {
		case ".png", ".jpg", ".gif":
			if _, _, err := image.Decode(bytes.NewReader(content)); err != nil {
				t.Errorf("%s: %v", extension, err)
			}
		case ".zip":
			if _, err := zip.NewReader(bytes.NewReader(content), int64(len(content))); err != nil {
				t.Errorf("%s: %v", extension, err)
			}
		}
	}
}

func TestUpload(t *testing.T) {
	testkit.Beside(t)
	shop, runner := shop(t), newRunner(t, nil)
	files := open(shop.URL + "/files")
	warm(t, runner)
	everyOK(t, runner, map[string][]checker.BrowserStep{
		"labelled field":       {files, upload("Letter", "letter.pdf"), click("Send files"), see(`letter: letter.pdf, application/pdf, "%PDF-1.4`)},
		"hidden, by label":     {files, upload("Your CV", "me.txt: I can"), see("CV of 5"), click("Send files"), see(`cv: me.txt, text/plain, "I can"`)},
		"button that asks":     {files, upload("Choose picture", "face.png"), click("Send files"), see(`pic: face.png, image/png, "\x89PNG`)},
		"by selector":          {files, upload("css=#pic", "face.gif"), click("Send files"), see(`pic: face.gif, image/gif, "GIF89a`)},
		"by name of the form":  {files, upload("letter", "rows.csv"), click("Send files"), see("letter: rows.csv, text/csv,")},
		"again":                {files, upload("Letter", "a.txt: 1"), upload("Letter", "b.txt: 2"), click("Send files"), see("letter: b.txt"), notSee("a.txt")},
		"asking does not hang": {files, click("Choose picture"), click("Post now"), expect("document.title", "sent")},
	})
	runner.current.rooms.busy.Wait() // they go when the page is gone, in the background
	left, err := filepath.Glob(filepath.Join(runner.current.process.profile.dir, "upload-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("files left: %v %v", left, err)
	}
	if _, err := os.Stat(runner.current.process.profile.dir); err != nil {
		t.Error(err)
	}
}
