package incident_test

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"daymark/incident"
)

// proposed is an incident of the team with a stakeholder, in which both roles
// are taken and a fix is proposed.
type proposed struct {
	t      *testing.T
	state  *incident.State
	policy *incident.Policy
	now    time.Time
	id     string
	number int
}

func newProposed(t *testing.T) *proposed {
	t.Helper()
	staffed, err := os.ReadFile("testdata/staffed.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, stage, err := stageOf(usualText(t), "# With people.\n"+string(staffed)+"---\nok\n")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 12, 1, 13, 0, 0, 0, time.UTC)
	p := &proposed{t: t, state: incident.NewState(now), policy: stage.Policy, now: now}
	p.id = p.give("eve", incident.Open{
		Name: "Payments fail", Severity: incident.P2, What: "Payments fail.", Components: []incident.OpenComponent{{Component: "branches", Status: incident.Down}},
	})
	p.give("eve", incident.Acknowledge{Incident: p.id, Role: "lead"})
	p.give("fay", incident.Acknowledge{Incident: p.id, Role: "engineer"})
	p.number, err = strconv.Atoi(p.give("fay", incident.Write{Incident: p.id, Kind: incident.Propose, Text: "drop the queue"}))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *proposed) does(person string, command incident.Command) (string, incident.Decision, error) {
	return incident.Apply(p.state, command, incident.By{Person: person}, p.policy, p.now)
}

func (p *proposed) give(person string, command incident.Command) string {
	p.t.Helper()
	made, _, err := p.does(person, command)
	if err != nil {
		p.t.Fatal(err)
	}
	return made
}

func (p *proposed) refused(person string, command incident.Command, word string) {
	p.t.Helper()
	if _, _, err := p.does(person, command); err == nil || !strings.Contains(err.Error(), word) {
		p.t.Errorf("%T by %s: %v; want %q", command, person, err, word)
	}
}

func (p *proposed) stands(ask int, want incident.AskState) {
	p.t.Helper()
	if _, got := p.policy.Asked(p.state.Incidents[p.id], p.number, ask, p.now); got != want {
		p.t.Errorf("link %d is %s; want %s", ask, got, want)
	}
}

func TestALinkToAgree(t *testing.T) {
	p := newProposed(t)
	p.refused("fay", incident.AskAgreement{Incident: p.id, Of: p.number, Person: "eve"}, "Dee Marsh is asked to agree")
	made, decision, err := p.does("fay", incident.AskAgreement{Incident: p.id, Of: p.number, Person: "dee"})
	if err != nil || made != "1" {
		t.Fatal(made, err)
	}
	if len(decision.Alerts) != 1 || decision.Alerts[0].Kind != incident.AskAlert || decision.Alerts[0].Person != "dee" || decision.Alerts[0].Ask != 1 || strings.Contains(decision.Alerts[0].Text, "drop the queue") {
		t.Errorf("these are told: %+v", decision.Alerts)
	}
	p.stands(1, incident.AskWaits)
	p.give("fay", incident.AskAgreement{Incident: p.id, Of: p.number})
	p.stands(1, incident.AskReplaced)
	p.stands(3, incident.AskUnknown)
	answer := incident.AnswerAsk{Incident: p.id, Of: p.number, Ask: 2, Agree: true}
	p.refused("eve", answer, "nobody was asked that")
	p.refused("dee", incident.AnswerAsk{Incident: p.id, Of: p.number, Ask: 1, Agree: true}, "replaced")
	p.refused("dee", incident.AnswerAsk{Incident: p.id, Of: p.number, Ask: 2}, "the reason is empty")
	p.now = p.now.Add(incident.AskLife)
	p.refused("dee", answer, "expired")
	p.give("fay", incident.AskAgreement{Incident: p.id, Of: p.number})
	answer.Ask = 3
	p.give("dee", answer)
	p.stands(3, incident.AskAgreed)
	p.refused("dee", answer, "agreed")
	p.refused("fay", incident.AskAgreement{Incident: p.id, Of: p.number}, "Dee Marsh has agreed to it")
	p.refused("fay", incident.Write{Incident: p.id, Kind: incident.Action, Of: p.number, Done: true, Text: "dropped"}, "the Support Lead")
	p.give("eve", incident.Write{Incident: p.id, Kind: incident.Agreement, Of: p.number, Text: "yes"})
	p.give("fay", incident.Write{Incident: p.id, Kind: incident.Action, Of: p.number, Done: true, Text: "dropped"})
}

func TestALinkToAgreeFallsWithItsProposal(t *testing.T) {
	p := newProposed(t)
	p.give("fay", incident.AskAgreement{Incident: p.id, Of: p.number})
	p.give("dee", incident.AnswerAsk{Incident: p.id, Of: p.number, Ask: 1, Reason: "too early"})
	p.stands(1, incident.AskDeclined)
	p.give("fay", incident.AskAgreement{Incident: p.id, Of: p.number})
	p.give("eve", incident.PassTo{Incident: p.id, Team: "identity", Reason: "it is theirs"})
	p.stands(2, incident.AskFallen)
	p.give("eve", incident.PassTo{Incident: p.id, Team: "payments", Reason: "it is ours"})
	p.stands(2, incident.AskWaits)
	p.give("eve", incident.Resolve{Incident: p.id})
	p.stands(2, incident.AskFallen)
	if _, _, err := p.does("dee", incident.AnswerAsk{Incident: p.id, Of: p.number, Ask: 2, Agree: true}); err == nil {
		t.Error("it is agreed to after the end")
	}
}

// No two updates cross: the second of two writers is told what the first wrote.
func TestAnUpdateIsNotPublishedUnseen(t *testing.T) {
	p := newProposed(t)
	seen := len(p.state.Incidents[p.id].Updates)
	p.give("eve", incident.Publish{Incident: p.id, What: "We know why.", Ordered: true, After: seen})
	p.refused("fay", incident.Publish{Incident: p.id, What: "It is being looked into.", Ordered: true, After: seen}, "“We know why.")
	p.refused("fay", incident.Publish{Incident: p.id, What: "It is being looked into.", Ordered: true}, "by Eve Stone")
	p.give("fay", incident.Publish{Incident: p.id, What: "It is being looked into.", Ordered: true, After: seen + 1})
	p.give("fay", incident.Publish{Incident: p.id, What: "It goes out."}) // who does not ask is not refused
}
