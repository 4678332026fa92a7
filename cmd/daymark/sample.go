package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"daymark/access"
)

// sampleOptions are what `daymark demo --run` runs with.
type sampleOptions struct {
	port    int
	data    string
	logging logOptions
	std     streams
	log     *slog.Logger
}

// runSample runs shop, server and second agent until ctx ends or one of them
// does.
func runSample(ctx context.Context, o sampleOptions) (err error) {
	stopping := context.WithoutCancel(ctx)
	if err := os.MkdirAll(o.data, 0o700); err != nil {
		return fmt.Errorf("make a folder for the sample: %w", err)
	}
	shop, err := startShop(ctx, o.port+1, o.data, o.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shop.Stop(stopping)) }()
	path, err := writeSample(shop, o.data, o.port, filepath.Join(o.data, "data"))
	if err != nil {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	self := func(args ...string) *exec.Cmd {
		cmd := exec.CommandContext(stopping, program, append(args, "--log-format", o.logging.Format, "--log-level", o.logging.Level)...)
		cmd.Stdout, cmd.Stderr = o.std.err, o.std.err
		return cmd
	}
	server, err := startChild("the server", self("serve", "--config", path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop(stopping)) }()
	page := fmt.Sprintf("http://127.0.0.1:%d", o.port)
	if err := waitReady(ctx, page+"/readyz", server); err != nil || ctx.Err() != nil {
		return err
	}
	if err := self("subscriber", "import", "--config", path, filepath.Join(o.data, "subscribers.csv")).Run(); err != nil {
		return fmt.Errorf("import the sample's subscribers: %w", err)
	}
	token, err := sampleToken(self, path, o.data)
	if err != nil {
		return err
	}
	agent, err := startChild("the second agent", self("agent", "run", "--server", page, "--token-file", token, "--data", filepath.Join(o.data, "second")))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, agent.stop(stopping)) }()
	printSample(o.std.out, page, shop.URL())
	select {
	case <-ctx.Done():
		return nil
	case <-server.done:
		return fmt.Errorf("the server ended: %w", server.err)
	case <-agent.done:
		return fmt.Errorf("the second agent ended: %w", agent.err)
	}
}

// sampleToken gives the file with the second agent's token, made once.
func sampleToken(self func(...string) *exec.Cmd, config, data string) (string, error) {
	path := filepath.Join(data, "second.token")
	if have, err := os.ReadFile(path); err == nil && access.LooksLikeAgentToken(strings.TrimSpace(string(have))) {
		return path, nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the second agent's token: %w", err)
	}
	create := self("agent", "token", "create", "--config", config, "--region", "second")
	create.Stdout = nil
	token, err := create.Output()
	if err != nil {
		return "", fmt.Errorf("make a token for the second agent: %w", err)
	}
	if err := os.WriteFile(path, token, 0o600); err != nil {
		return "", fmt.Errorf("keep the second agent's token: %w", err)
	}
	return path, nil
}

// waitReady asks until the server is ready, and gives up when it ends.
func waitReady(ctx context.Context, url string, server *child) error {
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		answer, err := http.Get(url) //nolint:noctx // the answer comes from our own child, or the connection is refused
		if err == nil {
			_ = answer.Body.Close() // nothing was written
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-server.done:
			return quietError{exitFailed} // it has said why
		case <-ticker.C:
		}
	}
}

func printSample(w io.Writer, page, shop string) {
	_, _ = fmt.Fprintf(w, `
  Daymark runs with its sample. Open

    %[1]s/          the status page
    %[1]s/console   the console, for staff; who has no account yet comes in by
                                     the link that the log above has
    %[2]s/          the sample shop
    %[2]s/switch    its switch: break it and watch the page
    %[2]s/outbox    the mail and text messages that were sent

  Ctrl-C ends it; what happened stays.

`, page, shop)
}
