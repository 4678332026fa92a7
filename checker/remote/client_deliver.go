package remote

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"daymark/checker"
)

// outgoing is a message of results that are encoded already.
type outgoing struct {
	Type    string            `json:"type"`
	ID      uint64            `json:"id"`
	Results []json.RawMessage `json:"results"`
}

// Deliver gives results to the server and waits until it has stored them; it
// is for ForwarderOptions.Deliver. While there is no connection it waits for
// one. After an error the server may have some of them.
func (c *Client) Deliver(ctx context.Context, results []checker.Result) ([]checker.Rejection, error) {
	select {
	case c.one <- struct{}{}:
		defer func() { <-c.one }()
	case <-ctx.Done():
		return nil, fmt.Errorf("deliver results: %w", ctx.Err())
	}
	batches, rejected, err := split(results)
	if err != nil {
		return nil, fmt.Errorf("deliver results: %w", err)
	}
	for _, batch := range batches {
		s, id, err := c.current(ctx)
		if err != nil {
			return nil, fmt.Errorf("deliver results: %w", err)
		}
		data, err := encodeJSON(outgoing{typeResults, id, batch})
		if err != nil {
			return nil, fmt.Errorf("deliver results: %w", err)
		}
		answer, err := s.ask(ctx, c.options.Now(), id, data, c.options.Patience)
		if err != nil {
			return nil, fmt.Errorf("deliver: %w", err)
		}
		c.mu.Lock()
		c.pause = min(max(time.Duration(answer.Pause)*time.Millisecond, 0), mostRest)
		c.mu.Unlock()
		if answer.Type == typeError {
			return nil, fmt.Errorf("the server did not take the results: %s", answer.Message)
		}
		rejected = append(rejected, answer.Rejected...)
	}
	return rejected, nil
}

// split encodes results and parts them so that messages stay below their aim.
// A result that the server could not read at all is rejected here.
func split(results []checker.Result) (batches [][]json.RawMessage, rejected []checker.Rejection, err error) {
	var batch []json.RawMessage
	size := 0
	for _, result := range results {
		data, err := encodeJSON(result)
		if err != nil {
			return nil, nil, fmt.Errorf("encode result of %s: %w", result.Check, err)
		}
		if len(data) > MaxMessage-1000 {
			rejected = append(rejected, checker.Rejection{
				Check: result.Check, At: result.At,
				Reason: fmt.Sprintf("the result has %d bytes, and no message may have more than %d", len(data), MaxMessage),
			})
			continue
		}
		if len(batch) > 0 && (size+len(data) > aimMessage-1000 || len(batch) == maxResults) {
			batches = append(batches, batch)
			batch, size = nil, 0
		}
		batch = append(batch, data)
		size += len(data) + 1
	}
	if len(batch) > 0 {
		batches = append(batches, batch)
	}
	return batches, rejected, nil
}
