package main

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"strings"

	"github.com/goccy/go-yaml"

	"daymark/checker/remote"
	"daymark/internal/guard"
)

// agentStart is what an agent begins with.
type agentStart struct {
	data   string
	client remote.ClientOptions
	narrow *guard.Policy // nil: it refuses no more than its plan does
}

// agentFile is what --file holds.
type agentFile struct {
	Server       string   `yaml:"server"`
	Token        string   `yaml:"token"`
	TokenFile    string   `yaml:"token-file"`
	Data         string   `yaml:"data"`
	Name         string   `yaml:"name"`
	CA           string   `yaml:"ca"`
	AllowPrivate []string `yaml:"allow-private"`
	DenyPrivate  bool     `yaml:"deny-private"`
}

// maxAgentFile bounds what is read of a file that an agent begins with.
const maxAgentFile = 1 << 20

// missingError tells all that keeps an agent from beginning, so that nobody
// has to find it out piece by piece.
type missingError struct{ what []string }

func (m *missingError) Error() string {
	return "this agent cannot begin:\n  - " + strings.Join(m.what, "\n  - ")
}

// prepare joins flags, environment and file, the first of which counts, and
// says all that is missing or wrong.
func (c *agentRun) prepare() (*agentStart, error) {
	missing := &missingError{}
	add := func(format string, args ...any) { missing.what = append(missing.what, fmt.Sprintf(format, args...)) }
	file, err := readAgentFile(c.File)
	if err != nil {
		add("%v", err)
	}
	start := &agentStart{data: cmp.Or(c.Data, file.Data, "agent-data")}
	start.client = remote.ClientOptions{URL: cmp.Or(c.Server, file.Server), Name: cmp.Or(c.Name, file.Name), Version: version}
	if start.client.URL == "" {
		add("the server's address is not known: give --server, DAYMARK_SERVER, or `server` in --file; it is page.url of the server's configuration")
	}
	if start.client.Name == "" {
		if start.client.Name, err = os.Hostname(); err != nil {
			add("this host has no name (%v): give one by --name", err)
		}
	}
	if start.client.Token, err = c.token(&file); err != nil {
		add("%v", err)
	}
	if ca := cmp.Or(c.CA, file.CA); ca != "" {
		if start.client.TLS, err = pinned(ca, start.client.URL); err != nil {
			add("%v", err)
		}
	}
	if start.narrow, err = narrowed(c, &file); err != nil {
		add("%v", err)
	}
	if err := os.MkdirAll(start.data, 0o700); err != nil {
		add("the folder for its results cannot be made: %v; give another by --data", err)
	} else if err := canWrite(start.data); err != nil {
		add("nothing can be written to the folder for its results: %v; give it to the user that the agent runs as, or another by --data", err)
	}
	if len(missing.what) > 0 {
		return nil, usageError{missing}
	}
	return start, nil
}

func canWrite(dir string) error {
	file, err := os.CreateTemp(dir, ".writable-*")
	if err != nil {
		return err
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

// readAgentFile reads --file strictly; an empty path is an empty file.
func readAgentFile(path string) (file agentFile, err error) {
	if path == "" {
		return file, nil
	}
	content, err := readSmall(path)
	if err != nil {
		return file, fmt.Errorf("--file: %w", err)
	}
	if len(bytes.TrimSpace(content)) == 0 {
		return file, nil
	}
	if err := yaml.NewDecoder(bytes.NewReader(content), yaml.DisallowUnknownField()).Decode(&file); err != nil {
		return file, fmt.Errorf("--file %s is not what an agent begins with: %s", path, yaml.FormatError(err, false, false))
	}
	return file, nil
}

func readSmall(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() && info.Mode()&os.ModeNamedPipe == 0 || info.Size() > maxAgentFile {
		return nil, fmt.Errorf("%s is no file of at most %d bytes", path, maxAgentFile)
	}
	return os.ReadFile(path)
}

func (c *agentRun) token(file *agentFile) (string, error) {
	token, path := c.Token, c.TokenFile
	if token == "" && path == "" {
		token, path = file.Token, file.TokenFile
	}
	if token == "" && path != "" {
		content, err := readSmall(path)
		if err != nil {
			return "", fmt.Errorf("the token cannot be read: %w", err)
		}
		token = string(content)
		if strings.TrimSpace(token) == "" {
			return "", fmt.Errorf("%s holds no token", path)
		}
	}
	if token = strings.TrimSpace(token); token == "" {
		return "", errors.New("an agent needs its token: give DAYMARK_TOKEN, --token-file, or `token-file` in --file; `daymark agent token create --region REGION` on the server makes one")
	}
	return token, nil
}

// pinned gives a TLS configuration that trusts the authorities of a file alone.
func pinned(path, server string) (*tls.Config, error) {
	content, err := readSmall(path)
	if err != nil {
		return nil, fmt.Errorf("--ca: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(content) {
		return nil, fmt.Errorf("--ca: %s holds no certificate in PEM form", path)
	}
	if address, err := url.Parse(server); err == nil && address.Scheme == "http" {
		return nil, fmt.Errorf("--ca is for a server with TLS, and %s has none: give its https address", server)
	}
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, nil
}

// narrowed gives what the agent refuses by itself; nil: nothing.
func narrowed(c *agentRun, file *agentFile) (*guard.Policy, error) {
	allow, deny := c.AllowPrivate, c.DenyPrivate
	if len(allow) == 0 && !deny {
		allow, deny = file.AllowPrivate, file.DenyPrivate
	}
	switch {
	case len(allow) == 0 && !deny:
		return nil, nil
	case len(allow) > 0 && deny:
		return nil, errors.New("allow-private and deny-private are one or the other")
	}
	policy := &guard.Policy{Deny: true}
	for _, text := range allow {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("--allow-private: %q is no network such as 10.20.0.0/16", text)
		}
		policy.Allow = append(policy.Allow, network)
	}
	return policy, nil
}
