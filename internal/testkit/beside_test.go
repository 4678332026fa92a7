package testkit

import (
	"sync/atomic"
	"testing"
)

// Those that are foremost have one other beside them at most.
func TestForemost(t *testing.T) {
	var others, foremost atomic.Int32
	for range 4 {
		t.Run("other", func(t *testing.T) {
			Beside(t)
			n := others.Add(1)
			t.Cleanup(func() { others.Add(-1) })
			if n > 1 && foremost.Load() > 0 {
				t.Errorf("%d others run beside one that is foremost", n)
			}
		})
	}
	for range 2 {
		t.Run("foremost", func(t *testing.T) {
			Foremost(t)
			t.Cleanup(func() { foremost.Add(-1) })
			foremost.Add(1)
			if n := others.Load(); n > 1 {
				t.Errorf("%d others run", n)
			}
		})
	}
}

// Packages run as processes of their own, each of which opens the places.
func TestPlacesAreOfAllPackages(t *testing.T) {
	dir := t.TempDir()
	var packages [2]*rooms
	for i := range packages {
		var err error
		if packages[i], err = openRooms(dir, 3); err != nil {
			t.Fatal(err)
		}
	}
	here, there := packages[0], packages[1]
	taken := make([]func(), 0, 3)
	for i := range 3 {
		end, err := packages[i%2].take()
		if err != nil {
			t.Fatal(err)
		}
		taken = append(taken, end)
	}
	if end, err := first(there.places); end != nil || err != nil {
		t.Errorf("there is a fourth place, %v", err)
	}
	hushed := func(r *rooms) func() {
		t.Helper()
		end, err := r.hush()
		if err != nil {
			t.Fatal(err)
		}
		return end
	}
	end, calm := hushed(here), make(chan error)
	go func() { calm <- here.quiet() }()
	taken[1]()
	select {
	case err := <-calm:
		t.Fatal("it is quiet while two others run", err)
	default:
	}
	taken[2]()
	if err := <-calm; err != nil {
		t.Fatal(err)
	}
	again := hushed(there)
	if err := there.quiet(); err != nil {
		t.Fatal(err)
	}
	end()
	next := make(chan func())
	go func() {
		end, err := there.take()
		if err != nil {
			t.Error(err)
		}
		next <- end
	}()
	taken[0]()
	one := <-next // the first place
	if end, err := first(here.places[:1]); end != nil || err != nil {
		t.Errorf("the first place is free, %v", err)
	}
	one()
	again()
	for range 3 {
		end, err := here.take()
		if err != nil {
			t.Fatal(err)
		}
		defer end()
	}
}
