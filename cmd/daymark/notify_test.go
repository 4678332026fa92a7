package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daymark/notify/notifytest"
)

// control opens the control socket of the server, as when it runs.
func (o *onCall) control() {
	o.t.Helper()
	a := o.app
	control, err := startControl(a.doc.Server.Data, controlHandler(&operations{engine: a.engine, doc: a.doc, core: a.core, heartbeats: a.heartbeats}), a.log)
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() {
		if err := control.stop(context.Background()); err != nil {
			o.t.Error(err)
		}
	})
}

// command runs a command beside the server.
func (o *onCall) command(args ...string) (code int, out string) {
	o.t.Helper()
	var stdout, stderr bytes.Buffer
	args = append(args, "--config", filepath.Join(o.app.doc.Server.Data, "daymark.yaml"))
	code = run(o.t.Context(), args, streams{strings.NewReader(""), &stdout, &stderr})
	return code, stdout.String() + stderr.String()
}

// TestNotifyTest sends through each real channel and follows what becomes of it.
func TestNotifyTest(t *testing.T) {
	o := newOnCall(t, func(c notifytest.Call) notifytest.Pickup {
		if c.To == "+447700900009" {
			return notifytest.Pickup{Status: notifytest.CallBusy}
		}
		return notifytest.Pickup{}
	}, "")
	o.control()
	for name, tc := range map[string]struct {
		args []string
		code int
		says []string
	}{
		"an email":                    {[]string{"--channel", "email", "--to", "ops@harbour.example"}, 0, []string{"queued for email", "accepted", "the mail server took it; whether it arrives is not seen from here"}},
		"a text message":              {[]string{"--channel", "sms", "--to", "+447700900123"}, 0, []string{"queued for sms", "delivered"}},
		"a call":                      {[]string{"--channel", "voice", "--to", "+447700900123"}, 0, []string{"queued for voice", "delivered"}},
		"a busy line":                 {[]string{"--channel", "voice", "--to", "+447700900009"}, 1, []string{"undelivered: the line was busy", "it did not arrive"}},
		"no address":                  {[]string{"--channel", "email", "--to", "ops"}, 2, []string{`"ops" is no email address`}},
		"another country":             {[]string{"--channel", "sms", "--to", "+12025550123"}, 2, []string{"notify.sms.countries does not allow"}},
		"a channel that is not there": {[]string{"--to", "ops-slack"}, 2, []string{`there is no staff channel "ops-slack"`}},
		"a way that is not there":     {[]string{"--channel", "fax", "--to", "x"}, 2, []string{"fax"}},
	} {
		t.Run(name, func(t *testing.T) {
			code, out := o.command(append([]string{"notify", "test", "--wait", "30s"}, tc.args...)...)
			for _, want := range tc.says {
				if !strings.Contains(out, want) {
					t.Errorf("%q is missing", want)
				}
			}
			if code != tc.code || t.Failed() {
				t.Errorf("it ends with %d and says\n%s", code, out)
			}
		})
	}
	if mail := o.mailTo("ops@harbour.example"); len(mail) != 1 || !strings.Contains(mail[0], "This is a test by Daymark for Harbour Bank") {
		t.Errorf("arrived %q", mail)
	}
}

// TestNotifyTestWithoutServer: nothing is sent, and it says what is missing.
func TestNotifyTestWithoutServer(t *testing.T) {
	o := newOnCall(t, nil, "")
	code, out := o.command("notify", "test", "--channel", "email", "--to", "ops@harbour.example")
	if code != exitUsage || !strings.Contains(out, "no server runs with this configuration") {
		t.Errorf("it ends with %d and says %s", code, out)
	}
}

// TestNotifyPreview prints what a subscriber would get, and sends nothing.
func TestNotifyPreview(t *testing.T) {
	o := newOnCall(t, nil, "")
	o.control()
	o.pass(30 * time.Second)
	o.fails = true
	o.pass(30 * time.Second)
	id := o.incident().ID
	if code, out := o.command("notify", "preview", id); code != exitUsage || !strings.Contains(out, "nothing was published of incident "+id) {
		t.Errorf("before the first word: %d %s", code, out)
	}
	o.pass(5 * time.Minute)
	html := filepath.Join(t.TempDir(), "mail.html")
	for channel, wants := range map[string][]string{
		"email": {"Subject: Sign in is not available", "because reader@mail.example asked", "/incidents/" + id},
		"sms":   {"Harbour Bank: Sign in is not available since 13:00. Next update by 13:3", "?u=1\n\n1 segment(s), GSM-7"},
		"slack": {"Sign in is not available", "Sign in: Down since 13:00", "Follow it live: http"},
	} {
		args := []string{"notify", "preview", id, "--channel", channel}
		if channel == "email" {
			args = append(args, "--html", html)
		}
		code, out := o.command(args...)
		for _, want := range wants {
			if code != exitOK || !strings.Contains(out, want) {
				t.Errorf("%s: %d, %q is missing from\n%s", channel, code, want, out)
			}
		}
	}
	if text, err := os.ReadFile(html); err != nil || !bytes.Contains(text, []byte("<html")) {
		t.Errorf("the file has %.100s, %v", text, err)
	}
	if code, out := o.command("notify", "preview", id, "--channel", "sms", "--html", html); code != exitUsage {
		t.Errorf("a text message as HTML: %d %s", code, out)
	}
	if code, out := o.command("notify", "preview", id, "--channel", "sms", "--language", "cy"); code != exitOK || !strings.Contains(out, "Nid yw Sign in ar gael") {
		t.Errorf("in Welsh: %d %s", code, out)
	}
	if code, out := o.command("notify", "preview", id, "--language", "xx"); code != exitUsage || !strings.Contains(out, "Daymark speaks en, cy") {
		t.Errorf("in no language: %d %s", code, out)
	}
	if code, out := o.command("notify", "preview", "nothing"); code != exitUsage || !strings.Contains(out, "there is no incident") {
		t.Errorf("of no incident: %d %s", code, out)
	}
	if n := len(o.mailTo("reader@mail.example")); n != 0 {
		t.Errorf("%d were sent", n)
	}
}
