package main

import (
	"cmp"
	"time"

	"daymark/config"
	"daymark/incident"
	"daymark/internal/lang"
	"daymark/notify"
)

// newStaffing makes the rules of who of staff is told of what.
func newStaffing(doc *config.Document, zone *time.Location) (*notify.Staffing, error) {
	owners, names, places := map[string]string{}, map[string]string{}, map[string]int{}
	for i := range doc.Components {
		c := &doc.Components[i]
		owners[c.ID], names[c.ID], places[c.ID] = c.Owner, c.Name, i
	}
	regions := map[string]string{}
	for _, r := range doc.Regions {
		regions[r.ID] = r.Name
	}
	named := func(of map[string]string) func(string) string {
		return func(id string) string { return cmp.Or(of[id], id) }
	}
	return notify.NewStaffing(notify.StaffOptions{
		Page:   notify.PageInfo{Name: doc.Page.Name, URL: doc.Page.URL, Zone: zone, Contact: doc.Page.Contact},
		People: doc.Support.People, Teams: doc.Teams, Owners: owners, Channels: doc.Notify.Staff, Ways: waysOf(doc),
		Wording: &incident.Wording{
			Language: lang.English(), Zone: zone, Component: named(names), Region: named(regions),
			Place: func(id string) int { return places[id] },
		},
	})
}

// waysOf lists the channels by which a configuration reaches people.
func waysOf(doc *config.Document) []string {
	var ways []string
	if doc.Notify.Email.SMTP.Host != "" {
		ways = append(ways, "email")
	}
	if twilio := doc.Notify.SMS.Twilio; twilio.AccountSID != "" {
		ways = append(ways, "sms")
		if twilio.VoiceFrom != "" {
			ways = append(ways, "voice")
		}
	}
	return ways
}
