package email_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/smtp"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"daymark/internal/testkit"
	"daymark/notify"
	"daymark/notify/email"
	"daymark/notify/notifytest"
)

const bounceAddress = "bounce@harbour.example"

// bounced is what a reporter was told.
type bounced struct {
	delivery string
	notify.Bounce
}

// reporter keeps what it is told and passes it on, or fails.
type reporter struct {
	next email.BounceReporter // nil: nobody
	mu   sync.Mutex
	told []bounced
	fail error
}

func (r *reporter) Bounced(ctx context.Context, delivery string, b notify.Bounce) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fail != nil {
		return r.fail
	}
	r.told = append(r.told, bounced{delivery, b})
	if r.next != nil {
		return r.next.Bounced(ctx, delivery, b)
	}
	return nil
}

// taken gives what was told since it was last called.
func (r *reporter) taken() []bounced {
	r.mu.Lock()
	defer r.mu.Unlock()
	told := r.told
	r.told = nil
	return told
}

func (r *reporter) failWith(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fail = err
}

func bounces(t *testing.T, adjust func(*email.BouncesOptions)) (*email.Bounces, *reporter) {
	t.Helper()
	r := &reporter{}
	opts := email.BouncesOptions{Address: bounceAddress, Key: bounceKey, Reporter: r, Now: func() time.Time { return time.Unix(1_782_999_723, 0) }}
	if adjust != nil {
		adjust(&opts)
	}
	return listen(t, opts), r
}

