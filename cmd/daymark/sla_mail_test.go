package main

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"daymark/console"
	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/notify/notifytest"
	"daymark/support"
)

// TestTheFirstWorkingDay is Monday to Friday, in the page's zone, and no
// holiday of the SLA.
func TestTheFirstWorkingDay(t *testing.T) {
	testkit.Beside(t)
	zone, err := time.LoadLocation("Pacific/Auckland")
	if err != nil {
		t.Fatal(err)
	}
	for month, want := range map[string]string{
		"2026-12": "2026-12-01", // a Tuesday
		"2026-08": "2026-08-03", // the 1st is a Saturday
		"2026-11": "2026-11-02", // a Sunday
		"2027-01": "2027-01-05", // a Friday, a weekend, and a Monday that is free as well
	} {
		at, err := time.ParseInLocation("2006-01", month, zone)
		if err != nil {
			t.Fatal(err)
		}
		sla := &incident.SLA{Hours: support.Hours{Holidays: []string{"2027-01-01", "2027-01-04"}}}
		if got := slaMailDue(sla, zone, at.AddDate(0, 0, 20)); got.Format("2006-01-02T15:04") != want+"T08:00" {
			t.Errorf("of %s it is %s, want %s", month, got, want)
		}
	}
}

// TestSLAReportsAreMailedOnce, to each address, however often it is looked, and
// not before their time, nor long after it.
func TestSLAReportsAreMailedOnce(t *testing.T) {
	o := newOnCall(t, func(notifytest.Call) notifytest.Pickup { return notifytest.Pickup{} }, "")
	o.app.doc.Notify.Email.SMTP.Host = "mail.example"
	o.app.doc.SLAs[0].Report = []string{"owner@harbour.example", "board@harbour.example"}
	prints := 0
	o.app.site.Print = func(context.Context, string) ([]byte, error) { prints++; return []byte("%PDF-"), nil }
	id := o.app.doc.SLAs[0].ID
	queued := func() (all []string) {
		t.Helper()
		db, err := sql.Open("sqlite", "file:"+filepath.Join(o.app.doc.Server.Data, databaseFile)+"?_pragma=busy_timeout(5000)")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		rows, err := db.Query("SELECT address || ' ' || notice FROM deliveries WHERE id LIKE 'sla-%' ORDER BY address")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var text string
			if err := rows.Scan(&text); err != nil {
				t.Fatal(err)
			}
			all = append(all, text)
		}
		return all
	}
	y, m, _ := o.now().In(o.app.zone).Date()
	due := slaMailDue(&o.app.doc.SLAs[0], o.app.zone, time.Date(y, m, 10, 0, 0, 0, 0, o.app.zone))
	for at, want := range map[time.Duration]int{-time.Minute: 0, slaMailFor + time.Minute: 0} {
		if err := o.app.mailDueSLAs(t.Context(), due.Add(at)); err != nil || len(queued()) != want {
			t.Errorf("at %s: %v, %v", at, queued(), err)
		}
	}
	for range 3 {
		if err := o.app.mailDueSLAs(t.Context(), due.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	got := queued()
	if len(got) != 2 || !strings.HasPrefix(got[0], "board@") || !strings.Contains(got[1], "SLA "+id+", ") || !strings.Contains(got[1], "/console/slas/"+id+"/"+due.AddDate(0, -1, 0).Format("2006-01")) {
		t.Errorf("%q", got)
	}
	if prints != 1 {
		t.Errorf("it was printed %d times", prints)
	}
}

// TestSLAReportsCarryTheirPDF, where it can be printed and is not too long; else
// they say where it is.
func TestSLAReportsCarryTheirPDF(t *testing.T) {
	for name, test := range map[string]struct {
		print    func(ctx context.Context, document string) ([]byte, error)
		attached bool
	}{
		"printed":     {func(context.Context, string) ([]byte, error) { return []byte("%PDF-1.7\r\n\x00\xff"), nil }, true},
		"no Chromium": {func(context.Context, string) ([]byte, error) { return nil, errors.New("no Chromium") }, false},
		"no printer":  {nil, false},
		"too long":    {func(context.Context, string) ([]byte, error) { return make([]byte, console.MostPDF+1), nil }, false},
		"within bound": {func(ctx context.Context, _ string) ([]byte, error) {
			if until, bounded := ctx.Deadline(); !bounded || time.Until(until) > slaPrintWithin {
				return nil, errors.New("it may take as long as it likes")
			}
			return []byte("%PDF-1.7\r\n\x00\xff"), nil
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOnCall(t, func(notifytest.Call) notifytest.Pickup { return notifytest.Pickup{} }, "")
			o.app.doc.SLAs[0].Report = []string{"owner@harbour.example"}
			o.app.site.Print = test.print
			if err := o.app.mailDueSLAs(t.Context(), o.now()); err != nil {
				t.Fatal(err)
			}
			o.wait("report", func() bool { return o.box.Received() > 0 })
			got := o.box.Messages()[0]
			text := strings.Join(strings.Fields(got.Text), " ")
			if got.Subject != "SLA gold, November 2026" || !strings.Contains(text, "Available: not measured.") {
				t.Errorf("%s: %s", got.Subject, text)
			}
			if !test.attached {
				if len(got.Files) != 0 || !strings.Contains(text, "The PDF is not attached. It is here: "+o.app.doc.Page.URL+"/console/slas/gold/2026-11/pdf") {
					t.Errorf("%d files: %s", len(got.Files), text)
				}
				return
			}
			if len(got.Files) != 1 || got.Files[0].Name != "sla-gold-2026-11.pdf" || got.Files[0].MediaType != "application/pdf" || string(got.Files[0].Data) != "%PDF-1.7\r\n\x00\xff" ||
				!strings.Contains(text, "The whole report is attached as PDF.") || strings.Contains(text, "not attached") {
				t.Errorf("%+v: %s", got.Files, text)
			}
		})
	}
}

// TestSLAReportsGoWithoutAPDFThatIsTooLarge for the mail server, and say where
// it is.
func TestSLAReportsGoWithoutAPDFThatIsTooLarge(t *testing.T) {
	o := newOnCall(t, func(notifytest.Call) notifytest.Pickup { return notifytest.Pickup{} }, "")
	o.box.SetHooks(notifytest.MailHooks{Final: func(m notifytest.Mail) notifytest.MailAction {
		if len(m.Raw) > 1<<20 {
			return notifytest.MailAction{Code: 552, Message: "5.3.4 Message size exceeds fixed limit"}
		}
		return notifytest.MailAction{}
	}})
	o.app.doc.SLAs[0].Report = []string{"owner@harbour.example"}
	o.app.site.Print = func(context.Context, string) ([]byte, error) { return make([]byte, 2<<20), nil }
	if err := o.app.mailDueSLAs(t.Context(), o.now()); err != nil {
		t.Fatal(err)
	}
	o.wait("report", func() bool { return o.box.Received() > 0 })
	got := o.box.Messages()[0]
	text := strings.Join(strings.Fields(got.Text), " ")
	if len(got.Files) != 0 || !strings.Contains(text, "Available: not measured.") || strings.Contains(text, "is attached") ||
		!strings.Contains(text, "The mail server does not take the PDF, so it is not attached. It is here: "+o.app.doc.Page.URL+"/console/slas/gold/2026-11/pdf") {
		t.Errorf("%d files: %s", len(got.Files), text)
	}
}

// TestPartsThatDoNotWorkAreNamed: what a version cannot do is refused by its
// place.
func TestPartsThatDoNotWorkAreNamed(t *testing.T) {
	o := newOnCall(t, func(notifytest.Call) notifytest.Pickup { return notifytest.Pickup{} }, "")
	without := func(pattern string) []string {
		return slices.DeleteFunc(slices.Clone(works), func(p string) bool { return p == pattern })
	}
	if faults := o.app.doc.NotYet(works); len(faults) != 0 {
		t.Errorf("%v", faults)
	}
	if faults := o.app.doc.NotYet(without("slos[].public")); len(faults) != 0 {
		t.Errorf("it asks for no public objective: %v", faults)
	}
	if faults := o.app.doc.NotYet(without("slas[].*.first")); len(faults) != 1 || faults[0].Path != "slas[0].P1.first" {
		t.Errorf("%v", faults)
	}
}
