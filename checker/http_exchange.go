package checker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"

	"daymark/internal/expression"
	"daymark/internal/telemetry"
)

// exchanger makes the requests of one run.
type exchanger struct {
	options  HTTPOptions
	jar      http.CookieJar
	deadline time.Time
	budget   time.Duration // the time of the whole run, for sentences
	secrets  []string      // values that nothing which is told may show
	words    []string      // those that are short, and hidden only where they stand alone
}

// errRedirects ends a request that was redirected too often.
var errRedirects = errors.New("redirected too often")

// exchange is one request on its way.
type exchange struct {
	*exchanger
	request *Request
	notes   *recorder
	visited []*url.URL // in order, the redirects' targets last
	sent    *sent
}

// do makes a request and follows its redirects. The answer is never nil.
func (e *exchanger) do(ctx context.Context, request *Request) (*answer, *fault) {
	// life outlasts ctx until what happened was explained; its end closes what
	// the transport leaves open.
	life, done := context.WithCancel(context.WithoutCancel(ctx))
	defer done()
	got := &answer{}
	notes := &recorder{}
	transport, end, err := e.way(life, request, notes)
	if err != nil {
		return got, unknown(err.Error())
	}
	defer end()
	x := &exchange{exchanger: e, request: request, notes: notes}
	message, err := x.message(httptrace.WithClientTrace(ctx, notes.trace()))
	if err != nil {
		return got, unknown(err.Error())
	}
	x.visited = append(x.visited, message.URL)
	x.sent = sentOf(message, x.hidden())
	got.sent = x.sent
	client := &http.Client{Transport: transport, CheckRedirect: x.follow, Jar: e.jar}

	start := time.Now()
	response, err := client.Do(message)
	if err != nil {
		if response != nil {
			response.Body.Close()
		}
		return got, x.explain(ctx, err)
	}
	defer response.Body.Close()
	return x.read(ctx, response, start)
}

// message builds the request.
func (x *exchange) message(ctx context.Context) (*http.Request, error) {
	r := x.request
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	var body io.Reader
	if r.Body != "" {
		body = strings.NewReader(r.Body)
	}
	message, err := http.NewRequestWithContext(ctx, strings.ToUpper(method), r.URL, body)
	if err != nil || message.URL.Host == "" || message.URL.Scheme != "http" && message.URL.Scheme != "https" {
		return nil, errors.New("the check's url is not an address such as https://www.example.com/ (or its method is no word)")
	}
	message.Header.Set("User-Agent", x.options.UserAgent)
	message.Header.Set("Accept-Encoding", acceptEncoding)
	if r.Body != "" && json.Valid([]byte(r.Body)) {
		message.Header.Set("Content-Type", "application/json")
	}
	for name, value := range r.Headers {
		if strings.EqualFold(name, "Host") {
			message.Host = value
			continue
		}
		message.Header.Set(name, value)
	}
	if r.Basic != nil {
		message.SetBasicAuth(r.Basic.User, r.Basic.Password)
	}
	if r.Bearer != "" {
		message.Header.Set("Authorization", "Bearer "+r.Bearer)
	}
	telemetry.Inject(ctx, message.Header)
	return message, nil
}

// follow decides about one redirect.
func (x *exchange) follow(next *http.Request, _ []*http.Request) error {
	limit := DefaultRedirects
	if x.request.Redirects != nil {
		limit = *x.request.Redirects
	}
	if limit <= 0 {
		return http.ErrUseLastResponse
	}
	x.visited = append(x.visited, next.URL)
	if len(x.visited)-1 > limit {
		return errRedirects
	}
	if first := x.visited[0]; next.URL.Host != first.Host || next.URL.Scheme != first.Scheme {
		for name := range x.request.Headers { // what was meant for one server is not told to another
			next.Header.Del(name)
		}
		next.Header.Del("Authorization") // net/http keeps it for the same name at another port or scheme, and below it
	}
	return nil
}

// read reads the answer to its end or to max_body.
func (x *exchange) read(ctx context.Context, response *http.Response, start time.Time) (*answer, *fault) {
	most := x.request.MaxBody
	if most <= 0 {
		most = DefaultMaxBody
	}
	body, size, warning, err := readBody(response, int64(most))
	end := time.Now()
	cut := int64(len(body)) > int64(most)
	if cut {
		body = body[:most]
	}
	m := x.notes.snapshot()
	got := &answer{sent: x.sent, evidence: func(most int) []byte { return evidenceOf(response, body, !cut, most, x.hidden()) }}
	facts := &got.facts
	*facts = HTTPFacts{
		Status:    response.StatusCode,
		Size:      len(body),
		Body:      string(body),
		Headers:   make(map[string]string, len(response.Header)),
		URL:       response.Request.URL.String(),
		Redirects: max(0, len(x.visited)-1),
		Version:   versionOf(response),
		Encoding:  encodingOf(response.Header),
		TLS:       TLSFactsOf(response.TLS, x.options.Now()),
	}
	for name, values := range response.Header {
		facts.Headers[name] = strings.Join(values, ", ")
	}
	m.fill(facts, end)
	got.timings = m.timings(facts, start)
	if encoding, ok := errors.AsType[*encodingFault](err); ok {
		return got, failed(encoding.sentence)
	}
	if err != nil {
		return got, x.explainBody(ctx, response, size, err)
	}
	if problem := x.proxyRefusal(response); problem != nil {
		return got, problem
	}
	if warning != "" {
		got.warnings = append(got.warnings, warning)
	}
	facts.Latency = end.Sub(start)
	if x.request.Version == "2" && facts.Version != "2" {
		return got, failed("the answer came by HTTP/" + facts.Version + ", not HTTP/2")
	}
	if cut {
		got.warnings = append(got.warnings, fmt.Sprintf("the body was cut at %s (max_body)", expression.FormatSize(int64(most))))
	} else {
		facts.JSON = jsonOf(body)
	}
	return got, nil
}

// jsonOf gives the body's value where it is JSON, else nil.
func jsonOf(body []byte) any {
	trimmed := bytes.TrimLeft(body, " \t\r\n")
	if len(trimmed) == 0 || !strings.ContainsRune(`{["-0123456789tfn`, rune(trimmed[0])) {
		return nil
	}
	var value any
	decoder := json.NewDecoder(bytes.NewReader(trimmed))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil || decoder.Decode(new(any)) != io.EOF {
		return nil
	}
	return numbersOf(value)
}

// exactBelow is the least whole number that a float64 cannot tell from its
// neighbour.
const exactBelow = 1 << 53

// numbersOf makes numbers what expressions compute with: float64, but int64
// for a whole one that a float64 would change, such as a long id.
func numbersOf(value any) any {
	switch v := value.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil && (n > exactBelow || n < -exactBelow) {
			return n
		}
		number, err := v.Float64()
		if err != nil {
			return v.String() // beyond any number that computers know
		}
		return number
	case map[string]any:
		for name := range v {
			v[name] = numbersOf(v[name])
		}
	case []any:
		for i := range v {
			v[i] = numbersOf(v[i])
		}
	}
	return value
}

func versionOf(response *http.Response) string {
	if response.ProtoMajor >= 2 {
		return fmt.Sprint(response.ProtoMajor)
	}
	return fmt.Sprintf("%d.%d", response.ProtoMajor, response.ProtoMinor)
}
