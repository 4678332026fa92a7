package browser

import (
	"context"
	"errors"
	"sync"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Width and height of the window of a journey that wants none in particular.
const (
	usualWidth  = 1280
	usualHeight = 800
)

// room is what one run needs of Chromium: a browser context of its own with a
// proxy and a page. It serves one run and no other.
type room struct {
	tab   *tab
	proxy *proxy
	tidy  func() // what the run wants done once its page is gone; nil: nothing

	mu     sync.Mutex
	fault  *fault       // what went wrong before anybody cared
	refuse func(*fault) // nil: nobody cares yet
}

// openRoom makes a room. ctx bounds its making, not its life.
func openRoom(ctx context.Context, options *Options, process *process) (*room, error) {
	proxy, err := newProxy(options.Allow)
	if err != nil {
		return nil, err
	}
	proxy.idle.Store(true)
	r := &room{proxy: proxy}
	r.tab = &tab{proxy: proxy, refuse: r.tell, process: process, memory: options.MaxMemory, most: options.limits, tracer: newTracer()}
	if err := openTab(ctx, process, r.tab, usualWidth, usualHeight); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// tell ends the run that is in the room.
func (r *room) tell(f *fault) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fault == nil {
		r.fault = f
	}
	if r.refuse != nil {
		r.refuse(f)
	}
}

// enter gives the room to a run.
func (r *room) enter(origins map[string]bool, width, height int64, refuse func(*fault)) error {
	r.mu.Lock()
	r.refuse = refuse
	r.tab.origins = origins
	early := r.fault
	r.mu.Unlock()
	if early != nil {
		return early
	}
	r.proxy.idle.Store(false)
	if width == usualWidth && height == usualHeight {
		return nil
	}
	_, err := chromedp.Call(r.tab.ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1})
	return err
}

// usable tells whether the page of a room that waited is still there.
func (r *room) usable() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fault == nil && r.tab.ctx.Err() == nil
}

// close disposes of the browser context, with all that was in it.
func (r *room) close() {
	r.tab.close()
	r.proxy.close()
	if r.tidy != nil {
		r.tidy()
	}
}

// rooms of one Chromium: one is made ready while another is in use, and those
// that were left are cleared in the background.
type rooms struct {
	options *Options
	process *process

	mu     sync.Mutex
	spare  *room
	making bool
	stale  bool // what is being made is not to be used
	ended  bool
	busy   sync.WaitGroup // rooms being made or cleared
	stop   context.CancelFunc
	life   context.Context
}

func newRooms(options *Options, process *process) *rooms {
	life, stop := context.WithCancel(context.Background())
	return &rooms{options: options, process: process, life: life, stop: stop}
}

// take gives the spare room, or a new one where there is none.
func (r *rooms) take(ctx context.Context) (*room, error) {
	r.mu.Lock()
	spare := r.spare
	r.spare = nil
	r.mu.Unlock()
	if spare != nil && spare.usable() {
		return spare, nil
	}
	if spare != nil {
		r.leave(spare)
	}
	return openRoom(ctx, r.options, r.process)
}

// prepare makes a spare room in the background, unless there is one.
func (r *rooms) prepare() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended || r.making || r.spare != nil {
		return
	}
	r.making = true
	r.busy.Go(func() {
		ctx, cancel := context.WithTimeout(r.life, r.options.StartWithin)
		defer cancel()
		made, err := openRoom(ctx, r.options, r.process)
		r.mu.Lock()
		r.making = false
		unwanted := r.ended || r.stale
		r.stale = false
		if !unwanted {
			r.spare = made
		}
		r.mu.Unlock()
		switch {
		case err != nil && !errors.Is(err, context.Canceled):
			// The next run makes its own, and says what is wrong.
			r.options.Logger.Debug("prepare a browser page", "error", err)
		case unwanted && made != nil:
			made.close()
		}
	})
}

// renew throws the spare room away, and one that is being made: what crashed
// the page of a run may have crashed theirs, which they do not tell at once.
func (r *rooms) renew() {
	r.mu.Lock()
	spare := r.spare
	r.spare, r.stale = nil, r.making
	r.mu.Unlock()
	if spare != nil {
		r.leave(spare)
	}
}

// leave clears a room that nobody uses any more.
func (r *rooms) leave(left *room) {
	r.mu.Lock()
	ended := r.ended
	if !ended {
		r.busy.Go(left.close)
	}
	r.mu.Unlock()
	if ended {
		left.close()
	}
}

// close clears the spare room and waits until all are cleared.
func (r *rooms) close() {
	r.mu.Lock()
	r.ended = true
	spare := r.spare
	r.spare = nil
	r.mu.Unlock()
	r.stop()
	if spare != nil {
		spare.close()
	}
	r.busy.Wait()
}
