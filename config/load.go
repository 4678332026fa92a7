package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Options says where Load finds what the file refers to.
type Options struct {
	// LookupEnv gives an environment variable; os.LookupEnv when nil.
	LookupEnv func(name string) (string, bool)
	// ReadFile gives at most most+1 bytes of a regular file; from disk when
	// nil.
	ReadFile func(path string, most int64) ([]byte, error)
	// Now is when rotas are checked from, for support.Ahead; time.Now when nil.
	Now func() time.Time
	// Within, where the text comes from elsewhere than the machine's own file,
	// is the document that runs. The text may use no ${…} in a place where
	// that one does not, has no other file read, and no secret written out.
	Within *Document
}

func (o Options) withDefaults() Options {
	if o.LookupEnv == nil {
		o.LookupEnv = os.LookupEnv
	}
	if o.ReadFile == nil {
		o.ReadFile = readFile
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Load reads and checks the configuration file at path. When something is
// wrong with it, the error is Faults, with all that is wrong. A file that
// cannot be read is a fault too.
func Load(path string, options Options) (*Document, error) {
	options = options.withDefaults()
	source, err := options.ReadFile(path, maxFile)
	if err != nil {
		return nil, Faults{{File: path, Message: "the file cannot be read: " + reason(err)}}
	}
	return Parse(path, source, options)
}

// Parse is Load for a file whose text is at hand; path places its faults and
// the relative paths in it.
func Parse(path string, text []byte, options Options) (*Document, error) {
	root, faults := parse(path, string(text))
	if root == nil {
		return nil, faults.arrange(nil)
	}
	base, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, Faults{{File: path, Message: "its folder cannot be found: " + reason(err)}}
	}
	document := newDocument()
	document.file, document.written, document.root = path, string(text), root
	document.uses, document.files = map[use]bool{}, map[string]bool{}
	uses(root, document.uses)
	d := &decoder{
		file: path, base: base, options: options.withDefaults().recordFiles(document.files),
		source: source{lines: splitLines(string(text))}, nodes: map[string]*node{}, faults: faults,
	}
	d.noSecretsWithin(root)
	d.fill(root)
	d.document(root, document)
	document.nodes, document.secrets = d.nodes, d.secrets
	(&review{decoder: d, doc: document}).all()
	if len(d.faults) > 0 {
		return nil, d.faults.arrange(d.secrets)
	}
	return document, nil
}

// readFile gives at most most+1 bytes of a regular file.
func readFile(path string, most int64) ([]byte, error) {
	about, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !about.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // only read
	return io.ReadAll(io.LimitReader(file, most+1))
}

// reason says why a file could not be read, without the path, which the
// message has already.
func reason(err error) string {
	var at *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file"
	case errors.Is(err, fs.ErrPermission):
		return "it may not be read by this user"
	case errors.As(err, &at):
		return at.Err.Error()
	}
	return fmt.Sprint(err)
}
