package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"daymark/incident"
	"daymark/internal/lang"
	"daymark/internal/pause"
)

// Limits of a sign-up.
const (
	MostSignUps = 50_000           // remembered at once, of all networks and addresses
	linkLife    = 24 * time.Hour   // of a link that confirms
	codeLife    = 15 * time.Minute // of a code in a text message
	codeTries   = 5
	// defaultPatience is how long every sign-up takes to be answered: longer
	// than the work for any of them, so that the time tells nothing.
	defaultPatience = 300 * time.Millisecond
)

// Defaults of the limits on sign-ups.
func defaultSignUps() SignUps {
	return SignUps{Address: Rate{3, time.Hour}, Network: Rate{10, 4 * time.Hour}}
}

// ConsentOptions sets up Consent. Store, Key and Page are required.
type ConsentOptions struct {
	Store      SubscriptionStore
	Key        []byte   // makes links and codes; at least 16 bytes
	Channels   []string // by which strangers may subscribe
	Countries  []string // ISO 3166-1 alpha-2: whose phone numbers are allowed
	Components []Named
	Languages  []string // of the page; the first is the default
	Limits     SignUps
	Page       PageInfo
	Patience   time.Duration    // see defaultPatience
	Now        func() time.Time // default: time.Now
	Wake       func()           // called when a message waits; may be nil
}

// Consent is the rules by which people subscribe and leave. Nobody hears
// anything before they confirmed, and no answer tells a stranger whether an
// address is known. It may be used from several goroutines.
type Consent struct {
	opts  ConsentOptions
	names map[string]Named
}

// NewConsent returns the rules.
func NewConsent(opts ConsentOptions) (*Consent, error) {
	if opts.Store == nil || len(opts.Key) < 16 || opts.Page.URL == "" {
		return nil, errors.New("subscriptions: they need a store, a key of at least 16 bytes and the page's address")
	}
	standard := defaultSignUps()
	orElse(&opts.Limits.Address, standard.Address)
	orElse(&opts.Limits.Network, standard.Network)
	orElse(&opts.Patience, defaultPatience)
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Wake == nil {
		opts.Wake = func() {}
	}
	if len(opts.Languages) == 0 {
		opts.Languages = []string{lang.English().Tag}
	}
	c := &Consent{opts: opts, names: map[string]Named{}}
	for _, n := range opts.Components {
		c.names[n.ID] = n
	}
	return c, nil
}

// Rejection is what is wrong with what somebody typed.
type Rejection struct {
	Field   string // channel, address, component, severity, language, incident
	Message string
}

// Error says it.
func (r *Rejection) Error() string { return r.Message }

// Why a sign-up or a link does not work.
var (
	ErrNoLink    = errors.New("the link has been used, is too old, or never was one")
	ErrWrongCode = errors.New("the code is not right, or too old")
)

// TooManyError says that too many sign-ups came from one network, or from
// everywhere.
type TooManyError struct{ Wait time.Duration }

// Error says it.
func (e *TooManyError) Error() string { return "too many sign-ups came from this network" }

// SignUpRequest is what a stranger asks for.
type SignUpRequest struct {
	Channel, Address string
	From             string // the asker's network address
	Wishes           Wishes
}

// SignUp takes a sign-up: the address gets one message that asks to confirm
// it, whether it is new, ended before, or subscribed already. One that is to
// be left alone, or was signed up too often, gets none. The answer is the same
// for all, and takes the same time. The handle is for ConfirmCode. Errors are
// a *Rejection, a *TooManyError, or the store's.
func (c *Consent) SignUp(ctx context.Context, ask SignUpRequest) (handle string, err error) {
	if !slices.Contains(c.opts.Channels, ask.Channel) {
		return "", &Rejection{"channel", "Choose one of the ways that are listed."}
	}
	address, err := ParseAddress(ask.Channel, ask.Address, c.opts.Countries)
	if err != nil {
		return "", &Rejection{"address", "The address " + err.Error() + "."}
	}
	if err := c.check(&ask.Wishes); err != nil {
		return "", err
	}
	began := time.Now()
	handle, hash := newHandle()
	var wait time.Duration
	err = c.opts.Store.Consent(ctx, func(ctx context.Context, tx SubscriptionTx) (err error) {
		wait, err = c.signUp(ctx, tx, ask.Channel, address, NetworkOf(ask.From), hash, ask.Wishes)
		return err
	})
	switch {
	case err != nil:
		return "", fmt.Errorf("take a sign-up: %w", err)
	case wait > 0:
		return "", &TooManyError{wait}
	}
	c.opts.Wake()
	return handle, pause.For(ctx, c.opts.Patience-time.Since(began))
}

