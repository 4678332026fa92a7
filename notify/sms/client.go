package sms

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/twilio/twilio-go/client"

	"daymark/internal/outgoing"
	"daymark/notify"
)

// maxAnswer bounds what is read of an answer; a full page of the list fits.
const maxAnswer = 4 << 20

// call is one request to Twilio: the BaseClient under its library, with what
// the library's own lacks: a context, a base URL, a bound on the answer, and
// what is needed to say afterwards whether Twilio may have taken the request.
type call struct {
	ctx     context.Context
	http    *http.Client
	base    *url.URL
	account string
	token   string
	written atomic.Bool // all of the request may have reached the remote
}

var _ client.BaseClient = (*call)(nil)

// AccountSid is the account's id.
func (c *call) AccountSid() string { return c.account }

// SetTimeout is not used: the options bound a request.
func (c *call) SetTimeout(time.Duration) {}

// SetOauth is not used.
func (c *call) SetOauth(client.OAuth) {}

// OAuth is none.
func (c *call) OAuth() client.OAuth { return nil }

// answerError is an answer that is not success.
type answerError struct {
	status     int
	code       int // Twilio's; 0: the answer is not Twilio's
	message    string
	retryAfter time.Duration
}

func (e *answerError) Error() string {
	switch {
	case e.code != 0:
		return fmt.Sprintf("Twilio answered %d, error %d: %s", e.status, e.code, e.message)
	case e.status >= 300 && e.status < 400:
		return fmt.Sprintf("a redirect (%d) came in place of Twilio's answer", e.status)
	}
	return fmt.Sprintf("an answer of status %d that is not Twilio's", e.status)
}

// SendRequest makes one request; it follows no redirect and never repeats it.
func (c *call) SendRequest(method, rawURL string, data url.Values, _ map[string]any, _ ...byte) (*http.Response, error) {
	req, err := c.request(method, rawURL, data)
	if err != nil {
		return nil, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	_ = res.Body.Close() // all that is wanted was read
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if len(body) > maxAnswer {
		return nil, fmt.Errorf("the answer has more than %d bytes", maxAnswer)
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	if res.StatusCode/100 != 2 {
		return nil, refusal(res, body)
	}
	return res, nil
}

func (c *call) request(method, rawURL string, data url.Values) (*http.Request, error) {
	target, err := url.Parse(rawURL)
	if err != nil {
		return nil, fmt.Errorf("address of the request: %w", err)
	}
	target.Scheme, target.Host = c.base.Scheme, c.base.Host
	target.Path = strings.TrimRight(c.base.Path, "/") + target.Path
	if method == http.MethodGet {
		target.RawQuery = data.Encode()
		return c.signed(outgoing.Request(c.ctx, method, target.String(), nil, &c.written))
	}
	req, err := c.signed(outgoing.Request(c.ctx, method, target.String(), []byte(data.Encode()), &c.written))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return req, nil
}

func (c *call) signed(req *http.Request, err error) (*http.Request, error) {
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	req.SetBasicAuth(c.account, c.token)
	req.Header.Set("User-Agent", "daymark")
	req.Header.Set("Accept", "application/json")
	return req, nil
}

func refusal(res *http.Response, body []byte) error {
	refused := &answerError{status: res.StatusCode, retryAfter: retryAfter(res.Header.Get("Retry-After"))}
	var told struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	if json.Unmarshal(body, &told) == nil { // anything else is not Twilio's
		refused.code, refused.message = told.Code, notify.Brief(told.Message)
	}
	return refused
}

// retryAfter reads whole seconds, which is what Twilio sends.
func retryAfter(header string) time.Duration {
	seconds, err := strconv.Atoi(header)
	if err != nil || seconds < 0 || seconds > 24*60*60 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}
