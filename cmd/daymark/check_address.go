package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"daymark/checker"
	"daymark/internal/guard"
	"daymark/internal/redact"
)

// checkAddress is a check that the command line describes by itself.
type checkAddress struct {
	URL      string        `name:"url" help:"Check this address; see above for other kinds than http." placeholder:"ADDRESS"`
	Expect   []string      `help:"An expression that has to hold; may be repeated." sep:"none" placeholder:"EXPR"`
	Degraded []string      `help:"An expression that makes it degraded where it holds; may be repeated." sep:"none" placeholder:"EXPR"`
	Warn     []string      `help:"An expression that gives a warning where it holds; may be repeated." sep:"none" placeholder:"EXPR"`
	Method   string        `help:"The HTTP method." placeholder:"GET"`
	Header   []string      `help:"A header of the request; may be repeated." sep:"none" placeholder:"'NAME: VALUE'"`
	Body     string        `help:"The body of the request, or the message for a WebSocket." placeholder:"TEXT"`
	Timeout  time.Duration `help:"How long it may take." placeholder:"30s"`
	Browser  bool          `help:"Open it in Chromium."`
	Private  bool          `help:"Private and loopback addresses may be reached; they are refused otherwise."`
}

// set names a flag that was given, or nothing.
func (a *checkAddress) set() string {
	for _, flag := range []struct {
		name string
		set  bool
	}{
		{"--expect", len(a.Expect) > 0},
		{"--degraded", len(a.Degraded) > 0},
		{"--warn", len(a.Warn) > 0},
		{"--timeout", a.Timeout != 0},
		{"--browser", a.Browser},
		{"--private", a.Private},
	} {
		if flag.set {
			return flag.name
		}
	}
	return a.ofRequest(true)
}

// ofRequest names a flag that says how an HTTP request is made.
func (a *checkAddress) ofRequest(body bool) string {
	switch {
	case a.Method != "":
		return "--method"
	case len(a.Header) > 0:
		return "--header"
	case body && a.Body != "":
		return "--body"
	}
	return ""
}

// urlSchedule is how often --watch runs what has no schedule.
const urlSchedule = "@every 10s"

// plan makes the check. It is compiled once here, so that an expression that
// is wrong is a fault of the command line.
func (a *checkAddress) plan() (*checkPlan, error) {
	if a.Timeout < 0 {
		return nil, errors.New("--timeout: less than nothing")
	}
	check := checker.Check{Schedule: urlSchedule, Timeout: a.Timeout, Expect: a.Expect, Degraded: a.Degraded, Warn: a.Warn}
	secrets, err := a.fill(&check)
	if err != nil {
		return nil, fmt.Errorf("--url %s: %w", shownAddress(a.URL), err)
	}
	if _, err := checker.Prepare(check); err != nil {
		return nil, err
	}
	return &checkPlan{
		checks: []checker.Check{check}, zone: time.Local, secrets: redact.New(redact.Forms(secrets...)...),
		guard: guard.Policy{Deny: !a.Private, Setting: "--private"},
	}, nil
}

// fill sets the check's kind from the address and gives the secrets in it.
func (a *checkAddress) fill(check *checker.Check) ([]string, error) {
	address, err := url.Parse(a.URL)
	if err != nil {
		return nil, errors.New("this is not an address such as https://shop.example")
	}
	if address.Scheme == "" || address.Host == "" {
		return nil, errors.New("write the address with its scheme and host, such as https://shop.example")
	}
	check.ID = shownAddress(a.URL)
	web := address.Scheme == "http" || address.Scheme == "https"
	socket := address.Scheme == "ws" || address.Scheme == "wss"
	if flag := a.ofRequest(!socket); flag != "" && (!web || a.Browser) {
		return nil, fmt.Errorf("%s is for an HTTP request", flag)
	}
	if a.Browser && !web {
		return nil, errors.New("--browser opens only http and https")
	}
	if port := address.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return nil, fmt.Errorf("%s is not a port", port)
		}
	}
	switch {
	case a.Browser:
		check.Browser = &checker.Browser{Steps: []checker.BrowserStep{{Open: a.URL}}}
		return passwordOf(address), nil
	case web:
		return a.fillHTTP(check, address)
	case socket:
		check.WebSocket = &checker.WebSocket{URL: a.URL, Send: a.Body}
		return passwordOf(address), nil
	}
	return nil, fillOther(check, address)
}

