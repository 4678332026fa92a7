package statuspage_test

import (
	"fmt"
	"testing"
	"time"

	"daymark/statuspage"
)

func TestHowManyReportsANetworkMakes(t *testing.T) {
	var one, many statuspage.ReportLimit
	taken := 0
	for n := range 10_000 {
		if one.Take("a", noon) == 0 {
			taken++
		}
		many.Take(fmt.Sprint(n), noon)
	}
	if taken != 10 || one.Take("a", noon.Add(time.Hour-1)) == 0 || one.Take("a", noon.Add(time.Hour)) != 0 {
		t.Errorf("%d are taken", taken)
	}
	taken = 0
	for n := range 10_000 {
		if many.Take(fmt.Sprint("more", n), noon) == 0 {
			taken++
		}
	}
	if taken != 10 {
		t.Errorf("%d networks more than are remembered have a count of their own", taken)
	}
}
