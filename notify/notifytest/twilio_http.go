package notifytest

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// SMSAction is what becomes of a request to send; the zero value is that it is
// treated as usual. Requests that Twilio would refuse are refused before.
type SMSAction struct {
	// Delay passes before anything is accepted, Hold after it and before the
	// answer. The message is accepted even if the caller has gone meanwhile.
	Delay, Hold time.Duration
	// Drop closes the connection: DropBefore accepts nothing, DropAfter does.
	Drop Drop
	// Status, if not zero, is the answer's HTTP status, with Code and Message in
	// Twilio's error body, or with Body as it stands. Nothing is accepted unless
	// Accept is set.
	Status  int
	Code    int
	Message string
	Body    string
	Accept  bool
	// RetryAfter adds that header, in whole seconds, rounded up.
	RetryAfter time.Duration
}

// apiError is Twilio's error body.
type apiError struct {
	Code     int    `json:"code"`
	Message  string `json:"message"`
	MoreInfo string `json:"more_info"`
	Status   int    `json:"status"`
}

// maxForm bounds a request; 1,600 characters, percent-encoded, fit many times.
const maxForm = 256 << 10

const apiPrefix = "/2010-04-01/Accounts/"

func (t *Twilio) routes() *http.ServeMux {
	mux := http.NewServeMux()
	base := apiPrefix + t.opts.AccountSID
	mux.HandleFunc("POST "+base+"/Messages.json", t.create)
	mux.HandleFunc("GET "+base+"/Messages.json", t.list)
	mux.HandleFunc("GET "+base+"/Messages/{file}", t.fetch)
	mux.HandleFunc("POST "+base+"/Calls.json", t.createCall)
	mux.HandleFunc("GET "+base+"/Calls.json", t.listCalls)
	mux.HandleFunc(base+"/Calls.json", methodNotAllowed)
	mux.HandleFunc(base+"/Messages.json", methodNotAllowed)
	mux.HandleFunc(base+"/Messages/{file}", methodNotAllowed)
	mux.HandleFunc("/", notFound)
	return mux
}

// ServeHTTP answers one request. Credentials come first: who does not know them
// learns nothing of what exists.
func (t *Twilio) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Twilio-Request-Id", "RQ"+randomHex())
	user, password, ok := r.BasicAuth()
	sameUser := subtle.ConstantTimeCompare([]byte(user), []byte(t.opts.AccountSID))
	samePassword := subtle.ConstantTimeCompare([]byte(password), []byte(t.opts.AuthToken))
	if !ok || sameUser&samePassword != 1 {
		w.Header().Set("WWW-Authenticate", `Basic realm="Twilio API"`)
		writeError(w, http.StatusUnauthorized, 20003, "Authenticate")
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	t.mux.ServeHTTP(w, r)
}

func notFound(w http.ResponseWriter, r *http.Request) {
	writeError(w, http.StatusNotFound, 20404,
		fmt.Sprintf("The requested resource %s was not found", strings.TrimSuffix(r.URL.Path, ".json")))
}

func methodNotAllowed(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Allow", "GET, POST")
	if strings.Contains(r.URL.Path, "/Messages/") {
		w.Header().Set("Allow", "GET")
	}
	writeError(w, http.StatusMethodNotAllowed, 20004, "Method not allowed")
}

func writeError(w http.ResponseWriter, status, code int, message string) {
	writeJSON(w, status, apiError{
		Code: code, Message: message, Status: status,
		MoreInfo: "https://www.twilio.com/docs/errors/" + strconv.Itoa(code),
	})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the caller has gone; there is nobody to tell
}

// message is a Message resource as Twilio writes it: numbers are strings, times
// are RFC 2822, what is not known is null.
type message struct {
	AccountSID          string            `json:"account_sid"`
	APIVersion          string            `json:"api_version"`
	Body                string            `json:"body"`
	DateCreated         string            `json:"date_created"`
	DateSent            *string           `json:"date_sent"`
	DateUpdated         string            `json:"date_updated"`
	Direction           string            `json:"direction"`
	ErrorCode           *int              `json:"error_code"`
	ErrorMessage        *string           `json:"error_message"`
	From                *string           `json:"from"`
	MessagingServiceSID *string           `json:"messaging_service_sid"`
	NumMedia            string            `json:"num_media"`
	NumSegments         string            `json:"num_segments"`
	Price               *string           `json:"price"`
	PriceUnit           *string           `json:"price_unit"`
	SID                 string            `json:"sid"`
	Status              string            `json:"status"`
	SubresourceURIs     map[string]string `json:"subresource_uris"`
	To                  string            `json:"to"`
	URI                 string            `json:"uri"`
}

func render(m SMS) message {
	uri := apiPrefix + m.AccountSID + "/Messages/" + m.SID
	out := message{
		AccountSID: m.AccountSID, APIVersion: "2010-04-01", Body: m.Body,
		DateCreated: rfc2822(m.Created), DateUpdated: rfc2822(m.Updated),
		Direction: "outbound-api", NumMedia: "0", NumSegments: strconv.Itoa(m.Segments),
		SID: m.SID, Status: m.Status, To: m.To, URI: uri + ".json",
		From: orNull(m.From), MessagingServiceSID: orNull(m.MessagingServiceSID),
		SubresourceURIs: map[string]string{"media": uri + "/Media.json"},
	}
	if m.Status == StatusAccepted {
		out.NumSegments = "0" // a service counts once it has chosen a sender
	}
	if !m.Sent.IsZero() {
		out.DateSent = orNull(rfc2822(m.Sent))
	}
	if m.ErrorCode != 0 {
		out.ErrorCode = &m.ErrorCode
		out.ErrorMessage = orNull("Error " + strconv.Itoa(m.ErrorCode))
	}
	return out
}

func rfc2822(at time.Time) string { return at.UTC().Format(time.RFC1123Z) }

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
