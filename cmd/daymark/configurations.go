package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"daymark/access"
	"daymark/checker/remote"
	"daymark/config"
	"daymark/console"
	"daymark/incident"
	"daymark/store"
	"daymark/support"
)

// configurations are the versions of the configuration, as the console and the
// command line have them.
type configurations struct {
	core   *core
	agents *remote.Server   // that may be asked to try a check
	doc    *config.Document // that runs
	came   origin
	host   *host // nil: it runs by itself, and takes no other
	trials *trials
	now    func() time.Time

	running store.Configuration // the version of doc, without its text
	shown   func() string       // the text of doc, for people
}

func newConfigurations(doc *config.Document, now func() time.Time) *configurations {
	return &configurations{doc: doc, now: now, trials: newTrials(), shown: sync.OnceValue(func() string {
		text, _, _ := doc.Shown()
		return text
	})}
}

// origin is from where a document came.
type origin struct {
	author string // "" where nobody is known
	from   string // file, console, command line
	why    string
	write  func() error // puts the text into the file; nil: it is there
}

// keep notes the version that runs: as the newest, unless it is that already.
func (c *configurations) keep(ctx context.Context) error {
	newest, err := c.core.store.Configurations(ctx, store.ConfigurationQuery{Most: 1})
	if err != nil {
		return err
	}
	hash := store.HashConfiguration(c.doc.Text())
	if len(newest) > 0 && newest[0].SHA256 == hash && c.came.write == nil {
		c.running = newest[0]
		return nil
	}
	version := store.Configuration{
		At: c.now(), Author: c.came.author, Origin: cmp.Or(c.came.from, "file"), Why: c.came.why, SHA256: hash, Size: len(c.doc.Text()),
	}
	version.Text, version.Hidden, version.Kept = c.doc.Shown()
	object := "from the " + version.Origin + ", sha256 " + hash[:12]
	if version.Why != "" {
		object += ": " + version.Why
	}
	act := incident.Act{Actor: cmp.Or(version.Author, "Daymark"), Action: "configuration applied", Object: object}
	err = c.core.engine.Do(ctx, act, func(ctx context.Context, tx incident.Tx, _ time.Time) error {
		if err := tx.(*store.Tx).AddConfiguration(ctx, &version); err != nil || c.came.write == nil {
			return err
		}
		return c.came.write()
	})
	c.running = version
	c.running.Text = ""
	return err
}

// Configuration implements console.Configurations.
func (c *configurations) Configuration(context.Context) (*console.ConfigurationState, error) {
	state := &console.ConfigurationState{Running: console.ConfigurationVersion(c.running), Writes: c.doc.Server.Config}
	state.Running.Text = c.shown()
	state.Tries = c.whereTried()
	if c.host != nil {
		state.Failed, state.Disk = c.host.stands()
	}
	return state, nil
}

// ConfigurationVersions implements console.Configurations.
func (c *configurations) ConfigurationVersions(ctx context.Context, q console.VersionQuery) ([]console.ConfigurationVersion, error) {
	found, err := c.core.store.Configurations(ctx, store.ConfigurationQuery(q))
	versions := make([]console.ConfigurationVersion, len(found))
	for i := range found {
		versions[i] = console.ConfigurationVersion(found[i])
	}
	return versions, err
}

// ConfigurationVersion implements console.Configurations.
func (c *configurations) ConfigurationVersion(ctx context.Context, number int) (*console.ConfigurationVersion, error) {
	found, err := c.core.store.Configuration(ctx, number)
	if err != nil {
		return nil, notFound(err)
	}
	return (*console.ConfigurationVersion)(found), nil
}

