package incident

import (
	"context"
	"reflect"
)

// ofOver is a command that adds to what is known of an incident, or puts it
// right, and changes nothing of its life: the incident may be over for long.
type ofOver interface {
	over() string // the id of the incident; "": it has to be open, or over since a moment
}

func (c EditUpdate) over() string { return c.Incident }
func (c AskReview) over() string  { return c.Incident }

func (c Write) over() string {
	if c.Kind == Propose || c.Kind == Agreement || c.Done {
		return "" // nobody repairs what is over
	}
	return c.Incident
}

// recall brings back, for a command, the incident that it is about, where that
// is over and forgotten.
func recall(ctx context.Context, tx Tx, state *State, command Command) error {
	about, is := command.(ofOver)
	if !is || about.over() == "" || state.Incidents[about.over()] != nil {
		return nil
	}
	inc, err := tx.Incident(ctx, about.over())
	if err != nil || inc == nil || inc.Open() {
		return err
	}
	if _, asks := command.(AskReview); asks && state.Reviews[inc.ID] == nil {
		r, err := tx.Review(ctx, inc.ID)
		if err != nil {
			return err
		}
		if r != nil {
			state.Reviews[inc.ID] = r
		}
	}
	state.recalled = inc
	return nil
}

// incident gives an incident that is open, or was until a moment ago, or was
// recalled; nil: there is none.
func (d *decider) incident(id string) *Incident {
	if inc := d.state.Incidents[id]; inc != nil {
		return inc
	}
	if d.recalled != nil && d.recalled.ID == id {
		return d.recalled
	}
	return nil
}

// recalls takes what was recalled for one command; keep puts it into the
// decision, where the command has changed it.
func (d *decider) recalls() (keep func()) {
	d.recalled, d.state.recalled = d.state.recalled, nil
	if d.recalled == nil {
		return func() {}
	}
	before := d.recalled.Clone()
	return func() {
		if !reflect.DeepEqual(before, d.recalled.Clone()) {
			d.recalled.Updated = d.now
			d.Incidents = append(d.Incidents, d.recalled.Clone())
		}
	}
}