func listen(t *testing.T, opts email.BouncesOptions) *email.Bounces {
	t.Helper()
	b, err := email.NewBounces(opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Start(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// returnPath is where a delivery's bounces go, as its own message says.
func returnPath(t *testing.T, id string) string {
	t.Helper()
	box := mailbox(t, notifytest.MailboxOptions{})
	m := message()
	m.ID = id
	if sent := channel(t, box.Addr(), bouncing).Send(limited(t), m); sent.Class != notify.Taken {
		t.Fatalf("sent %+v", sent)
	}
	return box.Messages()[0].From
}

// sendTo brings a message to the listener, and gives the code of the refusal;
// 0 when it was taken.
func sendTo(t *testing.T, b *email.Bounces, to string, raw []byte) int {
	t.Helper()
	err := smtp.SendMail(b.Addr(), nil, "", []string{to}, raw)
	if answer, ok := errors.AsType[*textproto.Error](err); ok {
		return answer.Code
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0
}

func fixture(t *testing.T, name, path, to string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "bounces", name+".eml"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("{PATH}", path, "{TO}", to, "\n", "\r\n").Replace(string(raw))
	return []byte(text)
}

// What servers send, in their own shapes.
func TestBouncesReadReports(t *testing.T) {
	testkit.NoLeaks(t)
	path := returnPath(t, "u1-s1")
	b, r := bounces(t, nil)
	for name, tc := range map[string]struct {
		kind       notify.BounceKind // empty: nothing follows
		status     string
		diagnostic string
		bare       bool // it comes to the bare address
	}{
		"postfix-unknown":          {notify.HardBounce, "5.1.1", "550 5.1.1 <…>: Recipient address rejected: User unknown in virtual mailbox table", false},
		"postfix-delayed":          {notify.DelayedBounce, "4.4.1", "connect to mx.mail.example[192.0.2.25]:25: Connection timed out", false},
		"postfix-no-domain":        {notify.HardBounce, "5.4.4", "Host or domain name not found", false},
		"exchange-unknown":         {notify.HardBounce, "5.1.10", "Recipient … not found by SMTP address lookup", false},
		"exchange-denied":          {notify.HardBounce, "5.4.1", "Access denied", false},
		"exchange-base64":          {notify.SoftBounce, "5.2.2", "the mailbox is full", false},
		"gmail-unknown":            {notify.HardBounce, "5.1.1", "does not exist", false},
		"gmail-delayed":            {notify.DelayedBounce, "4.4.1", "did not accept our requests", false},
		"expired":                  {notify.SoftBounce, "4.4.7", "temporarily suspended", false},
		"spam":                     {notify.SoftBounce, "5.7.1", "Message content rejected", false},
		"general-code":             {notify.HardBounce, "5.0.0", "550 No such user here", false},
		"global":                   {notify.HardBounce, "5.1.2", "Bad destination system", false},
		"cut-off":                  {notify.HardBounce, "5.1.1", "", false},
		"relayed":                  {},
		"complaint":                {notify.Complaint, "", "abuse", true},
		"complaint-by-return-path": {notify.Complaint, "", "abuse", true},
		"not-spam":                 {"", "", "", true},
		"holiday":                  {},
	} {
		t.Run(name, func(t *testing.T) {
			to := path
			if tc.bare {
				to = bounceAddress
			}
			if code := sendTo(t, b, to, fixture(t, name, path, to)); code != 0 {
				t.Fatalf("answered %d", code)
			}
			told := r.taken()
			if tc.kind == "" {
				if len(told) != 0 {
					t.Fatalf("told %+v", told)
				}
				return
			}
			if len(told) != 1 {
				t.Fatalf("told %+v", told)
			}
			got := told[0]
			if got.delivery != "u1-s1" || got.Kind != tc.kind || got.Status != tc.status || !strings.Contains(got.Diagnostic, tc.diagnostic) || got.At.Unix() != 1_782_999_723 {
				t.Errorf("told %+v", got)
			}
			if strings.Contains(got.Diagnostic, "sam@") {
				t.Errorf("it names the recipient: %s", got.Diagnostic)
			}
		})
	}
}

// Nobody ends a subscription without a signature of ours.
func TestBouncesRefuseWhatIsNotOurs(t *testing.T) {
	testkit.NoLeaks(t)
	path := returnPath(t, "u1-s1")
	b, r := bounces(t, nil)
	swapped := strings.Replace(path, "u1-s1", "u1-s2", 1)
	for name, tc := range map[string]struct {
		to, path string
		file     string
		code     int
	}{
		"ours":                              {path, path, "postfix-unknown", 0},
		"in capitals":                       {strings.ToUpper(path), path, "postfix-unknown", 0},
		"another delivery":                  {swapped, path, "postfix-unknown", 550},
		"no signature":                      {"bounce+u1-s1@harbour.example", path, "postfix-unknown", 550},
		"an empty one":                      {"bounce+u1-s1.@harbour.example", path, "postfix-unknown", 550},
		"another domain":                    {strings.Replace(path, "@harbour", "@other", 1), path, "postfix-unknown", 550},
		"another person":                    {"ana@harbour.example", path, "postfix-unknown", 550},
		"bounces":                           {"bounces@harbour.example", path, "postfix-unknown", 550},
		"bare, and it names ours":           {bounceAddress, path, "complaint", 0},
		"bare, and it names another's":      {bounceAddress, swapped, "complaint", 550},
		"bare, and it names none":           {bounceAddress, "x@mail.example", "postfix-unknown", 550},
		"bare, and it is no report":         {bounceAddress, path, "holiday", 550},
		"bare, by the message that it was ": {bounceAddress, path, "postfix-unknown", 0},
	} {
		t.Run(name, func(t *testing.T) {
			if code := sendTo(t, b, tc.to, fixture(t, tc.file, tc.path, tc.to)); code != tc.code {
				t.Errorf("answered %d, want %d", code, tc.code)
			}
			if told := r.taken(); len(told) > 0 != (tc.code == 0) {
				t.Errorf("told %+v", told)
			}
		})
	}
}

// What cannot be recorded is brought again.
func TestBouncesAskForAnotherTry(t *testing.T) {
	testkit.NoLeaks(t)
	path := returnPath(t, "u1-s1")
	b, r := bounces(t, nil)
	r.failWith(errors.New("disk full"))
	raw := fixture(t, "postfix-unknown", path, path)
	if code := sendTo(t, b, path, raw); code != 451 {
		t.Errorf("answered %d", code)
	}
	r.failWith(nil)
	if code := sendTo(t, b, path, raw); code != 0 || len(r.taken()) != 1 {
		t.Errorf("answered %d", code)
	}
}

func TestBouncesAreBounded(t *testing.T) {
	testkit.NoLeaks(t)
	path := returnPath(t, "u1-s1")
	b, r := bounces(t, func(o *email.BouncesOptions) { o.MaxBytes = 64 << 10 })
	raw := append(fixture(t, "postfix-unknown", path, path), bytes.Repeat([]byte("x\r\n"), 64<<10)...)
	if code := sendTo(t, b, path, raw); code != 552 || len(r.taken()) != 0 {
		t.Errorf("a message that is too long: answered %d", code)
	}
	roomy, r := bounces(t, nil)
	header := append([]byte("Subject: x\r\n"), bytes.Repeat([]byte(" more\r\n"), 64<<10)...)
	if code := sendTo(t, roomy, path, append(header, fixture(t, "postfix-unknown", path, path)...)); code != 0 || len(r.taken()) != 0 {
		t.Errorf("a header that is too long: answered %d", code)
	}
}

// Those who only hold a connection are held to a number and a time.
func TestBouncesBoundConnections(t *testing.T) {
	testkit.NoLeaks(t)
	path := returnPath(t, "u1-s1")
	b, r := bounces(t, func(o *email.BouncesOptions) { o.Connections, o.Longest = 2, 300*time.Millisecond })
	for range 2 {
		idle, err := net.Dial("tcp", b.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer idle.Close()
		// It has the banner, so it has a place; and it never stops talking.
		if _, err := idle.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		go func() {
			for {
				if _, err := idle.Write([]byte("NOOP\r\n")); err != nil {
					return
				}
			}
		}()
	}
	if code := sendTo(t, b, path, fixture(t, "postfix-unknown", path, path)); code != 0 || len(r.taken()) != 1 {
		t.Errorf("behind them, a report was answered %d", code)
	}
}

// Close ends those who are in the middle of something.
func TestBouncesClose(t *testing.T) {
	testkit.NoLeaks(t)
	b, _ := bounces(t, nil)
	idle, err := net.Dial("tcp", b.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	if _, err := idle.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if _, err := io.Copy(io.Discard, idle); err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("it was left open: %v", err)
	}
}

func TestNewBouncesRefuses(t *testing.T) {
	good := email.BouncesOptions{Address: bounceAddress, Key: bounceKey, Reporter: &reporter{}}
	for name, spoil := range map[string]func(*email.BouncesOptions){
		"no reporter":             func(o *email.BouncesOptions) { o.Reporter = nil },
		"no address":              func(o *email.BouncesOptions) { o.Address = "" },
		"no address to speak of":  func(o *email.BouncesOptions) { o.Address = "bounce" },
		"a long local part":       func(o *email.BouncesOptions) { o.Address = "status-bounces-of@harbour.example" },
		"no key":                  func(o *email.BouncesOptions) { o.Key = nil },
		"a key that can be tried": func(o *email.BouncesOptions) { o.Key = []byte("short") },
	} {
		t.Run(name, func(t *testing.T) {
			o := good
			spoil(&o)
			if _, err := email.NewBounces(o); err == nil {
				t.Errorf("took %+v", o)
			}
		})
	}
}
