package config

import (
	"encoding/hex"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"daymark/checker"
	"daymark/statuspage"
)

// maxAsset bounds a file that the page shows.
const maxAsset = 2 << 20

func (r *review) page() {
	page := &r.doc.Page
	page.URL = strings.TrimRight(page.URL, "/")
	if r.has("page.languages") {
		r.once("page.languages", page.Languages)
	} else {
		page.Languages = statuspage.DefaultPageOptions().Languages
	}
	r.contrast("page.theme.light", page.Theme.Light)
	r.contrast("page.theme.dark", page.Theme.Dark)
	for path, file := range map[string]*string{
		"page.theme.logo": &page.Theme.Logo, "page.theme.css": &page.Theme.CSS, "page.theme.favicon": &page.Theme.Favicon,
	} {
		r.asset(path, file)
	}
}

// minContrast is what WCAG 2.2 asks of text (AA).
const minContrast = 4.5

func (r *review) contrast(path string, colours statuspage.Colours) {
	accent, ok1 := luminance(colours.Accent)
	on, ok2 := luminance(colours.OnAccent)
	if !ok1 || !ok2 {
		return // told by the format
	}
	ratio := (math.Max(accent, on) + 0.05) / (math.Min(accent, on) + 0.05)
	if ratio < minContrast {
		// Cut, not rounded, so that 4.49 never reads as 4.5.
		r.at(path, "on_accent on accent has a contrast of %.2f:1, and %.1f:1 is the least that people can read: make one of them lighter or darker",
			math.Floor(ratio*100)/100, minContrast)
	}
}

// luminance gives WCAG's relative luminance of #rrggbb.
func luminance(colour string) (float64, bool) {
	channels, err := hex.DecodeString(strings.TrimPrefix(colour, "#"))
	if err != nil || len(channels) != 3 || !strings.HasPrefix(colour, "#") {
		return 0, false
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		c := float64(channels[i]) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum, true
}

// asset makes the path of a file absolute and tells when it cannot be read.
func (r *review) asset(path string, file *string) {
	if *file == "" {
		return
	}
	written := r.quoted(path, *file)
	*file = r.resolve(*file)
	content, err := r.options.ReadFile(*file, maxAsset)
	switch {
	case err != nil:
		r.at(path, "the file %s cannot be read: %s", written, reason(err))
	case len(content) > maxAsset:
		r.at(path, "the file %s is larger than 2 MB, which is too much for a page", written)
	}
}

func (r *review) server() {
	server := &r.doc.Server
	for _, folder := range []*string{&server.Data, &server.Backup.To, &r.doc.Publish.Dir} {
		if *folder != "" {
			*folder = r.resolve(*folder)
		}
	}
	if server.Data == "" {
		server.Data = filepath.Join(r.base, DefaultServer().Data)
	}
	if size := server.Retention.EvidenceSize; size != 0 && size < checker.MaxEvidence {
		r.at("server.retention.evidence_size", "%s is less than the evidence of one run may have, %d KB; 0 is no limit",
			r.quoted("server.retention.evidence_size", ""), checker.MaxEvidence/1000)
	}
	r.publish()
}

// publish looks at where copies of the page go.
func (r *review) publish() {
	to := &r.doc.Publish
	if data := r.doc.Server.Data; to.Dir != "" && (Within(to.Dir, data) || Within(data, to.Dir)) {
		r.at("publish.dir", "%s is for everybody to read, and server.data for nobody: name a folder that is not in it, and does not hold it", r.quoted("publish.dir", to.Dir))
	}
	if copies := r.doc.Server.Backup.To; to.Dir != "" && copies != "" && (Within(to.Dir, copies) || Within(copies, to.Dir)) {
		r.at("server.backup.to", "%s is for nobody to read, and publish.dir for everybody: name a folder that is not in it, and does not hold it", r.quoted("server.backup.to", copies))
	}
	s3 := map[string]string{"bucket": to.S3.Bucket, "endpoint": to.S3.Endpoint, "access_key": to.S3.AccessKey, "secret_key": to.S3.SecretKey}
	some := to.S3.Region != "" || to.S3.Prefix != ""
	for _, value := range s3 {
		some = some || value != ""
	}
	for _, key := range []string{"bucket", "endpoint", "access_key", "secret_key"} {
		if some && s3[key] == "" && !r.has("publish.s3."+key) {
			r.at("publish.s3", "the key %q is missing here: a bucket cannot be written without it", key)
		}
	}
}

// Within says whether a path is a folder, or lies in it.
func Within(path, folder string) bool {
	inside, err := filepath.Rel(folder, path)
	return err == nil && filepath.IsLocal(inside)
}

// names tells names in languages that the page does not have.
func (r *review) names(path string, names map[string]string) {
	for language := range names {
		if !slices.Contains(r.doc.Page.Languages, language) {
			r.fault(r.keyAt(join(path, language)), join(path, language), "%s is not among page.languages (%s)",
				fmt.Sprintf("%q", language), choices(r.doc.Page.Languages))
		}
	}
}
