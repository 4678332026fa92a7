package notifytest

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// listed is a message in the list. The real list has the whole resource; a
// sender that looks for a lost message may rely on no more than these: to,
// date_created and body to know it by, sid and status to go on with.
type listed struct {
	Body        string `json:"body"`
	DateCreated string `json:"date_created"`
	SID         string `json:"sid"`
	Status      string `json:"status"`
	To          string `json:"to"`
}

// page is one page of the list.
type page struct {
	End             int      `json:"end"`
	FirstPageURI    string   `json:"first_page_uri"`
	Messages        []listed `json:"messages"`
	NextPageURI     *string  `json:"next_page_uri"`
	Page            int      `json:"page"`
	PageSize        int      `json:"page_size"`
	PreviousPageURI *string  `json:"previous_page_uri"`
	Start           int      `json:"start"`
	URI             string   `json:"uri"`
}

// list handles GET …/Messages.json, newest first. A message shows ListDelay
// after its creation. DateSent filters by when it was sent, so a message that
// still waits fits no DateSent, as with Twilio.
func (t *Twilio) list(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	matches := make([]listed, 0)
	shown := t.opts.Now().Add(-t.opts.ListDelay)
	for _, m := range slices.Backward(t.Messages()) {
		if m.Created.After(shown) || !matchesQuery(m, query) {
			continue
		}
		matches = append(matches, listed{
			Body: m.Body, DateCreated: rfc2822(m.Created), SID: m.SID, Status: m.Status, To: m.To,
		})
	}
	size := atoi(query.Get("PageSize"), 50, 1000)
	number := atoi(query.Get("Page"), 0, 1<<20)
	start := min(number*size, len(matches))
	// The token names the last message of the page before, so that messages
	// which came meanwhile shift nothing.
	if token := query.Get("PageToken"); token != "" {
		sid := strings.TrimPrefix(token, "PA")
		start = 1 + slices.IndexFunc(matches, func(m listed) bool { return m.SID == sid })
	}
	end := min(start+size, len(matches))
	out := page{
		Messages: matches[start:end], Page: number, PageSize: size,
		Start: number * size, End: number*size + max(0, end-start-1),
		URI: r.URL.RequestURI(), FirstPageURI: pageURI(r.URL, 0, size, ""),
	}
	if end < len(matches) {
		next := pageURI(r.URL, number+1, size, "PA"+matches[end-1].SID)
		out.NextPageURI = &next
	}
	if number > 0 {
		previous := pageURI(r.URL, number-1, size, "")
		out.PreviousPageURI = &previous
	}
	writeJSON(w, http.StatusOK, out)
}

func pageURI(u *url.URL, number, size int, token string) string {
	query := u.Query()
	query.Set("PageSize", strconv.Itoa(size))
	query.Set("Page", strconv.Itoa(number))
	query.Del("PageToken")
	if token != "" {
		query.Set("PageToken", token)
	}
	return u.Path + "?" + query.Encode()
}

func matchesQuery(m SMS, query url.Values) bool {
	if to := query.Get("To"); to != "" && to != m.To {
		return false
	}
	if from := query.Get("From"); from != "" && from != m.From {
		return false
	}
	for key, fits := range map[string]func(sent, at time.Time) bool{
		"DateSent":  func(sent, at time.Time) bool { return sent.Truncate(24 * time.Hour).Equal(at.Truncate(24 * time.Hour)) },
		"DateSent<": func(sent, at time.Time) bool { return !sent.After(at) },
		"DateSent>": func(sent, at time.Time) bool { return !sent.Before(at) },
	} {
		if !query.Has(key) {
			continue
		}
		at, err := parseDate(query.Get(key))
		if err != nil || m.Sent.IsZero() || !fits(m.Sent.UTC(), at.UTC()) {
			return false
		}
	}
	return true
}

// parseDate reads a day or a moment. "DateSent<=2026-01-02" arrives as the key
// "DateSent<" and the value "2026-01-02".
func parseDate(s string) (time.Time, error) {
	if at, err := time.Parse(time.DateOnly, s); err == nil {
		return at, nil
	}
	return time.Parse(time.RFC3339, s)
}

func atoi(s string, otherwise, most int) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || (n == 0 && otherwise > 0) {
		return otherwise
	}
	return min(n, most)
}

// fetch handles GET …/Messages/{sid}.json.
func (t *Twilio) fetch(w http.ResponseWriter, r *http.Request) {
	sid, ok := strings.CutSuffix(r.PathValue("file"), ".json")
	messages := t.Messages()
	i := slices.IndexFunc(messages, func(m SMS) bool { return m.SID == sid })
	if !ok || i < 0 {
		notFound(w, r)
		return
	}
	writeJSON(w, http.StatusOK, render(messages[i]))
}
