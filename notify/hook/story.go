package hook

import (
	"fmt"
	"slices"
	"strings"

	"daymark/notify"
)

// story is a message as every chat tells it, before it takes the chat's form.
// All of it is plain text.
type story struct {
	title      string
	look       notify.Look
	paragraphs []string
	entries    []link   // of several incidents, each with its address
	rows       []string // one a component
	foot       []string // short remarks
	links      []link   // the first matters most
	entry      bool     // what somebody wrote in an incident's room
}

type link struct{ text, url string }

// tell makes the story of a message.
func tell(m *notify.Message) (*story, error) {
	switch {
	case m.Notice != nil:
		return tellNotice(m), nil
	case m.Card != nil:
		return tellCard(m), nil
	}
	return nil, fmt.Errorf("the message says nothing that this channel can carry")
}

func tellCard(m *notify.Message) *story {
	c := m.Card
	s := &story{title: c.Title, look: c.Look, paragraphs: c.Paragraphs}
	for _, e := range c.Entries {
		s.entries = append(s.entries, link{strings.TrimSpace(e.Sign + " " + e.Text), e.Link})
	}
	for _, row := range c.Rows {
		s.rows = append(s.rows, strings.TrimSpace(row.Sign+" "+row.Name+": "+row.State))
	}
	if c.More != "" {
		s.rows = append(s.rows, c.More)
	}
	s.foot = c.Foot
	s.links = links(link{c.LinkText, c.Link}, link{c.ManageText, c.Manage})
	return s
}

func tellNotice(m *notify.Message) *story {
	n := m.Notice
	s := &story{title: m.Subject, look: n.Look(), entry: n.Kind == notify.EntryNotice}
	for block := range strings.SplitSeq(strings.ReplaceAll(m.Text, "\r\n", "\n"), "\n\n") {
		if block = strings.TrimSpace(block); block != "" {
			s.paragraphs = append(s.paragraphs, block)
		}
	}
	if n.Severity != 0 {
		s.foot = append(s.foot, n.Severity.String())
	}
	if n.Why != "" {
		s.foot = append(s.foot, strings.Join(strings.Fields(n.Why), " "))
	}
	text := n.LinkText
	if text == "" {
		text = "Open it"
	}
	s.links = links(link{text, n.Link})
	return s
}

// said is all paragraphs, those about each of several incidents included.
func (s *story) said() []string {
	all := slices.Clone(s.paragraphs)
	for _, e := range s.entries {
		all = append(all, e.text+"\n"+e.url)
	}
	return all
}

// links leaves out what leads nowhere.
func links(all ...link) []link {
	var some []link
	for _, l := range all {
		if strings.HasPrefix(l.url, "https://") || strings.HasPrefix(l.url, "http://") {
			some = append(some, l)
		}
	}
	return some
}

// marked is the title behind its sign.
func (s *story) marked() string { return strings.TrimSpace(s.look.Sign + " " + s.title) }
