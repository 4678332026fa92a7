package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"daymark/store"
)

type auditCommands struct {
	Verify auditVerify `cmd:"" help:"See whether the audit trail is what was written."`
	Export auditExport `cmd:"" help:"Print the audit trail as JSON Lines."`
}

// Help gives an example.
func (auditCommands) Help() string { return "Example: daymark audit verify" }

type auditVerify struct {
	configFlag
	Head string `help:"The last hash of an earlier verification: then entries cut off the end show too." placeholder:"HASH"`
}

// Help gives an example.
func (auditVerify) Help() string {
	return `Each act of a person is an entry whose hash covers it and the hash before it, so that no entry can be changed or
removed unseen. It prints the last hash: keep it somewhere else. It works whether the server runs or not.
The exit status is 1 when the trail is broken.

Example: daymark audit verify --head "$(cat last-head)"`
}

// Run verifies.
func (c *auditVerify) Run(ctx context.Context, std streams) error {
	path, err := databaseOf(c.Config, std)
	if err != nil {
		return err
	}
	report, err := store.VerifyAudit(ctx, path, c.Head)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("%d entries, none changed or removed", report.Entries)
	if report.Unchained > 0 {
		text += fmt.Sprintf("; %d more are from before entries were chained", report.Unchained)
	}
	if report.Head != "" {
		text += "\n" + report.Head
	}
	_, err = fmt.Fprintln(std.out, text)
	return err
}

type auditExport struct {
	configFlag
}

// Help gives an example.
func (auditExport) Help() string {
	return `One entry a line, oldest first: seq, at, actor, action, object and hash.

Example: daymark audit export > audit.jsonl`
}

// Run exports.
func (c *auditExport) Run(ctx context.Context, std streams) error {
	path, err := databaseOf(c.Config, std)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(std.out)
	return store.ReadAudit(ctx, path, func(e store.AuditEntry) error { return encoder.Encode(e) })
}

// databaseOf gives the path of a configuration's database, which is there.
func databaseOf(file string, std streams) (string, error) {
	doc, err := loadConfig(file)
	if err != nil {
		return "", tellFaults(std, err)
	}
	path := filepath.Join(doc.Server.Data, databaseFile)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", usageError{fmt.Errorf("there is no database %s: the server has not run with this configuration yet", path)}
	}
	return path, nil
}
