package main_test

import (
	"errors"
	"fmt"
	"net/smtp"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/notify/email"
	"daymark/notify/notifytest"
)

// TestServeTakesBounces: what `serve` sends comes back to it, and to nobody
// without its signature.
func TestServeTakesBounces(t *testing.T) {
	testkit.Beside(t)
	port, dir := freePorts(t), t.TempDir()
	listen := fmt.Sprintf("127.0.0.1:%d", port+1)
	config := filepath.Join(dir, "daymark.yaml")
	document := fmt.Sprintf(`version: 1
page: {name: Test, url: "http://127.0.0.1:%[1]d", contact: help@harbour.example}
server: {listen: "127.0.0.1:%[1]d", data: ./data}
regions: [{id: local, name: Here}]
notify:
  email:
    smtp: {host: 127.0.0.1, port: %[1]d, tls: none}
    from: Status <status@harbour.example>
    bounces: {address: bounce@harbour.example, listen: %[2]q}
components:
  - {id: shop, name: Shop, checks: [{id: nightly, heartbeat: {every: 1h, grace: 1h}}]}
`, port, listen)
	if err := os.WriteFile(config, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	server := begin(t, "serve", "--config", config)
	eventually(t, "the server to run", func() bool { return ready(fmt.Sprintf("http://127.0.0.1:%d", port)) })
	bring := func(to string) int {
		t.Helper()
		report := strings.ReplaceAll("To: x\nMIME-Version: 1.0\nContent-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"+
			"Final-Recipient: rfc822; sam@mail.example\nAction: failed\nStatus: 5.1.1\n\n--b--\n", "\n", "\r\n")
		err := smtp.SendMail(listen, nil, "", []string{to}, []byte(report))
		if answer, ok := errors.AsType[*textproto.Error](err); ok {
			return answer.Code
		}
		if err != nil {
			t.Fatal(err)
		}
		return 250
	}
	if code := bring(ourReturnPath(t, filepath.Join(dir, "data", "keys", "callbacks"))); code != 250 {
		t.Errorf("a bounce of ours was answered %d", code)
	}
	if code := bring("bounce+u1-s1.aaaaaaaaaaaaaaaa@harbour.example"); code != 550 {
		t.Errorf("a forged one was answered %d", code)
	}
	server.interrupt()
	if server.err != nil || !strings.Contains(server.out.String(), "mail came back") {
		t.Errorf("%v:\n%s", server.err, server.out.String())
	}
}

// ourReturnPath asks a channel with the server's own key.
func ourReturnPath(t *testing.T, file string) string {
	t.Helper()
	key, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	box, err := notifytest.NewMailbox(notifytest.MailboxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := box.Start(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	options := email.Options{Key: key}
	options.Email.SMTP = notify.SMTP{Host: "127.0.0.1", TLS: "none"}
	if _, err := fmt.Sscanf(box.Addr(), "127.0.0.1:%d", &options.Email.SMTP.Port); err != nil {
		t.Fatal(err)
	}
	options.Email.From, options.Email.Bounces.Address = "status@harbour.example", "bounce@harbour.example"
	channel, err := email.New(options)
	if err != nil {
		t.Fatal(err)
	}
	defer channel.Close()
	if sent := channel.Send(t.Context(), notify.Message{ID: "u1-s1", To: "sam@mail.example", Subject: "x", Text: "x"}); sent.Class != notify.Taken {
		t.Fatalf("sent %+v", sent)
	}
	return box.Messages()[0].From
}
