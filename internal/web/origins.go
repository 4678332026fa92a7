package web

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// OwnOrigins says which sites may post forms of ours: that of an address of
// ours, also where a proxy calls us by another name.
func OwnOrigins(address string) (*http.CrossOriginProtection, error) {
	origins := http.NewCrossOriginProtection()
	scheme, host, _ := strings.Cut(address, "://")
	host, _, _ = strings.Cut(host, "/")
	if err := origins.AddTrustedOrigin(scheme + "://" + host); err != nil {
		return nil, fmt.Errorf("trust the page's own address: %w", err)
	}
	return origins, nil
}

// FromHost says whether a request says that a page of its own host asks, or of
// another that is ours. Where it does not say whose page asks, it is not so.
func FromHost(r *http.Request, own string) bool {
	from, err := url.Parse(r.Header.Get("Origin"))
	return err == nil && from.Host != "" && (strings.EqualFold(from.Host, r.Host) || strings.EqualFold(from.Host, own))
}

// UnknownAddress is what AskerOf gives where there is none.
const UnknownAddress = "others"

// AddressOf gives the address that a request came from, as AskerOf does.
func AddressOf(r *http.Request) string { return AskerOf(r.RemoteAddr) }

// AskerOf gives the address of a remote (host:port), by which what somebody
// does is counted: of IPv6 the network, because one machine has as many
// addresses as it likes.
func AskerOf(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return UnknownAddress
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return UnknownAddress
	}
	address = address.Unmap().WithZone("")
	if address.Is4() {
		return address.String()
	}
	prefix, err := address.Prefix(64)
	if err != nil {
		return UnknownAddress
	}
	return prefix.String()
}
