package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"daymark/checker/remote"
	"daymark/config"
	"daymark/console"
	"daymark/internal/web"
	"daymark/notify"
	"daymark/notify/email"
	"daymark/notify/sms"
	"daymark/statuspage"
)

// app is a running server: everything it started it stops, last first.
type app struct {
	*core
	doc        *config.Document
	log        *slog.Logger
	page       *statuspage.Site
	publishers []*statuspage.Publisher // of copies of the page
	bounces    *email.Bounces          // nil without a listener for bounces
	sender     *notify.Sender          // nil without a channel
	channels   []string                // that the sender serves
	callback   http.Handler            // nil without SMS
	inbound    http.Handler            // nil without SMS
	voice      *sms.VoiceCallback      // nil without calls
	consent    *notify.Consent
	agents     *remote.Server
	heartbeats *heartbeats
	objectives *objectives
	backups    *backups
	api        *console.API
	gate       *gate
	site       *console.Site // pages of the staff
	clients    *web.Clients
	ground     *ground
	// configurations are the versions, of which this one runs.
	configurations *configurations
	heard          time.Time // since when the app before it heard the calls of jobs; zero: there was none
	alone          bool      // the ground is its own, and goes with it
	cleanups       []cleanup
}

type cleanup struct {
	name string
	fn   func(ctx context.Context) error
}

// newApp opens what is kept and joins the parts. Nothing runs yet.
func newApp(ctx context.Context, doc *config.Document, log *slog.Logger) (*app, error) {
	return newAppAt(ctx, doc, log, time.Now)
}

// newAppAt is newApp by a clock of its own.
func newAppAt(ctx context.Context, doc *config.Document, log *slog.Logger, now func() time.Time) (*app, error) {
	ground, err := newGround(doc, log)
	if err != nil {
		return nil, err
	}
	a, err := newAppOn(ctx, ground, doc, log, now)
	if err != nil {
		return nil, errors.Join(err, ground.release())
	}
	a.alone = true
	return a, nil
}

// newAppOn is newAppAt on a ground that outlasts it.
func newAppOn(ctx context.Context, ground *ground, doc *config.Document, log *slog.Logger, now func() time.Time) (*app, error) {
	a := &app{ground: ground, doc: doc, log: log, configurations: newConfigurations(doc, now)}
	if err := a.build(ctx, now); err != nil {
		return nil, errors.Join(err, a.stop(ctx))
	}
	return a, nil
}

func (a *app) build(ctx context.Context, now func() time.Time) error {
	var err error
	if a.core, err = openCore(ctx, a.doc, a.log, now); err != nil {
		return err
	}
	a.onStop("close the database", func(context.Context) error { return a.store.Close() })
	subscribing, err := a.newReaders()
	if err != nil {
		return err
	}
	a.objectives = newObjectives(a.core, a.doc, a.log, a.wakeSender)
	params := pageParams(a.core, a.doc, a.objectives, a.log)
	params.Subscribe = subscribing
	a.page, err = statuspage.NewSite(params)
	if err != nil {
		return fmt.Errorf("make the page: %w", err)
	}
	if err := a.buildPublishers(params); err != nil {
		return err
	}
	if err := a.buildSender(); err != nil {
		return fmt.Errorf("prepare messages: %w", err)
	}
	if a.agents, err = a.newAgentServer(); err != nil {
		return err
	}
	a.onStop("let the agents go", a.agents.Close) // where the door never opened
	if a.heartbeats, err = newHeartbeats(a.core, a.doc, now, a.log); err != nil {
		return err
	}
	a.configurations.core, a.configurations.agents = a.core, a.agents
	if a.backups, err = a.newBackups(); err != nil {
		return err
	}
	if a.api, err = a.newAPI(); err != nil {
		return fmt.Errorf("make the API: %w", err)
	}
	a.gate = a.newGate()
	if a.site, err = a.newSite(); err != nil {
		return err
	}
	if a.clients, err = web.NewClients(a.doc.Server.TrustedProxies); err != nil {
		return fmt.Errorf("trust proxies (server.trusted_proxies): %w", err)
	}
	if err := a.checkRoutes(); err != nil {
		return err
	}
	a.engine.Follow(a.page.Follow)
	a.engine.Listen(a.site.Notify)
	a.engine.Listen(func(int64) { a.wakeSender() })
	for _, p := range a.publishers {
		a.engine.Listen(p.Notify)
	}
	return nil
}

