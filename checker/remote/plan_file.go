package remote

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// takePlan hands on a plan that differs from the last and keeps it.
func (c *Client) takePlan(plan Plan) {
	if !c.isNew(plan) {
		return
	}
	c.options.OnPlan(plan)
	if c.options.PlanFile == "" {
		return
	}
	if err := writePlan(c.options.PlanFile, plan); err != nil {
		c.options.Logger.Error("the plan could not be kept; a start without the server would go on with an older one", "error", err)
	}
}

// loadPlan hands on the plan that was kept, if any.
func (c *Client) loadPlan() {
	if c.options.PlanFile == "" {
		return
	}
	plan, err := readPlan(c.options.PlanFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return
	case err != nil:
		c.options.Logger.Error("the plan that was kept cannot be used; the server's is waited for", "error", err)
		return
	}
	if c.isNew(plan) {
		c.options.Logger.Info("going on with the plan of last time until the server sends one", "checks", len(plan.Checks))
		c.options.OnPlan(plan)
	}
}

// isNew notes the plan and says whether it is another than the last.
func (c *Client) isNew(plan Plan) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	revision := plan.Region + " " + plan.Revision
	if revision == c.revision {
		return false
	}
	c.revision = revision
	return true
}

// writePlan replaces the file as a whole. It holds what the checks hold,
// passwords included, so nobody else may read it.
func writePlan(path string, plan Plan) error {
	data, err := encodeJSON(message{Type: typePlan, Plan: &plan})
	if err != nil {
		return fmt.Errorf("keep plan: %w", err)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".plan-*") // mode 0600
	if err != nil {
		return fmt.Errorf("keep plan: %w", err)
	}
	_, err = file.Write(data)
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("keep plan: %w", errors.Join(err, os.Remove(file.Name())))
	}
	return nil
}

func readPlan(path string) (Plan, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Plan{}, fmt.Errorf("read plan: %w", err)
	}
	if info.Size() > MaxPlan {
		return Plan{}, fmt.Errorf("read plan: %s is larger than a plan can be", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return Plan{}, fmt.Errorf("read plan: %w", err)
	}
	m, err := decodeMessage(data)
	if err != nil {
		return Plan{}, fmt.Errorf("read plan %s: %w", path, err)
	}
	if m.Type != typePlan {
		return Plan{}, fmt.Errorf("read plan %s: it holds no plan", path)
	}
	return *m.Plan, nil
}
