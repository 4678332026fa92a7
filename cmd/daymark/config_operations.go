package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"daymark/access"
	"daymark/console"
	"daymark/incident"
)

// versionOrder is what a command asks about versions.
type versionOrder struct {
	Number int    `json:"number,omitempty"`
	Before int    `json:"before,omitempty"`
	Why    string `json:"why,omitempty"`
}

// configurationStand is how the configuration stands, for a command.
type configurationStand struct {
	Number   int    `json:"number"`
	Applying bool   `json:"applying"`
	Failed   string `json:"failed,omitempty"`
}

func controlConfiguration(mux *http.ServeMux, o *operations) {
	mux.HandleFunc("POST /configuration/versions", question(o.listVersions))
	mux.HandleFunc("POST /configuration/show", question(o.showVersion))
	mux.HandleFunc("POST /configuration/back", question(o.backToVersion))
	mux.HandleFunc("POST /configuration/stand", question(o.configurationStand))
}

// versionsPart is how many versions come at once.
const versionsPart = 100

func (o *operations) listVersions(ctx context.Context, order versionOrder) ([]console.ConfigurationVersion, error) {
	return o.configurations.ConfigurationVersions(ctx, console.VersionQuery{Before: order.Before, Most: versionsPart})
}

func (o *operations) showVersion(ctx context.Context, order versionOrder) (*console.ConfigurationVersion, error) {
	v, err := o.configurations.ConfigurationVersion(ctx, order.Number)
	if errors.Is(err, console.ErrNotFound) {
		return nil, usageError{fmt.Errorf("there is no version %d: `daymark config versions` lists them", order.Number)}
	}
	return v, err
}

// backToVersion begins to run with the text of an older version, and gives the
// number of the one that runs until then.
func (o *operations) backToVersion(ctx context.Context, order versionOrder) (int, error) {
	v, err := o.showVersion(ctx, order)
	if err != nil {
		return 0, err
	}
	if !v.Kept || v.Hidden > 0 {
		return 0, usageError{fmt.Errorf("version %d had secrets written out, which are not kept: `daymark config show %d` prints the rest of it", v.Number, v.Number)}
	}
	verdict := o.configurations.ValidateConfiguration(ctx, v.Text)
	switch {
	case len(verdict.Faults) > 0:
		f := verdict.Faults[0]
		return 0, usageError{fmt.Errorf("version %d is not valid any more: line %d: %s", v.Number, f.Line, f.Message)}
	case len(verdict.Restart) > 0:
		return 0, usageError{fmt.Errorf("version %d differs in what takes a restart of the server (%s): write it to the file by `daymark config show %d`, and start the server again", v.Number, verdict.Restart[0], v.Number)}
	case verdict.Unfit != "":
		return 0, usageError{fmt.Errorf("version %d cannot be applied: %s", v.Number, verdict.Unfit)}
	}
	running := o.configurations.running.Number
	err = o.configurations.ApplyConfiguration(ctx, console.ConfigurationOrder{Who: access.CommandLine(), Text: v.Text, Why: order.Why, Base: running})
	if refusal, ok := errors.AsType[*incident.Refusal](err); ok {
		return 0, usageError{refusal}
	}
	return running, err
}

func (o *operations) configurationStand(context.Context, struct{}) (configurationStand, error) {
	c := o.configurations
	stand := configurationStand{Number: c.running.Number, Applying: c.host != nil && c.host.applying()}
	if c.host != nil {
		if failed, _ := c.host.stands(); failed != nil {
			stand.Failed = failed.Reason
		}
	}
	return stand, nil
}
