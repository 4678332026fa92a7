package config

import (
	"maps"
	"regexp"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"daymark/checker"
	"daymark/internal/lang"
	"daymark/support"
)

// format is what a text or number has to be like. why gives "" when it is so,
// otherwise more about what is wrong, or just a space.
type format struct {
	want string
	why  func(value string) string
}

// agentEnv begins what only the agent can fill in.
const agentEnv = "${agent-env:"

// format checks a value against the format of its place. What is not known
// before the agent runs is left to it.
func (d *decoder) format(n *node) {
	f, has := formats[n.pattern]
	if !has || n.value == "" || strings.Contains(n.value, agentEnv) {
		return
	}
	value := n.value
	if strings.HasPrefix(n.pattern, "components[].checks[].http.steps[].") {
		if first := placeholder.FindStringIndex(value); first != nil && first[0] == 0 && strings.HasSuffix(n.pattern, ".url") {
			value = "https://x" + value[first[1]:] // it stands for a whole address
		}
		value = placeholder.ReplaceAllString(value, "x")
	}
	why := f.why(value)
	switch {
	case why == "":
	case n.secret:
		d.fault(n.at, n.path, "what %s stands for is not %s", shown(n), f.want)
	case why == " ":
		d.fault(n.at, n.path, "%s is not %s", shown(n), f.want)
	default:
		d.fault(n.at, n.path, "%s is not %s: %s", shown(n), f.want, why)
	}
}

// placeholder is where a step of an HTTP check puts a saved value.
var placeholder = regexp.MustCompile(`\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}`)

// must makes the why of a format out of a yes or no.
func must(ok func(string) bool) func(string) string {
	return func(value string) string {
		if ok(value) {
			return ""
		}
		return " "
	}
}

// parses makes the why of a format out of a parser whose error says all.
func parses[T any](parse func(string) (T, error)) func(string) string {
	return must(func(value string) bool {
		_, err := parse(value)
		return err == nil
	})
}

func between(least, most float64) func(string) string {
	return must(func(value string) bool {
		number, err := strconv.ParseFloat(value, 64)
		return err == nil && number >= least && number <= most
	})
}

func matches(pattern string) func(string) string {
	return must(regexp.MustCompile(pattern).MatchString)
}

// formats has the formats by the patterns of their places.
var formats = allFormats()

