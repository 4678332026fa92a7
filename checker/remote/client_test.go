package remote

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestTLS(t *testing.T) {
	h := newHub(t, ServerOptions{})
	secure := httptest.NewUnstartedServer(h.web.Config.Handler)
	secure.EnableHTTP2 = true // which has no WebSockets of this sort: the agent must not ask for it
	secure.StartTLS()
	t.Cleanup(secure.Close)
	trusting := secure.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	trusting.NextProtos = nil
	p := newProbe(t, secure.URL, ClientOptions{TLS: trusting})
	give(t, p, 1)
	h.waitFor(1)
	q := newProbe(t, secure.URL, ClientOptions{})
	q.waitForLog(t, "is signed by an authority that is not trusted")
	q.stop() // before the server it talks to
	p.stop()
}

func TestAddressThatHasMoved(t *testing.T) {
	moved := httptest.NewServer(http.RedirectHandler("https://status.example"+Path, http.StatusMovedPermanently))
	t.Cleanup(moved.Close)
	p := newProbe(t, moved.URL, ClientOptions{})
	p.waitForLog(t, "301 Moved Permanently to https://status.example/agent/v1/connect; give the agent that address")
	p.stop()
}

func TestClientOptions(t *testing.T) {
	good := ClientOptions{URL: "https://status.example", Token: "t", Name: "n"}
	for name, test := range map[string]struct {
		change func(*ClientOptions)
		want   string // the endpoint, or empty for an error
	}{
		"https":             {func(*ClientOptions) {}, "wss://status.example/agent/v1/connect"},
		"below a path":      {func(o *ClientOptions) { o.URL = "http://127.0.0.1:8080/status/" }, "ws://127.0.0.1:8080/status/agent/v1/connect"},
		"no scheme":         {func(o *ClientOptions) { o.URL = "status.example" }, ""},
		"another scheme":    {func(o *ClientOptions) { o.URL = "ftp://status.example" }, ""},
		"a password":        {func(o *ClientOptions) { o.URL = "https://a:b@status.example" }, ""},
		"no host":           {func(o *ClientOptions) { o.URL = "https://" }, ""},
		"no token":          {func(o *ClientOptions) { o.Token = "" }, ""},
		"token with a line": {func(o *ClientOptions) { o.Token = "a\r\nX: y" }, ""},
		"no name":           {func(o *ClientOptions) { o.Name = "" }, ""},
		"times":             {func(o *ClientOptions) { o.Most = 1; o.Least = 2 }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			options := good
			test.change(&options)
			client, err := NewClient(options)
			if test.want == "" {
				if err == nil {
					t.Error("no error")
				}
				return
			}
			if err != nil || client.endpoint != test.want {
				t.Errorf("got %v, %v", client, err)
			}
		})
	}
}

func TestUnencryptedLineIsSaid(t *testing.T) {
	for address, want := range map[string]bool{"http://status.example": true, "http://127.0.0.1:1": false, "https://status.example": false} {
		log := &lines{}
		if _, err := NewClient(ClientOptions{URL: address, Token: "t", Name: "n", Logger: log.logger()}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(log.String(), "unencrypted"); got != want {
			t.Errorf("%s: said is %v", address, got)
		}
	}
}
