package notifytest

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// Call statuses, as Twilio names them.
const (
	CallQueued     = "queued"
	CallInitiated  = "initiated"
	CallRinging    = "ringing"
	CallInProgress = "in-progress"
	CallCompleted  = "completed"
	CallBusy       = "busy"
	CallNoAnswer   = "no-answer"
	CallFailed     = "failed"
	CallCanceled   = "canceled"
)

// Call is one call that Twilio accepted.
type Call struct {
	SID, AccountSID, To, From string
	Twiml                     string
	Status                    string
	StatusCallback            string
	StatusEvents              []string // of initiated, ringing, answered, completed
	Timeout                   int      // seconds that it rings
	MachineDetection          bool
	AnsweredBy                string   // human or machine_start, with MachineDetection, once answered
	Said                      []string // what was read out, in order
	Pressed                   string   // the digits that were passed on
	Created, Updated          time.Time
}

// Pickup is what happens at the other end of a call; the zero value is that
// somebody answers, listens and presses nothing.
type Pickup struct {
	Status  string // busy, no-answer, failed or canceled; empty: it is answered
	Machine bool   // an answering machine answers
	Digits  string // what is pressed when the call asks for digits
}

// Bounds on a call, from the Calls resource's documentation.
const (
	maxTwiml    = 4000 // characters
	maxRing     = 600  // seconds
	defaultRing = 60   // seconds
)

// callFields are the fields of the form that the stand-in knows; another one,
// which Twilio may or may not have, is refused, so that none is mistyped.
var callFields = []string{"To", "From", "Twiml", "StatusCallback", "StatusCallbackEvent", "StatusCallbackMethod", "Timeout", "MachineDetection"}

// createCall handles POST …/Calls.json.
func (t *Twilio) createCall(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		writeError(w, http.StatusBadRequest, 20001, "The request body could not be read")
		return
	}
	c, err := t.parseCall(r.PostForm)
	if refused := (*refusal)(nil); errors.As(err, &refused) {
		writeError(w, http.StatusBadRequest, refused.code, refused.message)
		return
	}
	var action SMSAction
	if hook := t.opts.CallHook; hook != nil {
		action = hook(c.To, c.Twiml)
	}
	t.courier.pause(action.Delay)
	if action.Drop == DropBefore {
		panic(http.ErrAbortHandler) // net/http closes the connection, answering nothing
	}
	if action.Status == 0 || action.Accept || action.Drop == DropAfter {
		c.Created = t.opts.Now()
		c.Updated = c.Created
		t.acceptCall(c)
	}
	t.courier.pause(action.Hold)
	if action.Drop == DropAfter {
		panic(http.ErrAbortHandler)
	}
	t.answer(w, renderCall(&c), action)
}

// parseCall checks the form in the order in which Twilio complains.
func (t *Twilio) parseCall(form url.Values) (Call, error) {
	c := Call{
		SID: "CA" + randomHex(), AccountSID: t.opts.AccountSID, To: form.Get("To"), From: form.Get("From"), Twiml: form.Get("Twiml"),
		StatusCallback: form.Get("StatusCallback"), StatusEvents: form["StatusCallbackEvent"], Status: CallQueued, Timeout: defaultRing,
	}
	for field, values := range form {
		if !slices.Contains(callFields, field) || len(values) > 1 && field != "StatusCallbackEvent" {
			return c, refuse(20001, "Unknown or doubled parameter %s", field)
		}
	}
	switch {
	case c.To == "":
		return c, refuse(21201, "No 'To' number is specified")
	case !possibleNumber(c.To):
		return c, refuse(21211, "The phone number you are attempting to call, %s, is not valid.", c.To)
	case c.From == "":
		return c, refuse(21213, "'From' phone number is required")
	case !possibleNumber(c.From):
		return c, refuse(21212, "The 'From' number %s is not a valid phone number", c.From)
	case !slices.Contains(t.opts.Numbers, c.From):
		return c, refuse(21210, "The source phone number provided, %s, is not yet verified for your account.", c.From)
	case c.Twiml == "":
		return c, refuse(21205, "Url parameter is required.")
	case len(utf16.Encode([]rune(c.Twiml))) > maxTwiml:
		return c, refuse(32018, "Twiml size exceeded maximum allowed value of 4000 characters")
	}
	if _, err := readTwiml(c.Twiml); err != nil {
		return c, refuse(12100, "Document parse failure: %v", err)
	}
	return c, parseProgress(form, &c)
}

