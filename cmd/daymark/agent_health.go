package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	goruntime "runtime/metrics"
	"strings"
	"sync/atomic"
	"time"

	"daymark/checker/remote"
)

// agentHealth tells the server how an agent is.
type agentHealth struct {
	client    *remote.Client // nil inside the server
	spool     *remote.Spool
	forwarder *remote.Forwarder
	probe     atomic.Pointer[probe] // nil until one runs
}

// run tells it until ctx ends.
func (h *agentHealth) run(ctx context.Context) error {
	tick := time.NewTicker(remote.HealthEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			h.client.Tell(h.of(h.probe.Load()))
		}
	}
}

// of says how the agent is with this probe; nil: none runs.
func (h *agentHealth) of(p *probe) remote.Health {
	health := remote.Health{Spool: h.spool.Unacknowledged(), Held: h.forwarder.Held(), Thinned: h.spool.Thinned(), Memory: memoryHeld()}
	if p != nil {
		late := p.agent.Lateness()
		health.Fault, health.Runs, health.Late, health.Missed = p.fault(), late.Runs, late.P99, late.Missed
	}
	return health
}

// memoryHeld gives the bytes that Go holds for this process.
func memoryHeld() int64 {
	samples := []goruntime.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	goruntime.Read(samples)
	for _, sample := range samples {
		if sample.Value.Kind() != goruntime.KindUint64 {
			return 0
		}
	}
	return int64(samples[0].Value.Uint64() - samples[1].Value.Uint64()) //nolint:gosec // of one process
}

// selfOf gives what tells the agent of this folder from others, and makes it
// where there is none.
func selfOf(data string) (string, error) {
	path := filepath.Join(data, "agent-id")
	content, err := os.ReadFile(path)
	if known := strings.TrimSpace(string(content)); err == nil && known != "" && len(known) <= 64 {
		return known, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the agent's id: %w", err)
	}
	var random [8]byte
	_, _ = rand.Read(random[:]) // it never fails
	self := hex.EncodeToString(random[:])
	if err := os.WriteFile(path, []byte(self+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keep the agent's id: %w", err)
	}
	return self, nil
}
