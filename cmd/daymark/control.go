package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// The control socket lets commands reach a running server. Whoever can open
// it, by its mode the server's own user, is an administrator.
const (
	controlSocket  = "control.sock"
	maxControlBody = 10 << 20
)

// controlServer answers commands on the socket.
type controlServer struct {
	server *http.Server
	done   chan struct{}
}

// controlError is how a refusal travels over the socket.
type controlError struct {
	Error string `json:"error"`
	Usage bool   `json:"usage"`
}

func startControl(data string, handler http.Handler, log *slog.Logger) (*controlServer, error) {
	path := filepath.Join(data, controlSocket)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("remove an old control socket: %w", err)
	}
	// The mode has to be right from the first moment.
	old := syscall.Umask(0o177)
	listener, err := net.Listen("unix", path)
	syscall.Umask(old)
	if err != nil {
		return nil, fmt.Errorf("open the control socket: %w", err)
	}
	c := &controlServer{done: make(chan struct{}), server: &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: time.Minute, WriteTimeout: time.Minute,
	}}
	go func() {
		defer close(c.done)
		if err := c.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the control socket ended", "error", err)
		}
	}()
	return c, nil
}

func (c *controlServer) stop(ctx context.Context) error {
	err := c.server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, c.server.Close())
	}
	<-c.done
	return err
}

func controlHandler(o *operations) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /agent-tokens/create", question(o.orderAgentToken))
	mux.HandleFunc("POST /agent-tokens/rotate", question(o.rotateAgentToken))
	mux.HandleFunc("POST /agent-tokens/revoke", question(o.revokeAgentToken))
	mux.HandleFunc("POST /agent-tokens/list", question(o.listAgentTokens))
	mux.HandleFunc("POST /subscribers", questionOf(maxControlBody, o.tendSubscribers))
	mux.HandleFunc("POST /subscribers/list", question(o.listSubscribers))
	controlHeartbeats(mux, o)
	controlActs(mux, o)
	mux.HandleFunc("POST /tokens/create", question(o.createAPIToken))
	mux.HandleFunc("POST /tokens/rotate", question(o.rotateAPIToken))
	mux.HandleFunc("POST /tokens/revoke", question(o.revokeAPIToken))
	mux.HandleFunc("POST /tokens/list", question(o.listAPITokens))
	controlPeople(mux, o)
	controlMaintenance(mux, o)
	controlRota(mux, o)
	controlLedger(mux, o)
	controlNotify(mux, o)
	controlConfiguration(mux, o)
	mux.HandleFunc("POST /publish", question(o.publish))
	mux.HandleFunc("POST /slos", question(o.objectiveLines))
	mux.HandleFunc("POST /incidents", question(o.openIncidents))
	mux.HandleFunc("POST /evidence/list", question(o.listEvidence))
	mux.HandleFunc("POST /evidence/get", question(o.getEvidence))
	return mux
}

// question answers what is asked as JSON.
func question[Q, A any](answer func(context.Context, Q) (A, error)) http.HandlerFunc {
	return questionOf(10_000, answer)
}

// questionOf is a question of so many bytes at most.
func questionOf[Q, A any](most int64, answer func(context.Context, Q) (A, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var asked Q
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, most)).Decode(&asked); err != nil {
			answerControl(w, nil, fmt.Errorf("read the question: %w", err))
			return
		}
		value, err := answer(r.Context(), asked)
		answerControl(w, value, err)
	}
}

func answerControl(w http.ResponseWriter, value any, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		var usage usageError
		w.WriteHeader(http.StatusUnprocessableEntity)
		value = controlError{Error: err.Error(), Usage: errors.As(err, &usage)}
	}
	_ = json.NewEncoder(w).Encode(value) // the command is gone; nobody is left to hear
}

// errNoServer is what callControl gives when no server runs on that data.
var errNoServer = errors.New("no server runs")

// callControl sends a command to the running server and reads its answer.
func callControl(ctx context.Context, data, path string, body []byte, answer any) error {
	socket := filepath.Join(data, controlSocket)
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}}
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://daymark"+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("ask the server: %w", err)
	}
	response, err := client.Do(request)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return errNoServer
	}
	if err != nil {
		return fmt.Errorf("ask the server by %s: %w", socket, err)
	}
	defer func() { _ = response.Body.Close() }() // it was read
	decoder := json.NewDecoder(io.LimitReader(response.Body, maxControlBody))
	if response.StatusCode == http.StatusOK {
		return decoder.Decode(answer)
	}
	var refusal controlError
	if err := decoder.Decode(&refusal); err != nil {
		return fmt.Errorf("the server answered %s", response.Status)
	}
	if refusal.Usage {
		return usageError{errors.New(refusal.Error)}
	}
	return errors.New(refusal.Error)
}
