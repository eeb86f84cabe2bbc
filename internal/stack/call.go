package stack

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// call is the context of one call and the state that its middlewares share. The
// steps of a call run one after another, so it needs no lock.
type call struct {
	// The caller's context.
	context.Context

	// The values that are the same for all calls of an operation, made once.
	fixed context.Context

	metrics *Metrics

	credentials  aws.Credentials
	name, region string
	skew         time.Duration

	// The serialized body, the stream that the request got it as, and its hash
	// once it was needed.
	body    []byte
	stream  *bytes.Reader
	payload string

	// What is left of the room for header values.
	slots []string

	// Room for what every call needs once, so that it is one allocation. A second
	// attempt has its own: the flags tell what has served.
	request                   requestRoom
	attempt                   attemptRoom
	addressed, sent, answered bool

	paginator bool

	// Who follows the attempts, or nil; when the present one was handed to the HTTP
	// client, if its end was not told yet; and its connection.
	follower   Follower
	handed     time.Time
	connection *connection
}

// requestRoom is what a request is made of.
type requestRoom struct {
	stream bytes.Reader
	url    url.URL
	values [ownHeaders]string
}

// attemptRoom is what an attempt is made of.
type attemptRoom struct {
	url      url.URL
	body     bytes.Reader
	response smithyhttp.Response
}

// newURL returns room for a URL.
func (c *call) newURL() *url.URL {
	if c.addressed {
		return new(url.URL)
	}
	c.addressed = true
	return &c.attempt.url
}

// newBody returns a reader of body.
func (c *call) newBody(body []byte) *bytes.Reader {
	if c == nil || c.sent {
		return bytes.NewReader(body)
	}
	c.sent = true
	c.attempt.body.Reset(body)
	return &c.attempt.body
}

// newResponse wraps a response.
func (c *call) newResponse(resp *http.Response) *smithyhttp.Response {
	if c == nil || c.answered {
		return &smithyhttp.Response{Response: resp}
	}
	c.answered = true
	c.attempt.response.Response = resp
	return &c.attempt.response
}

type callKey struct{}

// Value finds the call itself, then what is fixed, then the caller's values. So
// the values of a call around this one are out of sight.
func (c *call) Value(key any) any {
	if key == (callKey{}) {
		return c
	}
	if v := c.fixed.Value(key); v != nil {
		return v
	}
	return c.Context.Value(key)
}

// String keeps the credentials out of what is printed of a context.
func (c *call) String() string { return "partnercentral.call" }

// GoString is String, for %#v.
func (c *call) GoString() string { return c.String() }

// owner is the part of a middleware that finds its call. Where the middleware
// serves one call only it knows the call, since a middleware of the caller's may
// replace the context by one that does not; otherwise the context knows it.
type owner struct{ own *call }

// callOf returns the call, and ctx as a context of the call.
func (o owner) callOf(ctx context.Context) (context.Context, *call, error) {
	c, _ := ctx.Value(callKey{}).(*call)
	switch {
	case o.own != nil && c != o.own:
		return &rejoined{ctx, o.own}, o.own, nil
	case c == nil:
		return nil, nil, errors.New("the values of the call are missing from the context")
	}
	return ctx, c, nil
}

// requestAndCall returns what most middlewares work on.
func (o owner) requestAndCall(ctx context.Context, v any) (context.Context, *smithyhttp.Request, *call, error) {
	req, err := requestOf(v)
	if err != nil {
		return nil, nil, nil, err
	}
	ctx, c, err := o.callOf(ctx)
	return ctx, req, c, err
}

// rejoined is a context that a middleware has put in the place of the call's,
// with the values of the call.
type rejoined struct {
	context.Context
	own *call
}

func (r *rejoined) Value(key any) any {
	if key == (callKey{}) {
		return r.own
	}
	if v := r.own.fixed.Value(key); v != nil {
		return v
	}
	return r.Context.Value(key)
}

// String keeps the credentials out of what is printed of a context.
func (r *rejoined) String() string { return r.own.String() }

// GoString is String, for %#v.
func (r *rejoined) GoString() string { return r.own.String() }

// set sets a header. The values of a request lie in one allocation; each has a
// capacity of one, so that none grows into its neighbour.
func (c *call) set(h http.Header, key, value string) {
	if len(c.slots) == 0 {
		h[key] = []string{value}
		return
	}
	slot := c.slots[:1:1]
	c.slots = c.slots[1:]
	slot[0] = value
	h[key] = slot
}

type paginatorKey struct{}

// WithPaginator marks the next call with this context as a paginator's. A call
// inside that call is not marked.
func WithPaginator(ctx context.Context) context.Context {
	if ctx == nil {
		// The call says what is wrong with it.
		return nil
	}
	return middleware.WithStackValue(ctx, paginatorKey{}, true)
}

// isPaginator reports whether a call is a paginator's.
func isPaginator(ctx context.Context) bool {
	v, _ := middleware.GetStackValue(ctx, paginatorKey{}).(bool)
	return v
}
