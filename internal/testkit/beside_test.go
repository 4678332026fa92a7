package testkit

import (
	"sync/atomic"
	"testing"
)

// Packages run as processes of their own, each of which opens the places.
func TestPlacesAreOfAllPackages(t *testing.T) {
	dir := t.TempDir()
	var taken atomic.Int32
	ended := make(chan error)
	for range 2 {
		all, err := openRooms(dir, 3)
		if err != nil {
			t.Fatal(err)
		}
		for range 10 {
			go func() {
				end, err := all.take()
				if err == nil {
					if n := taken.Add(1); n > 3 {
						t.Errorf("%d have a place", n)
					}
					taken.Add(-1)
					end()
				}
				ended <- err
			}()
		}
	}
	for range 20 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// A place is nobody else's until it is given back.
func TestAPlaceIsTaken(t *testing.T) {
	all, err := openRooms(t.TempDir(), 1)
	if err != nil {
		t.Fatal(err)
	}
	end, err := all.take()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := lock(all.places[0]); again != nil || err != nil {
		t.Errorf("it was taken twice, %v", err)
	}
	end()
	again, err := lock(all.places[0])
	if again == nil || err != nil {
		t.Fatalf("it was not given back, %v", err)
	}
	again()
}
