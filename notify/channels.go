package notify

import (
	"slices"
	"strings"
)

// ChannelsOf gives the channels of deliveries that a word of an SLA's channels
// stands for: chat is each of the chats; page is none, since everybody reads
// it.
func ChannelsOf(word string) []string {
	switch word {
	case "page":
		return nil
	case "chat":
		return []string{"slack", "teams", "discord"}
	}
	return []string{word}
}

// serviceHosts are the hosts of each channel that is one service; a name that
// begins with a dot stands for all below it.
var serviceHosts = map[string][]string{
	"slack":     {"hooks.slack.com", "hooks.slack-gov.com"},
	"discord":   {"discord.com", "discordapp.com", ".discord.com"},
	"pagerduty": {"events.pagerduty.com", "events.eu.pagerduty.com"},
}

// ServiceHost says whether a host is the channel's one service, whose failure
// is that of the whole channel. Webhooks have none, and each workflow of Teams
// has a host of its region.
func ServiceHost(channel, host string) bool {
	host = strings.ToLower(host)
	return slices.ContainsFunc(serviceHosts[channel], func(known string) bool {
		return known == host || known[0] == '.' && strings.HasSuffix(host, known)
	})
}
