package stack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/metrics"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// send is the end of the stack: it hands the request to the HTTP client. It does
// what smithyhttp.ClientHandler does, with another body; see attach.
type send struct {
	owner
	client smithyhttp.ClientDo

	// For clients that are measured; nil otherwise.
	measured middleware.Handler

	// Whether the headers of the attempt can go to the HTTP client as they are.
	// A middleware of the caller's may change them while the transport still
	// writes them.
	shareHeader bool
}

func newSend(cfg *Config, shareHeader bool) *send {
	s := &send{client: cfg.HTTPClient, shareHeader: shareHeader}
	meter := cfg.MeterProvider.Meter(cfg.Scope)
	if _, ok := meter.(metrics.NopMeter); !ok && meter != nil {
		s.measured = smithyhttp.NewClientHandlerWithOptions(attaching{client: cfg.HTTPClient}, func(h *smithyhttp.ClientHandler) { h.Meter = meter })
	}
	return s
}

// bound returns the end of one call's stack.
func (s *send) bound(c *call) *send {
	of := *s
	of.own = c
	return &of
}

// attaching replaces the body of a built request. The handler that builds it
// has the measurements, which only it can make.
type attaching struct{ client smithyhttp.ClientDo }

type streamKey struct{}

func (a attaching) Do(hr *http.Request) (*http.Response, error) {
	c, _ := hr.Context().Value(callKey{}).(*call)
	c.handOver()
	if req, ok := hr.Context().Value(streamKey{}).(*smithyhttp.Request); ok {
		attach(c, hr, req.GetStream())
	}
	return doStraight(a.client, hr)
}

func (s *send) Handle(ctx context.Context, in any) (out any, metadata middleware.Metadata, err error) {
	ctx, req, c, err := s.requestAndCall(ctx, in)
	if err != nil {
		return nil, metadata, err
	}
	ctx = c.watchConnection(ctx)
	if s.measured != nil {
		return s.measured.Handle(context.WithValue(ctx, streamKey{}, req), in)
	}
	ctx, span, traced := startSpan(ctx, "DoHTTPRequest")
	defer span.End()

	hr := s.build(ctx, c, req)
	if err := smithyhttp.ValidateEndpointHost(hr.Host); err != nil {
		return nil, metadata, err
	}
	if traced {
		span.SetProperty("http.method", req.Method)
		span.SetProperty("http.request_content_length", -1)
	}
	length, ok, err := req.StreamLength()
	if err != nil {
		return nil, metadata, err
	}
	if ok && traced {
		span.SetProperty("http.request_content_length", length)
	}

	resp, err := do(ctx, c, s.client, hr)
	if traced {
		span.SetProperty("net.protocol.version", fmt.Sprintf("%d.%d", resp.ProtoMajor, resp.ProtoMinor))
		span.SetProperty("http.status_code", resp.StatusCode)
		span.SetProperty("http.response_content_length", resp.ContentLength)
	}
	return c.newResponse(resp), metadata, err
}

// do sends a request. There is always a response, for whoever looks at it.
func do(ctx context.Context, c *call, client smithyhttp.ClientDo, hr *http.Request) (*http.Response, error) {
	c.handOver()
	resp, err := doStraight(client, hr)
	if resp == nil {
		resp = &http.Response{Header: http.Header{}, Body: http.NoBody}
	}
	if err != nil {
		err = &smithyhttp.RequestSendError{Err: err}
		if ctx.Err() != nil {
			err = &smithy.CanceledError{Err: ctx.Err()}
		}
	}
	if hr.Body != nil {
		_ = hr.Body.Close()
	}
	return resp, err
}

// doStraight sends a request and takes no answer from elsewhere.
func doStraight(client smithyhttp.ClientDo, hr *http.Request) (*http.Response, error) {
	resp, err := client.Do(hr)
	switch {
	case err == nil && redirected(hr, resp):
		if resp.Body != nil {
			_ = resp.Body.Close()
		}
		return firstAnswer(resp), &redirectError{errors.New("the HTTP client followed a redirect: the answer is not from the endpoint that the request was signed for; use a client that follows none")}
	case err != nil && strings.Contains(err.Error(), "failed to parse Location header"):
		// net/http reads where a redirect leads before it asks whether to go there,
		// and has no other mark for this.
		return nil, &redirectError{err}
	}
	return resp, err
}

// firstAnswer returns the status of the redirect that the request was answered
// with, if it is known.
func firstAnswer(resp *http.Response) *http.Response {
	first := &http.Response{Header: http.Header{}, Body: http.NoBody}
	for r := resp.Request; r != nil && r.Response != nil; r = r.Response.Request {
		first.StatusCode = r.Response.StatusCode
	}
	return first
}

// redirectError is what comes of a redirect whose own answer was not to be had.
type redirectError struct{ err error }

func (e *redirectError) Error() string { return e.err.Error() }
func (e *redirectError) Unwrap() error { return e.err }

// RetryableError says that the next attempt would be redirected alike.
func (*redirectError) RetryableError() bool { return false }

// redirected reports whether an answer is to another request than was sent. A
// client that does not tell is believed.
func redirected(hr *http.Request, resp *http.Response) bool {
	if resp == nil || resp.Request == nil || resp.Request == hr {
		return false
	}
	from := resp.Request
	if from.Response != nil || from.Method != hr.Method {
		// Possibly back to where it came from, as a GET.
		return true
	}
	return from.URL != nil && from.URL != hr.URL && from.URL.String() != hr.URL.String()
}

func (s *send) build(ctx context.Context, c *call, req *smithyhttp.Request) *http.Request {
	if s.shareHeader {
		hr := req.Request.WithContext(ctx)
		if attach(c, hr, req.GetStream()) {
			return hr
		}
	}
	hr := req.Build(ctx)
	attach(c, hr, req.GetStream())
	return hr
}
