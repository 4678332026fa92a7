package network

import (
	"context"
	"net"
)

// lookups resolves the names of hosts by the server at to, the system's when
// it is empty. What it asks ends with life: net.Resolver itself goes on asking
// after its caller has given up.
func lookups(life context.Context, to string) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		if err := life.Err(); err != nil {
			return nil, err
		}
		if to != "" {
			address = to
		}
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err == nil {
			context.AfterFunc(life, func() { _ = conn.Close() }) // it may be closed already
		}
		return conn, err
	}}
}
