package waiting

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cosell-dev/partnercentral-go/internal/outcall"
)

// call calls the list function, which gets PollTimeout from the last of its turns
// on. One that does not return after its context has ended is abandoned; there
// is one of these in each lane at most.
func (r *round[T]) call(ctx context.Context, q Query[T]) (Page[T], error) {
	callCtx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	timeout := r.e.config.PollTimeout
	dog := newWatchdog(timeout, func() { cancel(context.DeadlineExceeded) })
	defer dog.timer.Stop()
	q.Queue = func() (turn func()) {
		r.e.locked(func() { r.ln.queued++ })
		let := dog.hold()
		return func() {
			let()
			r.e.locked(func() { r.ln.queued-- })
		}
	}
	q.Turn = func(ctx context.Context) error {
		defer q.Queue()()
		if err := r.ln.turns.gets.Wait(ctx); err != nil {
			return err
		}
		r.e.locked(func() { r.counted(1) })
		return nil
	}
	got, hung := outcall.Do(callCtx, func() (Page[T], error) { return r.ln.kind.List(callCtx, q) })
	if hung == nil {
		return got.Value, timedOut(callCtx, timeout, got.Err)
	}
	select {
	case got := <-hung:
		return got.Value, timedOut(callCtx, timeout, got.Err)
	case r.ln.hung <- struct{}{}:
		go func() { <-hung; <-r.ln.hung }()
		return Page[T]{}, fmt.Errorf("no answer within %s: %w", timeout, outcall.ErrHung)
	}
}

// timedOut says so of a poll that was cut short.
func timedOut(ctx context.Context, timeout time.Duration, err error) error {
	if err != nil && errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		// Not wrapped: no context of a caller has ended.
		return fmt.Errorf("no answer within %s: %v", timeout, err) //nolint:errorlint // as said
	}
	return err
}

// watchdog ends a poll that takes too long. The time that calls of the poll wait
// for their turns does not count, and each turn begins the time anew.
type watchdog struct {
	timeout time.Duration
	timer   *time.Timer

	mu   sync.Mutex
	held int // calls that wait for their turns
}

func newWatchdog(timeout time.Duration, end func()) *watchdog {
	return &watchdog{timeout: timeout, timer: time.AfterFunc(timeout, end)}
}

// hold stops the watch until let is called.
func (d *watchdog) hold() (let func()) {
	d.add(1)
	return func() { d.add(-1) }
}

func (d *watchdog) add(calls int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.held += calls
	if d.held > 0 {
		d.timer.Stop()
	} else {
		d.timer.Reset(d.timeout)
	}
}
