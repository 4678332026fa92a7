package targets

import (
	"crypto/tls"
	"fmt"
	"net"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health/grpc_health_v1"
)

// Health is a gRPC server on loopback.
type Health struct {
	// Address is where it listens, 127.0.0.1:port.
	Address string

	server *grpc.Server
	all    sync.WaitGroup
}

// GRPC starts a server with this health service, or with none when it is
// nil; over TLS when config is given.
func GRPC(config *tls.Config, service grpc_health_v1.HealthServer) (*Health, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen on loopback: %w", err)
	}
	var options []grpc.ServerOption
	if config != nil {
		options = append(options, grpc.Creds(credentials.NewTLS(config)))
	}
	h := &Health{Address: listener.Addr().String(), server: grpc.NewServer(options...)}
	if service != nil {
		grpc_health_v1.RegisterHealthServer(h.server, service)
	}
	h.all.Go(func() { _ = h.server.Serve(listener) }) // it ends by Close
	return h, nil
}

// Close ends the server, with the calls that go on.
func (h *Health) Close() {
	h.server.Stop()
	h.all.Wait()
}
