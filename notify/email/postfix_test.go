package email_test

import (
	"bytes"
	"context"
	"crypto"
	"database/sql"
	"encoding/json"
	"errors"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"daymark/incident"
	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/notify/email"
	"daymark/store"
)

// dkimpy is another implementation than the one that signs: Debian's
// python3-dkim. It is asked about a message with the DNS record given.
const dkimpy = `
import dkim, json, sys
record = sys.argv[1].encode()
raw = sys.stdin.buffer.read()
asked = []
def dns(name, timeout=5):
    asked.append(name.decode())
    return record
d = dkim.DKIM(raw)
try:
    valid, why = d.verify(dnsfunc=dns), ""
except dkim.DKIMException as e:
    valid, why = False, str(e)
print(json.dumps({"valid": valid, "why": why, "asked": asked, "signed": [h.decode() for h in (d.include_headers or [])]}))
`

// judged is what dkimpy says.
type judged struct {
	Valid  bool
	Why    string
	Asked  []string
	Signed []string
}

func askDKIMPy(t *testing.T, raw []byte, dns string) judged {
	t.Helper()
	cmd := exec.CommandContext(limited(t), "/usr/bin/python3", "-c", dkimpy, dns)
	cmd.Stdin = bytes.NewReader(raw)
	var faults bytes.Buffer
	cmd.Stderr = &faults
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s (scripts/install.sh test installs python3-dkim)", err, faults.String())
	}
	var j judged
	if err := json.Unmarshal(out, &j); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return j
}

// What a real server makes of our mail, and of what it cannot deliver.
func TestPostfix(t *testing.T) {
	testkit.NoLeaks(t)
	kept, outbox := openStore(t)
	r := &reporter{next: kept}
	b := listen(t, email.BouncesOptions{Address: bounceAddress, Key: bounceKey, Reporter: r})
	post := startPostfix(t, b.Addr())
	rsaKey, edKey := newRSA(t), newEd25519(t)
	t.Run("delivers what RSA signed", func(t *testing.T) { delivers(t, post, "rsa", pkcs8(t, rsaKey), rsaKey.Public()) })
	t.Run("delivers what Ed25519 signed", func(t *testing.T) { delivers(t, post, "ed", pkcs8(t, edKey), edKey.Public()) })
	t.Run("brings a bounce again", func(t *testing.T) { bringsAgain(t, post, r) })
	t.Run("returns mail to nobody", func(t *testing.T) { returns(t, post, kept, outbox) })
	t.Run("returns mail of long names", func(t *testing.T) { returnsLong(t, post, kept, outbox) })
}

// delivers: through a real server into a mailbox, the headers come as they
// went, and somebody else's program finds our signature good on what arrived.
func delivers(t *testing.T, post *mta, id, key string, public crypto.PublicKey) {
	c := channel(t, post.addr, func(o *email.Options) {
		bouncing(o)
		signedWith(key)(o)
	})
	m := message()
	m.ID = "u1-" + id
	m.Unsubscribe = "https://status.harbour.example/manage/" + strings.Repeat("k", 60) + "/unsubscribe"
	if sent := c.Send(limited(t), m); sent.Class != notify.Taken || !strings.Contains(sent.Provider, "queued as") {
		t.Fatalf("sent %+v", sent)
	}
	raw := arrived(t, post, m.ID)
	got, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"List-Unsubscribe": "<" + m.Unsubscribe + ">", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		"Auto-Submitted": "auto-generated", "References": "<incident-7q2@harbour.example>", "Message-ID": "<" + m.ID + "@harbour.example>",
		"Return-Path": "<" + returnPath(t, m.ID) + ">",
	} {
		if got.Header.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.Header.Get(name), want)
		}
	}
	j := askDKIMPy(t, raw, record(t, public))
	if !j.Valid || len(j.Asked) != 1 || j.Asked[0] != "daymark._domainkey.harbour.example." {
		t.Errorf("dkimpy: %+v of\n%s", j, raw)
	}
	if all := strings.ToLower(strings.Join(j.Signed, " ")); !strings.Contains(all, "list-unsubscribe list-unsubscribe-post") || !strings.HasPrefix(all, "from from ") {
		t.Errorf("signed are %s", all)
	}
	spoilt := bytes.Replace(raw, []byte("<https://status.harbour.example/"), []byte("<https://elsewhere.example/"), 1)
	if j := askDKIMPy(t, spoilt, record(t, public)); j.Valid || bytes.Equal(spoilt, raw) {
		t.Error("another address of unsubscription passes")
	}
}

// arrived waits for a message and gives it as it lies in the mailbox, with the
// ends of lines that it came with.
func arrived(t *testing.T, post *mta, id string) []byte {
	t.Helper()
	var found []byte
	post.await(t, "it does not deliver "+id, func() bool {
		for _, raw := range post.delivered(t, 1) {
			if bytes.Contains(raw, []byte("<"+id+"@harbour.example>")) {
				found = bytes.ReplaceAll(raw, []byte("\n"), []byte("\r\n"))
			}
		}
		return found != nil
	})
	return found
}

