package incidenttest

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"daymark/incident"
	"daymark/support"
)

// form is how a command is written, and what its parts make of it. The parts
// of the expression are handed over, with ids in place of #1 and the like.
type form struct {
	written *regexp.Regexp
	command func(parts []string) incident.Command
}

// forms lists how commands are written.
var forms = []form{
	{regexp.MustCompile(`^acknowledge (\S+) as (\S+)$`), func(p []string) incident.Command {
		return incident.Acknowledge{Incident: p[0], Role: support.Role(p[1])}
	}},
	{regexp.MustCompile(`^hand over (\S+) (\S+) to (\S+?)(?:: (.*))?$`), func(p []string) incident.Command {
		return incident.HandOver{Incident: p[0], Role: support.Role(p[1]), To: p[2], Note: p[3]}
	}},
	{regexp.MustCompile(`^pass (\S+) to (\S+?): (.*)$`), func(p []string) incident.Command {
		return incident.PassTo{Incident: p[0], Team: p[1], Reason: p[2]}
	}},
	{regexp.MustCompile(`^call in (\S+) on (\S+?): (.*)$`), func(p []string) incident.Command {
		return incident.CallIn{Person: p[0], Incident: p[1], Text: p[2]}
	}},
	{regexp.MustCompile(`^withdraw review (\S+)$`), func(p []string) incident.Command { return incident.WithdrawReview{Incident: p[0]} }},
	{regexp.MustCompile(`^review (\S+), users: (\d+)$`), func(p []string) incident.Command {
		return incident.WriteReview{Incident: p[0], Users: number(p[1]), NoUsers: number(p[1]) == 0}
	}},
	{regexp.MustCompile(`^publish review (\S+): (.+)$`), func(p []string) incident.Command { return incident.PublishReview{Incident: p[0], Text: p[1]} }},
	{regexp.MustCompile(`^publish (\S+) by template (\S+)$`), func(p []string) incident.Command {
		return incident.Publish{Incident: p[0], Template: p[1]}
	}},
	{regexp.MustCompile(`^publish (\S+?)(?: (\S+?))?: (.*)$`), func(p []string) incident.Command {
		return incident.Publish{Incident: p[0], Phase: incident.Phase(p[1]), What: p[2]}
	}},
	{regexp.MustCompile(`^edit (\S+) update (\d+): (.*)$`), func(p []string) incident.Command {
		return incident.EditUpdate{Incident: p[0], Number: number(p[1]), Text: p[2]}
	}},
	{regexp.MustCompile(`^resolve (\S+?)(?:: (.*))?$`), func(p []string) incident.Command {
		return incident.Resolve{Incident: p[0], Text: p[1]}
	}},
	{regexp.MustCompile(`^revise (\S+) to P(\d): (.*)$`), func(p []string) incident.Command {
		return incident.Revise{Incident: p[0], Severity: incident.Severity(number(p[1])), Reason: p[2]}
	}},
	{regexp.MustCompile(`^revise (\S+) to facts: (.*)$`), func(p []string) incident.Command {
		return incident.Revise{Incident: p[0], Reason: p[1]}
	}},
	{regexp.MustCompile(`^(un)?lock (\S+)$`), func(p []string) incident.Command {
		return incident.Lock{Incident: p[1], Locked: p[0] == ""}
	}},
	{regexp.MustCompile(`^set (\S+) (\S+?)( locked)?: (.*)$`), func(p []string) incident.Command {
		return incident.SetStatus{Component: p[0], Status: incident.Status(p[1]), Locked: p[2] != "", Reason: p[3]}
	}},
	{regexp.MustCompile(`^clear (\S+)$`), func(p []string) incident.Command { return incident.ClearStatus{Component: p[0]} }},
	{regexp.MustCompile(`^open P(\d)((?: \S+)*?): ([^|]*)(?:\| (.*))?$`), func(p []string) incident.Command {
		open := incident.Open{Severity: incident.Severity(number(p[0])), Name: p[2], What: p[3]}
		for pair := range strings.FieldsSeq(p[1]) {
			component, status, _ := strings.Cut(pair, "=")
			open.Components = append(open.Components, incident.OpenComponent{Component: component, Status: incident.Status(status)})
		}
		return open
	}},
	{regexp.MustCompile(`^report (\S+?)(?: from (\S+))?: (.*)$`), func(p []string) incident.Command {
		return incident.FileReport{Component: p[0], Contact: p[1], Text: p[2]}
	}},
	{regexp.MustCompile(`^triage (\S+) as P(\d)(?: of (\S+))?$`), func(p []string) incident.Command {
		return incident.TriageReport{Report: p[0], Priority: incident.Severity(number(p[1])), Incident: p[2]}
	}},
	{regexp.MustCompile(`^triage (\S+) like (\S+)$`), func(p []string) incident.Command {
		return incident.TriageReport{Report: p[0], DuplicateOf: p[1]}
	}},
	{regexp.MustCompile(`^triage (\S+) as not ours(?:: (.*))?$`), func(p []string) incident.Command {
		return incident.TriageReport{Report: p[0], NotOurs: true, Answer: p[1]}
	}},
	{regexp.MustCompile(`^(answer|close) (\S+): (.*)$`), func(p []string) incident.Command {
		return incident.AnswerReport{Report: p[1], Text: p[2], Close: p[0] == "close"}
	}},
	{regexp.MustCompile(`^review (\S+), (summary|causes): (.*)$`), func(p []string) incident.Command {
		if p[1] == "summary" {
			return incident.WriteReview{Incident: p[0], Summary: &p[2]}
		}
		return incident.WriteReview{Incident: p[0], Causes: &p[2]}
	}},
	{regexp.MustCompile(`^ask review (\S+) by (\S+)$`), func(p []string) incident.Command {
		return incident.AskReview{Incident: p[0], Due: day(p[1])}
	}},
	{regexp.MustCompile(`^sign (\S+)$`), func(p []string) incident.Command { return incident.SignReview{Incident: p[0]} }},
	{regexp.MustCompile(`^add (\S+) to (\S+) for (\S+) by (\S+): (.*)$`), func(p []string) incident.Command {
		return incident.AddAction{Kind: incident.ActionKind(p[0]), Incident: p[1], Owner: p[2], Due: day(p[3]), Text: p[4]}
	}},
	{regexp.MustCompile(`^change (\d+) of (\S+?)(?: to (\S+))?(?: by (\S+))?$`), func(p []string) incident.Command {
		return incident.ChangeAction{Number: number(p[0]), Incident: p[1], Owner: p[2], Due: day(p[3])}
	}},
	{regexp.MustCompile(`^finish (\d+) of (\S+)$`), func(p []string) incident.Command {
		return incident.FinishAction{Number: number(p[0]), Incident: p[1]}
	}},
	{regexp.MustCompile(`^merge (\S+) into (\S+)$`), func(p []string) incident.Command {
		return incident.Merge{Incident: p[0], Into: p[1]}
	}},
	{regexp.MustCompile(`^split (\S+) ([^:]*): (.*)$`), func(p []string) incident.Command {
		return incident.Split{Incident: p[0], Components: strings.Fields(p[1]), Reason: p[2]}
	}},
	{regexp.MustCompile(`^(\w+) (#\d+)(?: of (\d+))?(?: (done))?: (.*)$`), func(p []string) incident.Command {
		return incident.Write{Incident: p[1], Kind: incident.EntryKind(p[0]), Of: number(p[2]), Done: p[3] != "", Text: p[4]}
	}},
}

// parseCommand reads what a person asks for.
func parseCommand(text string) (func(id func(string) string) (incident.Command, error), error) {
	for _, f := range forms {
		parts := f.written.FindStringSubmatch(text)
		if parts == nil {
			continue
		}
		return func(id func(string) string) (incident.Command, error) {
			own := slices.Clone(parts[1:])
			for i, part := range own {
				if strings.HasPrefix(part, "#") {
					own[i] = id(part)
				}
			}
			return f.command(own), nil
		}, nil
	}
	return nil, fmt.Errorf("%q is no command", text)
}

// day reads a day, as its midnight in UTC; what is none is the zero time.
func day(text string) time.Time {
	at, _ := time.Parse(time.DateOnly, text)
	return at
}

// number reads digits; what is no number is 0.
func number(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}
