package access_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"daymark/access"
)

const because = "the lead does not answer, and payments are down"

func rising(to access.Role, lasts time.Duration) *access.Options {
	return &access.Options{Elevation: lasts, BreakGlass: access.BreakGlass{From: access.Reader, Role: to}}
}

func TestWhoMayRise(t *testing.T) {
	for name, test := range map[string]struct {
		options access.Options
		own     access.Role
		reason  string
		want    string // of the error; "": they rise
	}{
		"a reader":                     {*rising(access.Responder, time.Hour), access.Reader, because, ""},
		"as it is unless said":         {access.DefaultOptions(), access.Reader, because, ""},
		"a responder to editor":        {*rising(access.Editor, time.Hour), access.Responder, because, ""},
		"a responder to responder":     {*rising(access.Responder, time.Hour), access.Responder, because, "as high already"},
		"an administrator":             {*rising(access.Responder, time.Hour), access.Administrator, because, "as high already"},
		"where nobody does":            {*rising("none", time.Hour), access.Reader, because, "nobody rises"},
		"where it is not said":         {access.Options{Elevation: time.Hour}, access.Reader, because, "nobody rises"},
		"for no time":                  {*rising(access.Responder, 0), access.Reader, because, "nobody rises"},
		"who is too low":               {access.Options{Elevation: time.Hour, BreakGlass: access.BreakGlass{From: access.Responder, Role: access.Editor}}, access.Reader, because, "only who is responder"},
		"somebody without a role":      {*rising(access.Responder, time.Hour), "", because, "only who is reader"},
		"without a reason":             {*rising(access.Responder, time.Hour), access.Reader, "   asap    ", "a reason"},
		"with a reason that is long":   {*rising(access.Responder, time.Hour), access.Reader, strings.Repeat("ä", access.MaxReason+1), "a reason"},
		"with a reason that is broken": {*rising(access.Responder, time.Hour), access.Reader, because + "\xff", "a reason"},
	} {
		e, err := test.options.Elevate("rae", "s", test.own, test.reason, tried)
		switch {
		case test.want == "" && (err != nil || !e.Until.Equal(tried.Add(test.options.Elevation)) || e.Role != test.options.BreakGlass.Role || e.Own != test.own):
			t.Errorf("%s: %+v, %v", name, e, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: %v; want %q", name, err, test.want)
		}
	}
	if _, err := rising(access.Responder, time.Hour).Elevate("rae", "s", access.Reader, "", tried); !errors.Is(err, access.ErrNoReason) {
		t.Error(err)
	}
}

// TestAnElevationEndsAtItsTime: it holds from its first millisecond to the last
// one before its end.
func TestAnElevationEndsAtItsTime(t *testing.T) {
	o := rising(access.Responder, time.Hour)
	rae := access.Principal{Kind: access.BySession, Person: "rae", Role: access.Reader}
	e, err := o.Elevate("rae", "s", rae.Role, because, tried)
	if err != nil {
		t.Fatal(err)
	}
	ended := e
	ended.Ended, ended.How = tried.Add(time.Minute), "by rae"
	shorter := *o
	shorter.Elevation = 10 * time.Minute
	none := *o
	none.BreakGlass.Role = "none"
	for name, test := range map[string]struct {
		o       *access.Options
		e       access.Elevation
		session string
		after   time.Duration
		want    access.Role
	}{
		"before it":              {o, e, "s", -time.Millisecond, access.Reader},
		"its first moment":       {o, e, "s", 0, access.Responder},
		"its last moment":        {o, e, "s", time.Hour - time.Nanosecond, access.Responder},
		"its end":                {o, e, "s", time.Hour, access.Reader},
		"after it":               {o, e, "s", time.Hour + time.Nanosecond, access.Reader},
		"of another session":     {o, e, "t", time.Minute, access.Reader},
		"of no session":          {o, e, "", time.Minute, access.Reader},
		"just before it was":     {o, ended, "s", time.Minute - time.Nanosecond, access.Responder},
		"ended by hand":          {o, ended, "s", time.Minute, access.Reader},
		"made shorter since":     {&shorter, e, "s", 10 * time.Minute, access.Reader},
		"before the shorter end": {&shorter, e, "s", 10*time.Minute - 1, access.Responder},
		"nobody rises any more":  {&none, e, "s", time.Minute, access.Reader},
	} {
		got := test.o.Raise(rae, test.session, &test.e, tried.Add(test.after))
		if got.Role != test.want || (got.Elevation != nil) != (test.want != access.Reader) || got.Own() != access.Reader {
			t.Errorf("%s: %+v; want %s", name, got, test.want)
		}
	}
	if other := o.Raise(access.Principal{Kind: access.BySession, Person: "zoe", Role: access.Reader}, "s", &e, tried); other.Role != access.Reader {
		t.Error("another person rises by it")
	}
	if by := o.Raise(access.Principal{Kind: access.ByToken, Person: "rae", Role: access.Reader}, "s", &e, tried); by.Role != access.Reader {
		t.Error("a token rises by it")
	}
	if who := o.Raise(rae, "s", &e, tried); who.Actor() != "rae in the console, elevation "+e.ID {
		t.Error(who.Actor())
	}
}

// TestAnElevationNeverGivesMore: whatever was kept and whatever the
// configuration says now, who rises is at most the higher of their own role
// and the set one, only while it lasts, and never may what outlasts it unless
// they may it by themselves.
func TestAnElevationNeverGivesMore(t *testing.T) {
	roles := rapid.SampledFrom(append(access.StaffRoles(), "", "none", "root"))
	rapid.Check(t, func(t *rapid.T) {
		o := access.Options{
			Elevation:  time.Duration(rapid.IntRange(-1, 120).Draw(t, "lasts")) * time.Minute,
			BreakGlass: access.BreakGlass{From: roles.Draw(t, "from"), Role: roles.Draw(t, "to")},
		}
		own := access.Principal{
			Kind: rapid.SampledFrom([]access.Kind{"", access.ByToken, access.BySession}).Draw(t, "kind"), Person: rapid.SampledFrom([]string{"rae", "zoe"}).Draw(t, "person"),
			Role: roles.Draw(t, "own"),
		}
		e := access.Elevation{
			Person: "rae", Session: rapid.SampledFrom([]string{"", "s", "t"}).Draw(t, "session"), Role: roles.Draw(t, "kept"), Own: roles.Draw(t, "was"),
			Began: tried, Until: tried.Add(time.Duration(rapid.IntRange(-10, 300).Draw(t, "until")) * time.Minute),
		}
		if rapid.Bool().Draw(t, "ended") {
			e.Ended = tried.Add(time.Duration(rapid.IntRange(0, 100).Draw(t, "end")) * time.Minute)
		}
		at := tried.Add(time.Duration(rapid.IntRange(-5, 300).Draw(t, "at")) * time.Minute)
		got := o.Raise(own, "s", &e, at)
		right := anyRight(t)
		switch {
		case got.Elevation == nil && got.Role != own.Role:
			t.Fatalf("%+v is %s without an elevation", own, got.Role)
		case got.Elevation == nil:
			return
		case !o.BreakGlass.Role.AtLeast(got.Role) || !e.Role.AtLeast(got.Role) || own.Role.AtLeast(got.Role):
			t.Fatalf("%s rises to %s; %s is set", own.Role, got.Role, o.BreakGlass.Role)
		case !e.Lasts(at) || !at.Before(e.Began.Add(o.Elevation)):
			t.Fatal("it holds when it is over")
		case own.Kind != access.BySession || own.Person != "rae" || e.Session != "s" || !own.Role.AtLeast(o.BreakGlass.From):
			t.Fatalf("%+v rises by what is not theirs", own)
		case right.Outlasts() && got.May(right) && !own.May(right):
			t.Fatalf("an elevation lends %s, which outlasts it", right)
		case own.May(right) && !got.May(right):
			t.Fatalf("an elevation takes %s away", right)
		}
	})
}
