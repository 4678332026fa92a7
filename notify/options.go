package notify

import "time"

// Options is how people are told.
type Options struct {
	Email         Email          `yaml:"email"`
	SMS           SMS            `yaml:"sms"`
	Subscriptions Subscriptions  `yaml:"subscriptions"`
	Staff         []StaffChannel `yaml:"staff"`
	Canary        Canary         `yaml:"canary"`
	Watchdog      Watchdog       `yaml:"watchdog"`
	Storm         Storm          `yaml:"storm"`
}

// Email is how mail goes out; it is off without SMTP.Host.
type Email struct {
	SMTP    SMTP      `yaml:"smtp"`
	From    string    `yaml:"from"` // RFC 5322: Name <address>
	Bounces Bounces   `yaml:"bounces"`
	DKIM    DKIM      `yaml:"dkim"`
	Pace    EmailPace `yaml:"pace"`
}

// SMTP is the mail server that takes our mail.
type SMTP struct {
	Host     string `yaml:"host"`
	Port     int    `yaml:"port"`                               // 465 with implicit TLS, otherwise 587, when 0
	TLS      string `yaml:"tls" words:"implicit,starttls,none"` // implicit when empty; none on loopback only
	User     string `yaml:"user"`
	Password string `yaml:"password"`
}

// Bounces is where mail that could not be delivered comes back to.
type Bounces struct {
	Address string `yaml:"address"` // the sender of the envelope, with +ID added to its local part; empty: none
	Listen  string `yaml:"listen"`  // host:port of our own SMTP listener; empty: none
}

// DKIM signs mail; it is off without Key.
type DKIM struct {
	Domain   string `yaml:"domain"`
	Selector string `yaml:"selector"`
	Key      string `yaml:"key"` // PEM
}

// EmailPace limits how fast mail goes out; zero values stand for the defaults.
type EmailPace struct {
	Connections int `yaml:"connections"` // at the same time; DefaultConnections when 0
	PerDomain   int `yaml:"per_domain"`  // messages a second; DefaultPerDomain when 0
}

// SMS is how text messages go out; it is off without Twilio.AccountSID.
type SMS struct {
	Twilio      Twilio   `yaml:"twilio"`
	Countries   []string `yaml:"countries"`    // ISO 3166-1 alpha-2; nobody else gets one
	Pace        int      `yaml:"pace"`         // segments a second; DefaultSMSPace when 0
	DailyBudget int      `yaml:"daily_budget"` // segments; 0: no limit
}

// Twilio is the account that sends text messages and calls.
type Twilio struct {
	AccountSID          string `yaml:"account_sid"`
	AuthToken           string `yaml:"auth_token"`
	MessagingServiceSID string `yaml:"messaging_service_sid"`
	VoiceFrom           string `yaml:"voice_from"` // E.164; empty: no calls
	BaseURL             string `yaml:"base_url"`   // empty: Twilio's own
}

// Subscriptions says what strangers may subscribe to, and how fast.
type Subscriptions struct {
	Channels []string `yaml:"channels" words:"email,sms,webhook,slack,teams,discord,feeds"` // nil: email and feeds
	SignUps  SignUps  `yaml:"sign_ups"`
}

// SignUps limits sign-ups; a zero Rate stands for the default.
type SignUps struct {
	Address Rate `yaml:"address"` // for one address to be told; 3/1h
	Network Rate `yaml:"network"` // from one network; 10/4h
}

// Rate is a count within a time, written as 3/1h.
type Rate struct {
	Count  int
	Within time.Duration
}

// StaffChannel is a place where staff are told; exactly one of the kinds is
// set.
type StaffChannel struct {
	ID        string     `yaml:"id"`
	Slack     string     `yaml:"slack"`   // the address of an incoming webhook
	Teams     string     `yaml:"teams"`   // the address of a workflow
	Discord   string     `yaml:"discord"` // the address of a webhook
	PagerDuty *PagerDuty `yaml:"pagerduty"`
	Webhook   *Webhook   `yaml:"webhook"`
	From      string     `yaml:"from" words:"P1,P2,P3,P4"` // the least severity; P4 when empty
	Mirror    bool       `yaml:"mirror"`                   // the incident room's entries too
}

// PagerDuty is a service of PagerDuty.
type PagerDuty struct {
	RoutingKey string `yaml:"routing_key"`
}

// Webhook is an address that signed messages are posted to.
type Webhook struct {
	URL    string `yaml:"url"`
	Secret string `yaml:"secret"`
}

// Canary sends a message to ourselves and waits for it; it is off without an
// Email and a Phone.
type Canary struct {
	Every  time.Duration `yaml:"every"`
	Within time.Duration `yaml:"within"` // it has to arrive so soon
	Email  string        `yaml:"email"`
	Phone  string        `yaml:"phone"` // E.164
	Alarm  string        `yaml:"alarm"` // the staff channel that hears when it does not
}

// Watchdog calls an address while Daymark is well, so that somebody else
// notices when it is not; it is off without a URL.
type Watchdog struct {
	Every time.Duration `yaml:"every"`
	URL   string        `yaml:"url"`
}

// Storm bounds the messages that machines begin.
type Storm struct {
	PerMinute int `yaml:"per_minute"` // beyond it they are held back and a person is asked; DefaultStorm when 0
}

// Defaults of how people are told.
const (
	DefaultConnections   = 8
	DefaultPerDomain     = 20
	DefaultSMSPace       = 10
	DefaultStorm         = 30
	DefaultCanaryEvery   = 6 * time.Hour
	DefaultCanaryWithin  = 5 * time.Minute
	DefaultWatchdogEvery = time.Minute
)