func (a *checkAddress) fillHTTP(check *checker.Check, address *url.URL) ([]string, error) {
	secrets := passwordOf(address)
	request := checker.Request{Method: strings.ToUpper(a.Method), Body: a.Body}
	if user := address.User; user != nil {
		password, _ := user.Password()
		request.Basic = &checker.BasicAuth{User: user.Username(), Password: password}
	}
	request.URL = withoutUser(a.URL)
	for _, line := range a.Header {
		name, value, ok := strings.Cut(line, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok || name == "" {
			return nil, fmt.Errorf("--header %q: write it as 'Name: value'", name)
		}
		if request.Headers == nil {
			request.Headers = map[string]string{}
		}
		if _, twice := request.Headers[name]; twice {
			return nil, fmt.Errorf("--header %s is given twice", name)
		}
		request.Headers[name] = value
		if slices.Contains([]string{"authorization", "proxy-authorization", "cookie"}, strings.ToLower(name)) && !strings.Contains(value, "${agent-env:") {
			_, bare, _ := strings.Cut(value, " ")
			secrets = append(secrets, value, bare)
		}
	}
	check.HTTP = &checker.HTTP{Request: request}
	return secrets, nil
}

// withoutUser leaves the rest of an address as it was written, for what the
// environment fills in.
func withoutUser(text string) string {
	scheme, rest, _ := strings.Cut(text, "://")
	end := len(rest)
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		end = i
	}
	return scheme + "://" + rest[strings.LastIndex(rest[:end], "@")+1:]
}

// passwordOf gives the password in an address, as it is and as it is written
// there.
func passwordOf(address *url.URL) []string {
	password, ok := address.User.Password()
	if !ok {
		return nil
	}
	_, written, _ := strings.Cut(address.User.String(), ":")
	return []string{password, written}
}

// fillOther sets the kinds that are not of the web. Their query holds
// settings: one that is not known is refused.
func fillOther(check *checker.Check, address *url.URL) error {
	query, err := url.ParseQuery(address.RawQuery)
	if err != nil {
		return errors.New("what follows the ? cannot be read")
	}
	take := func(name string) string {
		value := query.Get(name)
		query.Del(name)
		return value
	}
	path := strings.Trim(address.Path, "/")
	takesPath := address.Scheme == "dns" || strings.HasPrefix(address.Scheme, "grpc")
	switch {
	case address.User != nil:
		return errors.New("a name and password go with http and https only")
	case path != "" && !takesPath:
		return fmt.Errorf("nothing follows the host of %s://", address.Scheme)
	}
	switch address.Scheme {
	case "tcp":
		check.TCP = &checker.TCP{}
		check.TCP.Address, err = hostPort(address, "")
	case "tls":
		check.TLS = &checker.TLS{}
		check.TLS.Address, err = hostPort(address, "443")
	case "smtp":
		check.SMTP = &checker.SMTP{}
		check.SMTP.Address, err = hostPort(address, "25")
		if starttls := take("starttls"); starttls != "" && err == nil {
			if check.SMTP.StartTLS, err = strconv.ParseBool(starttls); err != nil {
				err = fmt.Errorf("starttls is true or false, not %q", starttls)
			}
		}
	case "icmp":
		if address.Port() != "" {
			return errors.New("icmp has no ports")
		}
		check.ICMP = &checker.ICMP{Host: address.Hostname()}
	case "grpc", "grpcs":
		check.GRPC = &checker.GRPC{Service: path, TLS: address.Scheme == "grpcs"}
		check.GRPC.Address, err = hostPort(address, "")
	case "dns":
		err = fillDNS(check, address, path, take("type"))
	default:
		return fmt.Errorf("%s:// is not known: there are http, https, tcp, tls, dns, icmp, grpc, grpcs, ws, wss, smtp", address.Scheme)
	}
	if unknown := slices.Sorted(maps.Keys(query)); err == nil && len(unknown) > 0 {
		return fmt.Errorf("%s:// has no setting %q", address.Scheme, unknown[0])
	}
	return err
}

// fillDNS reads dns://NAME and dns://SERVER/NAME.
func fillDNS(check *checker.Check, address *url.URL, path, kind string) error {
	kind = strings.ToUpper(cmp.Or(kind, "A"))
	known := []string{"A", "AAAA", "CNAME", "MX", "NS", "TXT", "SRV", "CAA", "SOA"}
	switch {
	case !slices.Contains(known, kind):
		return fmt.Errorf("%s is not a type of record: there are %s", kind, strings.Join(known, ", "))
	case path == "" && address.Port() != "":
		return errors.New("write a name server before the name: dns://SERVER/NAME")
	case path == "":
		check.DNS = &checker.DNS{Name: address.Hostname(), Type: kind}
	default:
		check.DNS = &checker.DNS{Name: path, Type: kind, Server: address.Host}
	}
	return nil
}

// hostPort gives host:port with the kind's usual port, where it has one.
func hostPort(address *url.URL, usual string) (string, error) {
	port := cmp.Or(address.Port(), usual)
	switch {
	case address.Hostname() == "":
		return "", errors.New("it has no host")
	case port == "":
		return "", fmt.Errorf("%s:// needs a port: %s://%s:PORT", address.Scheme, address.Scheme, address.Host)
	}
	return net.JoinHostPort(address.Hostname(), port), nil
}

// shownAddress is an address without what may be secret in it.
func shownAddress(text string) string {
	address, err := url.Parse(text)
	if err != nil {
		before, _, _ := strings.Cut(text, "?")
		if at := strings.LastIndex(before, "@"); at >= 0 {
			before = "…" + before[at:]
		}
		return before
	}
	address.User, address.RawQuery, address.ForceQuery, address.Fragment, address.RawFragment = nil, "", false, "", ""
	return address.String()
}
