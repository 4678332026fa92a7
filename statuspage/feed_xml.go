package statuspage

import (
	"encoding/xml"
	"net/url"
	"time"

	"github.com/gorilla/feeds"
)

// The documents are those of gorilla/feeds but for their tops and what it has
// no fields for: a feed's language and its own address, and the times of
// maintenance that readers of Statuspage's feeds look for.

type atomFeed struct {
	XMLName xml.Name `xml:"feed"`
	Xmlns   string   `xml:"xmlns,attr"`
	Lang    string   `xml:"xml:lang,attr"`
	ID      string   `xml:"id"`
	Links   []feeds.AtomLink
	Title   string `xml:"title"`
	Updated string `xml:"updated"`
	Author  *feeds.AtomAuthor
	Entries []*feeds.AtomEntry
}

// FeedXml implements feeds.XmlFeed.
func (f *atomFeed) FeedXml() any { return f }

type rssFeed struct {
	XMLName xml.Name `xml:"rss"`
	Version string   `xml:"version,attr"`
	Atom    string   `xml:"xmlns:atom,attr"`
	DC      string   `xml:"xmlns:dc,attr"`
	Channel rssChannel
}

type rssChannel struct {
	XMLName     xml.Name `xml:"channel"`
	Title       string   `xml:"title"`
	Link        string   `xml:"link"`
	Self        rssSelf
	Description string `xml:"description"`
	Language    string `xml:"language"`
	PubDate     string `xml:"pubDate"`
	Items       []rssItem
}

type rssSelf struct {
	XMLName xml.Name `xml:"atom:link"`
	Href    string   `xml:"href,attr"`
	Rel     string   `xml:"rel,attr"`
	Type    string   `xml:"type,attr"`
}

type rssItem struct {
	feeds.RssItem
	Date string `xml:"dc:date"`
	Ends string `xml:"maintenanceEndDate,omitempty"`
}

// FeedXml implements feeds.XmlFeed.
func (f *rssFeed) FeedXml() any { return f }

const (
	atomType = "application/atom+xml"
	rssType  = "application/rss+xml"
)

// second is a time as Atom has it.
func second(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// rfc822 is a time as RSS has it.
func rfc822(at time.Time) string { return at.UTC().Format(time.RFC1123Z) }

// tagOf begins the ids of a host's feeds.
func tagOf(page string) string {
	at, err := url.Parse(page)
	if err != nil {
		return "tag:localhost,2005:" // never: the page's address was read before
	}
	return "tag:" + at.Hostname() + ",2005:"
}

// atom writes the feed as Atom (RFC 4287). self is its own address.
func (f *feed) atom(page, name, self string) (string, error) {
	tag := tagOf(page)
	doc := &atomFeed{
		Xmlns: "http://www.w3.org/2005/Atom", Lang: f.lang, ID: tag + f.self[len(page):],
		Links: []feeds.AtomLink{{Rel: "alternate", Type: "text/html", Href: f.home}, {Rel: "self", Type: atomType, Href: self}},
		Title: oneLine(f.title), Updated: second(f.updated), Author: &feeds.AtomAuthor{AtomPerson: feeds.AtomPerson{Name: oneLine(name)}},
	}
	for _, e := range f.entries {
		doc.Entries = append(doc.Entries, &feeds.AtomEntry{
			Title: oneLine(e.title), Id: tag + e.id, Published: second(e.published), Updated: second(e.updated),
			Links:   []feeds.AtomLink{{Rel: "alternate", Type: "text/html", Href: e.link}},
			Content: &feeds.AtomContent{Type: "html", Content: e.content},
		})
	}
	return feeds.ToXML(doc)
}

// rss writes the feed as RSS 2.0.
func (f *feed) rss(_, name, self string) (string, error) {
	doc := &rssFeed{Version: "2.0", Atom: "http://www.w3.org/2005/Atom", DC: "http://purl.org/dc/elements/1.1/", Channel: rssChannel{
		Title: oneLine(f.title), Link: f.home, Self: rssSelf{Href: self, Rel: "self", Type: rssType},
		Description: oneLine(name), Language: f.lang, PubDate: rfc822(f.updated),
	}}
	for _, e := range f.entries {
		item := rssItem{Date: second(e.updated), RssItem: feeds.RssItem{
			Title: oneLine(e.title), Description: e.content, Link: e.link, Guid: &feeds.RssGuid{Id: e.link, IsPermaLink: "true"}, PubDate: rfc822(e.published),
		}}
		if !e.ends.IsZero() {
			item.PubDate, item.Ends = rfc822(e.starts), rfc822(e.ends)
		}
		doc.Channel.Items = append(doc.Channel.Items, item)
	}
	return feeds.ToXML(doc)
}
