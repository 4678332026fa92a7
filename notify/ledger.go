package notify

import (
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

// LedgerRow is one delivery as the ledger tells of it: who was told what, when,
// by which channel, how it ended, and why not.
type LedgerRow struct {
	ID         string
	Incident   string // empty: of none
	Update     int    // the number of the update; 0: a notice
	Title      string // of a notice
	Audience   Audience
	Channel    string
	Subscriber string // empty: staff
	Address    string
	Name       string
	State      State
	Reason     string // why it is where it is
	Attempts   int
	Provider   string
	Again      string // the delivery that it repeats by hand
	Carrier    string // the delivery in whose message it goes with others, or itself; empty: alone
	Successor  string // the delivery that took its place; empty: none did
	Created    time.Time
	Due        time.Time // of the next attempt or question, where it waits
	Expires    time.Time
	Changed    time.Time // when it came into State
	Doubted    time.Time // since when it may have been taken; zero: it is known
	Place      int64     // where it stands among all
}

// LedgerQuery says which deliveries of an incident are asked for, in the order
// of who gets them; what is empty asks for all.
type LedgerQuery struct {
	Incident string
	Channel  string
	State    State
	After    LedgerPlace // where the list goes on
	Most     int
}

// LedgerPlace is where a list of deliveries goes on; zero: at its beginning.
type LedgerPlace struct {
	Subscriber string
	Number     int
	Place      int64
}

// At gives the place of a row.
func (r *LedgerRow) At() LedgerPlace { return LedgerPlace{r.Subscriber, r.Update, r.Place} }

// LedgerCount is how many deliveries of a channel stand in a state.
type LedgerCount struct {
	Channel string
	State   State
	Count   int
}

// DeliveryEvent is one step of a delivery's story.
type DeliveryEvent struct {
	At        time.Time
	State     State
	Reason    string
	Provider  string
	Successor string // of Superseded: the delivery that took its place
}

// DeliveryStory is all that is known of one delivery.
type DeliveryStory struct {
	LedgerRow
	Events   []DeliveryEvent // from its first claim on to its state, oldest first; of very many the first and the last
	Copies   []string        // deliveries that repeat it by hand, oldest first
	Together []string        // the others that went in the same message
}

// Masked gives a row for somebody who may not see addresses: what is left lets
// staff know an address again that they know already.
func (r LedgerRow) Masked() LedgerRow {
	masked := MaskAddress(r.Address)
	if r.Address != "" && masked != r.Address {
		r.Reason = strings.ReplaceAll(r.Reason, r.Address, masked) // servers repeat it
		r.Address = masked
	}
	if r.Name != "" && r.Audience == Public {
		first, _ := utf8.DecodeRuneInString(r.Name)
		r.Name = string(first) + "…"
	}
	return r
}

// MaskAddress leaves the first letter and the domain of an email address, the
// country and the last two digits of a phone number, and the host of a web
// address. The id of a staff channel stays.
func MaskAddress(address string) string {
	if name, domain, ok := strings.Cut(address, "@"); ok && !strings.Contains(address, "/") {
		first, _ := utf8.DecodeRuneInString(name)
		return string(first) + "…@" + domain
	}
	if strings.HasPrefix(address, "+") && len(address) > 6 {
		return address[:3] + "…" + address[len(address)-2:]
	}
	if parsed, err := url.Parse(address); err == nil && parsed.Host != "" {
		return parsed.Scheme + "://" + parsed.Host + "/…"
	}
	if strings.ContainsAny(address, "@+/:") {
		return "…"
	}
	return address
}
