package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"
)

type serveCommand struct {
	configFlag
}

// Help gives an example.
func (serveCommand) Help() string {
	return `Everything is in one configuration file; what happened is in server.data. SIGTERM stops it gracefully; SIGHUP has it read the file at once, which it does by itself when the file changes.

Example: daymark serve --config daymark.yaml`
}

// stopLimit bounds a graceful stop.
const stopLimit = 15 * time.Second

// Run serves until it is interrupted.
func (c *serveCommand) Run(ctx context.Context, std streams, logging *logOptions) error {
	// From before the start on: one that nobody takes would end the server.
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	h, err := newHost(ctx, c.Config, std, logging)
	if err != nil {
		return tellFaults(std, err)
	}
	h.log.Info("Daymark serves", "address", "http://"+h.app.addr(), "checks", countChecks(h.app.doc), "version", version)
	untrace, err := startTracing(ctx, h.log, h.hidden.hide)
	if err == nil {
		defer untrace()
		err = h.run(ctx, hangups)
	}
	h.log.Info("stopping")
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopLimit)
	defer cancel()
	return errors.Join(err, h.stop(stopping))
}
