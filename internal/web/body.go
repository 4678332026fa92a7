package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// What Cache-Control says, for BodyOptions.Cache.
const (
	Forever    = "public, max-age=31536000, immutable" // for addresses that hold a hash
	Revalidate = "no-cache"                            // keep it, and ask each time whether it changed
	Never      = "no-store"
)

// BodyOptions say how a body is sent.
type BodyOptions struct {
	Type     string      // Content-Type; required
	Cache    string      // Cache-Control; Revalidate when empty
	Modified time.Time   // Last-Modified; none when zero
	Vary     string      // besides Accept-Encoding: "Cookie"
	Weak     bool        // the ETag is weak, and the same for every encoding
	Extra    http.Header // further headers
	Status   int         // 200 when 0; any other is sent without asking for what the asker has
}

// Body is an answer made once, compressed once in each way that is asked for,
// and sent many times. It is
// safe for use by many requests at once and never changes.
type Body struct {
	status   int
	headers  []field
	modified time.Time
	weak     bool
	best     bool // it lives long enough to be compressed with care
	plain    coded
	packed   [packings]packed
}

// field is a header of every answer, ready to be assigned.
type field struct {
	key    string
	values []string
}

// coded is a body in one encoding.
type coded struct {
	content  []byte
	etag     []string
	length   []string
	encoding []string // nil: as it is
}

// NewBody prepares content, which must not be changed afterwards.
func NewBody(options BodyOptions, content []byte) *Body {
	sum := sha256.Sum256(content)
	tag := hex.EncodeToString(sum[:16])
	b := &Body{
		status: options.Status, modified: options.Modified.Truncate(time.Second),
		weak: options.Weak, best: options.Cache == Forever,
	}
	if b.status == 0 {
		b.status = http.StatusOK
	}
	b.plain = coded{content: content, etag: []string{`"` + tag + `"`}, length: []string{strconv.Itoa(len(content))}}
	if b.weak {
		b.plain.etag[0] = "W/" + b.plain.etag[0]
	}
	cache, vary := options.Cache, "Accept-Encoding"
	if cache == "" {
		cache = Revalidate
	}
	if options.Vary != "" {
		vary = options.Vary + ", " + vary
	}
	b.headers = append(b.headers,
		field{"Content-Type", []string{options.Type}}, field{"Cache-Control", []string{cache}},
		field{"Vary", []string{vary}}, field{"X-Content-Type-Options", []string{"nosniff"}})
	if !b.modified.IsZero() {
		b.headers = append(b.headers, field{"Last-Modified", []string{b.modified.UTC().Format(http.TimeFormat)}})
	}
	for key, values := range options.Extra {
		b.headers = append(b.headers, field{http.CanonicalHeaderKey(key), values})
	}
	return b
}

// Follow compresses a body in each way in which the one before it was asked for,
// so that nobody waits for that.
func (b *Body) Follow(before *Body) {
	for way := range before.packed {
		if before.packed[way].asked.Load() && len(b.plain.content) >= worthPacking {
			b.packed[way].of(b, packing(way))
		}
	}
}

// Bytes gives the content as it was prepared; it must not be changed.
func (b *Body) Bytes() []byte { return b.plain.content }

// ServeHTTP sends the body, or 304 where the asker has it already.
func (b *Body) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	for _, f := range b.headers {
		header[f.key] = f.values
	}
	body := &b.plain
	if way := accepted(r.Header["Accept-Encoding"]); way != asItIs && len(b.plain.content) >= worthPacking {
		body = b.packed[way].of(b, way)
		if asked := &b.packed[way].asked; !asked.Load() {
			asked.Store(true)
		}
	}
	if b.status == http.StatusOK {
		header["Etag"] = body.etag
		if b.unchanged(r, body.etag[0]) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	if body.encoding != nil {
		header["Content-Encoding"] = body.encoding
	}
	header["Content-Length"] = body.length
	w.WriteHeader(b.status)
	if r.Method != http.MethodHead {
		// Who has hung up needs no answer, and the server logs nothing for it.
		_, _ = w.Write(body.content)
	}
}

// unchanged says whether the asker has this body. If-None-Match counts before
// If-Modified-Since, as RFC 9110 has it.
func (b *Body) unchanged(r *http.Request, etag string) bool {
	if given := r.Header["If-None-Match"]; len(given) > 0 {
		return matches(given, etag)
	}
	since := r.Header.Get("If-Modified-Since")
	if since == "" || b.modified.IsZero() {
		return false
	}
	at, err := http.ParseTime(since)
	return err == nil && !b.modified.After(at)
}

// matches compares weakly, so that a proxy that marks our tag as weak still
// gets its 304.
func matches(given []string, etag string) bool {
	etag = strings.TrimPrefix(etag, "W/")
	for _, line := range given {
		for one := range strings.SplitSeq(line, ",") {
			one = strings.TrimPrefix(strings.TrimSpace(one), "W/")
			if one == "*" || one == etag {
				return true
			}
		}
	}
	return false
}
