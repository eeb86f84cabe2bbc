package stack

import (
	"context"
	"errors"

	"github.com/aws/smithy-go/middleware"
)

type attemptsKey struct{}

// WithAttempts returns a context whose next call tells fn of its attempts: each
// one that was signed and handed to the HTTP client, when it has ended, with its
// error, nil for an answer that was understood. Other attempts cannot have
// reached the service. The attempts come one after another, in the goroutine of
// the call. A call inside that call, such as one for credentials, is not told of.
func WithAttempts(ctx context.Context, fn func(err error)) context.Context {
	if ctx == nil {
		// The call says what is wrong with it.
		return nil
	}
	return middleware.WithStackValue(ctx, attemptsKey{}, fn)
}

func attemptsOf(ctx context.Context) func(error) {
	fn, _ := middleware.GetStackValue(ctx, attemptsKey{}).(func(error))
	return fn
}

// errUnseen is the error of an attempt that has ended behind the back of this
// package, since a middleware stands in the place of the signing step.
var errUnseen = errors.New("how the attempt has ended was not seen")

// handOver notes that the HTTP client gets an attempt now.
func (c *call) handOver() {
	if c == nil {
		return
	}
	c.attemptEnded(errUnseen)
	c.handed = true
}

// attemptEnded tells who wants to know that an attempt has ended, if it was
// handed to the HTTP client.
func (c *call) attemptEnded(err error) {
	if !c.handed {
		return
	}
	c.handed = false
	if c.onAttempt != nil {
		c.onAttempt(err)
	}
}
