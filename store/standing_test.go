package store_test

import (
	"context"
	"testing"
	"time"

	"daymark/checker"
)

func TestHowACheckStands(t *testing.T) {
	f := newFixture(t)
	ctx := context.Background()
	if got, err := f.store.Standings(ctx, "journey"); err != nil || len(got) != 0 {
		t.Errorf("before it ran: %v, %v", got, err)
	}
	f.rounds(3, checker.OK)
	well := f.now
	f.pass(10 * time.Second)
	from := f.now
	for _, region := range []string{"b", "a"} {
		bad := f.result(region, checker.Failed)
		bad.Timings = []checker.Timing{{Name: "dns", Duration: 3 * time.Millisecond}}
		bad.Expectations = []checker.Expectation{{Expression: "status == 200", Effect: "expect", Actual: "503 == 200"}}
		if _, err := f.engine.Submit(ctx, region, []checker.Result{bad}); err != nil {
			t.Fatal(err)
		}
	}
	f.round(checker.Failed)
	got, err := f.store.Standings(ctx, "journey")
	if err != nil || len(got) != 2 || got[0].Run.Region != "a" || got[1].Run.Region != "b" {
		t.Fatalf("it stands %+v, %v", got, err)
	}
	for _, st := range got {
		if !st.Run.At.Equal(f.now) || st.Run.Outcome != checker.Failed || st.Run.Reason != "a reason" || !st.Since.Equal(from) || !st.Well.At.Equal(well) || st.Well.Latency != 120*time.Millisecond {
			t.Errorf("it stands %+v", st)
		}
	}
	f.round(checker.OK)
	if got, err = f.store.Standings(ctx, "journey"); err != nil || !got[0].Since.Equal(f.now) || !got[0].Well.At.Equal(f.now) || got[0].Run.Reason != "" {
		t.Errorf("once it works: %+v, %v", got, err)
	}
}

func TestTheTimesOfACheck(t *testing.T) {
	f := newFixture(t)
	from := f.now.Add(time.Millisecond)
	f.rounds(3, checker.OK)      // 10 to 30 s
	f.rounds(2, checker.Failed)  // 40 and 50 s
	f.rounds(1, checker.Unknown) // 60 s
	f.rounds(2, checker.Degraded)
	got, err := f.store.TimesOf(context.Background(), "journey", from, 30*time.Second, 2)
	if err != nil || len(got) != 2 || got[0].Region != "a" || len(got[0].Buckets) != 2 {
		t.Fatalf("times: %+v, %v", got, err)
	}
	if first := got[0].Buckets[0]; first.Answered != 3 || first.Failed != 0 || first.Sum != 360*time.Millisecond {
		t.Errorf("the first stretch: %+v", first)
	}
	if second := got[1].Buckets[1]; second.Failed != 2 {
		t.Errorf("the second stretch: %+v", second)
	}
	if got, err := f.store.TimesOf(context.Background(), "none", from, time.Second, 2); err != nil || len(got) != 0 {
		t.Errorf("of no check: %v, %v", got, err)
	}
}
