package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

type healthCommand struct {
	URL string `help:"What to ask." default:"http://127.0.0.1:8080/healthz"`
}

// Help gives an example.
func (healthCommand) Help() string {
	return "Example: daymark health --url http://127.0.0.1:8080/readyz"
}

// Run answers with its exit status.
func (c healthCommand) Run(ctx context.Context, std streams) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL, http.NoBody)
	if err != nil {
		return usageError{fmt.Errorf("health: %w", err)}
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	defer func() { _ = answer.Body.Close() }() // nothing was written
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("health: %s answered %s", c.URL, answer.Status)
	}
	if _, err := io.Copy(std.out, io.LimitReader(answer.Body, 1_000)); err != nil { // what it says besides, such as an agent that is blind
		return fmt.Errorf("health: %w", err)
	}
	return nil
}
