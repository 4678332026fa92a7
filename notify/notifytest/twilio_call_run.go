package notifytest

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// place takes a call from its acceptance to its end.
func (c *courier) place(call Call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.work.Go(func() { c.ring(&call) })
}

// ring dials, and does what the other end does.
func (c *courier) ring(call *Call) {
	steps := 0
	step := func(status, event string) bool {
		if !c.pause(c.twilio.opts.StepDelay) || c.ctx.Err() != nil {
			return false
		}
		steps++
		call.Status, call.Updated = status, c.twilio.opts.Now()
		c.twilio.updateCall(*call)
		if call.StatusCallback != "" && slices.Contains(call.StatusEvents, event) {
			form := callForm(call)
			form.Set("CallbackSource", "call-progress-events")
			form.Set("SequenceNumber", strconv.Itoa(steps-1))
			c.tell(call.SID, status, call.StatusCallback, form)
		}
		return true
	}
	if !step(CallInitiated, "initiated") || !step(CallRinging, "ringing") {
		return
	}
	var act Pickup
	if phone := c.twilio.opts.Phone; phone != nil {
		act = phone(*call)
	}
	if act.Status != "" {
		step(act.Status, "completed")
		return
	}
	if call.MachineDetection {
		call.AnsweredBy = "human"
		if act.Machine {
			call.AnsweredBy = "machine_start"
		}
	}
	if !step(CallInProgress, "answered") {
		return
	}
	c.perform(call, call.Twiml, act)
	step(CallCompleted, "completed")
}

// perform reads a document out, and passes on what is pressed.
func (c *courier) perform(call *Call, document string, act Pickup) {
	verbs, err := readTwiml(document)
	if err != nil {
		call.Said = append(call.Said, "An application error has occurred. Goodbye.")
		return
	}
	for _, v := range verbs {
		call.Said = append(call.Said, v.say...)
		if v.action == "" || act.Machine || act.Digits == "" {
			continue
		}
		call.Pressed = act.Digits[:min(len(act.Digits), v.digits)]
		form := callForm(call)
		form.Set("Digits", call.Pressed)
		form.Set("msg", "Gather End")
		form.Set("FinishedOnKey", "")
		answer, ok := c.fetch(v.action, form)
		if !ok {
			call.Said = append(call.Said, "An application error has occurred. Goodbye.")
			return
		}
		c.perform(call, answer, Pickup{}) // nobody presses twice
		return
	}
}

// fetch posts to an address for the document that it answers with.
func (c *courier) fetch(address string, form url.Values) (string, bool) {
	code, body, err := c.send(address, form)
	c.twilio.record(Callback{SID: form.Get("CallSid"), Status: "digits " + form.Get("Digits"), Attempts: 1, Code: code, Err: err})
	return string(body), err == nil && code == http.StatusOK
}

// callForm is what every request about a call tells.
func callForm(c *Call) url.Values {
	form := url.Values{
		"AccountSid": {c.AccountSID}, "ApiVersion": {"2010-04-01"}, "CallSid": {c.SID}, "CallStatus": {c.Status},
		"Called": {c.To}, "Caller": {c.From}, "Direction": {"outbound-api"}, "From": {c.From}, "To": {c.To},
	}
	if c.AnsweredBy != "" {
		form.Set("AnsweredBy", c.AnsweredBy)
	}
	if c.Status == CallCompleted {
		form.Set("CallDuration", "7")
	}
	return form
}
