package statuspage

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"daymark/incident"
	"daymark/internal/web"
	"daymark/static"
)

// brand is a page's own look: its accent, and the files that it brings.
type brand struct {
	styles  []string // addresses, in the order of the cascade
	logo    string   // address; empty: ours
	favicon string   // address; empty: drawn from the worst status
	bodies  map[string]*web.Body
}

// biggestFile is the most that a logo, favicon or stylesheet may hold.
const biggestFile = 512 << 10

var colour = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// newBrand makes the stylesheet of the accents, and reads the files.
func newBrand(t Theme) (*brand, error) {
	b := &brand{bodies: map[string]*web.Body{}}
	accents := DefaultPageOptions().Theme
	for _, pair := range []struct{ to, from *Colours }{{&accents.Light, &t.Light}, {&accents.Dark, &t.Dark}} {
		for _, c := range []struct {
			to   *string
			from string
		}{{&pair.to.Accent, pair.from.Accent}, {&pair.to.OnAccent, pair.from.OnAccent}} {
			if c.from == "" {
				continue
			}
			if !colour.MatchString(c.from) {
				return nil, fmt.Errorf("read the theme: %q is no colour such as #0b6e4f", c.from)
			}
			*c.to = c.from
		}
	}
	b.styles = []string{
		static.URL("daymark.css"),
		b.add("brand.css", "text/css; charset=utf-8", []byte(accentCSS(accents.Light, accents.Dark))),
	}
	for _, file := range []struct {
		path string
		use  func(address string)
	}{
		{t.CSS, func(address string) { b.styles = append(b.styles, address) }},
		{t.Logo, func(address string) { b.logo = address }},
		{t.Favicon, func(address string) { b.favicon = address }},
	} {
		if file.path == "" {
			continue
		}
		address, err := b.read(file.path)
		if err != nil {
			return nil, err
		}
		file.use(address)
	}
	return b, nil
}

// accentCSS writes the tokens where the stylesheet has a place for them. The
// selectors are those of its own tokens, so that a theme chosen by hand wins.
func accentCSS(light, dark Colours) string {
	one := func(c Colours) string { return fmt.Sprintf("{ --accent: %s; --on-accent: %s }", c.Accent, c.OnAccent) }
	return "@layer brand {\n:root " + one(light) +
		"\n@media screen and (prefers-color-scheme: dark) { :root:not([data-theme=light]) " + one(dark) +
		" }\n@media screen { :root[data-theme=dark] " + one(dark) + " }\n}\n"
}

// read takes a file of the operator's, whose kind its name says.
func (b *brand) read(path string) (string, error) {
	kinds := map[string]string{
		".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png",
		".ico": "image/x-icon", ".webp": "image/webp", ".jpg": "image/jpeg",
	}
	kind, known := kinds[strings.ToLower(filepath.Ext(path))]
	if !known {
		return "", fmt.Errorf("read the theme's file %s: its name must end in .css, .svg, .png, .ico, .webp or .jpg", path)
	}
	info, err := os.Stat(path)
	if err == nil && info.Size() > biggestFile {
		return "", fmt.Errorf("read the theme's file %s: it holds %d bytes; %d is the limit", path, info.Size(), biggestFile)
	}
	var content []byte
	if err == nil {
		content, err = fs.ReadFile(os.DirFS(filepath.Dir(path)), filepath.Base(path))
	}
	if err != nil {
		return "", fmt.Errorf("read the theme's file %s: %w", path, err)
	}
	// The name is ours, so that no name of a file ends up in an address.
	return b.add("own"+strings.ToLower(filepath.Ext(path)), kind, content), nil
}

func (b *brand) add(name, kind string, content []byte) string {
	address := static.Address(name, content)
	b.bodies[address] = web.NewBody(web.BodyOptions{Type: kind, Cache: web.Forever}, content)
	return address
}

// icon is the favicon: the operator's, or the shape of the worst status.
func (b *brand) icon(status incident.Status) string {
	if b.favicon != "" {
		return b.favicon
	}
	return static.URL("status-" + string(status) + ".svg")
}

// routes serve the brand's own files, each under its whole address.
func (b *brand) routes() []Route {
	var routes []Route
	for address, body := range b.bodies {
		routes = append(routes, Route{Pattern: "GET " + address, Handler: body})
	}
	return routes
}

// buildOf changes whenever open pages should be loaded anew: with markup,
// styles or scripts.
func buildOf(b *brand) string {
	sum := sha256.New()
	// The files are in the binary, and a hash takes every write.
	_ = fs.WalkDir(templateFiles, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := templateFiles.ReadFile(path)
		_, _ = sum.Write(content)
		return err
	})
	for _, address := range append(scripts(), b.styles...) {
		_, _ = sum.Write([]byte(address))
	}
	return hex.EncodeToString(sum.Sum(nil)[:6])
}
