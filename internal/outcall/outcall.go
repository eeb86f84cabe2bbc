// Package outcall calls clients, which may be mocks of a caller's and do as they
// like: panic, end their goroutine, or never return.
package outcall

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// graceTime is how long after the end of its context a call may take to return.
const graceTime = time.Second

// ErrHung says so of a call that did not return in its time.
var ErrHung = errors.New("the client did not return after its context had ended")

var errExited = errors.New("the client ended its goroutine")

// Result is what came of a call.
type Result[R any] struct {
	Value R
	Err   error
}

// Do makes a call, which has the context. That it panics or ends its goroutine is
// its error. If it has not returned a second after the end of the context, hung
// is not nil, and brings the result if there ever is one.
func Do[R any](ctx context.Context, call func() (R, error)) (got Result[R], hung <-chan Result[R]) {
	done := make(chan Result[R], 1)
	go func() {
		got := Result[R]{Err: errExited}
		defer func() {
			if p := recover(); p != nil {
				got = Result[R]{Err: fmt.Errorf("the client panicked: %v", p)}
			}
			done <- got
		}()
		value, err := call()
		got = Result[R]{value, err}
	}()
	select {
	case got := <-done:
		return got, nil
	case <-ctx.Done():
	}
	late := time.NewTimer(graceTime)
	defer late.Stop()
	select {
	case got := <-done:
		return got, nil
	case <-late.C:
		return got, done
	}
}