// signUp decides in one transaction; wait says that the network has to.
func (c *Consent) signUp(ctx context.Context, tx SubscriptionTx, channel, address, network, handle string, w Wishes) (wait time.Duration, err error) {
	now, limits := c.opts.Now(), c.opts.Limits
	from, all, err := tx.SignUps(ctx, "network", network, now.Add(-limits.Network.Within))
	if err != nil {
		return 0, err
	}
	if from >= limits.Network.Count || all >= MostSignUps {
		return limits.Network.Within, nil
	}
	key := channel + " " + destination(channel, address)
	to, _, err := tx.SignUps(ctx, "address", key, now.Add(-limits.Address.Within))
	if err != nil {
		return 0, err
	}
	kind := "address"
	if to >= limits.Address.Count {
		kind = "muted" // answered like the others, and nothing is sent
	}
	before := now.Add(-max(limits.Network.Within, limits.Address.Within))
	if err := errors.Join(tx.NoteSignUp(ctx, "network", network, now, before), tx.NoteSignUp(ctx, kind, key, now, before)); err != nil {
		return 0, err
	}
	suppression, err := tx.Suppression(ctx, channel, address)
	if err != nil {
		return 0, err
	}
	s, err := tx.FindSubscription(ctx, channel, address)
	if err != nil {
		return 0, err
	}
	there := true
	if w.Incident != "" { // what is not there is nothing to confirm
		if there, err = tx.HasIncident(ctx, w.Incident); err != nil {
			return 0, err
		}
	}
	if kind == "muted" || !there || suppression != nil && suppression.Hard {
		return 0, nil
	}
	if s == nil {
		s = &Subscription{Subscriber: Subscriber{Channel: channel, Address: address, Generation: 1}, Source: BySelf}
	}
	s.Handle = handle
	return 0, c.ask(ctx, tx, s, w, now)
}

// ask keeps a sign-up and queues the message that asks to confirm it.
func (c *Consent) ask(ctx context.Context, tx SubscriptionTx, s *Subscription, w Wishes, now time.Time) error {
	notice := w
	if s.State() == Active && s.Incident == "" && w.Incident != "" {
		// To hear of one alone would end what they hear of all, and then the
		// subscription: it stays as it is, and the message says so.
		w = s.Wishes()
	}
	if s.State() == Ended {
		// Links of before open nothing of what begins now.
		s.Ended, s.Reason, s.Confirmed, s.Source = time.Time{}, "", time.Time{}, BySelf
		s.Generation++
	}
	if s.State() == Waiting {
		s.Want(w)
	}
	s.Round++
	s.Asked, s.Wished, s.Tries = now, &w, 0
	if err := tx.KeepSubscription(ctx, s, now); err != nil {
		return err
	}
	life := 4 * time.Hour
	if s.Channel == "sms" {
		life = codeLife
	}
	return tx.QueueNotice(ctx, &Delivery{
		ID: fmt.Sprintf("consent-%s-%d", s.ID, s.Round), Channel: s.Channel, Audience: Public, Expires: now.Add(life),
		Subscriber: Subscriber{ID: s.ID}, Notice: c.consentNotice(s, notice),
	}, now)
}

// check reads wishes strictly.
func (c *Consent) check(w *Wishes) error {
	for i, id := range w.Components {
		if c.names[id].ID == "" || slices.Contains(w.Components[:i], id) {
			return &Rejection{"component", "Choose among the parts that are listed, each once."}
		}
	}
	switch {
	case w.Severity < 0 || w.Severity > incident.P4:
		return &Rejection{"severity", "Choose one of the answers that are listed."}
	case w.Language != "" && !slices.Contains(c.opts.Languages, w.Language):
		return &Rejection{"language", "Choose one of the languages that are listed."}
	case len(w.Incident) > maxIncidentID:
		return errNoIncident()
	}
	*w = w.alone()
	return nil
}

// maxIncidentID is longer than any id of an incident.
const maxIncidentID = 100

// alone leaves out of wishes to hear of one incident what chooses among many.
func (w Wishes) alone() Wishes {
	if w.Incident != "" {
		w.Components, w.Severity, w.Maintenance = nil, 0, false
	}
	return w
}

// errNoIncident is for wishes to hear of one that is not there.
func errNoIncident() error { return &Rejection{"incident", "There is no such incident."} }
