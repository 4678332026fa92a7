package notifytest

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// HookPlatform is one receiver of posted messages.
type HookPlatform string

// The platforms that a Hook can be.
const (
	HookWebhook   HookPlatform = "webhook" // a receiver that verifies by Standard Webhooks
	HookSlack     HookPlatform = "slack"
	HookTeams     HookPlatform = "teams" // a workflow
	HookDiscord   HookPlatform = "discord"
	HookPagerDuty HookPlatform = "pagerduty"
)

// HookOptions sets up a Hook.
type HookOptions struct {
	Platform HookPlatform // required
	// Path is the one address that exists; below PagerDuty it is /v2/enqueue.
	Path string
	// Secret (whsec_…) signs what a webhook takes; RoutingKey is PagerDuty's.
	Secret, RoutingKey string
	// Now is the clock of what is too old; default time.Now.
	Now func() time.Time
}

// HookAction is what becomes of a request; the zero value is that it is
// treated as the platform does. What the platform would refuse is refused
// before.
type HookAction struct {
	// Hold passes before the answer, or until the caller has gone.
	Hold time.Duration
	// Drop closes the connection: DropBefore accepts nothing, DropAfter does.
	Drop Drop
	// Status, if not zero, is the answer's, with Body. Nothing is accepted
	// unless Accept is set.
	Status int
	Body   string
	Accept bool
	// Header is added to the answer's.
	Header http.Header
	// Slow is the pause after each byte of the answer's body; Endless never
	// ends it.
	Slow    time.Duration
	Endless bool
}

// HookPost is one message that was accepted.
type HookPost struct {
	ID     string // webhook-id, or PagerDuty's dedup_key; empty elsewhere
	Header http.Header
	Body   []byte
	// Calls says that it would call people who are not meant: a mention of a
	// channel, of everybody or of a person.
	Calls bool
}

// maxHookBody is more than any of the platforms takes.
const maxHookBody = 1 << 20

// Hook is an http.Handler that takes messages as its platform does. Its
// methods may be called from any goroutine.
type Hook struct {
	opts HookOptions

	mu      sync.Mutex
	act     func(n int) HookAction
	asked   int
	posts   []HookPost
	matters map[string]string // of PagerDuty: dedup_key → its state
}

// NewHook returns a Hook.
func NewHook(opts HookOptions) (*Hook, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Platform == HookPagerDuty {
		opts.Path = "/v2/enqueue"
	}
	if _, known := hookRules[opts.Platform]; !known || opts.Path == "" {
		return nil, fmt.Errorf("hook: %q is no platform, or it has no path", opts.Platform)
	}
	return &Hook{opts: opts, matters: map[string]string{}}, nil
}

// hookRule is how a platform takes a message: its answer with the post, or its
// refusal.
type hookRule struct {
	take    func(h *Hook, r *http.Request, body []byte) (HookPost, *hookRefusal)
	answer  func(w http.ResponseWriter, r *http.Request, p *HookPost)
	unknown hookRefusal // of an address that is not there
}

// hookRefusal is why a platform does not take a message.
type hookRefusal struct {
	status int
	kind   string // of content
	body   string
}

var hookRules = map[HookPlatform]hookRule{
	HookWebhook:   {takeWebhook, answerWebhook, hookRefusal{http.StatusNotFound, "text/plain", "not found"}},
	HookSlack:     {takeSlack, answerSlack, hookRefusal{http.StatusNotFound, "text/plain", "no_service"}},
	HookTeams:     {takeTeams, answerTeams, hookRefusal{http.StatusNotFound, "application/json", `{"error":{"code":"WorkflowNotFound","message":"The workflow could not be found."}}`}},
	HookDiscord:   {takeDiscord, answerDiscord, hookRefusal{http.StatusNotFound, "application/json", `{"message":"Unknown Webhook","code":10015}`}},
	HookPagerDuty: {takePagerDuty, answerPagerDuty, hookRefusal{http.StatusNotFound, "text/plain", "not found"}},
}

// Act says what becomes of requests from now on, by their number from 1; nil:
// they are treated as the platform does.
func (h *Hook) Act(act func(n int) HookAction) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.act, h.asked = act, 0
}

// Posts returns what was accepted, oldest first.
func (h *Hook) Posts() []HookPost {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.posts)
}

// Distinct is how many of what was accepted a receiver keeps that knows a
// message by its id.
func (h *Hook) Distinct() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	ids := map[string]bool{}
	for _, p := range h.posts {
		ids[p.ID] = true
	}
	return len(ids)
}

// Asked is how many requests reached the address, since Act was last called.
func (h *Hook) Asked() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.asked
}

// Matter is PagerDuty's state of one key: triggered, acknowledged, resolved, or
// empty where it never was.
func (h *Hook) Matter(key string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.matters[key]
}

// ServeHTTP takes one request.
func (h *Hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rule := hookRules[h.opts.Platform]
	if r.URL.Path != h.opts.Path {
		rule.unknown.write(w)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxHookBody))
	if err != nil {
		refusedBy(http.StatusRequestEntityTooLarge, "the body is too long").write(w)
		return
	}
	if r.Method != http.MethodPost {
		refusedBy(http.StatusMethodNotAllowed, "POST it").write(w)
		return
	}
	h.mu.Lock()
	h.asked++
	var action HookAction
	if h.act != nil {
		action = h.act(h.asked)
	}
	h.mu.Unlock()
	if action.Drop == DropBefore {
		panic(http.ErrAbortHandler) // net/http closes the connection, answering nothing
	}
	post, refused := rule.take(h, r, body)
	if refused != nil {
		refused.write(w)
		return
	}
	if action.Status == 0 || action.Accept || action.Drop == DropAfter {
		h.keep(post)
	}
	if action.Hold > 0 {
		wait(r, action.Hold)
	}
	if action.Drop == DropAfter || r.Context().Err() != nil { // one who has gone may still be there to read an answer
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), action.Header)
	switch {
	case action.Status != 0:
		w.WriteHeader(action.Status)
		trickle(w, r, action)
	case action.Endless || action.Slow > 0:
		trickle(w, r, action)
	default:
		rule.answer(w, r, &post)
	}
}

func (h *Hook) keep(p HookPost) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.opts.Platform == HookPagerDuty {
		h.settle(&p)
	}
	h.posts = append(h.posts, p)
	if len(h.posts) > defaultKeep {
		h.posts = slices.Clone(h.posts[1:])
	}
}

// wait passes a time, or ends when the caller has gone.
func wait(r *http.Request, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}

// trickle writes an action's body, as slowly as it says.
func trickle(w http.ResponseWriter, r *http.Request, a HookAction) {
	flusher := http.NewResponseController(w)
	body := []byte(a.Body)
	if a.Endless {
		body = make([]byte, 4096)
	}
	for len(body) > 0 && r.Context().Err() == nil {
		n := len(body)
		if a.Slow > 0 {
			n = 1
		}
		if _, err := w.Write(body[:n]); err != nil {
			return // the caller has gone
		}
		if a.Slow > 0 {
			if flusher.Flush() != nil {
				return // the caller has gone
			}
			wait(r, a.Slow)
		}
		if !a.Endless {
			body = body[n:]
		}
	}
}

func (r *hookRefusal) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", r.kind)
	w.WriteHeader(r.status)
	_, _ = io.WriteString(w, r.body) // the caller has gone; there is nobody to tell
}

func refusedBy(status int, format string, v ...any) *hookRefusal {
	return &hookRefusal{status, "text/plain", fmt.Sprintf(format, v...)}
}
