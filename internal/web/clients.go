package web

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// mostHops bounds how far a chain of proxies is followed back.
const mostHops = 32

// Clients finds out who asks behind proxies that say so.
type Clients struct{ trusted []netip.Prefix }

// NewClients trusts proxies by their addresses, such as 10.0.0.1, and
// networks, such as 10.0.0.0/8.
func NewClients(proxies []string) (*Clients, error) {
	c := &Clients{}
	for _, text := range proxies {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			address, err := netip.ParseAddr(text)
			if err != nil {
				return nil, fmt.Errorf("%q is not an address or network such as 10.0.0.0/8", text)
			}
			address = plain(address)
			prefix = netip.PrefixFrom(address, address.BitLen())
		}
		if prefix.Bits() == 0 {
			return nil, fmt.Errorf("%q is every address, so that anybody could say who they are; name your own proxies, such as 10.0.0.0/8", text)
		}
		c.trusted = append(c.trusted, prefix.Masked())
	}
	return c, nil
}

// plain writes an address in the one way in which it is compared.
func plain(address netip.Addr) netip.Addr { return address.Unmap().WithZone("") }

func (c *Clients) trusts(address netip.Addr) bool {
	return slices.ContainsFunc(c.trusted, func(p netip.Prefix) bool { return p.Contains(address) })
}

// Of gives the address of who asks, and whether a trusted proxy said so. Each
// proxy writes at the end of X-Forwarded-For whom it was called by, and what
// stands before that may be made up. So the last address that is no trusted
// proxy is who asks, and only the word of a trusted proxy is heard.
func (c *Clients) Of(r *http.Request) (client netip.Addr, forwarded bool) {
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}, false
	}
	client = plain(remote.Addr())
	if !c.trusts(client) {
		return client, false
	}
	chain := strings.Join(r.Header.Values("X-Forwarded-For"), ",")
	if strings.TrimSpace(chain) == "" {
		return client, false
	}
	for range mostHops {
		before, last, more := cutLast(chain)
		address, ok := hop(last)
		if !ok {
			break // the proxy that wrote it is the last of whom we know
		}
		client = address
		if !c.trusts(address) || !more {
			break
		}
		chain = before
	}
	return client, true
}

// cutLast cuts a list at its last comma.
func cutLast(list string) (before, last string, more bool) {
	at := strings.LastIndexByte(list, ',')
	if at < 0 {
		return "", list, false
	}
	return list[:at], list[at+1:], true
}

// hop reads one address of X-Forwarded-For, which some proxies write with a
// port, and IPv6 in brackets.
func hop(text string) (netip.Addr, bool) {
	text = strings.TrimSpace(text)
	if address, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]")); err == nil {
		return plain(address), true
	}
	with, err := netip.ParseAddrPort(text)
	return plain(with.Addr()), err == nil
}

type forwardedKey struct{}

// Forwarded says whether a trusted proxy passed a request on.
func Forwarded(r *http.Request) bool { return r.Context().Value(forwardedKey{}) != nil }

// Behind makes RemoteAddr of each request the address of who asks, without
// their port, where a trusted proxy says whose it is.
func (c *Clients) Behind(next http.Handler) http.Handler {
	if len(c.trusted) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		client, forwarded := c.Of(r)
		if forwarded {
			r = r.WithContext(context.WithValue(r.Context(), forwardedKey{}, true))
			r.RemoteAddr = net.JoinHostPort(client.String(), "0")
		}
		next.ServeHTTP(w, r)
	})
}
