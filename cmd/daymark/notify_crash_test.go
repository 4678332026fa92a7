package main_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"daymark/demo"
	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/notify/email"
	"daymark/notify/notifytest"
	"daymark/notify/sms"
	"daymark/store"
)

// senderVariable holds, for a process that a test starts of its own binary,
// the sendingJob that it does until it is killed.
const senderVariable = "DAYMARK_TEST_SENDER"

type sendingJob struct{ Path, SMTP, Twilio string }

// sendUntilKilled empties the outbox of a store file.
func sendUntilKilled(text string) error {
	var job sendingJob
	if err := json.Unmarshal([]byte(text), &job); err != nil {
		return err
	}
	ctx := context.Background()
	kept, err := store.Open(ctx, store.Options{Path: job.Path})
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(job.SMTP)
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return err
	}
	mail, err := email.New(email.Options{Email: notify.Email{
		SMTP: notify.SMTP{Host: host, Port: number, TLS: "none"}, From: "status@shop.example",
		Pace: notify.EmailPace{PerDomain: 100_000}, // all readers are of one domain
	}})
	if err != nil {
		return err
	}
	texts, err := sms.New(sms.Options{
		PageURL: "http://127.0.0.1:1", Key: []byte("a key of the crash test"),
		SMS: notify.SMS{Pace: 100_000, Twilio: notify.Twilio{
			AccountSID: demo.SampleAccountSID, AuthToken: demo.SampleAuthToken, MessagingServiceSID: demo.SampleMessagingServiceSID, BaseURL: job.Twilio,
		}},
	})
	if err != nil {
		return err
	}
	sender, err := notify.NewSender(notify.SenderOptions{
		Outbox: kept, Lanes: []notify.Lane{{Channel: mail, Workers: 8}, {Channel: texts, Workers: 8}},
		Poll: 100 * time.Millisecond, AskFor: 3 * time.Second, AskEvery: 500 * time.Millisecond, RetryFirst: 200 * time.Millisecond,
		Render: func(d notify.Delivery) (notify.Message, error) {
			return notify.Message{
				ID: d.ID, Channel: d.Channel, To: d.Subscriber.Address, Subject: "Shop is down", Text: "Shop is down.\n", HTML: "<p>Shop is down.</p>",
				SMS: "Shop is down " + d.ID, Mark: d.ID, Created: d.Created, Expires: d.Expires,
			}, nil
		},
	})
	if err != nil {
		return err
	}
	fmt.Println("sends")
	sender.Run(ctx)
	return nil
}

