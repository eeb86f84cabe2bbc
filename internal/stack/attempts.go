package stack

import (
	"context"
	"errors"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/aws/smithy-go/middleware"
)

type followerKey struct{}

// Follower follows the attempts of a call. They come one after another, in the
// goroutine of the call. Those of a call inside that call, such as one for
// credentials, are not told of.
type Follower interface {
	// Begin is called when an attempt has its turn and nothing was done for it
	// yet. Its error ends the attempt.
	Begin(context.Context) error
	// End is called for each attempt that was signed and handed to the HTTP
	// client, when it has ended. Other attempts cannot have reached the service.
	End(Attempt)
	// HandOver is called when the HTTP client gets an attempt. No End follows if it
	// panics.
	HandOver()
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

// WithFollower returns a context whose next call is followed.
func WithFollower(ctx context.Context, f Follower) context.Context {
	if ctx == nil {
		// The call says what is wrong with it.
		return nil
	}
	return middleware.WithStackValue(ctx, followerKey{}, f)
}

func followerOf(ctx context.Context) Follower {
	f, _ := middleware.GetStackValue(ctx, followerKey{}).(Follower)
	return f
}

// errUnseen is the error of an attempt that has ended behind the back of this
// package, since a middleware stands in the place of the signing step.
var errUnseen = errors.New("how the attempt has ended was not seen")

// begin asks who follows the attempts whether there is to be one.
func (c *call) begin(ctx context.Context) error {
	if c.follower == nil {
		return nil
	}
	return c.follower.Begin(ctx)
}

// handOver notes that the HTTP client gets an attempt now.
func (c *call) handOver() {
	if c == nil || c.follower == nil {
		return
	}
	c.attemptEnded(errUnseen)
	c.handed = time.Now()
	c.follower.HandOver()
}

// attemptEnded tells who follows the attempts that one has ended, if it was
// handed to the HTTP client.
func (c *call) attemptEnded(err error) {
	if c.handed.IsZero() {
		return
	}
	took := time.Since(c.handed)
	c.handed = time.Time{}
	c.follower.End(Attempt{Err: err, Unsent: err != nil && c.connection.missing(), Took: took, Ahead: c.skew})
}

// connection is what the HTTP client tells of the connection for an attempt.
type connection struct {
	asked, got atomic.Bool
	trace      httptrace.ClientTrace
}

// missing reports whether one was asked for and not got.
func (c *connection) missing() bool { return c != nil && c.asked.Load() && !c.got.Load() }

// watchConnection returns a context for an attempt with which the HTTP client
// tells of its connection. Calls that nobody follows do without.
func (c *call) watchConnection(ctx context.Context) context.Context {
	if c == nil || c.follower == nil {
		return ctx
	}
	conn := new(connection)
	c.connection = conn
	conn.trace.GetConn = func(string) { conn.asked.Store(true) }
	conn.trace.GotConn = func(httptrace.GotConnInfo) { conn.got.Store(true) }
	return httptrace.WithClientTrace(ctx, &conn.trace)
}
