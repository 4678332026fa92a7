package support

import "time"

// Options is who supports the components.
type Options struct {
	People []Person `yaml:"people"`
	Rotas  []Rota   `yaml:"rotas"`
}

// Person is somebody who can be told, or who signs in to the console.
type Person struct {
	ID    string   `yaml:"id"`
	Name  string   `yaml:"name"`
	Email string   `yaml:"email"`
	Phone string   `yaml:"phone"`                                              // E.164; empty: no SMS, no voice
	May   []string `yaml:"may" words:"lead,engineer"`                          // the roles that they may take
	Role  string   `yaml:"role" words:"reader,responder,editor,administrator"` // in the console; reader when empty
}

// Rota hands two roles from person to person. Lead and Engineer are always
// two different people.
type Rota struct {
	ID         string    `yaml:"id"`
	Timezone   string    `yaml:"timezone"` // the page's when empty
	Handover   string    `yaml:"handover"` // as ParseHandover reads it; DefaultHandover when empty
	Starting   string    `yaml:"starting"` // the day when the first of each list begins, as ParseDate reads it
	Lead       []string  `yaml:"lead"`
	Engineer   []string  `yaml:"engineer"`
	Swaps      []Swap    `yaml:"swaps"`
	Absences   []Absence `yaml:"absences"`
	OnCall     Hours     `yaml:"on_call"` // always when left out
	Escalation []Step    `yaml:"escalation"`
}

// Swap gives a role to a person for a time.
type Swap struct {
	Role   string `yaml:"role" words:"lead,engineer"`
	Person string `yaml:"person"`
	From   string `yaml:"from"` // as ParseMoment reads it, in the rota's zone
	To     string `yaml:"to"`
}

// Absence takes a person off the rota for a time.
type Absence struct {
	Person string `yaml:"person"`
	From   string `yaml:"from"` // as ParseMoment reads it, in the rota's zone
	To     string `yaml:"to"`
}

// Step is one step of an escalation.
type Step struct {
	After time.Duration `yaml:"after"` // since the incident asked for somebody, within the hours of on-call
	Tell  []string      `yaml:"tell"`  // roles of Told, people, or staff channels
	By    []string      `yaml:"by" words:"email,sms,voice"`
}

// Told lists the words for whom a step tells, besides people and staff
// channels. next-X is the next of that list, after whose turn it is, who holds
// no role in the incident, or, where all were told, each of the list.
func Told() []string {
	return []string{"engineer", "lead", "next-engineer", "next-lead", "everybody"}
}

// Hours is when service is given: always, or by weekday and time.
type Hours struct {
	Always   bool     `yaml:"-"`        // the word `always` in place of the rest
	Timezone string   `yaml:"timezone"` // the page's when empty
	Days     string   `yaml:"days"`     // as ParseDays reads it
	From     string   `yaml:"from"`     // as ParseClock reads it
	To       string   `yaml:"to"`       // later than From; 24:00 is the day's end
	Holidays []string `yaml:"holidays"` // days without service, as ParseDate reads them
}

// DefaultHandover is when a rota that names no handover changes.
const DefaultHandover = "MON 09:00"
