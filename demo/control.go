package demo

import (
	"fmt"
	"net/http"
)

func (s *Server) switchPage(w http.ResponseWriter, r *http.Request) {
	data := struct {
		State   state
		Modes   []modeInfo
		Address string // of the switch, as its reader reached it; curl takes it for http
	}{s.switcher.get(), modes(), r.Host + "/switch"}
	s.pages.render(w, http.StatusOK, "switch", view{Title: "The switch", Here: "/switch", Data: data})
}

// flip takes mode=… from the page's buttons or from curl, and goes back to the
// page.
func (s *Server) flip(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	mode, err := ParseMode(r.PostFormValue("mode"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := s.SetMode(mode); err != nil {
		s.opts.Logger.Error("switch not flipped", "mode", string(mode), "error", err)
		http.Error(w, "The switch could not be kept; the shop's log says why.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Location", "/switch")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusSeeOther)
	_, _ = fmt.Fprintf(w, "The shop is now: %s\n", mode) // the reader has gone; there is nobody to tell
}

// stateJSON says all that a test or a script needs.
func (s *Server) stateJSON(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, struct {
		state

		Shop   string `json:"shop"`
		SMTP   string `json:"smtp"`
		Twilio string `json:"twilio"`
		Emails int    `json:"emails"`
		SMS    int    `json:"sms"`
	}{s.switcher.get(), s.URL(), s.SMTPAddr(), s.TwilioURL(), s.mailbox.Received(), s.twilio.Received()})
}
