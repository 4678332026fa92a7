package slo

import (
	"fmt"
	"math"
	"time"

	"github.com/DataDog/sketches-go/ddsketch"
	"github.com/DataDog/sketches-go/ddsketch/mapping"
	"github.com/DataDog/sketches-go/ddsketch/store"

	"daymark/internal/rank"
)

// Accuracy is how far a figure of Latencies may be from the truth, as a share
// of it.
const Accuracy = 0.01

// scale says which times count as the same: those of one of its steps, each
// 2 % longer than the one before.
var scale = newScale()

func newScale() mapping.IndexMapping {
	scale, err := mapping.NewLogarithmicMapping(Accuracy)
	if err != nil {
		panic(err) // the accuracy is a constant, and a good one
	}
	return scale
}

// Latencies is how long some answers took: so many of each step of a scale. It
// takes some hundred bytes, however many they are, and several can be added
// up. The zero value is not ready; NewLatencies and ReadLatencies make one.
type Latencies struct{ sketch *ddsketch.DDSketch }

// NewLatencies makes one of no answers.
func NewLatencies() *Latencies {
	return &Latencies{ddsketch.NewDDSketchFromStoreProvider(scale, dense)}
}

func dense() store.Store { return store.NewDenseStore() }

// ReadLatencies reads what Encode wrote; nothing is no answers.
func ReadLatencies(encoded []byte) (*Latencies, error) {
	l := NewLatencies()
	return l, l.MergeEncoded(encoded)
}

// MergeEncoded adds the answers of what Encode wrote.
func (l *Latencies) MergeEncoded(encoded []byte) error {
	if err := l.sketch.DecodeAndMergeWith(encoded); err != nil {
		return fmt.Errorf("read latencies: %w", err)
	}
	return nil
}

// MergeLatencies gives the answers of two that Encode wrote as one.
func MergeLatencies(one, other []byte) ([]byte, error) {
	l, err := ReadLatencies(one)
	if err != nil {
		return nil, err
	}
	if err := l.MergeEncoded(other); err != nil {
		return nil, err
	}
	return l.Encode(), nil
}

// SplitLatencies takes answers out of what Encode wrote, as far as they are in
// it, and gives what is left and what was taken.
func SplitLatencies(encoded []byte, answers []time.Duration) (left, taken []byte, err error) {
	l, err := ReadLatencies(encoded)
	if err != nil {
		return nil, nil, err
	}
	counts := map[int]float64{math.MinInt: l.sketch.GetZeroCount()} // by step
	l.sketch.GetPositiveValueStore().ForEach(func(step int, n float64) bool {
		counts[step] = n
		return false
	})
	out := NewLatencies()
	for _, took := range answers {
		if step := stepOf(took); counts[step] >= 1 {
			counts[step]--
			out.Add(took)
		}
	}
	rest := NewLatencies()
	for step, n := range counts {
		if step == math.MinInt {
			_ = rest.sketch.AddWithCount(0, n) // it refuses less than nothing alone
			continue
		}
		rest.sketch.GetPositiveValueStore().AddWithCount(step, n)
	}
	return rest.Encode(), out.Encode(), nil
}

// Clear makes it one of no answers, to be used again.
func (l *Latencies) Clear() { l.sketch.Clear() }

// Encode writes it.
func (l *Latencies) Encode() []byte {
	var encoded []byte
	l.sketch.Encode(&encoded, true)
	return encoded
}

// Add counts an answer. It is exact to the microsecond, as times are kept.
func (l *Latencies) Add(took time.Duration) {
	_ = l.sketch.Add(float64(max(0, took.Microseconds()))) // it refuses only what no Duration is
}

// Count gives the number of answers.
func (l *Latencies) Count() int { return int(l.sketch.GetCount()) }

// Slower gives the number of those that took longer than a threshold, as
// Slower has it.
func (l *Latencies) Slower(threshold time.Duration) int {
	step, count := stepOf(threshold), 0.0
	l.sketch.GetPositiveValueStore().ForEach(func(index int, n float64) bool {
		if index > step {
			count += n
		}
		return false
	})
	return int(count)
}

// Slower says whether an answer took longer than a threshold: by more than the
// step of the scale that the threshold is in, which is 2 % wide.
func Slower(took, threshold time.Duration) bool {
	return took.Microseconds() > 0 && stepOf(took) > stepOf(threshold)
}

func stepOf(d time.Duration) int {
	if d.Microseconds() <= 0 {
		return math.MinInt
	}
	return scale.Index(float64(d.Microseconds()))
}

// Quantile gives the time within which a share (0 to 1) of the answers came, by
// the nearest rank; false without answers.
func (l *Latencies) Quantile(share float64) (time.Duration, bool) {
	n := l.Count()
	if n == 0 {
		return 0, false
	}
	// The sketch gives the answer after share*(n-1) others.
	if last, others := n-1, rank.Nearest(share, n); others < last {
		share = (float64(others) + 0.5) / float64(last)
	} else {
		share = 1
	}
	value, err := l.sketch.GetValueAtQuantile(share)
	if err != nil {
		return 0, false
	}
	return time.Duration(math.Round(value)) * time.Microsecond, true
}

// SlowerFrom gives the longest time that is not Slower than a threshold, to the
// microsecond: what takes longer is.
func SlowerFrom(threshold time.Duration) time.Duration {
	step := stepOf(threshold)
	low := max(0, threshold.Microseconds()) // not slower than itself
	high := low + low/20 + 2                // slower: no step is 5 % wide
	for high-low > 1 {
		if middle := (low + high) / 2; scale.Index(float64(middle)) > step {
			high = middle
		} else {
			low = middle
		}
	}
	return time.Duration(low) * time.Microsecond
}
