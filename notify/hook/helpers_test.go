package hook_test

import (
	"context"
	"crypto/x509"
	"io"
	"log"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"daymark/incident"
	"daymark/internal/guard"
	"daymark/notify"
	"daymark/notify/hook"
	"daymark/notify/notifytest"
	"daymark/statuspage/wire"
)

const (
	page       = "https://status.harbour.example"
	subscriber = "s1"
	routingKey = "R0123456789abcdefR0123456789abcd"
	staffKey   = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	secretPath = "/services/T0AAAA/B0BBBB/xoxoSECRETxoxo"
)

var key = []byte("a key of sixteen bytes and more")

// limited is the context that every wait in a test ends with.
func limited(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// receiver is a stand-in on TLS, and channels that may dial it.
type receiver struct {
	*notifytest.Hook
	server *httptest.Server
	hooks  *hook.Hooks
	opts   hook.Options
}

func (r *receiver) address() string { return r.server.URL + secretPath }

// channel is the stand-in's.
func (r *receiver) channel(t *testing.T, platform notifytest.HookPlatform) *hook.Channel {
	t.Helper()
	c := r.hooks.Channel(string(platform))
	if c == nil || c.Name() != string(platform) {
		t.Fatalf("no channel %s", platform)
	}
	return c
}

func stand(t *testing.T, platform notifytest.HookPlatform, change ...func(*hook.Options)) *receiver {
	t.Helper()
	h, err := notifytest.NewHook(notifytest.HookOptions{
		Platform: platform, Path: secretPath, RoutingKey: routingKey, Secret: notify.WebhookSecret(key, subscriber),
	})
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{Hook: h, server: httptest.NewUnstartedServer(h)}
	r.server.Config.ErrorLog = log.New(io.Discard, "", 0) // its clients hang up on purpose
	r.server.StartTLS()
	t.Cleanup(r.server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(r.server.Certificate())
	r.opts = hook.Options{
		Key: key, Page: notify.PageInfo{Name: "Harbour Bank", URL: page}, Describe: describe, Timeout: 10 * time.Second,
		PagerDuty: r.server.URL, Roots: roots, Unpaced: true,
		Guard:   &guard.Policy{Deny: true, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}},
		Service: func(channel, _ string) bool { return channel != "webhook" && channel != "teams" },
		Staff:   []notify.StaffChannel{{ID: "duty", PagerDuty: &notify.PagerDuty{RoutingKey: routingKey}}},
	}
	for _, c := range change {
		c(&r.opts)
	}
	if r.hooks, err = hook.New(r.opts); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.hooks.CloseIdle)
	return r
}

// describe gives an incident in the form of webhooks, as the page does.
func describe(_ context.Context, c *notify.Card) (*wire.Webhook, error) {
	i := &c.Incident
	row := wire.Incident{
		ID: i.ID, Name: i.Name, Status: string(i.Phase), Impact: string(i.Worst.Impact()), CreatedAt: wire.Time{Time: i.Since},
		UpdatedAt: wire.Time{Time: i.Since}, StartedAt: wire.Time{Time: i.Since}, PageID: wire.ID("page", page), Shortlink: page + "/incidents/" + i.ID,
		Updates: []wire.Update{{ID: "u1", Status: string(i.Phase), Body: "x", IncidentID: i.ID}}, Components: []wire.Component{},
	}
	return wire.NewWebhook(wire.Page{ID: wire.ID("page", page)}, wire.Roll(wire.Rollup{Leaves: []incident.Status{incident.Down}}), &row), nil
}

func clock(hour, minute int) time.Time { return time.Date(2026, 7, 2, hour, minute, 0, 0, time.UTC) }

func renderer(t *testing.T) *notify.Renderer {
	t.Helper()
	r, err := notify.NewRenderer(notify.RendererOptions{
		Page:       notify.PageInfo{Name: "Harbour Bank", URL: page, Zone: time.UTC, Contact: "support@harbour.example"},
		Components: []notify.Named{{ID: "pay", Name: "Payments API"}, {ID: "sign-in", Name: "Sign in & <out>"}},
		Manage:     func(s notify.Subscriber) string { return page + "/subscription/" + s.ID },
		Now:        func() time.Time { return clock(14, 3) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// opening is the first update of a P1 for one subscriber.
func opening(channel, address string) notify.Delivery {
	return notify.Delivery{
		ID: "u1-s1", Channel: channel, Audience: notify.Public, Created: clock(14, 2), Expires: clock(18, 2),
		Subscriber: notify.Subscriber{ID: subscriber, Channel: channel, Address: address},
		Incident: incident.Incident{
			ID: "7q2", Name: "Sign in is not available", Phase: incident.Investigating, Severity: incident.P1, Worst: incident.P1, Since: clock(14, 1),
			Affected: []incident.Affected{
				{Component: "sign-in", Status: incident.Down, Worst: incident.Down, From: clock(14, 1)},
				{Component: "pay", Status: incident.Slow, Worst: incident.Slow, From: clock(14, 2)},
			},
		},
		Update: incident.Update{
			ID: "u1", Incident: "7q2", Number: 1, Kind: incident.Opened, Phase: incident.Investigating, Severity: incident.P1,
			At: clock(14, 2), NextBy: clock(14, 32),
			Text: "Nobody can sign in since 14:01; see https://wiki.example/a_b?c=1&d=2 for more.\n\n<!channel> @everyone *look* [here](https://evil.example) & <@U1>",
		},
	}
}

// alert is a notice to a staff channel.
func alert(channel, id string) notify.Delivery {
	return notify.Delivery{
		ID: "call-7q2-1", Channel: channel, Audience: notify.Staff, Created: clock(14, 2), Expires: clock(18, 2),
		Subscriber: notify.Subscriber{Address: id}, Incident: incident.Incident{ID: "7q2"},
		Notice: &notify.Notice{
			Kind: notify.AlertNotice, Title: "P1 Sign in is down: take the Engineer's part", Text: "3 of 3 regions fail.\n\nSince 14:02 <!here>.",
			Link: page + "/console/incidents/7q2", LinkText: "Open the room", Why: "You are on call.", Severity: incident.P1, Key: "incident-7q2",
		},
	}
}

func rendered(t *testing.T, d notify.Delivery) notify.Message {
	t.Helper()
	m, err := renderer(t).Render(d)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// message is what each platform carries to the stand-in.
func (r *receiver) message(t *testing.T, platform notifytest.HookPlatform) notify.Message {
	t.Helper()
	if platform == notifytest.HookPagerDuty {
		return rendered(t, alert("pagerduty", "duty"))
	}
	return rendered(t, opening(string(platform), r.address()))
}

// tellsNoSecret: what staff read, and what is kept, names the host alone.
func tellsNoSecret(t *testing.T, sent notify.Sent) {
	t.Helper()
	for _, secret := range []string{"xoxoSECRET", "T0AAAA", routingKey, "whsec_", strings.TrimPrefix(staffKey, "whsec_")} {
		if strings.Contains(sent.Reason+sent.Provider, secret) {
			t.Errorf("%q shows %q", sent.Reason, secret)
		}
	}
}
