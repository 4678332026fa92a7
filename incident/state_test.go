package incident

import (
	"fmt"
	"testing"
	"time"

	"daymark/checker"
)

func TestWhichRunsAreKept(t *testing.T) {
	const keep = 100 * time.Millisecond
	for name, test := range map[string]struct {
		have, latest int64
		add          int64
		taken        bool
		want         string // ages that are left
	}{
		"the first":                       {0, 1000, 500, true, "[500]"},
		"a newer one":                     {500, 1000, 550, true, "[500 550]"},
		"an older one":                    {500, 1000, 450, true, "[450 500]"},
		"the same again":                  {500, 1000, 500, false, "[500]"},
		"a much newer one, to the bound":  {500, 1000, 600, true, "[500 600]"},
		"a much newer one":                {500, 1000, 601, true, "[601]"},
		"a much older one, to the bound":  {500, 1000, 400, true, "[400 500]"},
		"a much older one":                {500, 1000, 399, true, "[500]"},
		"one at the latest time":          {500, 550, 550, true, "[500 550]"},
		"one after it":                    {500, 550, 551, false, "[500]"},
		"what came at the latest time":    {550, 550, 540, true, "[540 550]"},
		"what a clock that ran ahead has": {551, 550, 540, true, "[540]"},
	} {
		t.Run(name, func(t *testing.T) {
			runs := &Runs{}
			if test.have != 0 {
				runs.list = []Run{{At: test.have}}
			}
			if taken := runs.Add(Run{At: test.add}, keep, time.UnixMilli(test.latest)); taken != test.taken {
				t.Errorf("it is taken: %v", taken)
			}
			var left []int64
			for _, run := range runs.list {
				left = append(left, run.At)
			}
			if got := fmt.Sprint(left); got != test.want {
				t.Errorf("there are %s; want %s", got, test.want)
			}
		})
	}
}

func TestStreaks(t *testing.T) {
	for outcomes, want := range map[string]int{"": 0, "f": 1, "ff": 2, "fff": 3, "ffff": 3, "of": 1, "fo": 0, "fuf": 2, "u": 0, "fu": 1, "fofuf": 2} {
		runs := &Runs{}
		for i, letter := range outcomes {
			runs.list = append(runs.list, Run{At: int64(i), Outcome: map[rune]checker.Outcome{'f': failed, 'o': checker.OK, 'u': unknown}[letter]})
		}
		if got := runs.streak(3, func(o checker.Outcome) bool { return o == failed }); got != want {
			t.Errorf("of %q it is %d; want %d", outcomes, got, want)
		}
	}
	var none *Runs
	if got := none.streak(3, func(checker.Outcome) bool { return true }); got != 0 {
		t.Errorf("of nothing it is %d", got)
	}
}

func TestDefaultRules(t *testing.T) {
	w := newWorld(t, func(o *PolicyOptions) { o.Rules = Rules{} })
	want := Rules{GroupWithin: 5 * time.Minute, EaseAfter: 10 * time.Minute, ResolveAfter: 5 * time.Minute, ReopenWithin: 30 * time.Minute}
	got := w.policy.rules
	if got.GroupWithin != want.GroupWithin || got.EaseAfter != want.EaseAfter || got.ResolveAfter != want.ResolveAfter || got.ReopenWithin != want.ReopenWithin {
		t.Errorf("they are %+v; want %+v", got, want)
	}
	if got := w.policy.raise(); got != (RaiseWhen{5, 10 * time.Minute}) {
		t.Errorf("reports ask for an incident at %+v", got)
	}
	if w.policy.window != 5*time.Minute || w.policy.announce != 72*time.Hour {
		t.Errorf("the window is %s, maintenance is announced %s ahead", w.policy.window, w.policy.announce)
	}
}

func TestWhatIsRelated(t *testing.T) {
	w := newWorld(t, func(o *PolicyOptions) {
		third := Component{ID: "third", DependsOn: []string{"api"}}
		o.Components[0].DependsOn = []string{"api"}
		o.Components = append(o.Components, third, Component{ID: "alone"})
	})
	for pair, want := range map[[2]string]bool{
		{"sign-in", "api"}: true, {"api", "sign-in"}: true, {"sign-in", "third"}: true, {"sign-in", "sign-in"}: true, {"sign-in", "alone"}: false,
		{"gone", "gone"}: true, {"gone", "api"}: false, {"api", "gone"}: false, {"gone", "lost"}: false,
	} {
		if got := w.policy.related(pair[0], pair[1]); got != want {
			t.Errorf("%v: %v", pair, got)
		}
	}
	for check, want := range map[string]string{"journey": "sign-in", "health": "api", "gone": ""} {
		if got := w.policy.Component(check); got != want {
			t.Errorf("check %s is of %q", check, got)
		}
	}
}
