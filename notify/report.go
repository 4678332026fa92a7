package notify

import (
	"strings"

	"daymark/incident"
	"daymark/internal/lang"
)

// ReportNotice tells a visitor who reported a problem what they are answered.
// Its Key is the report's id; its links are put in when it is sent.
const ReportNotice NoticeKind = "report"

// reporting is the kind of the link by which mail leads to a report. Like
// those of subscriptions, it follows from the server's key and is kept nowhere.
const reporting = 'r'

// ReportToken gives the token of the link to a report that mail holds. It opens
// the same page as the reporter's own, of which only a hash is kept.
func ReportToken(key []byte, report string) string { return token(key, reporting, report, 0) }

// ReportOfToken gives the report that a token of mail opens; false where it is
// none.
func ReportOfToken(key []byte, text string) (report string, ok bool) {
	if len(text) < 3 || len(text) > 100 || text[0] != reporting {
		return "", false
	}
	report, _, ok = strings.Cut(text[1:], "-")
	return report, ok && same(text, ReportToken(key, report))
}

// ReportAddress reads the address that somebody gave with a report: where mail
// goes, and what is counted, which is the same for all that reach one mailbox.
func ReportAddress(contact string) (address, counted string, err error) {
	address, err = ParseAddress("email", contact, nil)
	return address, destination("email", address), err
}

// TellReporter writes an answer to a report in its reporter's language. What
// the reporter wrote is not in it: the address may be somebody else's.
func TellReporter(r *incident.Report, a *incident.Answer, l *lang.Language) *Notice {
	say := func(id string) string { return l.Text("reported."+id, nil) }
	text := a.Text
	if words := a.Words(); words != "" {
		text = l.Text("page.report-"+words, nil)
	}
	title := say("title")
	if a.State == incident.Closed {
		title = say("closed-title")
	}
	return &Notice{
		Kind: ReportNotice, Key: r.ID, Language: l.Tag, Title: title, Text: text, LinkText: say("link"), Why: say("why"),
	}
}

// reportLinks puts the links into a letter about a report.
func (r *Renderer) reportLinks(m *Message, v *letter, s *speaker, n *Notice) {
	if n.Kind != ReportNotice || n.Link == "" {
		return
	}
	m.Unsubscribe = n.Link + "/unsubscribe"
	v.Manage, v.ManageText = m.Unsubscribe, s.Text("reported.stop", nil)
}
