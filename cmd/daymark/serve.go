package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"daymark/internal/redact"
)

type serveCommand struct {
	configFlag
}

// Help gives an example.
func (serveCommand) Help() string {
	return `Everything is in one configuration file; what happened is in server.data. SIGTERM stops it gracefully.

Example: daymark serve --config daymark.yaml`
}

// stopLimit bounds a graceful stop.
const stopLimit = 15 * time.Second

// Run serves until it is interrupted.
func (c *serveCommand) Run(ctx context.Context, std streams, logging *logOptions) error {
	doc, err := loadRunnable(c.Config)
	if err != nil {
		return tellFaults(std, err)
	}
	log := logging.logger(std.err, redact.New(doc.Secrets()...))
	slog.SetDefault(log) // for what libraries say
	app, err := newApp(ctx, doc, log)
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	if err := app.start(ctx); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	log.Info("Daymark serves", "address", "http://"+app.addr(), "checks", countChecks(doc), "version", version)
	<-ctx.Done()
	log.Info("stopping")
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopLimit)
	defer cancel()
	return app.stop(stopping)
}
