package demo

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"daymark/notify/notifytest"
)

// emailJSON is an email in /outbox.json.
type emailJSON struct {
	ID        int       `json:"id"`
	From      string    `json:"from"`
	To        []string  `json:"to"`
	Subject   string    `json:"subject"`
	MessageID string    `json:"message_id"`
	Text      string    `json:"text"`
	HTML      string    `json:"html"`
	Raw       string    `json:"raw"`
	At        time.Time `json:"at"`
}

// smsJSON is a text message in /outbox.json.
type smsJSON struct {
	To       string    `json:"to"`
	Body     string    `json:"body"`
	SID      string    `json:"sid"`
	Status   string    `json:"status"`
	Segments int       `json:"segments"`
	At       time.Time `json:"at"`
}

// newest returns a copy with the latest first.
func newest[T any](s []T) []T {
	out := slices.Clone(s)
	slices.Reverse(out)
	return out
}

// outbox shows what arrived, newest first; the page comes again by itself.
func (s *Server) outbox(w http.ResponseWriter, _ *http.Request) {
	data := struct {
		Mails []notifytest.Mail
		Texts []notifytest.SMS
	}{newest(s.mailbox.Messages()), newest(s.twilio.Messages())}
	s.pages.render(w, http.StatusOK, "outbox", view{Title: "Outbox", Here: "/outbox", Refresh: 5, Data: data})
}

// outboxJSON is the same for tests: from and to are the envelope's.
func (s *Server) outboxJSON(w http.ResponseWriter, _ *http.Request) {
	out := struct {
		Emails []emailJSON `json:"emails"`
		SMS    []smsJSON   `json:"sms"`
	}{[]emailJSON{}, []smsJSON{}}
	for _, m := range newest(s.mailbox.Messages()) {
		out.Emails = append(out.Emails, emailJSON{
			ID: m.ID, From: m.From, To: m.To, Subject: m.Subject, MessageID: m.MessageID,
			Text: m.Text, HTML: m.HTML, Raw: string(m.Raw), At: m.At.UTC(),
		})
	}
	for _, m := range newest(s.twilio.Messages()) {
		out.SMS = append(out.SMS, smsJSON{m.To, m.Body, m.SID, m.Status, m.Segments, m.Created.UTC()})
	}
	writeJSON(w, http.StatusOK, out)
}

// mail finds the email of the path, or answers 404.
func (s *Server) mail(w http.ResponseWriter, r *http.Request) (notifytest.Mail, bool) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err == nil {
		if m, ok := s.mailbox.Message(id); ok {
			return m, true
		}
	}
	http.Error(w, "There is no such email, or it is no longer kept.", http.StatusNotFound)
	return notifytest.Mail{}, false
}

func (s *Server) mailPage(w http.ResponseWriter, r *http.Request) {
	if m, ok := s.mail(w, r); ok {
		s.pages.render(w, http.StatusOK, "mail", view{Title: "Email: " + m.Subject, Here: "/outbox/mail", Data: m})
	}
}

// mailHTML is the HTML part as it came. Whoever sent it is not trusted: no
// script, no form, no request to anywhere, an origin of its own.
func (s *Server) mailHTML(w http.ResponseWriter, r *http.Request) {
	m, ok := s.mail(w, r)
	if !ok {
		return
	}
	w.Header().Set("Content-Security-Policy",
		"sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(m.HTML)) // the reader has gone; there is nobody to tell
}

func (s *Server) mailRaw(w http.ResponseWriter, r *http.Request) {
	if m, ok := s.mail(w, r); ok {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write(m.Raw) // the reader has gone; there is nobody to tell
	}
}
