package statuspage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Dir is a folder as a shelf. What is in it is for everybody to read.
type Dir string

// halfDone begins the names of files that are being written.
const halfDone = ".daymark-half-"

// Put implements Shelf: a file beside, made durable, takes the name.
func (d Dir) Put(ctx context.Context, f File) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	at, err := d.at(f.Name)
	if err != nil {
		return err
	}
	folder := filepath.Dir(at)
	if err := d.mkdir(folder); err != nil {
		return err
	}
	half, err := os.CreateTemp(folder, halfDone+"*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = half.Close()           // it was closed already, or is given up
			_ = os.Remove(half.Name()) // what is left is cleared by Sizes
		}
	}()
	if _, err := half.Write(f.Content); err != nil {
		return err
	}
	// Whatever the umask: a web server reads it as another user.
	if err := errors.Join(half.Chmod(0o644), half.Sync(), half.Close()); err != nil {
		return err
	}
	if err := os.Rename(half.Name(), at); err != nil {
		return err
	}
	return settle(folder)
}

// settle makes the names in a folder durable.
func settle(folder string) error {
	opened, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(opened.Sync(), opened.Close())
}

// mkdir makes a folder of the copy and those above it.
func (d Dir) mkdir(folder string) error {
	if _, err := os.Stat(folder); err == nil {
		return nil
	}
	if folder != string(d) {
		if err := d.mkdir(filepath.Dir(folder)); err != nil {
			return err
		}
	} else if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return err
	}
	if err := os.Mkdir(folder, 0o755); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil // somebody else was quicker
		}
		return err
	}
	if err := os.Chmod(folder, 0o755); err != nil { //nolint:gosec // everybody may read the page
		return err
	}
	return settle(filepath.Dir(folder))
}

// Get implements Shelf.
func (d Dir) Get(_ context.Context, name string) ([]byte, error) {
	at, err := d.at(name)
	if err != nil {
		return nil, err
	}
	content, err := os.ReadFile(at)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", name, ErrNotFound)
	}
	return content, err
}

// Remove implements Shelf. Folders that this leaves empty go too.
func (d Dir) Remove(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	at, err := d.at(name)
	if err != nil {
		return err
	}
	if err := os.Remove(at); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for folder := filepath.Dir(at); folder != string(d); folder = filepath.Dir(folder) {
		if os.Remove(folder) != nil {
			break // something is in it still
		}
	}
	return nil
}

// Sizes implements Shelf.
func (d Dir) Sizes(ctx context.Context) (map[string]int64, error) {
	sizes := map[string]int64{}
	err := filepath.WalkDir(string(d), func(at string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // the folder is not there yet, or somebody removed a file
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case strings.HasPrefix(entry.Name(), halfDone):
			return os.Remove(at)
		case !entry.Type().IsRegular():
			return nil
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		name, err := filepath.Rel(string(d), at)
		sizes[filepath.ToSlash(name)] = info.Size()
		return err
	})
	return sizes, err
}

// at is the path of a file, which is inside the folder.
func (d Dir) at(name string) (string, error) {
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return "", fmt.Errorf("%q is no name of a file in a folder", name)
	}
	return filepath.Join(string(d), filepath.FromSlash(name)), nil
}
