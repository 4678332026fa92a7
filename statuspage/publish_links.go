package statuspage

import (
	"bytes"
	"fmt"
	"io"
	"net/url"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"daymark/static"
)

// Where a page of the copy says when it was made, and where it leads to the
// live page, until it is written.
const (
	markISO   = "@@copied-at@@"
	markClock = "@@copied-at-in-words@@"
	toLive    = "copy-open"
)

// fileName is where an address of an edition stands in the copy: /history at
// history/index.html, /history?page=2 at history/page/2/index.html, and what
// has a name like a file under that name.
func fileName(tag, address string) string {
	at, query, _ := strings.Cut(address, "?")
	name := strings.TrimPrefix(path.Join(tag, at), "/")
	if path.Ext(at) != "" {
		return name
	}
	return path.Join(name, strings.NewReplacer("=", "/", "&", "/").Replace(query), "index.html")
}

// links leads the links of pages: to another file where the copy has what they
// point at, and else to the live page. They are relative, so that a copy works
// wherever it stands.
type links struct {
	live   string            // the page's public address
	offers []string          // the languages, the first one first
	files  map[string]string // by tag and address: the file
	around string            // of the addresses besides those of incidents, which come and go
}

func newLinks(live string, editions []edition, addresses []address) *links {
	l := &links{live: live, files: map[string]string{publishedPlace: publishedFile}}
	for i := range editions {
		l.offers = append(l.offers, editions[i].tag)
	}
	var around []byte
	for i := range addresses {
		a := &addresses[i]
		l.files[a.tag+" "+a.path] = a.name
		if a.copying.follows == nil {
			around = append(around, a.name+"\n"...)
		}
	}
	l.around = digest(around)
	return l
}

// publishedPlace is how pages ask for the time of the copy.
const publishedPlace = " /" + publishedFile

// rewrite leads every link of a page, and lists the assets that it needs.
func (l *links) rewrite(from *address, page []byte) (out []byte, assets []string, err error) {
	var b bytes.Buffer
	b.Grow(len(page) + len(page)/8)
	tokens := html.NewTokenizer(bytes.NewReader(page))
	for {
		kind := tokens.Next()
		if kind == html.ErrorToken {
			if err := tokens.Err(); err != io.EOF { //nolint:errorlint // the tokenizer gives it as it is
				return nil, nil, err
			}
			return b.Bytes(), assets, nil
		}
		raw := bytes.Clone(tokens.Raw()) // reading the token changes it
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			b.Write(raw)
			continue
		}
		token := tokens.Token()
		if !slices.Contains(linking, token.Data) {
			b.Write(raw)
			continue
		}
		for i := range token.Attr {
			a := &token.Attr[i]
			if a.Key != "href" && a.Key != "src" && a.Key != "action" {
				continue
			}
			to, asset, err := l.lead(from, a.Val)
			if err != nil {
				return nil, nil, err
			}
			a.Val = to
			if asset != "" {
				assets = append(assets, asset)
			}
		}
		if slices.ContainsFunc(token.Attr, func(a html.Attribute) bool { return a.Key == "id" && a.Val == toLive }) {
			l.openLive(from, &token)
		}
		b.WriteString(token.String())
	}
}

// linking are the elements whose links are led.
var linking = []string{"a", "area", "link", "script", "img", "source", "iframe", "form"}

// openLive has a link lead to the same page as it is live, in its language.
func (l *links) openLive(from *address, token *html.Token) {
	to := l.live + from.path
	if len(l.offers) > 1 {
		join := "?"
		if strings.Contains(to, "?") {
			join = "&"
		}
		to += join + languageCookie + "=" + from.edition.tag
	}
	for i := range token.Attr {
		if token.Attr[i].Key == "href" {
			token.Attr[i].Val = to
		}
	}
}

// lead says where a link goes in the copy, and which asset it asks for.
func (l *links) lead(from *address, link string) (to, asset string, err error) {
	at, err := url.Parse(link)
	if err != nil {
		return "", "", fmt.Errorf("the link %q: %w", link, err)
	}
	if at.Scheme != "" || at.Host != "" || (at.Path == "" && at.RawQuery == "") {
		return link, "", nil // it leads elsewhere, or stays on the page
	}
	place, query := at.Path, at.Query()
	if place == "" {
		place, _, _ = strings.Cut(from.path, "?")
		if own, err := url.Parse(from.path); err == nil {
			for key, values := range own.Query() {
				if !query.Has(key) {
					query[key] = values // ?lang= keeps the rest
				}
			}
		}
	}
	if strings.HasPrefix(place, static.Prefix) {
		return relative(from.name, strings.TrimPrefix(place, "/")) + fragmentOf(at), place, nil
	}
	tag := from.tag
	if chosen := query.Get(languageCookie); slices.Contains(l.offers, chosen) {
		if tag = chosen; tag == l.offers[0] {
			tag = ""
		}
		query.Del(languageCookie)
	}
	if len(query) > 0 {
		place += "?" + query.Encode()
	}
	for _, key := range []string{tag + " " + place, " " + place} {
		if name, has := l.files[key]; has {
			return relative(from.name, name) + fragmentOf(at), "", nil
		}
	}
	if at.Path == "" {
		return l.live + place + fragmentOf(at), "", nil
	}
	return l.live + link, "", nil
}

func fragmentOf(at *url.URL) string {
	if at.Fragment == "" {
		return ""
	}
	return "#" + at.EscapedFragment()
}

// relative is the way from one file to another, without the index.html that
// every host adds by itself.
func relative(from, to string) string {
	to = strings.TrimSuffix(to, "index.html")
	up := strings.Repeat("../", strings.Count(from, "/"))
	if up+to == "" {
		return "./"
	}
	return up + (&url.URL{Path: to}).EscapedPath()
}
