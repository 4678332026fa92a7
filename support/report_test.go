package support_test

import (
	"strings"
	"testing"
	"time"

	"daymark/support"
)

func TestTheReportOfAMonth(t *testing.T) {
	second := mainRota()
	second.ID, second.Lead, second.Engineer = "second", []string{"dan"}, []string{"eva"}
	rosters := []*support.Roster{roster(t, mainRota()), roster(t, second)}
	office := calendar(t, support.Hours{Timezone: "Europe/London", Days: "MON-FRI", From: "08:00", To: "18:00"})
	always := calendar(t, support.Hours{Always: true})
	for _, test := range []struct {
		name     string
		month    string
		callOuts []support.CallOut
		want     string
	}{
		// March has 743 hours in London, of which 220 are in the hours. Ana has the end of one week (33 h), a
		// week, and one that is an hour short: 368 h, of which 1, 50 and 50 are in the hours.
		{"of the spring change", "2026-03", nil, `month,rota,person,name,hours_on_call,hours_out_of_service
2026-03,main,ana,Ana Reyes,368.00,267.00
2026-03,main,ben,Ben Okafor,743.00,523.00
2026-03,main,chi,chi,375.00,256.00
2026-03,second,dan,"Dan ""the"" man, jr",743.00,0.00
2026-03,second,eva,,743.00,0.00
`},
		{"with those who were called", "2026-12", []support.CallOut{
			{Rota: "main", Person: "ana", At: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)},
			{Rota: "main", Person: "ana", At: time.Date(2026, 12, 31, 23, 59, 0, 0, time.UTC)},
			{Rota: "main", Person: "ana", At: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)},
			{Rota: "main", Person: "zoe", At: time.Date(2026, 12, 5, 0, 0, 0, 0, time.UTC)},
			{Rota: "main", Person: "zoe", At: time.Date(2026, 12, 6, 0, 0, 0, 0, time.UTC)},
			{Rota: "main", Person: "yan", At: time.Date(2026, 11, 6, 0, 0, 0, 0, time.UTC)},
		}, `month,rota,person,name,hours_on_call,hours_out_of_service,call_outs
2026-12,main,ana,Ana Reyes,`},
	} {
		t.Run(test.name, func(t *testing.T) {
			month, err := time.Parse("2006-01", test.month)
			if err != nil {
				t.Fatal(err)
			}
			report := support.MonthReport{
				Month: month, Rotas: rosters, Service: map[string]*support.Calendar{"main": office, "second": always}, CallOuts: test.callOuts,
				Names: map[string]string{"ana": "Ana Reyes", "ben": "Ben Okafor", "chi": "chi", "dan": `Dan "the" man, jr`},
			}
			var b strings.Builder
			if err := report.WriteCSV(&b); err != nil {
				t.Fatal(err)
			}
			if test.callOuts == nil && b.String() != test.want || !strings.HasPrefix(b.String(), test.want) {
				t.Errorf("it is\n%s\nand not\n%s", b.String(), test.want)
			}
			if test.callOuts != nil {
				for _, want := range []string{",2\n2026-12,main,ben,", "2026-12,main,zoe,,0.00,0.00,2\n", "second,dan"} {
					if !strings.Contains(b.String(), want) {
						t.Errorf("without %q: %s", want, b.String())
					}
				}
				if strings.Contains(b.String(), "yan") {
					t.Errorf("with another month's call: %s", b.String())
				}
			}
		})
	}
	full := failingWriter(10)
	report := support.MonthReport{Month: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
	if err := report.WriteCSV(&full); err == nil {
		t.Error("it was written into nothing")
	}
}

func TestWhoStandsAndWhoComes(t *testing.T) {
	hours := mainRota()
	hours.OnCall = support.Hours{Timezone: "Europe/London", Days: "MON-FRI", From: "08:00", To: "18:00"}
	alone := mainRota()
	alone.Lead, alone.Engineer = []string{"ana"}, []string{"ben"}
	swapped := mainRota()
	swapped.Swaps = []support.Swap{{Role: "lead", Person: "dan", From: "2026-01-14T09:00", To: "2026-01-15T09:00"}}
	pair := func(lead, engineer string) support.Pair { return support.Pair{Lead: lead, Engineer: engineer} }
	for _, test := range []struct {
		name     string
		rota     support.Rota
		at       string
		now      support.Pair
		until    string
		next     support.Pair
		handover string
		off, on  support.Pair
	}{
		{"a turn", mainRota(), "2026-01-13T12:00", pair("ana", "ben"), "2026-01-19T09:00", pair("ben", "chi"), "2026-01-19T09:00", pair("ana", "ben"), pair("ben", "chi")},
		{"as it begins", mainRota(), "2026-01-19T09:00", pair("ben", "chi"), "2026-01-26T09:00", pair("ana", "ben"), "2026-01-26T09:00", pair("ben", "chi"), pair("ana", "ben")},
		{"before a swap", swapped, "2026-01-13T12:00", pair("ana", "ben"), "2026-01-14T09:00", pair("dan", "ben"), "2026-01-14T09:00", pair("ana", "ben"), pair("dan", "ben")},
		{"nobody ever changes", alone, "2026-01-13T12:00", pair("ana", "ben"), "", pair("", ""), "", pair("", ""), pair("", "")},
		{"in the hours", hours, "2026-01-13T12:00", pair("ana", "ben"), "2026-01-13T18:00", pair("", ""), "2026-01-19T09:00", pair("ana", "ben"), pair("ben", "chi")},
		{"after the hours", hours, "2026-01-13T18:00", pair("", ""), "2026-01-14T08:00", pair("ana", "ben"), "2026-01-19T09:00", pair("ana", "ben"), pair("ben", "chi")},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := roster(t, test.rota)
			at, err := support.ParseMoment(test.at, r.Zone())
			if err != nil {
				t.Fatal(err)
			}
			text := func(at time.Time) string {
				if at.IsZero() {
					return ""
				}
				return at.Format("2006-01-02T15:04")
			}
			if s := r.Stand(at); s.Now != test.now || text(s.Until) != test.until || s.Next != test.next {
				t.Errorf("it stands %+v", s)
			}
			if moment, off, on := r.NextHandover(at); text(moment) != test.handover || off != test.off || on != test.on {
				t.Errorf("handed over at %v from %+v to %+v", moment, off, on)
			}
		})
	}
}
