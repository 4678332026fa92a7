package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"daymark/incident"
	"daymark/store"
)

func (f *fixture) configure(v store.Configuration) int {
	f.t.Helper()
	act := incident.Act{Actor: "test", Action: "configuration applied"}
	err := f.engine.Do(context.Background(), act, func(ctx context.Context, tx incident.Tx, _ time.Time) error {
		return tx.(*store.Tx).AddConfiguration(ctx, &v)
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return v.Number
}

func TestConfigurationsAreKept(t *testing.T) {
	f := newFixture(t)
	ctx := context.Background()
	if _, err := f.store.Configuration(ctx, 1); !errors.Is(err, store.ErrNotFound) {
		t.Fatal(err)
	}
	at := time.Date(2026, 12, 1, 3, 0, 0, 0, time.UTC)
	for i, text := range []string{"one\n", "two\n", "three\n"} {
		v := store.Configuration{At: at.Add(time.Duration(i) * time.Hour), Author: "ana in the console", Origin: "console", Why: "a <b> c", Text: text, Kept: true, SHA256: store.HashConfiguration(text), Size: len(text)}
		if n := f.configure(v); n != i+1 {
			t.Errorf("it is number %d", n)
		}
	}
	f.configure(store.Configuration{At: at.Add(3 * time.Hour), Origin: "file", SHA256: "x", Size: 9, Hidden: 2})
	f.reopen()
	second, err := f.store.Configuration(ctx, 2)
	if err != nil || second.Text != "two\n" || !second.Kept || second.Why != "a <b> c" || !second.At.Equal(at.Add(time.Hour)) || second.Author != "ana in the console" {
		t.Errorf("%+v, %v", second, err)
	}
	last, err := f.store.Configuration(ctx, 4)
	if err != nil || last.Kept || last.Text != "" || last.Hidden != 2 {
		t.Errorf("%+v, %v", last, err)
	}
	for name, test := range map[string]struct {
		q    store.ConfigurationQuery
		want []int
	}{
		"all":       {store.ConfigurationQuery{Most: 10}, []int{4, 3, 2, 1}},
		"two":       {store.ConfigurationQuery{Most: 2}, []int{4, 3}},
		"before":    {store.ConfigurationQuery{Before: 3, Most: 10}, []int{2, 1}},
		"in a span": {store.ConfigurationQuery{Since: at.Add(time.Hour), Until: at.Add(3 * time.Hour), Most: 10}, []int{3, 2}},
		"since":     {store.ConfigurationQuery{Since: at.Add(2 * time.Hour), Most: 10}, []int{4, 3}},
		"until":     {store.ConfigurationQuery{Until: at.Add(time.Millisecond), Most: 10}, []int{1}},
	} {
		found, err := f.store.Configurations(ctx, test.q)
		var got []int
		for _, v := range found {
			got = append(got, v.Number)
			if v.Text != "" {
				t.Errorf("%s: a list has texts", name)
			}
		}
		if err != nil || len(got) != len(test.want) || len(got) > 0 && (got[0] != test.want[0] || got[len(got)-1] != test.want[len(test.want)-1]) {
			t.Errorf("%s: %v, %v; want %v", name, got, err, test.want)
		}
	}
}

// Large texts do not fill the disk: old versions go, the newest stays, and
// numbers are never given again.
func TestConfigurationsAreBounded(t *testing.T) {
	f := newFixture(t)
	large := strings.Repeat("x", 1<<20)
	err := f.engine.Do(context.Background(), incident.Act{Actor: "test", Action: "many"}, func(ctx context.Context, tx incident.Tx, _ time.Time) error {
		for i := range 70 {
			v := store.Configuration{At: time.Unix(int64(i), 0), Origin: "file", Text: large, Kept: true, Size: len(large)}
			if err := tx.(*store.Tx).AddConfiguration(ctx, &v); err != nil || v.Number != i+1 {
				t.Errorf("version %d is number %d, %v", i+1, v.Number, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	found, err := f.store.Configurations(context.Background(), store.ConfigurationQuery{Most: 1000})
	if err != nil || len(found) != 64 || found[0].Number != 70 {
		t.Errorf("%d are kept, %v", len(found), err)
	}
}
