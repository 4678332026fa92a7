package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"daymark/config"
)

type importCommands struct {
	Data      importData      `cmd:"" help:"Make the database of what daymark export wrote."`
	Recording importRecording `cmd:"" help:"Turn a recording of Chrome's DevTools into a browser check."`
}

// Help gives an example.
func (importCommands) Help() string { return "Example: daymark import recording sign-in.json" }

type importRecording struct {
	File     string `arg:"" help:"The recording, as the Recorder of Chrome's DevTools exports it: JSON, at most 1 MB." type:"path"`
	ID       string `help:"The check's id; otherwise made of the recording's title."`
	Name     string `help:"The check's name; otherwise the recording's title."`
	Schedule string `help:"When it runs, as a cron line." default:"@every 5m"`
	Out      string `help:"Write the check to this new file instead of printing it." type:"path" placeholder:"FILE"`
}

// Help gives an example.
func (importRecording) Help() string {
	return `In Chrome, open the DevTools (F12), More tools, Recorder. Record, then choose Export and JSON.
The check is one item for components[].checks. What of the recording is not in it is told beside it and in its comments. What was typed into a field that looks secret becomes a variable of the agent, which is named.

Example: daymark import recording sign-in.json --id sign-in --schedule "@every 2m"`
}

// Run prints the check and tells beside it what is not in it.
func (c *importRecording) Run(std streams) error {
	made, err := config.LoadRecording(c.File, config.RecordingOptions{ID: c.ID, Name: c.Name, Schedule: c.Schedule})
	if err != nil {
		return tellFaults(std, err)
	}
	if c.Out == "" {
		_, err = std.out.Write(made.YAML)
	} else {
		err = writeNew(c.Out, made.YAML)
	}
	if err != nil {
		return err
	}
	for _, note := range made.Notes {
		if _, err := fmt.Fprintf(std.err, "note: %s\n", note); err != nil {
			return err
		}
	}
	return nil
}

// writeNew writes a file that is not there yet, so that no configuration is
// lost to a slip.
func writeNew(path string, data []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return usageError{fmt.Errorf("%s is there already: name a file that is not", path)}
	}
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Close())
}
