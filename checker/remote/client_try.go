package remote

import (
	"context"
	"time"
)

// takeTrial tries a check beside what else comes, and answers. It does not
// wait. What the connection does not outlast is not answered.
func (c *Client) takeTrial(ctx context.Context, s *session, asked message) {
	s.trials.Go(func() {
		answer := c.try(ctx, asked)
		if ctx.Err() != nil {
			return
		}
		data, err := encodeJSON(answer)
		if err == nil {
			err = s.send(data)
		}
		if err != nil {
			c.options.Logger.Warn("the server could not be told what a check came to that it tried", "error", err)
		}
	})
}

// try makes the run that is asked for, unless another one is going.
func (c *Client) try(ctx context.Context, asked message) message {
	answer := message{Type: typeTried, ID: asked.ID}
	select {
	case c.trying <- struct{}{}:
	default:
		answer.Message = "another check is being tried at this agent"
		return answer
	}
	defer func() { <-c.trying }()
	ctx, cancel := context.WithTimeout(ctx, min(time.Duration(asked.Within)*time.Millisecond, MaxTrial))
	defer cancel()
	result, err := c.options.OnTry(ctx, *asked.Trial)
	if err != nil {
		answer.Message = err.Error()
		return answer
	}
	result.Check = asked.Trial.ID
	result.Evidence = nil // which nobody would look at
	result.Bound()
	answer.Result = &result
	return answer
}
