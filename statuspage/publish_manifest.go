package statuspage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// manifestFile lists what the copy is made of, so that a restart writes only
// what has changed, and nothing is removed that somebody else has put there.
const manifestFile = "daymark-copy.json"

// assetsStay is for how long a style or script is kept that no page asks for
// any more: somebody may have loaded one just before.
const assetsStay = 24 * time.Hour

// manifest is what is on the shelf, by the name of the file.
type manifest struct {
	mu    sync.Mutex
	files map[string]kept
	moved bool // it is not as it was saved
}

// kept is one file as it was written.
type kept struct {
	Sum  string    `json:"sum"` // empty: it may be there, or a part of the copy before
	Size int64     `json:"size"`
	Gone time.Time `json:"gone,omitzero"` // since when no page asks for it
}

// manifestText is a manifest as it is written down.
type manifestText struct {
	By    string          `json:"by"`
	Files map[string]kept `json:"files"`
}

// readManifest reads what is on a shelf. What is not as it was written counts
// as missing. A shelf with a page of somebody else is refused.
func readManifest(ctx context.Context, shelf Shelf) (*manifest, error) {
	sizes, err := shelf.Sizes(ctx)
	if err != nil {
		return nil, err
	}
	m := &manifest{files: map[string]kept{}}
	text, err := shelf.Get(ctx, manifestFile)
	if errors.Is(err, ErrNotFound) {
		if _, taken := sizes["index.html"]; taken {
			return nil, fmt.Errorf("an index.html is there that Daymark has not written, for there is no %s: name an empty place, or remove it", manifestFile)
		}
		return m, nil
	}
	if err != nil {
		return nil, err
	}
	var written manifestText
	if err := json.Unmarshal(text, &written); err != nil {
		return nil, fmt.Errorf("read %s: %w: remove it together with the copy, which is then written anew", manifestFile, err)
	}
	for name, k := range written.Files {
		if size, there := sizes[name]; !there || size != k.Size {
			k.Sum = "" // it is written again, or removed
		}
		m.files[name] = k
	}
	return m, nil
}

// holds says whether a file is there as it is to be.
func (m *manifest) holds(f *made) bool {
	k, found := m.files[f.name]
	return found && k.Sum == f.sum
}

// announce notes names that are new before they are written, so that no crash
// leaves a file that nobody knows to be ours.
func (m *manifest) announce(ctx context.Context, shelf Shelf, files []*made) error {
	for _, f := range files {
		if _, known := m.files[f.name]; !known {
			m.files[f.name], m.moved = kept{}, true
		}
	}
	return m.save(ctx, shelf)
}

// note takes down a file that was written.
func (m *manifest) note(f *made, size int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.files[f.name], m.moved = kept{Sum: f.sum, Size: int64(size)}, true
}

// vanished lists what is there and not to be there any more; assets a day
// later.
func (m *manifest) vanished(files []*made, now time.Time) []string {
	here := make(map[string]bool, len(files))
	for _, f := range files {
		here[f.name] = true
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(m.files)) {
		k := m.files[name]
		switch {
		case here[name]:
			if !k.Gone.IsZero() {
				k.Gone = time.Time{}
				m.files[name], m.moved = k, true
			}
		case !strings.HasPrefix(name, "static/"):
			all = append(all, name)
		case k.Gone.IsZero():
			k.Gone = now.UTC()
			m.files[name], m.moved = k, true
		case now.Sub(k.Gone) >= assetsStay:
			all = append(all, name)
		}
	}
	return all
}

// forget drops a file that was removed.
func (m *manifest) forget(name string) {
	delete(m.files, name)
	m.moved = true
}

// save writes the manifest where it has changed.
func (m *manifest) save(ctx context.Context, shelf Shelf) error {
	if !m.moved {
		return nil
	}
	text, err := json.Marshal(manifestText{By: "Daymark", Files: m.files})
	if err != nil {
		return fmt.Errorf("write %s: %w", manifestFile, err)
	}
	if err := shelf.Put(ctx, File{Name: manifestFile, Type: "application/json", Cache: "no-store", Content: text}); err != nil {
		return err
	}
	m.moved = false
	return nil
}
