package notify_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"daymark/incident"
	"daymark/notify"
	"daymark/support"
)

// TestTheTwoOfASwapHear: who is offered a turn, and both when it is taken or
// taken back; each once, however often it is written.
func TestTheTwoOfASwapHear(t *testing.T) {
	s := staffing(t)
	offered := incident.Swap{
		ID: "s1", Rota: "main", Role: support.Engineer, Giver: "ana", Taker: "dee", Note: "a concert\nthat evening", Made: staffNow,
		From: time.Date(2026, 12, 24, 9, 0, 0, 0, time.UTC), To: time.Date(2026, 12, 25, 9, 0, 0, 0, time.UTC),
	}
	accepted, withdrawn := offered, offered
	accepted.Accepted = staffNow.Add(time.Hour)
	withdrawn.Ended = staffNow.Add(time.Hour)
	for name, test := range map[string]struct {
		swap incident.Swap
		want []string
	}{
		"offered":   {offered, []string{"swap-s1-offered-dee: Ana Reyes offers you a turn on call: You would be Support Engineer from 09:00 on Thu 24 December to 09:00 on Fri 25 December. Until you accept, it stays with Ana Reyes. Their note: a concert that evening"}},
		"accepted":  {accepted, []string{"swap-s1-accepted-ana: Dee Marsh takes a turn of Ana Reyes: Dee Marsh is Support Engineer from", "swap-s1-accepted-dee: Dee Marsh takes a turn of Ana Reyes"}},
		"withdrawn": {withdrawn, []string{"swap-s1-withdrawn-ana: The swap between Ana Reyes and Dee Marsh is taken back", "swap-s1-withdrawn-dee: The swap"}},
	} {
		told := s.Told(&incident.Decision{Swaps: []incident.Swap{test.swap}}, staffNow.Add(time.Hour))
		if len(told) != len(test.want) {
			t.Errorf("%s: %d are told", name, len(told))
			continue
		}
		for i, d := range told {
			got := fmt.Sprintf("%s: %s: %s", d.ID, d.Notice.Title, strings.ReplaceAll(d.Notice.Text, "\n\n", " "))
			if !strings.HasPrefix(got, test.want[i]) || d.Channel != "email" || d.Audience != notify.Staff || d.Notice.Link != "https://status.harbour.example/console/rota" {
				t.Errorf("%s: %s: %+v; want %s", name, got, d, test.want[i])
			}
		}
	}
}