func allFormats() map[string]format {
	var (
		id      = format{"an id: small letters, digits and hyphens, at most 63, beginning with a letter or digit", matches(`^[a-z0-9][a-z0-9-]{0,62}$`)}
		web     = format{"an address such as https://status.example.org", webAddress("http", "https")}
		email   = format{"an email address such as ops@example.org", must(isEmail)}
		phone   = format{"a phone number such as +447700900001", phoneNumber}
		zone    = format{"a timezone such as Europe/London", must(isZone)}
		cron    = format{"a schedule", badSchedule}
		dial    = format{"host:port, such as mail.example.org:587", must(isHostPort)}
		listen  = format{"an address to listen on, such as 127.0.0.1:8080 or :8080", must(isListen)}
		network = format{"a network such as 10.20.0.0/16", must(isNetwork)}
		colour  = format{"a colour such as #0b6e4f", matches(`^#[0-9a-fA-F]{6}$`)}
		weight  = format{"a weight from 0 to 1", between(0, 1)}
		some    = format{"a number above 0", between(1, 1e9)}
		lasting = format{"a time above 0", must(func(value string) bool { return strings.Trim(value, "0.nsuµmhdwy") != "" })}
		header  = format{"a header's value on one line", must(func(value string) bool { return !strings.ContainsAny(value, "\r\n\x00") })}
		date    = format{"a day such as 2026-12-25", must(isDate)}
		moment  = format{"a day and time such as 2026-12-24T09:00", must(isMoment)}
		days    = format{"weekdays such as MON-FRI or MON,WED,FRI", parses(support.ParseDays)}
		clock   = format{"a time of day such as 08:00", parses(support.ParseClock)}
	)
	all := map[string]format{
		"version":                                 {"1, the only version of this format", matches(`^1$`)},
		"page.url":                                {"the page's address, such as https://status.example.org", badPageAddress},
		"page.timezone":                           zone,
		"page.languages[]":                        {"a language that Daymark speaks: " + choices(lang.Tags()), must(func(tag string) bool { return lang.Find(tag) != nil })},
		"page.contact":                            {"an email address or a web address", must(isContact)},
		"page.theme.light.accent":                 colour,
		"page.theme.light.on_accent":              colour,
		"page.theme.dark.accent":                  colour,
		"page.theme.dark.on_accent":               colour,
		"page.uptime.partial":                     weight,
		"page.uptime.degraded":                    weight,
		"server.listen":                           listen,
		"server.database":                         {"a database: postgres://…, or empty for SQLite", matches(`^postgres(ql)?://.`)},
		"server.trusted_proxies[]":                {"an address or network such as 10.0.0.0/8", whyNoProxy},
		"server.backup.schedule":                  cron,
		"server.backup.drill":                     cron,
		"server.backup.keep":                      some,
		"publish.s3.endpoint":                     web,
		"regions[].id":                            id,
		"agents.canary.every":                     lasting,
		"agents.canary.names[]":                   {"a name such as example.org", must(isHost)},
		"agents.canary.addresses[]":               dial,
		"agents.lease":                            lasting,
		"agents.at_once.http":                     some,
		"agents.at_once.browser":                  some,
		"agents.private.allow[]":                  network,
		"teams[].id":                              id,
		"teams[].email":                           email,
		"groups[].id":                             id,
		"components[].id":                         id,
		"components[].runbook":                    web,
		"severities.window":                       lasting,
		"incidents.flapping.changes":              some,
		"incidents.flapping.within":               lasting,
		"incidents.templates[].id":                id,
		"maintenance.recurring[].id":              id,
		"maintenance.recurring[].starts":          moment,
		"maintenance.recurring[].lasts":           lasting,
		"maintenance.recurring[].rrule":           {"a rule such as FREQ=MONTHLY;BYDAY=1SU", badRule},
		"slas[].id":                               id,
		"slas[].report[]":                         email,
		"slos[].id":                               id,
		"slos[].objective":                        {"a percentage above 0 and below 100", between(0.001, 99.999999)},
		"slos[].threshold":                        lasting,
		"support.people[].id":                     id,
		"support.people[].email":                  email,
		"support.people[].phone":                  phone,
		"support.rotas[].id":                      id,
		"support.rotas[].timezone":                zone,
		"support.rotas[].handover":                {"a weekday and a time, such as MON 09:00, or daily 09:00", parses(support.ParseHandover)},
		"support.rotas[].starting":                date,
		"support.rotas[].swaps[].from":            moment,
		"support.rotas[].swaps[].to":              moment,
		"support.rotas[].absences[].from":         moment,
		"support.rotas[].absences[].to":           moment,
		"notify.email.smtp.host":                  {"the name or address of a mail server", must(isHost)},
		"notify.email.smtp.port":                  {"a port from 1 to 65535", between(1, 65535)},
		"notify.email.from":                       {"a sender such as Status <status@example.org>", must(isSender)},
		"notify.email.bounces.address":            email,
		"notify.email.bounces.listen":             listen,
		"notify.email.dkim.domain":                {"a domain such as example.org", must(isHost)},
		"notify.email.dkim.selector":              {"a selector such as daymark", matches(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$`)},
		"notify.email.pace.connections":           {"a number of connections from 1 to 100", between(1, 100)},
		"notify.email.pace.per_domain":            {"a number of messages a second from 1 to 1000", between(1, 1000)},
		"notify.email.dkim.key":                   {"a private key in PEM form: write ${file:PATH} of one", must(isPrivateKey)},
		"notify.sms.twilio.account_sid":           {"an account SID: AC and 32 hexadecimal digits", matches(`^AC[0-9a-fA-F]{32}$`)},
		"notify.sms.twilio.messaging_service_sid": {"a messaging service SID: MG and 32 hexadecimal digits", matches(`^MG[0-9a-fA-F]{32}$`)},
		"notify.sms.twilio.voice_from":            phone,
		"notify.sms.twilio.base_url":              web,
		"notify.sms.countries[]":                  {"a country such as GB", must(isCountry)},
		"notify.sms.pace":                         some,
		"notify.storm.per_minute":                 some,
		"notify.staff[].id":                       id,
		"notify.staff[].slack":                    web,
		"notify.staff[].teams":                    web,
		"notify.staff[].discord":                  web,
		"notify.staff[].webhook.url":              web,
		"notify.staff[].webhook.secret":           {"a secret of Standard Webhooks: whsec_ and the base64 of 24 to 64 bytes", must(isWebhookSecret)},
		"notify.canary.every":                     lasting,
		"notify.canary.within":                    lasting,
		"notify.canary.email":                     email,
		"notify.canary.phone":                     phone,
		"notify.watchdog.every":                   lasting,
		"notify.watchdog.url":                     web,
	}
	for _, place := range []string{"slas[].hours.", "support.rotas[].on_call."} {
		all[place+"timezone"], all[place+"days"] = zone, days
		all[place+"from"], all[place+"to"], all[place+"holidays[]"] = clock, clock, date
	}
	const check = "components[].checks[]."
	all[check+"browser.steps[].upload.with"] = format{"a file such as passport.pdf", func(value string) string {
		if _, _, _, err := checker.UploadFile(value); err != nil {
			return err.Error()
		}
		return ""
	}}
	maps.Copy(all, map[string]format{
		check + "id":                      id,
		check + "schedule":                cron,
		check + "means":                   {"the status that a failure gives: degraded_performance, partial_outage or major_outage", matches(`^(degraded_performance|partial_outage|major_outage)$`)},
		check + "timeout":                 lasting,
		check + "attempts":                {"a number of tries from 1 to 10", between(1, 10)},
		check + "down_when.regions":       some,
		check + "down_when.runs":          some,
		check + "up_when.runs":            some,
		check + "browser.viewport":        {"a size such as 1280x800", matches(`^[1-9][0-9]{1,4}x[1-9][0-9]{1,4}$`)},
		check + "browser.allow_origins[]": {"an origin such as https://cdn.example.org", must(isOrigin)},
		check + "browser.steps[].open":    web,
		check + "browser.steps[].wait":    lasting,
		check + "heartbeat.every":         lasting,
		check + "heartbeat.grace":         lasting,
		check + "heartbeat.schedule":      cron,
		check + "dns.name":                {"a name such as example.org", must(isHost)},
		check + "dns.server":              {"a name server: a host or host:port", must(func(v string) bool { return isHost(v) || isHostPort(v) })},
		check + "tcp.address":             dial,
		check + "smtp.address":            dial,
		check + "tls.address":             dial,
		check + "icmp.host":               {"a host such as example.org", must(isHost)},
		check + "icmp.count":              {"a number of requests from 1 to 20", between(1, 20)},
		check + "grpc.address":            dial,
		check + "websocket.url":           {"an address such as wss://example.org/stream", webAddress("ws", "wss")},
	})
	for _, request := range []string{check + "http.", check + "http.steps[]."} {
		maps.Copy(all, map[string]format{
			request + "url":       web,
			request + "method":    {"a method such as GET or POST", matches(`^[A-Z]{1,20}$`)},
			request + "headers.*": header,
			request + "proxy":     {"a proxy such as http://proxy.example.org:3128 or socks5://…", webAddress("http", "https", "socks5")},
			request + "version":   {"an HTTP version: 1.1, 2 or 3", matches(`^(1\.1|2|3)$`)},
			request + "ip":        {"4 or 6", matches(`^[46]$`)},
			request + "resolver":  {"a name server: a host or host:port", must(func(v string) bool { return isHost(v) || isHostPort(v) })},
			request + "redirects": {"a number from 0 to 50", between(0, 50)},
		})
	}
	return all
}

func phoneNumber(value string) string {
	number, err := phonenumbers.Parse(value, "ZZ")
	switch {
	case !strings.HasPrefix(value, "+") || err != nil:
		return "it begins with + and the country's code"
	case !phonenumbers.IsPossibleNumber(number):
		return "no number of that country has so many digits"
	case phonenumbers.Format(number, phonenumbers.E164) != value:
		return "write it as " + phonenumbers.Format(number, phonenumbers.E164)
	}
	return ""
}

func isCountry(value string) bool {
	return len(value) == 2 && phonenumbers.GetCountryCodeForRegion(value) != 0
}
