package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// worthPacking is the size in bytes under which compression gains nothing.
const worthPacking = 256

// packing is a way to compress. Where an asker takes several alike, the first
// is used.
type packing int

const (
	asItIs packing = iota - 1
	byBrotli
	byZstd
	byGzip
	packings = int(byGzip) + 1
)

// tokens are the ways as Accept-Encoding names them; marks tell their ETags
// apart.
var (
	tokens = [packings]string{"br", "zstd", "gzip"}
	marks  = [packings]string{"-b", "-z", "-g"}
)

// packed is a body compressed in one way, when it is first asked for.
type packed struct {
	once  sync.Once
	asked atomic.Bool
	coded
}

func (p *packed) of(b *Body, way packing) *coded {
	p.once.Do(func() {
		p.content = pack(b.plain.content, way, b.best)
		p.etag = b.plain.etag
		if !b.weak {
			p.etag = []string{strings.TrimSuffix(b.plain.etag[0], `"`) + marks[way] + `"`}
		}
		p.length, p.encoding = []string{strconv.Itoa(len(p.content))}, []string{tokens[way]}
	})
	return &p.coded
}

// Levels of brotli: a high one where the body lives as long as the
// program, and else what costs a few milliseconds, for the page is made anew
// with each change.
const brotliBest, brotliQuick = 9, 6

// zstdEncoder is used by many at once, without a stream.
var zstdEncoder = sync.OnceValue(func() *zstd.Encoder {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		panic(err) // the options are constants that zstd knows
	}
	return e
})

func pack(content []byte, way packing, best bool) []byte {
	var out bytes.Buffer
	var w io.WriteCloser
	switch way {
	case byBrotli:
		level := brotliQuick
		if best {
			level = brotliBest
		}
		w = brotli.NewWriterLevel(&out, level)
	case byZstd:
		return zstdEncoder().EncodeAll(content, nil)
	default:
		var err error
		if w, err = gzip.NewWriterLevel(&out, gzip.BestCompression); err != nil {
			panic(err) // the level is a constant that gzip knows
		}
	}
	// A bytes.Buffer takes every write.
	_, _ = w.Write(content)
	_ = w.Close()
	return out.Bytes()
}

// accepted picks the way that an asker likes best, by Accept-Encoding: one
// that is named, or any by *, and not with q=0.
func accepted(lines []string) packing {
	var weights [packings]float64
	var named [packings]bool
	others := 0.0
	for _, line := range lines {
		for one := range strings.SplitSeq(line, ",") {
			name, weight := weighed(one)
			if name == "*" {
				others = weight
				continue
			}
			for way := range packings {
				if strings.EqualFold(name, tokens[way]) {
					weights[way], named[way] = weight, true
				}
			}
		}
	}
	best, most := asItIs, 0.0
	for way := range packings {
		if !named[way] {
			weights[way] = others
		}
		if weights[way] > most {
			best, most = packing(way), weights[way]
		}
	}
	return best
}

// weighed reads one entry, such as gzip;q=0.5. A weight that is none is 1.
func weighed(entry string) (name string, weight float64) {
	name, parameters, weighted := strings.Cut(entry, ";")
	weight = 1
	if weighted {
		if _, q, found := strings.Cut(parameters, "q="); found {
			if value, err := strconv.ParseFloat(strings.TrimSpace(q), 64); err == nil && value >= 0 && value <= 1 {
				weight = value
			}
		}
	}
	return strings.TrimSpace(name), weight
}
