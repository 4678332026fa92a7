package notify_test

import (
	"errors"
	"strings"
	"testing"

	"daymark/incident"
	"daymark/notify"
)

func TestMaskAddress(t *testing.T) {
	for address, want := range map[string]string{
		"sam@mail.example":                   "s…@mail.example",
		"ä@mail.example":                     "ä…@mail.example",
		"@mail.example":                      "\uFFFD…@mail.example",
		"+447700900123":                      "+44…23",
		"+1":                                 "…",
		"https://hooks.example/T0/B1/secret": "https://hooks.example/…",
		"https://sam:word@hooks.example/x":   "https://hooks.example/…",
		"ops-room":                           "ops-room",
		"http:/odd":                          "…",
		"":                                   "",
	} {
		if got := notify.MaskAddress(address); got != want {
			t.Errorf("%q is shown as %q, want %q", address, got, want)
		}
	}
}

func TestMaskedRow(t *testing.T) {
	row := notify.LedgerRow{Address: "sam@mail.example", Name: "Sam Hill", Audience: notify.Public, Reason: "550 5.1.1 <sam@mail.example>: no such user"}
	got := row.Masked()
	if got.Address != "s…@mail.example" || got.Name != "S…" || got.Reason != "550 5.1.1 <s…@mail.example>: no such user" {
		t.Errorf("masked as %+v", got)
	}
	staff := notify.LedgerRow{Address: "ops-room", Name: "Ops", Audience: notify.Staff, Reason: "429 from ops-room"}
	if staff.Masked() != staff {
		t.Errorf("masked as %+v", staff.Masked())
	}
}

// Every state says whether it may be sent once more, and none that is on its
// way may.
func TestMayResend(t *testing.T) {
	for state, want := range map[notify.State]string{
		notify.Pending: "no", notify.Retry: "no", notify.Sending: "no", notify.Superseded: "no", notify.Suppressed: "no",
		notify.Unknown: "second", notify.Accepted: "second", notify.Delivered: "second",
		notify.Undelivered: "yes", notify.Expired: "yes", notify.Dead: "yes",
	} {
		got := "yes"
		if err := notify.MayResend(notify.Resending{State: state}); errors.Is(err, notify.ErrSecond) {
			got = "second"
		} else if refusal, ok := errors.AsType[*incident.Refusal](err); ok && refusal.Kind == incident.Conflict {
			got = "no"
		} else if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", state, got, want)
		}
	}
	for name, tc := range map[string]struct {
		r    notify.Resending
		want string
	}{
		"refused, after it may have been taken": {notify.Resending{State: notify.Dead, Doubted: true}, "second copy"},
		"did not arrive after a doubt":          {notify.Resending{State: notify.Undelivered, Doubted: true}, ""},
		"a copy arrived":                        {notify.Resending{State: notify.Dead, Taken: true}, "second copy"},
		"a copy waits":                          {notify.Resending{State: notify.Dead, Waits: true, Taken: true}, "a copy of it is on its way"},
		"something newer is there":              {notify.Resending{State: notify.Accepted, Newer: true}, "resend that one"},
		"it is over":                            {notify.Resending{State: notify.Expired, Over: true}, "after its end"},
	} {
		err := notify.MayResend(tc.r)
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}
