package notify

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"daymark/internal/pause"
)

// ChannelTrouble is a channel whose remote has failed for long, or the end of
// that.
type ChannelTrouble struct {
	Channel string
	Since   time.Time // the channel was paused
	Reason  string    // what failed last; of an end: empty
	Over    bool
}

// herald tells of a channel's trouble outside its lane, so that nothing is
// sent later because telling takes long. What cannot be told is tried again.
func (o *SenderOptions) herald(ctx context.Context, told <-chan ChannelTrouble) {
	for trouble := range told {
		for err := o.Trouble(ctx, trouble); err != nil && ctx.Err() == nil; err = o.Trouble(ctx, trouble) {
			o.Logger.ErrorContext(ctx, "nobody could be told of a channel's trouble; it is tried again", "channel", trouble.Channel, "error", err)
			_ = pause.For(ctx, o.RetryFirst) // that ctx ended is seen above
		}
	}
}

// TroubleBeside is Trouble about a channel that fails: it goes by all others.
// Where there are none, everybody who may be Support Lead hears by another way
// than that, and where there is no such way either, at least by that one once
// it works again.
func (s *Staffing) TroubleBeside(book Runbook, channel, id string, n Notice, now time.Time) []Delivery {
	n = s.booked(book, n)
	var without []string
	for i := range s.opts.Channels {
		if c := &s.opts.Channels[i]; c.Kind() == channel {
			without = append(without, c.ID)
		}
	}
	if len(without) < len(s.opts.Channels) {
		return s.trouble(id, n, now, without...)
	}
	for _, way := range []string{"email", "sms"} {
		if way == channel {
			continue
		}
		if all := s.troubleToLeads(way, id, n, now); len(all) > 0 {
			return all
		}
	}
	return s.trouble(id, n, now)
}

// troubleToLeads gives a complaint to everybody who may be Support Lead and
// can be reached in this way.
func (s *Staffing) troubleToLeads(way, id string, n Notice, now time.Time) []Delivery {
	if !slices.Contains(s.opts.Ways, way) {
		return nil
	}
	n.Kind = TroubleNotice
	n.Why = "You get this because you may be Support Lead, and no channel of staff (notify.staff) can tell it."
	var all []Delivery
	for i := range s.opts.People {
		p := &s.opts.People[i]
		if !slices.Contains(p.May, "lead") || addressOf(p, way) == "" {
			continue
		}
		notice := n
		all = append(all, Delivery{
			ID: id + "-" + p.ID, Channel: way, Audience: Staff, Created: now, Expires: now.Add(24 * time.Hour), Notice: &notice,
			Subscriber: Subscriber{Channel: way, Address: personAddress + p.ID, Name: p.Name},
		})
	}
	return all
}

var channelNames = map[string]string{
	"email": "Email", "sms": "Text messages", "voice": "Calls", "webhook": "Webhooks",
	"slack": "Messages to Slack", "teams": "Messages to Teams", "discord": "Messages to Discord", "pagerduty": "Messages to PagerDuty",
}

func channelName(channel string) string {
	if name := channelNames[channel]; name != "" {
		return name
	}
	return "Messages by " + channel
}

// ChannelFails tells staff of a channel that fails, and of the end of that, by
// other channels.
func (s *Staffing) ChannelFails(t ChannelTrouble, now time.Time) []Delivery {
	id := fmt.Sprintf("channel-%s-%d", t.Channel, t.Since.UnixMilli())
	n := Notice{
		Key: "channel-" + t.Channel, Title: channelName(t.Channel) + " cannot be sent since " + timeOfDay(t.Since, now, s.opts.Page.Zone),
		Text: fmt.Sprintf("The last that came of it: %s.\n\nWhat is to go by this channel waits, and one message tries every half minute or so.", strings.TrimSuffix(t.Reason, ".")),
	}
	if t.Over {
		id += "-over"
		n.Over, n.Title, n.Text = true, fmt.Sprintf("%s can be sent again, after %s", channelName(t.Channel), lasting(max(time.Minute, now.Sub(t.Since)))), ""
	}
	return s.TroubleBeside(RunbookChannel, t.Channel, id, n, now)
}

// NameOf names the person, team or channel of staff that a delivery is for;
// false where the configuration knows none.
func (s *Staffing) NameOf(address string) (string, bool) {
	if id, is := PersonOf(address); is {
		_, known := s.people[id]
		return s.name(id), known
	}
	if id, is := strings.CutPrefix(address, teamAddress); is {
		t, known := s.teams[id]
		return "team " + oneLine(cmp.Or(t.Name, id), maxName), known
	}
	return address, s.channel(address) != nil
}