// wakeSender tells the sender that something waits.
func (a *app) wakeSender() {
	if a.sender != nil {
		a.sender.Wake()
	}
}

// start listens and runs everything. When it fails, what had begun is stopped.
func (a *app) start(ctx context.Context) error {
	if err := a.run(ctx); err != nil {
		return errors.Join(err, a.stop(context.WithoutCancel(ctx)))
	}
	return nil
}

func (a *app) run(ctx context.Context) error {
	running := context.WithoutCancel(ctx) // parts end by stop, in their order
	if err := a.ground.listen(ctx, a.doc.Server.Listen); err != nil {
		return err
	}
	a.spawn(running, "the timers", forever(a.engine.Run))
	a.spawn(running, "the page", forever(a.page.Run))
	a.spawn(running, "the console", forever(a.site.Run))
	a.spawn(running, "the sweeper", forever(a.sweep))
	a.spawn(running, "the objectives", forever(a.objectives.run))
	a.spawn(running, "the SLA reports", forever(a.mailSLAs))
	for _, w := range a.backups.work {
		a.spawn(running, "the "+w.key+"s", forever(func(ctx context.Context) { a.backups.run(ctx, w) }))
	}
	if a.sender != nil {
		a.spawn(running, "the sender", forever(a.sender.Run))
	}
	if err := a.startBounces(ctx); err != nil {
		return err
	}
	if len(hookChannels(a.doc)) > 0 {
		a.spawn(running, "the watch over webhooks", forever(a.watchHooks))
	}
	if err := a.inviteFirst(ctx); err != nil {
		return fmt.Errorf("offer the first account: %w", err)
	}
	if err := a.startSelfCare(running); err != nil {
		return err
	}
	if err := a.ground.obey(a, &operations{engine: a.engine, doc: a.doc, core: a.core, heartbeats: a.heartbeats, agents: a.agents, configurations: a.configurations, site: a.site}); err != nil {
		return err
	}
	// After the control socket, whose making changes the process's umask.
	for _, p := range a.publishers {
		a.spawn(running, "the publisher", forever(p.Run))
	}
	if err := a.ground.workFor(running, a); err != nil {
		return fmt.Errorf("start the agent inside: %w", err)
	}
	if err := a.configurations.keep(ctx); err != nil { // after all that may fail
		return fmt.Errorf("keep the version of the configuration: %w", err)
	}
	if a.heard.IsZero() {
		a.heartbeats.listen() // last, so that the time of starting counts for nobody
	} else {
		a.heartbeats.listenSince(a.heard)
	}
	a.ground.door.openTo(a)
	a.spawn(running, "the heartbeats", forever(a.heartbeats.Run))
	a.spawn(running, "the watch over agents", forever(a.hearAgents))
	return nil
}

// forever makes a part of one that only ends with its context.
func forever(part func(context.Context)) func(context.Context) error {
	return func(ctx context.Context) error {
		part(ctx)
		return nil
	}
}

// spawn runs a part until stop, which waits for it.
func (a *app) spawn(ctx context.Context, name string, part func(context.Context) error) {
	ctx, cancel := context.WithCancel(ctx)
	wait := begin(ctx, part)
	a.onStop("stop "+name, func(context.Context) error {
		cancel()
		return wait()
	})
}

func (a *app) onStop(name string, fn func(context.Context) error) {
	a.cleanups = append(a.cleanups, cleanup{name, fn})
}

// stop ends everything, last first, and says what did not end well.
func (a *app) stop(ctx context.Context) error {
	var err error
	if a.alone {
		err = a.ground.quiet(ctx)
	}
	for _, c := range slices.Backward(a.cleanups) {
		if failure := c.fn(ctx); failure != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", c.name, failure))
		}
	}
	a.cleanups = nil
	if a.alone {
		err = errors.Join(err, a.ground.release())
	}
	return err
}

// addr gives the address that the server listens on.
func (a *app) addr() string { return a.ground.door.listener.Addr().String() }
