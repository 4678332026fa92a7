package notify

// Kind is the channel that carries messages to a staff channel.
func (s *StaffChannel) Kind() string {
	switch {
	case s.Slack != "":
		return "slack"
	case s.Teams != "":
		return "teams"
	case s.Discord != "":
		return "discord"
	case s.PagerDuty != nil:
		return "pagerduty"
	}
	return "webhook"
}
