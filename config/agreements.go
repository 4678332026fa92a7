package config

import (
	"fmt"
	"slices"
	"time"

	"daymark/incident"
	"daymark/slo"
	"daymark/support"
)

func (r *review) incidents() {
	r.once("incidents.fix_needs", r.doc.Incidents.FixNeeds)
	for i, template := range r.doc.Incidents.Templates {
		if err := incident.CheckTemplate(template.Text); err != nil {
			r.at(index("incidents.templates", i)+".text", "%s", err)
		}
	}
	if window := r.doc.Reports.Raise; window.Count > 0 && r.has("reports.raise.within") && window.Within == 0 {
		r.at("reports.raise.within", "no two reports come within no time: write a time above 0")
	}
}

func (r *review) slas() {
	for i := range r.doc.SLAs {
		sla, path := &r.doc.SLAs[i], index("slas", i)
		r.refers(path+".preset", sla.Preset, "preset", incident.SLAPresets())
		*sla = sla.WithPreset() // what is written is what is checked
		r.hours(path+".hours", &sla.Hours, "")
		for severity := incident.P1; severity <= incident.P4; severity++ {
			promises, at := sla.For(severity), path+"."+severity.String()
			if promises == nil {
				continue
			}
			r.channels(at+".channels", promises.Channels)
			if promises.Update != nil && promises.Update.Length() < time.Minute {
				r.at(at+".update", "an update more often than once a minute cannot be promised: write 1m or longer")
			}
			for key, promised := range map[string]*support.Span{"acknowledge": promises.Acknowledge, "resolve": promises.Resolve} {
				if promised != nil && *promised == (support.Span{}) {
					r.at(at+"."+key, "nobody can do this in no time: write a time above 0")
				}
			}
		}
	}
}

// channels tells channels of an SLA that nothing sends by.
func (r *review) channels(path string, channels []string) {
	r.once(path, channels)
	for i, channel := range channels {
		switch {
		case channel == "email" && !r.sendsEmail():
			r.at(index(path, i), "email is promised here, and notify.email.smtp says no mail server: fill it in, or leave email out")
		case channel == "sms" && !r.sendsSMS():
			r.at(index(path, i), "sms is promised here, and notify.sms.twilio says no account: fill it in, or leave sms out")
		}
	}
}

func (r *review) sendsEmail() bool {
	return r.doc.Notify.Email.SMTP.Host != "" || r.broken("notify.email.smtp.host")
}

func (r *review) sendsSMS() bool {
	return r.doc.Notify.SMS.Twilio.AccountSID != "" || r.broken("notify.sms.twilio.account_sid")
}

// hours fills in what hours leave out and tells those that end before they
// begin. around is the timezone of what has these hours.
func (r *review) hours(path string, hours *support.Hours, around string) {
	if !r.has(path) {
		*hours = support.Hours{Always: true}
	}
	if hours.Always {
		return
	}
	for _, zone := range []string{around, r.doc.Page.Timezone} {
		if hours.Timezone == "" {
			hours.Timezone = zone
		}
	}
	from, err1 := support.ParseClock(hours.From)
	to, err2 := support.ParseClock(hours.To)
	if err1 == nil && err2 == nil && to <= from {
		r.at(path+".to", "%s is not later than from (%s): hours end on the day that they begin", r.quoted(path+".to", hours.To), hours.From)
	}
	r.once(path+".holidays", hours.Holidays)
}

func (r *review) slos() {
	known := r.known()
	for i := range r.doc.SLOs {
		objective, path := &r.doc.SLOs[i], index("slos", i)
		r.refers(path+".component", objective.Component, "component", known.components)
		if objective.Window == (slo.Window{}) {
			objective.Window.Rolling = slo.DefaultWindow
		}
		switch {
		case objective.Indicator == "latency" && objective.Threshold == 0:
			r.at(path, `the key "threshold" is missing here: latency is good below it`)
		case objective.Indicator != "latency" && objective.Threshold != 0:
			r.at(path+".threshold", "a threshold is for the indicator latency alone")
		}
		kept, results := r.doc.Server.Retention.Hours, r.doc.Server.Retention.Results
		switch window := objective.Window; {
		case window.Month:
		case window.Rolling > 0 && window.Rolling < time.Hour:
			r.at(path+".window", "%s is too short: 1h is the least", r.quoted(path+".window", window.String()))
		case results > 0 && window.Rolling <= slo.Exact && window.Rolling > results:
			r.at(path+".window", "%s is longer than results are kept (server.retention.results), of which a window of a day or less is made", r.quoted(path+".window", window.String()))
		case kept > 0 && window.Rolling > kept:
			r.at(path+".window", "%s is longer than hours are kept (server.retention.hours)", r.quoted(path+".window", window.String()))
		}
		component := r.doc.Component(objective.Component)
		if component == nil || !slices.Contains([]string{slo.Availability, slo.Latency, slo.Heartbeat}, objective.Indicator) {
			continue
		}
		found := false
		for _, check := range component.Checks {
			found = found || objective.Indicator == slo.Availability || (check.Heartbeat != nil) == (objective.Indicator == slo.Heartbeat)
		}
		switch {
		case len(component.Checks) == 0:
			r.at(path+".component", "the component %s has no checks, so nothing is counted: write the objective for what it depends on", r.quoted(path+".component", objective.Component))
		case !found:
			r.at(path+".indicator", "the component %s has no check that gives %s", r.quoted(path+".component", objective.Component),
				map[string]string{"latency": "a latency", "heartbeat": "heartbeats"}[objective.Indicator])
		}
	}
}

// after tells a time that does not come after another.
func (r *review) after(path, from, to string, zone *time.Location) {
	begins, err1 := support.ParseMoment(from, zone)
	ends, err2 := support.ParseMoment(to, zone)
	if err1 == nil && err2 == nil && !ends.After(begins) {
		r.at(path+".to", "%s is not later than from (%s)", r.quoted(path+".to", to), fmt.Sprint(from))
	}
}