// TestDeliveriesSurviveKills kills a sender at random moments while it empties
// an outbox of two channels, and counts what arrived: nothing is lost, no text
// message comes twice, and an email only where a kill fell between its
// server's acceptance and our commit.
func TestDeliveriesSurviveKills(t *testing.T) {
	testkit.Beside(t)
	total, kills := testkit.Count(400, 20_000), testkit.Count(3, 25)
	// The remotes take a moment, so that kills fall before and after they accept.
	moment := func() time.Duration { return rand.N(time.Duration(testkit.Count(80, 20)) * time.Millisecond) }
	mailbox, err := notifytest.NewMailbox(notifytest.MailboxOptions{Keep: 2 * total, Hooks: notifytest.MailHooks{
		Data:  func(notifytest.Mail) notifytest.MailAction { return notifytest.MailAction{Delay: moment()} },
		Final: func(notifytest.Mail) notifytest.MailAction { return notifytest.MailAction{Delay: moment()} },
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := mailbox.Start(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = mailbox.Close() })
	twilio, err := notifytest.NewTwilio(notifytest.TwilioOptions{
		AccountSID: demo.SampleAccountSID, AuthToken: demo.SampleAuthToken, MessagingServiceSID: demo.SampleMessagingServiceSID,
		Keep: 2 * total, ListDelay: 300 * time.Millisecond, CallbackAttempts: 1,
		Hook: func(string, string) notifytest.SMSAction {
			return notifytest.SMSAction{Delay: moment(), Hold: moment()}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := twilio.Start(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = twilio.Close() })
	job := sendingJob{Path: filepath.Join(t.TempDir(), "daymark.db"), SMTP: mailbox.Addr(), Twilio: twilio.URL()}
	tellMany(t, job.Path, total/2)

	db := openData(t, job.Path)
	waiting := func() int64 {
		return db.number("SELECT count(*) FROM deliveries WHERE state IN ('pending', 'retry', 'sending', 'unknown')")
	}
	text, err := json.Marshal(job)
	if err != nil {
		t.Fatal(err)
	}
	start := func() *process {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), senderVariable+"="+string(text))
		p := beginCommand(t, "the sender", cmd)
		eventually(t, "the sender to send", func() bool { return strings.Contains(p.out.String(), "sends") || p.ended() })
		return p
	}
	killed := 0
	for p := start(); killed < kills && waiting() > 0; p = start() {
		<-time.After(rand.N(700 * time.Millisecond))
		p.kill()
		killed++
	}
	for left := waiting(); left > 0; left = waiting() {
		eventually(t, "one more to settle", func() bool { return waiting() < left })
	}

	db.check("deliveries that ended otherwise", "SELECT count(*) FROM deliveries WHERE state NOT IN ('accepted', 'delivered')", 0)
	mails, bodies := map[string]int{}, map[string]int{}
	for _, m := range mailbox.Messages() {
		mails[m.MessageID]++
	}
	for _, m := range twilio.Messages() {
		bodies[m.Body]++
	}
	doubted := db.doubted()
	lost, mailsTwice, textsTwice, unexplained := 0, 0, 0, 0
	for _, id := range db.ids() {
		copies := mails["<"+id+"@shop.example>"] + bodies["Shop is down "+id]
		switch isText := bodies["Shop is down "+id] > 0; {
		case copies == 0:
			lost++
		case copies > 1 && isText:
			textsTwice++
		case copies > 1:
			mailsTwice++
			if copies > 1+doubted[id] {
				unexplained++
			}
		}
	}
	t.Logf("%d deliveries, %d kills: %d lost; %d were in doubt; %d emails came twice, each after a kill; %d texts came twice", total, killed, lost, len(doubted), mailsTwice, textsTwice)
	if lost+textsTwice+unexplained > 0 {
		t.Errorf("%d are lost, %d texts came twice, %d emails came more often than kills explain", lost, textsTwice, unexplained)
	}
}

// tellMany queues an update for so many by email, and as many by text message.
func tellMany(t *testing.T, path string, each int) {
	t.Helper()
	kept, err := store.Open(t.Context(), store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	var all []notify.Subscriber
	for i := range each {
		all = append(all, notify.Subscriber{Channel: "email", Address: fmt.Sprintf("reader-%d@mail.example", i), Confirmed: now},
			notify.Subscriber{Channel: "sms", Address: fmt.Sprintf("+4477009%05d", i), Confirmed: now})
	}
	err = kept.Write(t.Context(), func(ctx context.Context, tx incident.Tx) error {
		for _, s := range all {
			if err := tx.(*store.Tx).KeepSubscription(ctx, &notify.Subscription{Subscriber: s}, now); err != nil {
				return err
			}
		}
		_, err := tx.Save(ctx, now, &incident.Decision{
			Incidents: []incident.Incident{{ID: "i", Name: "Shop is down", Phase: incident.Investigating, Severity: incident.P1, Worst: incident.P1, Since: now, Opened: now, Updated: now}},
			Updates: []incident.Update{{
				ID: "u", Incident: "i", Number: 1, Kind: incident.Opened, Phase: incident.Investigating, Severity: incident.P1, At: now, Text: "Shop is down.",
				Channels: []string{"email", "sms"},
			}},
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := kept.Close(); err != nil {
		t.Fatal(err)
	}
}

// ids gives the deliveries.
func (d *data) ids() []string {
	var all []string
	d.each("SELECT id, 0 FROM deliveries", func(id string, _ int) { all = append(all, id) })
	return all
}

// doubted counts how often the fate of each delivery was not known.
func (d *data) doubted() map[string]int {
	all := map[string]int{}
	d.each("SELECT delivery, count(*) FROM delivery_events WHERE state = 'unknown' GROUP BY 1", func(id string, n int) { all[id] = n })
	return all
}

func (d *data) each(query string, fn func(id string, n int)) {
	d.t.Helper()
	rows, err := d.db.Query(query)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id string
		var n int
		if err := rows.Scan(&id, &n); err != nil {
			d.t.Fatal(err)
		}
		fn(id, n)
	}
	if err := rows.Err(); err != nil {
		d.t.Fatal(err)
	}
}