// parseProgress reads how a call is to be followed.
func parseProgress(form url.Values, c *Call) error {
	if c.StatusCallback != "" && !absoluteURL(c.StatusCallback) {
		return refuse(21609, "The StatusCallback URL %s is not a valid URL.", c.StatusCallback)
	}
	for _, event := range c.StatusEvents {
		if !slices.Contains([]string{"initiated", "ringing", "answered", "completed"}, event) {
			return refuse(21626, "Invalid statusCallbackEvents: %s", event)
		}
	}
	if len(c.StatusEvents) == 0 {
		c.StatusEvents = []string{"completed"}
	}
	if method := form.Get("StatusCallbackMethod"); method != "" && method != http.MethodPost {
		return refuse(21403, "The stand-in posts its callbacks, and does not %s them", method)
	}
	if form.Has("Timeout") {
		seconds, err := strconv.Atoi(form.Get("Timeout"))
		if err != nil || seconds < 1 || seconds > maxRing {
			return refuse(21208, "Invalid Timeout: %s", form.Get("Timeout"))
		}
		c.Timeout = seconds
	}
	switch form.Get("MachineDetection") {
	case "":
	case "Enable", "DetectMessageEnd":
		c.MachineDetection = true
	default:
		return refuse(21207, "Invalid MachineDetection: %s", form.Get("MachineDetection"))
	}
	return nil
}

// listedCall is a call in the list. The real list has the whole resource; a
// caller that looks for a lost call may rely on no more than these.
type listedCall struct {
	AnsweredBy  *string `json:"answered_by"`
	DateCreated string  `json:"date_created"`
	SID         string  `json:"sid"`
	Status      string  `json:"status"`
	To          string  `json:"to"`
}

func listCall(c *Call) listedCall {
	return listedCall{AnsweredBy: orNull(c.AnsweredBy), DateCreated: rfc2822(c.Created), SID: c.SID, Status: c.Status, To: c.To}
}

// listCalls handles GET …/Calls.json, newest first; it filters by To and
// Status. A call shows ListDelay after its creation.
func (t *Twilio) listCalls(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	matches := make([]listedCall, 0)
	shown := t.opts.Now().Add(-t.opts.ListDelay)
	for _, c := range slices.Backward(t.Calls()) {
		if to := query.Get("To"); to != "" && to != c.To || c.Created.After(shown) {
			continue
		}
		if status := query.Get("Status"); status != "" && status != c.Status {
			continue
		}
		matches = append(matches, listCall(&c))
	}
	size, number := atoi(query.Get("PageSize"), 50, 1000), atoi(query.Get("Page"), 0, 1<<20)
	start := min(number*size, len(matches))
	if token := query.Get("PageToken"); token != "" {
		sid := strings.TrimPrefix(token, "PA")
		start = 1 + slices.IndexFunc(matches, func(c listedCall) bool { return c.SID == sid })
	}
	end := min(start+size, len(matches))
	out := map[string]any{"calls": matches[start:end], "page": number, "page_size": size, "uri": r.URL.RequestURI(), "next_page_uri": nil}
	if end < len(matches) {
		out["next_page_uri"] = pageURI(r.URL, number+1, size, "PA"+matches[end-1].SID)
	}
	writeJSON(w, http.StatusOK, out)
}

// renderCall is a Call resource, as far as a caller needs it.
func renderCall(c *Call) map[string]any {
	return map[string]any{
		"account_sid": c.AccountSID, "api_version": "2010-04-01", "answered_by": orNull(c.AnsweredBy),
		"date_created": rfc2822(c.Created), "date_updated": rfc2822(c.Updated), "direction": "outbound-api",
		"from": c.From, "sid": c.SID, "status": c.Status, "to": c.To, "uri": apiPrefix + c.AccountSID + "/Calls/" + c.SID + ".json",
	}
}

// Calls returns what is kept, oldest first.
func (t *Twilio) Calls() []Call {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.calls)
}

func (t *Twilio) acceptCall(c Call) {
	t.mu.Lock()
	t.calls = append(t.calls, c)
	if len(t.calls) > t.opts.Keep {
		t.calls = slices.Clone(t.calls[len(t.calls)-t.opts.Keep:])
	}
	t.announce()
	t.mu.Unlock()
	t.courier.place(c)
}

func (t *Twilio) updateCall(c Call) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := slices.IndexFunc(t.calls, func(o Call) bool { return o.SID == c.SID }); i >= 0 {
		c.Said = slices.Clone(c.Said)
		t.calls[i] = c
		t.announce()
	}
}
