package notify

import (
	"fmt"
	"time"

	"daymark/incident"
)

// swapLife is how long news of a swap is worth sending.
const swapLife = 7 * 24 * time.Hour

// swapped tells the two of a swap how it stands: who is offered a turn, and
// both when it is taken or taken back.
func (s *Staffing) swapped(d *incident.Decision, now time.Time) []Delivery {
	var all []Delivery
	for i := range d.Swaps {
		swap := &d.Swaps[i]
		state, told := swap.State(now), []string{swap.Giver, swap.Taker}
		n := Notice{Kind: SwapNotice, Key: "swap-" + swap.ID, Link: s.opts.Page.URL + "/console/rota", LinkText: "See the rota", Why: "You get this because the turn is yours, or is to be."}
		turn := fmt.Sprintf("%s from %s to %s", swap.Role.Title(), s.turnTime(swap.From), s.turnTime(swap.To))
		switch state {
		case incident.SwapOffered:
			told = told[1:]
			n.Title, n.LinkText = s.name(swap.Giver)+" offers you a turn on call", "Accept it, or leave it"
			n.Text = fmt.Sprintf("You would be %s. Until you accept, it stays with %s.", turn, s.name(swap.Giver))
		case incident.SwapAccepted:
			n.Title = fmt.Sprintf("%s takes a turn of %s", s.name(swap.Taker), s.name(swap.Giver))
			n.Text = fmt.Sprintf("%s is %s.", s.name(swap.Taker), turn)
		default:
			n.Over = true
			n.Title = fmt.Sprintf("The swap between %s and %s is taken back", s.name(swap.Giver), s.name(swap.Taker))
			n.Text = fmt.Sprintf("It was about being %s. What is left of it is as the rota has it.", turn)
		}
		if swap.Note != "" {
			n.Text += "\n\nTheir note: " + oneLine(swap.Note, maxText)
		}
		for _, person := range told {
			notice := n
			all = append(all, s.letter("swap-"+swap.ID+"-"+string(state), person, &notice, now, swapLife)...)
		}
	}
	return all
}

// turnTime writes when a turn begins or ends.
func (s *Staffing) turnTime(at time.Time) string {
	return at.In(s.opts.Page.Zone).Format("15:04 on Mon 2 January")
}