// bringsAgain: while a bounce cannot be recorded, the server keeps it.
func bringsAgain(t *testing.T, post *mta, r *reporter) {
	r.failWith(errors.New("disk full"))
	m := message()
	m.ID, m.To = "u1-s9", "nobody@mail.example"
	if sent := channel(t, post.addr, bouncing).Send(limited(t), m); sent.Class != notify.Taken {
		t.Fatalf("sent %+v", sent)
	}
	post.await(t, "it is not told to try again", func() bool { return post.logged("to=<bounce+u1-s9.", "status=deferred", "451") })
	r.failWith(nil)
	var told []bounced
	post.await(t, "it does not bring the bounce again", func() bool {
		told = append(told, r.taken()...)
		return len(told) > 0
	})
	if got := told[0]; got.delivery != m.ID || got.Kind != notify.HardBounce || got.Status != "5.1.1" || !strings.Contains(got.Diagnostic, "unknown user") || strings.Contains(got.Diagnostic, "nobody@") {
		t.Errorf("told %+v", told)
	}
	post.empty(t)
}

// returns: mail to nobody comes back to us, named by its return path; the
// delivery is undelivered then, and its subscriber told nothing more.
func returns(t *testing.T, post *mta, kept *store.Store, db *sql.DB) {
	now := time.Now()
	err := kept.Write(t.Context(), func(ctx context.Context, tx incident.Tx) error {
		return tx.(*store.Tx).KeepSubscription(ctx, &notify.Subscription{Subscriber: notify.Subscriber{Channel: "email", Address: "nobody@mail.example", Confirmed: now}}, now)
	})
	if err != nil {
		t.Fatal(err)
	}
	var subscriber string
	if err := db.QueryRow("SELECT id FROM subscribers").Scan(&subscriber); err != nil {
		t.Fatal(err)
	}
	queue := func(id string) {
		t.Helper()
		d := notify.Delivery{ID: id, Channel: "email", Audience: notify.Public, Expires: now.Add(time.Hour), Subscriber: notify.Subscriber{ID: subscriber}, Notice: &notify.Notice{Kind: notify.ConsentNotice, Title: "x"}}
		if err := kept.QueueNotice(t.Context(), &d, now); err != nil {
			t.Fatal(err)
		}
	}
	queue("u1-s1")
	ctx, stop := context.WithCancel(limited(t))
	var running sync.WaitGroup
	running.Go(func() { run(ctx, t, kept, channel(t, post.addr, bouncing), "nobody@mail.example") })
	state := func(id string) (state, reason string) {
		if err := db.QueryRow("SELECT state, reason FROM deliveries WHERE id = ?", id).Scan(&state, &reason); err != nil {
			t.Fatal(err)
		}
		return state, reason
	}
	post.await(t, "no bounce comes", func() bool { s, _ := state("u1-s1"); return s == string(notify.Undelivered) })
	if _, reason := state("u1-s1"); !strings.Contains(reason, "there is no such address") {
		t.Errorf("because %s", reason)
	}
	queue("u2-s1")
	post.await(t, "the next message is not suppressed", func() bool { s, _ := state("u2-s1"); return s == string(notify.Suppressed) })
	stop()
	running.Wait()
	post.empty(t)
	if log, err := os.ReadFile(post.log); err != nil || bytes.Contains(log, []byte("bounce+u2-s1")) {
		t.Errorf("%v, or it was sent", err)
	}
}

// returnsLong: messages of a maintenance and to staff, whose ids do not fit into
// a return path, come back as themselves.
func returnsLong(t *testing.T, post *mta, kept *store.Store, db *sql.DB) {
	now := time.Now()
	ids := []string{"maintenance-mhwz4k1q0c2f9a7b31-announced-mhwz4k2q0c2f9a7b31", "channel-sms-1796130000000-ana.Reyes_of_the_harbour"}
	for _, id := range ids {
		d := notify.Delivery{
			ID: id, Channel: "email", Audience: notify.Staff, Expires: now.Add(time.Hour),
			Subscriber: notify.Subscriber{Address: "nobody@mail.example"}, Notice: &notify.Notice{Kind: notify.TroubleNotice, Title: "x"},
		}
		if err := kept.QueueNotice(t.Context(), &d, now); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(limited(t))
	var running sync.WaitGroup
	running.Go(func() { run(ctx, t, kept, channel(t, post.addr, bouncing), "nobody@mail.example") })
	post.await(t, "no bounce comes", func() bool {
		var back int
		if err := db.QueryRow("SELECT count(*) FROM deliveries WHERE id IN (?, ?) AND state = 'undelivered' AND reason LIKE '%there is no such address%'", ids[0], ids[1]).Scan(&back); err != nil {
			t.Fatal(err)
		}
		return back == len(ids)
	})
	stop()
	running.Wait()
	post.empty(t)
	for _, id := range ids {
		if path := returnPath(t, id); !post.logged("to=<"+path+">", "status=sent") {
			t.Errorf("nothing came back to %s", path)
		}
	}
}

// openStore opens a database, and a way to look into it.
func openStore(t *testing.T) (*store.Store, *sql.DB) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "daymark.db")
	kept, err := store.Open(t.Context(), store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(db.Close(), kept.Close()); err != nil {
			t.Error(err)
		}
	})
	return kept, db
}
