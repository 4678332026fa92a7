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
	t.Parallel()
	began := time.Now()
	all, err := places()
	if err != nil {
		t.Fatal(err)
	}
	end, err := all.take()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(end)
	t.Logf("its turn came after %.1f s", time.Since(began).Seconds())
}

// rooms are files to be locked, one for each place, which the system unlocks when
// a process ends however it does.
type rooms struct {
	asking sync.Mutex // whose turn it is to look for a place
	places []string
}

func openRooms(dir string, count int) (*rooms, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	r := &rooms{}
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
		for _, place := range r.places {
			if end, err := lock(place); end != nil || err != nil {
				return end, err
			}
		}
	}
}

// lock locks a file, and gives how to unlock it; nil: somebody else has it.
func lock(path string) (func(), error) {
	file, err := os.OpenFile(path, os.O_RDONLY|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
		return func() { _ = file.Close() }, nil // which unlocks it
	}
	return nil, file.Close()
}
