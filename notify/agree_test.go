package notify_test

import (
	"strings"
	"testing"

	"daymark/incident"
	"daymark/notify"
)

func TestATokenIsOfOneAsk(t *testing.T) {
	key := []byte(strings.Repeat("k", 32))
	ask := notify.AskRef{Incident: "mwyb0a12", Proposal: 4, Number: 2}
	token := notify.AgreeToken(key, ask)
	if got, ours := notify.AskOfToken(key, token); !ours || got != ask {
		t.Errorf("%s is of %+v, %t", token, got, ours)
	}
	for name, other := range map[string]string{
		"another number": strings.Replace(token, ".2-", ".3-", 1), "another incident": strings.Replace(token, "mwyb", "mwyc", 1),
		"a part": token[:len(token)-1], "nothing": "", "no signature": "amwyb0a12.4.2", "a report's": notify.ReportToken(key, "mwyb0a12"),
		"written otherwise": strings.Replace(token, ".4.", ".04.", 1),
	} {
		if _, ours := notify.AskOfToken(key, other); ours {
			t.Errorf("%s: %q is taken for ours", name, other)
		}
	}
	if _, ours := notify.AskOfToken([]byte(strings.Repeat("x", 32)), token); ours {
		t.Error("another key made it")
	}
}

// The link is put in when it is sent, and mailed alone.
func TestWhoIsAskedToAgreeIsMailedALink(t *testing.T) {
	inc := outage(incident.P1)
	alert := &incident.Alert{Incident: inc.ID, Kind: incident.AskAlert, Person: "dee", By: []string{"email"}, Proposal: 4, Ask: 2, Text: "Ben proposes a fix."}
	sent := staffing(t).Alert(7, alert, &inc, staffNow)
	if len(sent) != 1 || sent[0].Channel != "email" || sent[0].Notice.Link != "" || *sent[0].Notice.Ask != (notify.AskRef{Incident: inc.ID, Proposal: 4, Number: 2}) {
		t.Fatalf("queued: %+v", sent)
	}
}
