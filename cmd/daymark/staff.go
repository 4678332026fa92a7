package main

import (
	"time"

	"daymark/config"
	"daymark/notify"
)

// newStaffing makes the rules of who of staff is told of what.
func newStaffing(doc *config.Document, zone *time.Location) (*notify.Staffing, error) {
	owners := map[string]string{}
	for i := range doc.Components {
		owners[doc.Components[i].ID] = doc.Components[i].Owner
	}
	return notify.NewStaffing(notify.StaffOptions{
		Page:   notify.PageInfo{Name: doc.Page.Name, URL: doc.Page.URL, Zone: zone, Contact: doc.Page.Contact},
		People: doc.Support.People, Teams: doc.Teams, Owners: owners, Channels: doc.Notify.Staff, Ways: waysOf(doc),
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
