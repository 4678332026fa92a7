package notifytest_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/twilio/twilio-go/client"
	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"daymark/notify/notifytest"
)

// toStandIn sends what the client addresses to api.twilio.com to the stand-in.
type toStandIn struct{ base *url.URL }

func (r toStandIn) RoundTrip(req *http.Request) (*http.Response, error) {
	out := req.Clone(req.Context())
	out.URL.Scheme, out.URL.Host = r.base.Scheme, r.base.Host
	return http.DefaultTransport.RoundTrip(out)
}

// realClient is Twilio's own client, as Daymark builds it.
func realClient(t *testing.T, tw *notifytest.Twilio, token string) *openapi.ApiService {
	t.Helper()
	base, err := url.Parse(tw.URL())
	if err != nil {
		t.Fatal(err)
	}
	c := &client.Client{
		Credentials: client.NewCredentials(accountSID, token),
		HTTPClient:  &http.Client{Transport: toStandIn{base}},
	}
	c.SetAccountSid(accountSID)
	return openapi.NewApiService(&client.RequestHandler{Client: c})
}

func TestTwilioClientSendsFetchesAndLists(t *testing.T) {
	tw := startTwilio(t, notifytest.TwilioOptions{})
	api := realClient(t, tw, authToken)
	var sids []string
	for _, body := range []string{"one", "two – dash", "three"} {
		params := (&openapi.CreateMessageParams{}).SetTo(reader).SetMessagingServiceSid(serviceSID).SetBody(body).SetValidityPeriod(600)
		sent, err := api.CreateMessage(params)
		if err != nil {
			t.Fatal(err)
		}
		if *sent.Status != "accepted" || *sent.Body != body {
			t.Errorf("sent %+v", sent)
		}
		sids = append(sids, *sent.Sid)
	}
	delivered := func() bool {
		for _, m := range tw.Messages() {
			if m.Status != notifytest.StatusDelivered {
				return false
			}
		}
		return true
	}
	if err := tw.Await(limited(t), delivered); err != nil {
		t.Fatal(err)
	}
	one, err := api.FetchMessage(sids[1], nil)
	if err != nil {
		t.Fatal(err)
	}
	if *one.Status != "delivered" || *one.NumSegments != "1" || *one.From != "+15005550006" || one.DateSent == nil {
		t.Errorf("fetched %+v", one)
	}
	// Pages of one make the client follow next_page_uri.
	list, err := api.ListMessage((&openapi.ListMessageParams{}).SetTo(reader).SetPageSize(1))
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 3 || *list[0].Sid != sids[2] || *list[2].Sid != sids[0] || *list[1].Body != "two – dash" {
		t.Errorf("listed %d: %+v", len(list), list)
	}
	if list[0].From != nil || list[0].MessagingServiceSid != nil || list[0].DateCreated == nil {
		t.Errorf("the list holds more than a sender may rely on: %+v", list[0])
	}
	none, err := api.ListMessage((&openapi.ListMessageParams{}).SetTo("+447700900124"))
	if err != nil || len(none) != 0 {
		t.Errorf("another number: %d, %v", len(none), err)
	}
	since := (&openapi.ListMessageParams{}).SetTo(reader).SetDateSentAfter(time.Now().Add(time.Hour))
	if late, err := api.ListMessage(since); err != nil || len(late) != 0 {
		t.Errorf("sent after now: %d, %v", len(late), err)
	}
}

func TestTwilioClientReadsErrors(t *testing.T) {
	tw := startTwilio(t, notifytest.TwilioOptions{})
	for name, tc := range map[string]struct {
		token, to    string
		status, code int
	}{
		"bad number": {authToken, "12", 400, 21211},
		"bad token":  {"wrong", reader, 401, 20003},
	} {
		t.Run(name, func(t *testing.T) {
			params := (&openapi.CreateMessageParams{}).SetTo(tc.to).SetMessagingServiceSid(serviceSID).SetBody("x")
			_, err := realClient(t, tw, tc.token).CreateMessage(params)
			if rest := (*client.TwilioRestError)(nil); !errors.As(err, &rest) || rest.Status != tc.status || rest.Code != tc.code {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestTwilioListShowsAMessageLate(t *testing.T) {
	clock := make(chan time.Time, 1)
	now := func() time.Time {
		at := <-clock
		clock <- at
		return at
	}
	start := time.Date(2026, 3, 2, 14, 30, 0, 0, time.UTC)
	clock <- start
	tw := startTwilio(t, notifytest.TwilioOptions{ListDelay: 30 * time.Second, StepDelay: time.Hour, Now: now})
	api := realClient(t, tw, authToken)
	if _, err := api.CreateMessage((&openapi.CreateMessageParams{}).SetTo(reader).SetMessagingServiceSid(serviceSID).SetBody("x")); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{0, 0}, {29 * time.Second, 0}, {30 * time.Second, 1}} {
		<-clock
		clock <- start.Add(step.after)
		list, err := api.ListMessage((&openapi.ListMessageParams{}).SetTo(reader))
		if err != nil || len(list) != step.want {
			t.Errorf("after %s: %d, %v; want %d", step.after, len(list), err, step.want)
		}
		if step.want == 1 && *list[0].DateCreated != "Mon, 02 Mar 2026 14:30:00 +0000" {
			t.Errorf("created %q", *list[0].DateCreated)
		}
	}
	// It was not sent yet, so no DateSent finds it.
	unsent := (&openapi.ListMessageParams{}).SetTo(reader).SetDateSentAfter(start.Add(-time.Hour))
	if list, err := api.ListMessage(unsent); err != nil || len(list) != 0 {
		t.Errorf("by DateSent: %d, %v", len(list), err)
	}
}

func TestTwilioListHasItsPagingFields(t *testing.T) {
	tw := startTwilio(t, notifytest.TwilioOptions{})
	for _, body := range []string{"one", "two", "three"} {
		ask(t, "POST", messagesURL(tw), good("Body", body))
	}
	_, first := ask(t, "GET", messagesURL(tw)+"?To="+url.QueryEscape(reader)+"&PageSize=2", nil)
	if first["page"] != 0.0 || first["page_size"] != 2.0 || first["start"] != 0.0 || first["end"] != 1.0 || first["previous_page_uri"] != nil {
		t.Errorf("first page %v", first)
	}
	ask(t, "POST", messagesURL(tw), good("Body", "four")) // must shift nothing
	next, _ := first["next_page_uri"].(string)
	_, second := ask(t, "GET", tw.URL()+next, nil)
	messages, _ := second["messages"].([]any)
	if len(messages) != 1 || messages[0].(map[string]any)["body"] != "one" {
		t.Errorf("second page %v", second)
	}
	if second["page"] != 1.0 || second["next_page_uri"] != nil || second["previous_page_uri"] == nil || !strings.Contains(next, "PageToken=PASM") {
		t.Errorf("second page %v from %s", second, next)
	}
}
