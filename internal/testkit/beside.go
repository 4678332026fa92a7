package testkit

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

// places has room for each test that computes; see [Beside].
var places = sync.OnceValues(func() (*rooms, error) {
	return openRooms(filepath.Join(os.TempDir(), fmt.Sprintf("daymark-tests-%d", os.Getuid())), runtime.GOMAXPROCS(0)+1)
})

// Beside lets a test run beside others, of which as many run at once as there
// are processors, and one more: of this package and of any other whose tests run
// at the same time. A test that has it shares nothing with another, and has no
// tests in it that ask for Beside themselves. It logs how long it waited, which
// is in the time that it is said to have taken.
//
// Beside them run tests that do little but wait, for seconds of real time: they
// call t.Parallel, and begin at once where the TestMain of the package has set
// the flag test.parallel to more than there are tests.
func Beside(t *testing.T) {
	t.Helper()
	wait(t, (*rooms).take)
}

// Foremost is Beside for a test that holds what it runs to a time: one other
// that computes runs beside it at most. It is quiet from this call on, while the
// tests of the package that are not parallel still run, so that it has not to
// wait for those that would begin with it; and until the test ends, or calls
// what this gives, since what it holds to a time is over.
func Foremost(t *testing.T) (over func()) {
	t.Helper()
	all, err := places()
	if err != nil {
		t.Fatal(err)
	}
	end, err := all.hush()
	if err != nil {
		t.Fatal(err)
	}
	over = sync.OnceFunc(end)
	t.Cleanup(over)
	wait(t, func(r *rooms) (func(), error) { return func() {}, r.quiet() })
	return over
}

// wait waits for a turn, which ends with the test.
func wait(t *testing.T, turn func(*rooms) (func(), error)) {
	t.Helper()
	t.Parallel()
	began := time.Now()
	all, err := places()
	if err != nil {
		t.Fatal(err)
	}
	end, err := turn(all)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(end)
	t.Logf("its turn came after %.1f s", time.Since(began).Seconds())
}

// rooms are files to be locked, which the system unlocks when a process ends
// however it does: one for each place, and one that is shared by who is foremost.
// Who wants a place finds none but the first while somebody is.
type rooms struct {
	asking sync.Mutex // whose turn it is to look for a place
	places []string
	calm   string
}

func openRooms(dir string, count int) (*rooms, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	r := &rooms{calm: filepath.Join(dir, "foremost")}
	for i := range count {
		r.places = append(r.places, filepath.Join(dir, fmt.Sprint("place-", i)))
	}
	return r, nil
}

// often is how often somebody looks whether a place is free.
const often = 20 * time.Millisecond

// take waits for a place, and gives how to give it back.
func (r *rooms) take() (func(), error) {
	r.asking.Lock()
	defer r.asking.Unlock()
	for ; ; <-time.After(often) {
		open, err := lock(r.calm, syscall.LOCK_EX)
		if err != nil {
			return nil, err
		}
		within := r.places
		if open == nil {
			within = within[:1]
		}
		end, err := first(within)
		if open != nil {
			open()
		}
		if end != nil || err != nil {
			return end, err
		}
	}
}

// first gives the first of some places that is free, nil when none is.
func first(places []string) (func(), error) {
	for _, place := range places {
		if end, err := lock(place, syscall.LOCK_EX); end != nil || err != nil {
			return end, err
		}
	}
	return nil, nil //nolint:nilnil // there is none, as its comment says
}

// hush keeps all places but the first from being taken.
func (r *rooms) hush() (func(), error) {
	for ; ; <-time.After(often) {
		end, err := lock(r.calm, syscall.LOCK_SH)
		if end != nil || err != nil {
			return end, err
		} // somebody takes a place just now
	}
}

// quiet waits, after hush, until all places but the first are free.
func (r *rooms) quiet() error {
	for _, place := range r.places[1:] {
		if err := r.free(place); err != nil {
			return err
		}
	}
	return nil
}

// free waits until nobody has a place.
func (r *rooms) free(place string) error {
	for ; ; <-time.After(often) {
		end, err := lock(place, syscall.LOCK_SH)
		if err != nil {
			return err
		}
		if end != nil {
			end()
			return nil
		}
	}
}

// lock locks a file, and gives how to unlock it; nil: somebody else has it.
func lock(path string, how int) (func(), error) {
	file, err := os.OpenFile(path, os.O_RDONLY|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), how|syscall.LOCK_NB); err == nil {
		return func() { _ = file.Close() }, nil // which unlocks it
	}
	return nil, file.Close()
}
