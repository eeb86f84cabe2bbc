package stack

import (
	"context"
	"errors"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/aws/smithy-go/middleware"
)

type attemptsKey struct{}

// Attempts is who follows the attempts of a call. They come one after another,
// in the goroutine of the call. Those of a call inside that call, such as one for
// credentials, are not told of.
type Attempts struct {
	// Begin is called when an attempt has its turn and nothing was done for it
	// yet. Its error ends the attempt.
	Begin func(context.Context) error
	// End is called for each attempt that was signed and handed to the HTTP
	// client, when it has ended. Other attempts cannot have reached the service.
	End func(Attempt)
}

// Attempt is one that was handed to the HTTP client.
type Attempt struct {
	// Err is nil for an answer that was understood.
	Err error
	// Unsent is set if the HTTP client has told that it never had a connection
	// to send the request on.
	Unsent bool
	// Took is the time from handing it over to the end.
	Took time.Duration
	// Ahead is by how much the service's clock was last seen to be ahead of ours.
	Ahead time.Duration
}

// WithAttempts returns a context whose next call is followed.
func WithAttempts(ctx context.Context, attempts *Attempts) context.Context {
	if ctx == nil {
		// The call says what is wrong with it.
		return nil
	}
	return middleware.WithStackValue(ctx, attemptsKey{}, attempts)
}

func attemptsOf(ctx context.Context) *Attempts {
	attempts, _ := middleware.GetStackValue(ctx, attemptsKey{}).(*Attempts)
	return attempts
}

// errUnseen is the error of an attempt that has ended behind the back of this
// package, since a middleware stands in the place of the signing step.
var errUnseen = errors.New("how the attempt has ended was not seen")

// begin asks who follows the attempts whether there is to be one.
func (c *call) begin(ctx context.Context) error {
	if c.attempts == nil || c.attempts.Begin == nil {
		return nil
	}
	return c.attempts.Begin(ctx)
}

// handOver notes that the HTTP client gets an attempt now.
func (c *call) handOver() {
	if c == nil || c.attempts == nil {
		return
	}
	c.attemptEnded(errUnseen)
	c.handed = time.Now()
}

// attemptEnded tells who follows the attempts that one has ended, if it was
// handed to the HTTP client.
func (c *call) attemptEnded(err error) {
	if c.handed.IsZero() {
		return
	}
	took := time.Since(c.handed)
	c.handed = time.Time{}
	if c.attempts.End != nil {
		c.attempts.End(Attempt{Err: err, Unsent: err != nil && c.connection.missing(), Took: took, Ahead: c.skew})
	}
}

// connection is what the HTTP client tells of the connection for an attempt.
type connection struct{ asked, got atomic.Bool }

// missing reports whether one was asked for and not got.
func (c *connection) missing() bool { return c != nil && c.asked.Load() && !c.got.Load() }

// watchConnection returns a context for an attempt with which the HTTP client
// tells of its connection. Calls that nobody follows do without.
func (c *call) watchConnection(ctx context.Context) context.Context {
	if c == nil || c.attempts == nil {
		return ctx
	}
	conn := new(connection)
	c.connection = conn
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { conn.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { conn.got.Store(true) },
	})
}
