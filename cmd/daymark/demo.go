package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"daymark/demo"
	"daymark/internal/redact"
)

type demoCommand struct {
	Run_   bool   `name:"run" help:"Run the whole sample: shop, server and a second agent. The shop takes the port above --port."`
	Port   int    `help:"Port of the shop; with --run, of the status page." default:"8081"`
	Data   string `help:"Folder for what the sample keeps." default:"data/sample" type:"path"`
	Config string `help:"Also write the sample's configuration for a server on this port, and its subscribers, to this folder." type:"path" placeholder:"DIR"`
	Page   int    `help:"Port of the status page in that configuration." default:"8080"`
}

// Help gives an example.
func (demoCommand) Help() string {
	return `The shop's /switch breaks it, its /outbox shows the mail and text messages that arrived.

Example: daymark demo --run --port 8080

Example: daymark demo --port 8081 --config ./try`
}

// Run starts the sample and runs until it is interrupted.
func (c *demoCommand) Run(ctx context.Context, std streams, logging *logOptions) error {
	log := logging.logger(std.err, redact.Redactor{})
	if c.Run_ {
		return runSample(ctx, sampleOptions{port: c.Port, data: c.Data, logging: *logging, std: std, log: log})
	}
	shop, err := startShop(ctx, c.Port, c.Data, log)
	if err != nil {
		return err
	}
	if c.Config != "" {
		if _, err := writeSample(shop, c.Config, c.Page, filepath.Join(c.Config, "data")); err != nil {
			return err
		}
	}
	printShop(std.out, shop)
	<-ctx.Done()
	return shop.Stop(context.WithoutCancel(ctx))
}

func startShop(ctx context.Context, port int, data string, log *slog.Logger) (*demo.Server, error) {
	shop, err := demo.New(demo.Options{
		Listen:    net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		Dir:       filepath.Join(data, "outbox"),
		StateFile: filepath.Join(data, "switch"),
		Logger:    log,
	})
	if err != nil {
		return nil, fmt.Errorf("prepare the sample shop: %w", err)
	}
	if err := shop.Start(ctx); err != nil {
		return nil, fmt.Errorf("start the sample shop: %w", err)
	}
	return shop, nil
}

// writeSample writes configuration and subscribers and gives the former's path.
func writeSample(shop *demo.Server, dir string, port int, data string) (string, error) {
	files, err := demo.SampleFiles(demo.SampleVars{
		Listen: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), Data: data,
		Shop: shop.URL(), Twilio: shop.TwilioURL(), SMTP: shop.SMTPAddr(),
	})
	if err != nil {
		return "", fmt.Errorf("make the sample: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make a folder for the sample: %w", err)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return "", fmt.Errorf("write the sample: %w", err)
		}
	}
	return filepath.Join(dir, "daymark.yaml"), nil
}

func printShop(w io.Writer, shop *demo.Server) {
	_, _ = fmt.Fprintf(w, `
  The sample shop          %[1]s/
  Its switch: break it     %[1]s/switch
  Mail and texts it got    %[1]s/outbox

`, shop.URL())
}
