package static

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"

	"daymark/internal/web"
)

//go:embed files
var embedded embed.FS

// Prefix is where Handler is to be mounted: "GET " + Prefix.
const Prefix = "/static/"

// catalogue is all files, by name and by address; it never changes.
type catalogue struct {
	address map[string]string    // name → address
	body    map[string]*web.Body // address → what is sent
}

// load reads the embedded files once. It panics on a fault, which can only
// come from the build: the files are part of the binary.
var load = sync.OnceValue(func() catalogue {
	c := catalogue{address: map[string]string{}, body: map[string]*web.Body{}}
	err := fs.WalkDir(embedded, "files", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		kind, served := types[path.Ext(file)]
		if !served {
			return nil // licences and notes
		}
		content, err := embedded.ReadFile(file)
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(file, "files/")
		c.address[name] = Address(name, content)
		c.body[c.address[name]] = web.NewBody(web.BodyOptions{Type: kind, Cache: web.Forever}, content)
		return nil
	})
	if err != nil {
		panic(fmt.Sprintf("static: the binary holds no readable files: %v", err))
	}
	return c
})

// types are the kinds of file that are served.
var types = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
	".png": "image/png",
}

// URL gives the address of a file by its name under files: "daymark.css" is
// at "/static/daymark.3f2a9c71.css". It panics on a name that does not exist:
// such a program would show broken pages, and every test would see it.
func URL(name string) string {
	address, found := load().address[name]
	if !found {
		panic("static: no file is called " + name)
	}
	return address
}

// Address gives the address that content has under a name, for files that are
// made while the program runs, such as a brand's colours.
func Address(name string, content []byte) string {
	sum := sha256.Sum256(content)
	ext := path.Ext(name)
	return Prefix + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:4]) + ext
}

// Handler serves every file under its address, and 404 for any other.
func Handler() http.Handler {
	bodies := load().body
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, found := bodies[r.URL.Path]
		if !found {
			http.NotFound(w, r)
			return
		}
		body.ServeHTTP(w, r)
	})
}
