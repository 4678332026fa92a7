package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"daymark/config"
	"daymark/console"
)

// look takes a changed file, or says why not. asked says that somebody waits
// for it: then it is taken as it is at this moment, and said again.
func (h *host) look(ctx context.Context, asked bool) error {
	text, hash, err := readConfiguration(h.path)
	if err != nil {
		if h.told != "" || asked {
			h.told = ""
			h.log.Error("the configuration file cannot be read; what runs goes on", "error", err)
			h.fail(&console.ConfigurationFailure{At: time.Now(), Origin: "file", Reason: "The file cannot be read: " + err.Error() + "."})
		}
		return nil
	}
	switch before := h.seen; {
	case hash == h.app.configurations.running.SHA256:
		h.seen = hash
		return h.same(ctx, text, hash, asked)
	case !asked && hash == h.told:
		return nil
	case !asked && hash != before:
		h.seen = hash
		return nil
	}
	h.seen, h.told = hash, hash
	return h.changed(ctx, text, hash)
}

// same takes a file that is as it runs: its secrets may be others.
func (h *host) same(ctx context.Context, text, hash string, asked bool) error {
	if h.told != hash || asked {
		h.told = hash
		h.mu.Lock()
		if h.disk = nil; h.failed != nil && h.failed.Origin == "file" {
			h.failed = nil
		}
		h.mu.Unlock()
	}
	if !asked {
		return nil
	}
	doc, err := loadText(h.path, text)
	if err != nil {
		h.refuseFile(hash, err)
		return nil
	}
	if slices.Equal(doc.Secrets(), h.app.doc.Secrets()) {
		h.log.Info("the configuration is the one that runs")
		return nil
	}
	return h.replace(ctx, doc, origin{from: "file"})
}

// changed takes a file that is not as it runs.
func (h *host) changed(ctx context.Context, text, hash string) error {
	doc, err := loadText(h.path, text)
	if err != nil {
		h.refuseFile(hash, err)
		return nil
	}
	shown, _, _ := doc.Shown()
	disk := &console.ConfigurationOnDisk{SHA256: hash, Text: shown}
	switch restart := takeRestart(h.app.doc, doc); {
	case len(restart) > 0:
		h.log.Warn("the changed configuration file takes a restart of the server; until then the one before goes on", "because_of", strings.Join(restart, ", "))
		h.differs(disk, &console.ConfigurationFailure{At: time.Now(), Origin: "file", Reason: "It changes what takes a restart of the server: " + strings.Join(restart, ", ") + "."})
		return nil
	case h.app.doc.Server.Config == "console":
		h.log.Warn("the configuration file was changed by hand, and the console may write it (server.config): it is not applied before somebody looks at the difference in the console")
		h.differs(disk, nil)
		return nil
	}
	return h.replace(ctx, doc, origin{from: "file"})
}

// refuseFile tells that a file is not valid.
func (h *host) refuseFile(hash string, err error) {
	faults := tellConfigFaults(err)
	first := err.Error()
	if all, ok := err.(config.Faults); ok { //nolint:errorlint // Parse gives it bare
		first = all[0].String()
	}
	h.log.Error("the configuration file is not valid; what runs goes on", "faults", len(faults), "first", first)
	h.differs(&console.ConfigurationOnDisk{SHA256: hash, Faults: faults}, &console.ConfigurationFailure{
		At: time.Now(), Origin: "file", Reason: fmt.Sprintf("The file is not valid: %s.", plural(len(faults), "fault")), Faults: faults,
	})
}

func (h *host) differs(disk *console.ConfigurationOnDisk, failed *console.ConfigurationFailure) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.disk, h.failed = disk, failed
}
