package bucket_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"daymark/incident"
	"daymark/statuspage"
	"daymark/statuspage/bucket"
)

// gateway is a real S3 server on loopback, with a bucket.
type gateway struct {
	endpoint string
	log      *bytes.Buffer
}

// program is where scripts/install.sh puts versitygw.
func program(t *testing.T) string {
	t.Helper()
	found, err := filepath.Glob("../../.tools/versitygw-*/versitygw")
	if err != nil || len(found) == 0 {
		t.Fatalf("this test needs versitygw: scripts/install.sh versitygw builds it (%v)", err)
	}
	at, err := filepath.Abs(found[0])
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

const access, secret = "daymark", "a-secret-of-the-bucket"

func start(t *testing.T) *gateway {
	t.Helper()
	api := free(t)
	root := t.TempDir()
	g := &gateway{endpoint: "http://" + api, log: &bytes.Buffer{}}
	cmd := exec.Command(program(t), "--port", api, "--access", access, "--secret", secret, "--region", "eu-west-1", "posix", "--sidecar", t.TempDir(), root)
	cmd.Stdout, cmd.Stderr = g.log, g.log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
		if t.Failed() {
			t.Log(g.log.String())
		}
	})
	deadline := time.Now().Add(time.Minute)
	for {
		conn, err := net.Dial("tcp", api)
		if err == nil {
			_ = conn.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("versitygw does not listen: %v", err)
		}
	}
	if err := g.admin(t).MakeBucket(t.Context(), "status", minio.MakeBucketOptions{Region: "eu-west-1"}); err != nil {
		t.Fatal(err)
	}
	return g
}

