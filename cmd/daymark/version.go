package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set when the program is built for a release.
var version = "dev"

type versionCommand struct{}

// Help gives an example.
func (versionCommand) Help() string { return "Example: daymark version" }

// Run prints the version.
func (versionCommand) Run(std streams) error {
	_, err := fmt.Fprintln(std.out, versionText())
	return err
}

func versionText() string {
	revision := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" && len(setting.Value) >= 12 {
				revision = " (" + setting.Value[:12] + ")"
			}
		}
	}
	return fmt.Sprintf("daymark %s%s %s/%s", version, revision, runtime.GOOS, runtime.GOARCH)
}
