package waiting

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// hungAfter is how long after its timeout a poll may take to return.
const hungAfter = time.Second

var (
	errExited = errors.New("the client ended its goroutine")
	errHung   = errors.New("the client did not return after its context had ended")
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
	type returned struct {
		page Page[T]
		err  error
	}
	done := make(chan returned, 1)
	go func() {
		got := returned{err: errExited}
		defer func() {
			if p := recover(); p != nil {
				got = returned{err: fmt.Errorf("the client panicked: %v", p)}
			}
			done <- got
		}()
		page, err := r.ln.kind.List(callCtx, q)
		got = returned{page, err}
	}()
	select {
	case got := <-done:
		return got.page, timedOut(callCtx, timeout, got.err)
	case <-callCtx.Done():
	}
	late := time.NewTimer(hungAfter)
	defer late.Stop()
	select {
	case got := <-done:
		return got.page, timedOut(callCtx, timeout, got.err)
	case <-late.C:
	}
	select {
	case got := <-done:
		return got.page, timedOut(callCtx, timeout, got.err)
	case r.ln.hung <- struct{}{}:
		go func() { <-done; <-r.ln.hung }()
		return Page[T]{}, fmt.Errorf("no answer within %s: %w", timeout, errHung)
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