func (g *gateway) admin(t *testing.T) *minio.Client {
	t.Helper()
	client, err := minio.New(strings.TrimPrefix(g.endpoint, "http://"), &minio.Options{Creds: credentials.NewStaticV4(access, secret, ""), Region: "eu-west-1"})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func (g *gateway) open(t *testing.T, edit func(*statuspage.S3)) *bucket.Bucket {
	t.Helper()
	o := statuspage.S3{Endpoint: g.endpoint, Region: "eu-west-1", Bucket: "status", Prefix: "/pages/bank/", AccessKey: access, SecretKey: secret}
	if edit != nil {
		edit(&o)
	}
	b, err := bucket.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// counting counts what a shelf is asked for.
type counting struct {
	*bucket.Bucket
	puts []string
}

func (c *counting) Put(ctx context.Context, f statuspage.File) error {
	if f.Name != "published.json" && f.Name != "daymark-copy.json" {
		c.puts = append(c.puts, f.Name)
	}
	return c.Bucket.Put(ctx, f)
}

// bank is a small page whose one component is in a status.
type bank struct{ status incident.Status }

func (b *bank) Snapshot(_ context.Context, now time.Time) (*statuspage.Snapshot, error) {
	return &statuspage.Snapshot{Checked: now, Components: map[string]statuspage.ComponentState{"shop": {Status: b.status, Since: now}}}, nil
}

func (b *bank) Incident(context.Context, string) (*statuspage.IncidentRecord, error) {
	return nil, statuspage.ErrNotFound
}

func (b *bank) Incidents(context.Context, int) ([]incident.Incident, error) { return nil, nil }

func (b *bank) Component(_ context.Context, _ statuspage.ComponentAsk, now time.Time) (*statuspage.ComponentHistory, error) {
	return &statuspage.ComponentHistory{Until: now}, nil
}

func (b *bank) Past(context.Context, statuspage.Search) (*statuspage.Found, error) {
	return &statuspage.Found{}, nil
}

func (b *bank) Maintenance(context.Context, string) (*incident.PlannedMaintenance, error) {
	return nil, statuspage.ErrNotFound
}

func (b *bank) Maintenances(context.Context, time.Time) ([]incident.PlannedMaintenance, error) {
	return nil, nil
}

func (b *bank) Learned(context.Context, []string) (map[string]statuspage.Learned, error) {
	return nil, nil
}

func (b *bank) Announced(context.Context, int) ([]incident.PlannedMaintenance, error) {
	return nil, nil
}

// TestACopyInABucket: the page is there with its headers, a change writes what
// changed and no more, and a publisher that begins anew writes nothing.
func TestACopyInABucket(t *testing.T) {
	g := start(t)
	options := statuspage.DefaultPageOptions()
	options.Name, options.URL, options.Languages = "Bank", "https://status.bank.example", []string{"en", "ar"}
	noon := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	s := &bank{status: incident.Operational}
	shelf := &counting{Bucket: g.open(t, nil)}
	made := func() *statuspage.Publisher {
		p, err := statuspage.NewPublisher(statuspage.PublisherOptions{Shelf: serial{shelf}, Name: "the bucket", Page: statuspage.Params{
			Source: s, Options: options, Components: []incident.Component{{ID: "shop", Name: "Shop"}}, Now: func() time.Time { return noon },
		}})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	pass := func(p *statuspage.Publisher) []string {
		shelf.puts = nil
		if _, err := p.Publish(t.Context()); err != nil {
			t.Fatal(err)
		}
		return shelf.puts
	}
	first := made()
	if puts := pass(first); len(puts) < 15 || puts[len(puts)-1] != "index.html" && puts[len(puts)-1] != "ar/index.html" {
		t.Errorf("the first pass wrote %q", puts)
	}
	if puts := append(pass(first), pass(made())...); len(puts) != 0 {
		t.Errorf("without a change it wrote %q", puts)
	}
	s.status = incident.Down
	puts := strings.Join(pass(first), " ")
	if !strings.Contains(puts, "ar/index.html") || strings.Contains(puts, "daymark.") || strings.Contains(puts, "history") {
		t.Errorf("a change wrote %s", puts)
	}

	client := g.admin(t)
	for name, want := range map[string][2]string{
		"index.html":         {"text/html; charset=utf-8", "no-cache"},
		"api/v2/status.json": {"application/json; charset=utf-8", "max-age=10, public, s-maxage=10, stale-while-revalidate=20, stale-if-error=3600"},
		"published.json":     {"application/json", "no-store"},
		styleOf(t, client, "pages/bank/index.html"): {"text/css; charset=utf-8", "public, max-age=31536000, immutable"},
	} {
		info, err := client.StatObject(t.Context(), "status", "pages/bank/"+name, minio.StatObjectOptions{})
		if err != nil || info.ContentType != want[0] || info.Metadata.Get("Cache-Control") != want[1] {
			t.Errorf("%s has the type %q and Cache-Control %q, %v", name, info.ContentType, info.Metadata.Get("Cache-Control"), err)
		}
	}
}

// serial puts one file after another, so that what was written can be listed.
type serial struct{ *counting }

var one = make(chan struct{}, 1)

func (s serial) Put(ctx context.Context, f statuspage.File) error {
	one <- struct{}{}
	defer func() { <-one }()
	return s.counting.Put(ctx, f)
}

// styleOf names the stylesheet that a page asks for.
func styleOf(t *testing.T, client *minio.Client, page string) string {
	t.Helper()
	object, err := client.GetObject(t.Context(), "status", page, minio.GetObjectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(object)
	_, after, found := strings.Cut(string(content), `<link rel="stylesheet" href="`)
	if err != nil || !found {
		t.Fatalf("%s asks for no style: %v", page, err)
	}
	name, _, _ := strings.Cut(after, `"`)
	return name
}

// TestTheShelf: what each operation promises, on the real server.
func TestTheShelf(t *testing.T) {
	g := start(t)
	b := g.open(t, nil)
	ctx := t.Context()
	if _, err := b.Get(ctx, "nothing.html"); !errors.Is(err, statuspage.ErrNotFound) {
		t.Errorf("what is not there gives %v", err)
	}
	if err := b.Remove(ctx, "nothing.html"); err != nil {
		t.Errorf("to remove what is not there gives %v", err)
	}
	for _, content := range []string{"old", "newer"} {
		if err := b.Put(ctx, statuspage.File{Name: "a/b.html", Type: "text/html", Content: []byte(content)}); err != nil {
			t.Fatal(err)
		}
	}
	if content, err := b.Get(ctx, "a/b.html"); err != nil || string(content) != "newer" {
		t.Errorf("it reads %q, %v", content, err)
	}
	other := g.open(t, func(o *statuspage.S3) { o.Prefix = "" })
	if err := other.Put(ctx, statuspage.File{Name: "theirs.txt", Content: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	if sizes, err := b.Sizes(ctx); err != nil || len(sizes) != 1 || sizes["a/b.html"] != 5 {
		t.Errorf("there is %v, %v", sizes, err)
	}
	if sizes, err := other.Sizes(ctx); err != nil || len(sizes) != 2 {
		t.Errorf("there is %v, %v", sizes, err)
	}
	if err := b.Remove(ctx, "a/b.html"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Get(ctx, "a/b.html"); !errors.Is(err, statuspage.ErrNotFound) {
		t.Errorf("what was removed gives %v", err)
	}
}

// TestRefusals say what would be right, and no secret.
func TestRefusals(t *testing.T) {
	g := start(t)
	stuck, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and never answers
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stuck.Close() })
	broken := &http.Server{Addr: free(t), Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })}
	go func() { _ = broken.ListenAndServe() }()
	t.Cleanup(func() { _ = broken.Close() })
	for name, test := range map[string]struct {
		edit func(*statuspage.S3)
		want string
	}{
		"no bucket": {func(o *statuspage.S3) { o.Bucket = "nothing" }, `there is no bucket "nothing": make it, or put publish.s3.bucket right`},
		"wrong key": {func(o *statuspage.S3) { o.SecretKey = "wrong-secret" }, "the store refuses it (SignatureDoesNotMatch): publish.s3.access_key has to be allowed"},
		"nobody":    {func(o *statuspage.S3) { o.Endpoint = "http://" + free(t) }, "connection refused"},
		"broken":    {func(o *statuspage.S3) { o.Endpoint = "http://" + broken.Addr }, "500 Internal Server Error"},
		"stuck":     {func(o *statuspage.S3) { o.Endpoint = "http://" + stuck.Addr().String() }, "context deadline exceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			b := g.open(t, test.edit)
			within := time.Minute
			if name == "stuck" {
				within = 3 * time.Second
			}
			ctx, cancel := context.WithTimeout(t.Context(), within)
			defer cancel()
			err := b.Put(ctx, statuspage.File{Name: "index.html", Type: "text/html", Content: []byte("x")})
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "wrong-secret") {
				t.Errorf("it said %v", err)
			}
		})
	}
	if _, err := bucket.New(statuspage.S3{Endpoint: "s3.example.org", Bucket: "b"}); err == nil || !strings.Contains(err.Error(), "is no address such as https://s3.example.org") {
		t.Errorf("an endpoint without a scheme gives %v", err)
	}
}
