package config

import (
	"cmp"
	"strings"

	"daymark/notify"
)

// messages tells what is missing for email and SMS to go out.
func (r *review) messages() {
	email := &r.doc.Notify.Email
	if r.sendsEmail() {
		if email.From == "" && !r.broken("notify.email.from") {
			r.at("notify.email", `the key "from" is missing here: mail needs a sender`)
		}
		if email.SMTP.TLS == "none" && !isLoopback(email.SMTP.Host) {
			r.at("notify.email.smtp.tls", "mail goes without TLS to this machine alone (localhost): write implicit or starttls")
		}
		if (email.SMTP.User == "") != (email.SMTP.Password == "") &&
			!r.broken("notify.email.smtp.user") && !r.broken("notify.email.smtp.password") {
			r.at("notify.email.smtp", "user and password go together: one of them is missing here")
		}
	}
	if email.Bounces.Listen != "" && email.Bounces.Address == "" {
		r.at("notify.email.bounces", `the key "address" is missing here: nothing bounces to a listener without it`)
	}
	if local, _, _ := strings.Cut(email.Bounces.Address, "@"); len(local) > notify.MaxBounceLocal && !r.broken("notify.email.bounces.address") {
		r.at("notify.email.bounces.address", "%d characters stand before the @, and %d are the most: the name of the delivery is added there", len(local), notify.MaxBounceLocal)
	}
	if dkim := email.DKIM; dkim.Key != "" || dkim.Domain != "" || dkim.Selector != "" {
		r.together("notify.email.dkim", "domain", "selector", "key")
		if _, err := notify.ParseDKIMKey(dkim.Key); err != nil && isPrivateKey(dkim.Key) {
			r.at("notify.email.dkim.key", "the key %v", err)
		}
	}
	if r.sendsSMS() {
		r.together("notify.sms.twilio", "account_sid", "auth_token", "messaging_service_sid")
		if !r.has("notify.sms.countries") {
			r.at("notify.sms", `the key "countries" is missing here: say which countries may be sent to, such as [GB]`)
		}
	}
	r.once("notify.sms.countries", r.doc.Notify.SMS.Countries)
	path := "notify.subscriptions.channels"
	r.once(path, r.doc.Notify.Subscriptions.Channels)
	for i, channel := range r.doc.Notify.Subscriptions.Channels {
		switch {
		case channel == "email" && !r.sendsEmail():
			r.at(index(path, i), "notify.email.smtp says no mail server: fill it in, or leave email out")
		case channel == "sms" && !r.sendsSMS():
			r.at(index(path, i), "notify.sms.twilio says no account: fill it in, or leave sms out")
		}
	}
}

// flies tells what a canary cannot fly without.
func (r *review) flies(canary *notify.Canary) {
	if canary.Alarm == "" && !r.broken("notify.canary.alarm") {
		r.at("notify.canary", `the key "alarm" is missing here: name the staff channel that hears when nothing arrives`)
	}
	every, within := cmp.Or(canary.Every, notify.DefaultCanaryEvery), cmp.Or(canary.Within, notify.DefaultCanaryWithin)
	if within >= every && !r.broken("notify.canary.every") && !r.broken("notify.canary.within") {
		r.at("notify.canary.within", "a message has to arrive before the next one is sent: this is not shorter than `every`")
	}
}

// reachable tells a number of ours that text messages and calls do not go to.
func (r *review) reachable(path, phone string) {
	countries := r.doc.Notify.SMS.Countries
	if phone == "" || phoneNumber(phone) != "" || !r.sendsSMS() || len(countries) == 0 {
		return
	}
	if _, err := notify.ParsePhone(phone, countries); err != nil {
		r.at(path, "%v: add the country, or leave the number out", err)
	}
}

// together tells the keys of a mapping that are missing beside the others.
func (r *review) together(path string, keys ...string) {
	var missing []string
	for _, key := range keys {
		if n, ok := r.nodes[path+"."+key]; !ok || n.empty() && !n.broken {
			missing = append(missing, key)
		}
	}
	if len(missing) > 0 {
		r.at(path, "%s go together: %s missing here", strings.Join(keys, ", "), strings.Join(missing, ", "))
	}
}

func (r *review) staff() {
	known := r.known()
	for i := range r.doc.Notify.Staff {
		path := index("notify.staff", i)
		kinds := 0
		for _, key := range []string{"slack", "teams", "discord", "pagerduty", "webhook"} {
			if r.has(path+"."+key) || r.broken(path+"."+key) {
				kinds++
			}
		}
		if channel := &r.doc.Notify.Staff[i]; channel.Mirror && channel.PagerDuty != nil {
			r.at(path+".mirror", "PagerDuty keeps no conversation: mirror the room to a chat or a webhook")
		}
		if kinds != 1 {
			r.at(path, "a staff channel is one of slack, teams, discord, pagerduty and webhook, and here are %d of them", kinds)
		}
	}
	canary := r.doc.Notify.Canary
	r.reachable("notify.canary.phone", canary.Phone)
	r.refers("notify.canary.alarm", canary.Alarm, "staff channel", known.staff)
	if canary.Email != "" && !r.sendsEmail() {
		r.at("notify.canary.email", "notify.email.smtp says no mail server: fill it in, or leave this empty")
	}
	if bounces := r.doc.Notify.Email.Bounces; canary.Email != "" && strings.EqualFold(canary.Email, bounces.Address) && bounces.Listen == "" {
		r.at("notify.canary.email", "nobody sees it arrive at the address of bounces without notify.email.bounces.listen: fill that in, or name a mailbox")
	}
	if canary.Email != "" || canary.Phone != "" {
		r.flies(&canary)
	}
	if canary.Phone != "" && !r.sendsSMS() {
		r.at("notify.canary.phone", "notify.sms.twilio says no account: fill it in, or leave this empty")
	}
}
