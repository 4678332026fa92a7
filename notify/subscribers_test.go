package notify_test

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"daymark/incident"
	"daymark/notify"
)

func importOptions() notify.ImportOptions {
	return notify.ImportOptions{
		Components: []string{"sign-in", "pay"}, Countries: []string{"GB", "US"},
		Now: time.Date(2026, 7, 2, 12, 0, 0, 0, time.UTC),
	}
}

const header = "channel,address,name,confirmed,components,severity,updates\n"

func TestParseSubscribers(t *testing.T) {
	now := importOptions().Now
	for name, tc := range map[string]struct {
		text string
		want []notify.Subscriber
	}{
		"email and sms": {
			header + "email,sam@mail.example,Sam,yes,,,\nsms,+44 7700 900123,\"Field, Sam\",no,sign-in pay,P2,all\n",
			[]notify.Subscriber{
				{Channel: "email", Address: "sam@mail.example", Name: "Sam", Confirmed: now},
				{Channel: "sms", Address: "+447700900123", Name: "Field, Sam", Components: []string{"sign-in", "pay"}, Severity: incident.P2},
			},
		},
		"a text message tells edges unless asked": {
			header + "sms,+15005550006,,yes,pay;pay,P1,\n",
			[]notify.Subscriber{{Channel: "sms", Address: "+15005550006", Confirmed: now, Components: []string{"pay"}, Severity: incident.P1, Edges: true}},
		},
		"another order, no updates, a mark from a spreadsheet": {
			"\uFEFFaddress,channel,severity,components,confirmed,name\r\nsam@mail.example,email,P3,,yes,\r\n",
			[]notify.Subscriber{{Channel: "email", Address: "sam@mail.example", Confirmed: now, Severity: incident.P3}},
		},
		"nobody": {header, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := notify.ParseSubscribers(strings.NewReader(tc.text), importOptions())
			if err != nil || !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got %+v, %v; want %+v", got, err, tc.want)
			}
		})
	}
}

// TestSubscribersThereAndBack: what is exported is imported as it was.
func TestSubscribersThereAndBack(t *testing.T) {
	opts := importOptions()
	opts.Languages = []string{"en", "cy"}
	want := []notify.Subscriber{
		{Channel: "email", Address: "a@mail.example", Name: "A", Confirmed: opts.Now, Components: []string{"pay"}, Severity: incident.P2, Maintenance: true, Language: "cy"},
		{Channel: "email", Address: "b@mail.example", Confirmed: opts.Now, Incident: "7q2", Edges: true},
		{Channel: "sms", Address: "+447700900123"},
	}
	var all []notify.Subscription
	for _, s := range want {
		all = append(all, notify.Subscription{Subscriber: s})
	}
	text, err := notify.WriteSubscribers(all)
	if err != nil {
		t.Fatal(err)
	}
	got, unsaid, err := notify.ParseSubscribers(strings.NewReader(text), opts)
	if err != nil || !reflect.DeepEqual(got, want) || unsaid != (notify.Unsaid{}) {
		t.Errorf("%s came back as %+v, %+v, %v", text, got, unsaid, err)
	}
	if _, unsaid, err = notify.ParseSubscribers(strings.NewReader(header), opts); err != nil || unsaid != (notify.Unsaid{Language: true, Incident: true, Maintenance: true}) {
		t.Errorf("an old file leaves %+v, %v", unsaid, err)
	}
	opts.Refused = map[string]string{"sms": "nothing is sent by sms"}
	_, _, err = notify.ParseSubscribers(strings.NewReader(strings.Replace(text, ",cy,", ",tlh,", 1)), opts)
	const faults = `line 2: language: is "tlh"; it can be en, cy or empty` + "\n" + `line 4: channel: nothing is sent by sms`
	if err == nil || err.Error() != faults {
		t.Errorf("said %v; want %s", err, faults)
	}
}