// read reads a text that comes from elsewhere than the file, within the
// document that runs. What stands in the file as well comes from who runs the
// server, whoever sends it.
func (c *configurations) read(text string) (*config.Document, error) {
	options := config.Options{Within: c.doc}
	if file, _, err := readConfiguration(c.file()); err == nil && console.WholeText(file) == text {
		options.Within = nil
	}
	doc, err := config.Parse(c.file(), []byte(text), options)
	if err != nil {
		return nil, err
	}
	if faults := notYet(doc); len(faults) > 0 {
		return nil, faults
	}
	return doc, nil
}

func (c *configurations) file() string { return c.doc.Position("").File }

// ValidateConfiguration implements console.Configurations.
func (c *configurations) ValidateConfiguration(_ context.Context, text string) console.ConfigurationVerdict {
	doc, err := c.doc, error(nil)
	if text != c.doc.Text() {
		doc, err = c.read(text)
	}
	if err != nil {
		return console.ConfigurationVerdict{Faults: tellConfigFaults(err)}
	}
	verdict := console.ConfigurationVerdict{Restart: takeRestart(c.doc, doc)}
	if c.doc.Server.Config == "console" && !slices.ContainsFunc(doc.Support.People, func(p support.Person) bool { return p.Role == string(access.Administrator) }) {
		verdict.Unfit = "nobody would be administrator any more, and could apply the next one: give somebody `role: administrator`"
	}
	for i := range doc.Components {
		for _, check := range doc.Components[i].Checks {
			if check.Heartbeat == nil {
				verdict.Checks = append(verdict.Checks, check.ID)
			}
		}
	}
	return verdict
}

func tellConfigFaults(err error) []console.ConfigurationFault {
	faults, ok := errors.AsType[config.Faults](err)
	if !ok {
		return []console.ConfigurationFault{{Message: err.Error()}}
	}
	all := make([]console.ConfigurationFault, len(faults))
	for i, f := range faults {
		all[i] = console.ConfigurationFault{Line: f.Line, Column: f.Column, Path: f.Path, Message: f.Message}
	}
	return all
}

// takeRestart names what two documents differ in and only a restart changes.
func takeRestart(from, to *config.Document) []string {
	var paths []string
	for _, setting := range []struct {
		path string
		same bool
	}{
		{"server.listen", from.Server.Listen == to.Server.Listen},
		{"server.data", from.Server.Data == to.Server.Data},
		{"agents.spool", from.Agents.Spool == to.Agents.Spool},
	} {
		if !setting.same {
			paths = append(paths, setting.path)
		}
	}
	return paths
}

// ApplyConfiguration implements console.Configurations.
func (c *configurations) ApplyConfiguration(_ context.Context, order console.ConfigurationOrder) error {
	switch {
	case c.host == nil:
		return &incident.Refusal{Kind: incident.Conflict, Text: "this server takes no other configuration while it runs"}
	case c.doc.Server.Config != "console":
		return &incident.Refusal{Kind: incident.Conflict, Text: "only the file may change the configuration (server.config: file): write it to " + c.file() + " where the server runs"}
	}
	if order.Key != "" && store.HashConfiguration(order.Text) == c.running.SHA256 {
		return nil // it was sent before, and runs
	}
	return c.host.order(order)
}

// refuseOrder says why a text cannot follow the document that runs, beside
// what is wrong in it.
func (c *configurations) refuseOrder(order *console.ConfigurationOrder, disk string) error {
	refuse := func(text string, args ...any) error {
		return &incident.Refusal{Kind: incident.Conflict, Text: fmt.Sprintf(text, args...)}
	}
	hash := store.HashConfiguration(order.Text)
	switch {
	case order.Base != c.running.Number:
		return refuse("version %d runs meanwhile, and this text was made from version %d: look at the difference, and apply it again if it is still what you want", c.running.Number, order.Base)
	case disk != c.running.SHA256 && disk != hash && disk != order.Disk:
		return refuse("the file was changed by hand meanwhile: look at what differs, and apply your text again if it is to replace that")
	case hash == c.running.SHA256 && disk == hash:
		return refuse("nothing is changed: version %d runs with this text", c.running.Number)
	}
	return nil
}
