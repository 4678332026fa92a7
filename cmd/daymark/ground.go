package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"daymark/config"
)

// ground is what stays while one app follows another: the lock of the data
// folder, the door, and the agent inside, whose runs go on.
type ground struct {
	data   string // the folder
	unlock func() error
	orders waitingRoom    // for what comes by the control socket
	socket *controlServer // nil until an app runs
	door   *door          // nil until an app runs
	inside *innerAgent    // nil until there are checks for it
	log    *slog.Logger

	submitted prometheus.Histogram // see newSubmitted
}

func newGround(doc *config.Document, log *slog.Logger) (*ground, error) {
	unlock, err := lockData(doc.Server.Data)
	if err != nil {
		return nil, err
	}
	return &ground{data: doc.Server.Data, unlock: unlock, log: log, submitted: newSubmitted()}, nil
}

// listen opens the door, if it is not open.
func (g *ground) listen(ctx context.Context, address string) (err error) {
	if g.door == nil {
		g.door, err = openDoor(ctx, address, g.log)
	}
	return err
}

// obey lets commands reach the app, until it stops.
func (g *ground) obey(a *app, o *operations) (err error) {
	if g.socket == nil {
		if g.socket, err = startControl(g.data, &g.orders, g.log); err != nil {
			return err
		}
	}
	g.orders.open(controlHandler(o))
	a.onStop("take no commands", func(ctx context.Context) error {
		g.orders.shut()
		return g.orders.empty(ctx)
	})
	return nil
}

// quiet ends what comes in: requests, then results.
func (g *ground) quiet(ctx context.Context) error {
	var err error
	if g.door != nil {
		err = g.door.close(ctx)
	}
	if g.inside != nil {
		err = errors.Join(err, g.inside.stop(ctx))
	}
	if g.socket != nil {
		err = errors.Join(err, g.socket.stop(ctx))
	}
	g.inside, g.socket = nil, nil
	return err
}

// release lets others use the data folder.
func (g *ground) release() error { return g.unlock() }
