package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"daymark/incident"
	"daymark/store"
)

func (f *fixture) change(c store.Change) string {
	f.t.Helper()
	var id string
	err := f.engine.Do(context.Background(), incident.Act{Actor: "ana", Action: "change told", Object: c.What}, func(ctx context.Context, tx incident.Tx, now time.Time) (err error) {
		id, err = tx.(*store.Tx).AddChange(ctx, now, &c)
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return id
}

func TestChangesAreListed(t *testing.T) {
	f := newFixture(t)
	at := f.now
	for i := range 5 {
		c := store.Change{At: at.Add(time.Duration(i/2) * time.Minute), What: fmt.Sprint("change ", i), Link: "https://ci.example/" + fmt.Sprint(i), Who: "job", Author: "ana"}
		if i > 0 {
			c.Components = []string{"sign-in", fmt.Sprint("c", i)}
		}
		f.change(c)
	}
	list := func(q store.ChangeQuery) string {
		t.Helper()
		q.Most = max(q.Most, 1)
		var all []string
		for {
			found, err := f.store.Changes(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range found {
				all = append(all, strings.TrimPrefix(c.What, "change "))
				q.BeforeAt, q.BeforeID = c.At, c.ID
			}
			if len(found) < q.Most {
				break
			}
		}
		return strings.Join(all, " ")
	}
	whole := list(store.ChangeQuery{Most: 10})
	if len(whole) != 9 || !strings.HasPrefix(whole, "4 ") {
		t.Errorf("all: %s", whole)
	}
	for most := 1; most < 5; most++ {
		if got := list(store.ChangeQuery{Most: most}); got != whole {
			t.Errorf("in parts of %d: %s; want %s", most, got, whole)
		}
	}
	if got := list(store.ChangeQuery{Component: "c3", Most: 9}); len(got) != 3 || !strings.Contains(got, "3") || !strings.Contains(got, "0") {
		t.Errorf("of one component, and of none that is known: %s", got)
	}
	if got := list(store.ChangeQuery{Since: at.Add(time.Minute), Until: at.Add(time.Minute), Most: 9}); len(got) != 3 || !strings.Contains(got, "2") || !strings.Contains(got, "3") {
		t.Errorf("of one minute: %s", got)
	}
}