func TestParseSubscribersNamesEachFault(t *testing.T) {
	text := header +
		"pigeon,coop,,yes,,,\n" +
		"email,not an address,,perhaps,cellar,P9,sometimes\n" +
		"email,sam@mail.example,,yes,,,\n" +
		"email,Sam@Mail.example,,yes,,,\n" +
		"sms,07700900123,,yes,,,\n" +
		"sms,+4915112345678,,yes,,,\n" +
		"email,zoë@mail.example,,yes,,,\n" +
		"email,Sam <s@mail.example>,,yes,,,\n" +
		"email,too,few\n" +
		"email,\"un\"quoted\",,yes,,,\n" +
		"email,,,,,,\n" +
		"sms,+44123,,yes,,,\n"
	want := []string{
		`line 2: channel: is "pigeon"; it can be email, sms, webhook, slack, teams or discord`,
		`line 3: address: "not an address" is no email address like reader@mail.example`,
		`line 3: confirmed: is "perhaps"; it can be yes (they agreed, and you can show it) or no`,
		`line 3: components: there is no component "cellar"`,
		`line 3: severity: is "P9"; it can be P1, P2, P3, P4 or empty`,
		`line 3: updates: is "sometimes"; it can be all, edges or empty`,
		`line 5: address: is on line 4 already`,
		`line 6: address: "07700900123" is no phone number with its country code, like +447700900123`,
		`line 7: address: "+4915112345678" is a number of DE, which notify.sms.countries does not allow`,
		`line 8: address: "zoë@mail.example" has characters beyond ASCII; write the domain in its xn-- form`,
		`line 9: address: "Sam <s@mail.example>" is no email address like reader@mail.example`,
		`line 10: has 3 fields; the header has 7`,
		`line 11: this is not CSV: extraneous or missing " in quoted-field`,
		`line 12: address: is missing`,
		`line 12: confirmed: is ""; it can be yes (they agreed, and you can show it) or no`,
		`line 13: address: "+44123" is no phone number with its country code, like +447700900123`,
	}
	got, _, err := notify.ParseSubscribers(strings.NewReader(text), importOptions())
	var faults *notify.ImportError
	if got != nil || !errors.As(err, &faults) {
		t.Fatalf("got %v, %v", got, err)
	}
	if lines := strings.Split(err.Error(), "\n"); !reflect.DeepEqual(lines, want) {
		t.Errorf("got:\n%s\nwant:\n%s", err, strings.Join(want, "\n"))
	}
}

func TestParseSubscribersRefusesAsAWhole(t *testing.T) {
	row := "email,sam@mail.example,,yes,,,\n"
	var many strings.Builder
	many.WriteString(header)
	for i := range 200_001 {
		fmt.Fprintf(&many, "email,r%d@mail.example,,yes,,,\n", i)
	}
	for name, tc := range map[string]struct {
		in   io.Reader
		want string
	}{
		"empty":             {strings.NewReader(""), "begins with no header"},
		"no header":         {strings.NewReader(row), "is no column"},
		"a column missing":  {strings.NewReader("channel,address\n"), "confirmed: is missing from the header"},
		"a column twice":    {strings.NewReader(strings.Replace(header, "name", "address", 1)), "address: is there twice"},
		"too many bytes":    {strings.NewReader(header + strings.Repeat("x", 11<<20)), "more than 10 MB"},
		"too many rows":     {strings.NewReader(many.String()), "line 200002: the file has more than 200000 rows"},
		"a broken reader":   {iotest.ErrReader(errors.New("disk gone")), "disk gone"},
		"a name that wraps": {strings.NewReader(header + "email,sam@mail.example,\"Sam\nBcc: x\",yes,,,\n"), "not on one line"},
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := notify.ParseSubscribers(tc.in, importOptions())
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %d subscribers, %v; want %q", len(got), err, tc.want)
			}
		})
	}
}

func FuzzParseSubscribers(f *testing.F) {
	f.Add(header + "email,sam@mail.example,Sam,yes,,,\nsms,+447700900123,,no,pay,P1,edges\n")
	f.Add("\"")
	f.Add(header + "sms,+1 (500) 555-0006;ext=5,,yes,,,")
	f.Fuzz(func(t *testing.T, text string) {
		found, _, err := notify.ParseSubscribers(strings.NewReader(text), importOptions())
		if err != nil {
			if found != nil {
				t.Errorf("both subscribers and %v", err)
			}
			return
		}
		for _, s := range found {
			if s.Address == "" || strings.ContainsAny(s.Address, " \r\n<>,") || s.Channel != "email" && s.Channel != "sms" {
				t.Errorf("let %+v pass", s)
			}
		}
	})
}
