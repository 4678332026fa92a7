package remote

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"daymark/checker"
)

// childDir names the directory that the test binary writes to when it is
// started to be killed.
const childDir = "DAYMARK_TEST_SPOOL"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		writeUntilKilled(dir)
	}
	os.Exit(m.Run())
}

// writeUntilKilled submits from several goroutines and prints the number of
// each result that was taken.
func writeUntilKilled(dir string) {
	spool, err := OpenSpool(SpoolOptions{Dir: dir, SegmentSize: 2_000})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	from, err := strconv.Atoi(os.Getenv("DAYMARK_TEST_FROM"))
	if err != nil {
		os.Exit(2)
	}
	var print sync.Mutex
	for lane := range 4 {
		go func() {
			for n := from + lane; ; n += 4 {
				if err := spool.Submit(context.Background(), []checker.Result{numbered(n)}); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(2)
				}
				print.Lock()
				fmt.Println(n)
				print.Unlock()
			}
		}()
	}
	select {}
}

func TestKilledProcessLosesNothing(t *testing.T) {
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	var taken, delivered []int
	for round := range 8 {
		child := exec.CommandContext(t.Context(), os.Args[0])
		child.Env = append(os.Environ(), childDir+"="+dir, fmt.Sprintf("DAYMARK_TEST_FROM=%d", round*1_000_000))
		child.Stderr = os.Stderr
		output, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		before := len(taken)
		most := 20 + random.IntN(200)
		for scanner := bufio.NewScanner(output); scanner.Scan(); {
			n, err := strconv.Atoi(scanner.Text())
			if err != nil { // a line that the kill cut off
				break
			}
			if taken = append(taken, n); len(taken) == before+most {
				if err := child.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := child.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
			t.Fatalf("the child ended with %v", err)
		}
		spool := openSpool(t, SpoolOptions{Dir: dir})
		if round%2 == 1 { // every second time what was taken goes on to the next round
			delivered = append(delivered, rest(t, spool)...)
		}
		if err := spool.Close(); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(delivered)
	for _, n := range taken {
		if _, found := slices.BinarySearch(delivered, n); !found {
			t.Errorf("result %d was taken and is gone", n)
		}
	}
	if all := len(delivered); len(slices.Compact(delivered)) != all {
		t.Error("a result was given out again after its acknowledgement")
	}
	t.Logf("%d results were taken before the kills, %d delivered", len(taken), len(delivered))
}

// oneFile makes a spool of three results and gives its one file's content.
func oneFile(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	spool := openSpool(t, SpoolOptions{Dir: dir})
	submit(t, spool, 1, 2, 3)
	if err := spool.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(files(t, dir)[0])
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// openWith opens a spool whose one file has this content.
func openWith(t *testing.T, content []byte, log *lines) *Spool {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%020d%s", 1, segmentSuffix)), content, 0o600); err != nil {
		t.Fatal(err)
	}
	return openSpool(t, SpoolOptions{Dir: dir, Logger: log.logger()})
}

func TestFileCutAtEachByte(t *testing.T) {
	content := oneFile(t)
	for cut := range len(content) + 1 {
		log := &lines{}
		spool := openWith(t, content[:cut], log)
		submit(t, spool, 4)
		want := append([]int{1, 2, 3}[:strings.Count(string(content[:cut]), "\n")], 4)
		if got := rest(t, spool); !slices.Equal(got, want) {
			t.Fatalf("cut at %d: got %v, want %v", cut, got, want)
		}
		if strings.Contains(log.String(), "damaged") {
			t.Fatalf("cut at %d: a cut is no damage: %s", cut, log)
		}
	}
}

func TestEachByteDamaged(t *testing.T) {
	content := oneFile(t)
	ends := []int{-1}
	for i, b := range content {
		if b == '\n' {
			ends = append(ends, i)
		}
	}
	for at := range content {
		damaged := slices.Clone(content)
		damaged[at] ^= 0x15
		log := &lines{}
		spool := openWith(t, damaged, log)
		submit(t, spool, 4)
		// The record that the byte is in is lost. A line break that is gone
		// takes the next record along; the last one, the tail that is cut off.
		want := []int{4}
		for n := 1; n <= 3; n++ {
			if at < ends[n-1] || at > ends[n] {
				want = append(want, n)
			}
		}
		got := rest(t, spool)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Fatalf("byte %d damaged: got %v, want %v", at, got, want)
		}
	}
}

func TestDamageIsLoggedOnce(t *testing.T) {
	content := oneFile(t)
	content[20] ^= 1
	log := &lines{}
	spool := openWith(t, content, log)
	for range 3 {
		if _, err := spool.Next(t.Context(), 10); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Count(log.String(), "damaged"); got != 1 {
		t.Errorf("logged %d times:\n%s", got, log)
	}
	batch, err := spool.Next(t.Context(), 10)
	if err != nil || !slices.Equal(numbersOf(batch.Results), []int{2, 3}) {
		t.Errorf("got %v, %v", numbersOf(batch.Results), err)
	}
}
