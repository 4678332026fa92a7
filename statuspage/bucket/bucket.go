// Package bucket keeps the copy of the page in a bucket of an S3-compatible
// store: it is a statuspage.Shelf, and the only room that knows the library
// for such stores.
//
// Each operation is bounded in time and tried a few times by the library. No
// error and no log line holds a secret.
package bucket

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"daymark/statuspage"
)

// What one operation may take, with all its tries, and how often it is tried.
const (
	operationTime = 30 * time.Second
	listTime      = 2 * time.Minute
	tries         = 3
)

// biggest is the most that is read of a file: the list of what a copy is made
// of, a hundred bytes a page.
const biggest = 64 << 20

// Bucket is a part of a bucket, below a prefix.
type Bucket struct {
	client    *minio.Client
	transport *http.Transport
	bucket    string
	prefix    string // with a slash at its end; empty: all of it
}

// New makes a bucket of the configuration's options. Nothing is asked yet.
func New(o statuspage.S3) (*Bucket, error) {
	at, err := url.Parse(o.Endpoint)
	if err != nil || at.Host == "" || (at.Scheme != "http" && at.Scheme != "https") {
		return nil, fmt.Errorf("the endpoint %q of the bucket is no address such as https://s3.example.org", o.Endpoint)
	}
	transport := &http.Transport{
		Proxy:       http.ProxyFromEnvironment,
		DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext, TLSHandshakeTimeout: 5 * time.Second,
		ResponseHeaderTimeout: 15 * time.Second, IdleConnTimeout: 2 * time.Minute, MaxIdleConnsPerHost: 16,
		ForceAttemptHTTP2: true, DisableCompression: true,
	}
	client, err := minio.New(at.Host, &minio.Options{
		Creds: credentials.NewStaticV4(o.AccessKey, o.SecretKey, ""), Secure: at.Scheme == "https", Region: o.Region,
		Transport: transport, MaxRetries: tries,
	})
	if err != nil {
		return nil, fmt.Errorf("the bucket %s at %s: %w", o.Bucket, o.Endpoint, err)
	}
	b := &Bucket{client: client, transport: transport, bucket: o.Bucket}
	if prefix := strings.Trim(o.Prefix, "/"); prefix != "" {
		b.prefix = prefix + "/"
	}
	return b, nil
}

// Close ends the connections that wait for use.
func (b *Bucket) Close() { b.transport.CloseIdleConnections() }

// Put implements statuspage.Shelf: an object is replaced whole.
func (b *Bucket) Put(ctx context.Context, f statuspage.File) error {
	ctx, cancel := context.WithTimeout(ctx, operationTime)
	defer cancel()
	_, err := b.client.PutObject(ctx, b.bucket, b.prefix+f.Name, bytes.NewReader(f.Content), int64(len(f.Content)), minio.PutObjectOptions{
		ContentType: f.Type, CacheControl: f.Cache, DisableMultipart: true, SendContentMd5: true,
	})
	return b.say("write "+f.Name, err)
}

// Get implements statuspage.Shelf.
func (b *Bucket) Get(ctx context.Context, name string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, operationTime)
	defer cancel()
	object, err := b.client.GetObject(ctx, b.bucket, b.prefix+name, minio.GetObjectOptions{})
	if err != nil {
		return nil, b.say("read "+name, err)
	}
	defer func() { _ = object.Close() }() // it was read
	content, err := io.ReadAll(io.LimitReader(object, biggest+1))
	if err == nil && len(content) > biggest {
		return nil, fmt.Errorf("read %s: it is larger than %d bytes", name, biggest)
	}
	return content, b.say("read "+name, err)
}

// Remove implements statuspage.Shelf.
func (b *Bucket) Remove(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, operationTime)
	defer cancel()
	return b.say("remove "+name, b.client.RemoveObject(ctx, b.bucket, b.prefix+name, minio.RemoveObjectOptions{}))
}

// Sizes implements statuspage.Shelf.
func (b *Bucket) Sizes(ctx context.Context) (map[string]int64, error) {
	ctx, cancel := context.WithTimeout(ctx, listTime)
	defer cancel()
	sizes := map[string]int64{}
	for object := range b.client.ListObjectsIter(ctx, b.bucket, minio.ListObjectsOptions{Prefix: b.prefix, Recursive: true}) {
		if object.Err != nil {
			return nil, b.say("list what is there", object.Err)
		}
		sizes[strings.TrimPrefix(object.Key, b.prefix)] = object.Size
	}
	return sizes, ctx.Err()
}

// say tells what did not work, and what would be right where that is known.
func (b *Bucket) say(what string, err error) error {
	if err == nil {
		return nil
	}
	said := minio.ToErrorResponse(err)
	switch said.Code {
	case minio.NoSuchKey:
		return fmt.Errorf("%s: %w", what, statuspage.ErrNotFound)
	case minio.NoSuchBucket:
		return fmt.Errorf("%s: there is no bucket %q: make it, or put publish.s3.bucket right", what, b.bucket)
	case minio.AccessDenied, "InvalidAccessKeyId", "SignatureDoesNotMatch":
		return fmt.Errorf("%s: the store refuses it (%s): publish.s3.access_key has to be allowed to list the bucket, and to read, write and delete objects in it", what, said.Code)
	}
	return fmt.Errorf("%s: %w", what, err)
}
