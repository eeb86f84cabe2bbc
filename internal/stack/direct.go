package stack

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/metrics"
	"github.com/aws/smithy-go/middleware"
	"github.com/aws/smithy-go/tracing"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// direct is the stack of a client to which nobody has added anything: no
// middleware, interceptor, tracer or meter, and no log of requests. It takes the
// steps of the chain in the same order. Those of this package call one another
// without links, and what they do for the sake of others is left out: spans that
// nobody sees, copies of a request that nobody else holds, and values of the
// context that only a middleware can have set. The middlewares of the AWS SDK
// that have something to do are the same.
type direct struct {
	parts *parts
	op    Operation
	blank *smithyhttp.Request
	next  middleware.BuildHandler
}

// alone tells whether a client's stacks can be direct.
func alone(cfg *Config) bool {
	const wire = aws.LogRequest | aws.LogRequestWithBody | aws.LogResponse | aws.LogResponseWithBody
	_, unmeasured := cfg.MeterProvider.Meter(cfg.Scope).(metrics.NopMeter)
	return len(cfg.APIOptions) == 0 && !intercepted(&cfg.Interceptors) && cfg.LogMode&wire == 0 && unmeasured &&
		cfg.Metrics == nil && cfg.TracerProvider.Tracer(cfg.Scope) == tracing.NopTracerProvider{}.Tracer("")
}

// newDirect makes a direct stack of the middlewares of an assembled one.
func newDirect(cfg *Config, op Operation, p *parts, l list) *direct {
	last := &directAttempt{cfg: cfg, parts: p}
	var build []middleware.BuildMiddleware
	for _, m := range l.build {
		switch m := m.(type) {
		case *clientRequestID:
		case *agent:
			last.agent = m
		default:
			build = append(build, m)
		}
	}
	finalize := []middleware.FinalizeMiddleware{newAttempt(cfg, withHeader)}
	if p.pace != nil {
		finalize = append(finalize, p.pace)
	}
	var answer []middleware.DeserializeMiddleware
	for _, m := range l.deserialize {
		switch m.(type) {
		case *smithyhttp.RequestResponseLogger:
		case *deserialize:
			answer = append(answer, &directDeserialize{p.deserialize})
		default:
			answer = append(answer, m)
		}
	}
	last.next = linkDeserialize(answer, directSend{cfg.HTTPClient})
	return &direct{parts: p, op: op, blank: blankRequest(), next: linkBuild(build, linkFinalize(finalize, last))}
}

func (d *direct) Handle(ctx context.Context, in any) (result any, metadata middleware.Metadata, err error) {
	c, err := callOf(ctx)
	if err != nil {
		return nil, metadata, err
	}
	if in, err = d.parts.fillToken.fill(in); err != nil {
		return nil, metadata, err
	}
	if err = d.op.Validate(in); err != nil {
		return nil, metadata, err
	}
	req, err := d.parts.serialize.serialize(c, middleware.SerializeInput{Parameters: in, Request: d.blank})
	if err != nil {
		return nil, metadata, err
	}
	c.invocationID = newInvocationID()
	out, metadata, err := d.next.HandleBuild(ctx, middleware.BuildInput{Request: req})
	if err == nil {
		metadata = d.op.Remember(in, metadata)
	}
	return out.Result, metadata, err
}

// directAttempt is what happens in the retry loop.
type directAttempt struct {
	cfg   *Config
	parts *parts
	agent *agent
	next  middleware.DeserializeHandler
}

func (m *directAttempt) HandleFinalize(ctx context.Context, in middleware.FinalizeInput) (
	out middleware.FinalizeOutput, metadata middleware.Metadata, err error,
) {
	from, c, err := requestAndCall(ctx, in.Request)
	if err != nil {
		return out, metadata, err
	}
	if err := m.parts.resolveAuthScheme.resolve(c); err != nil {
		return out, metadata, err
	}
	if err := m.parts.getIdentity.retrieve(ctx, c); err != nil {
		return out, metadata, err
	}
	endpt, err := m.cfg.ResolveEndpoint(ctx)
	if err != nil {
		return out, metadata, endpointError(err)
	}
	if ctx, err = m.parts.computePayloadHash.apply(ctx, c, from); err != nil {
		return out, metadata, err
	}
	req := m.request(ctx, c, from)
	c.address(req, &endpt)
	if m.cfg.DisableHTTPS {
		req.URL.Scheme = "http"
	}
	if err := m.parts.sign.sign(ctx, c, req); err != nil {
		return out, metadata, err
	}
	answer, metadata, err := m.next.HandleDeserialize(ctx, middleware.DeserializeInput{Request: req})
	c.learn(metadata)
	c.attemptEnded(err)
	return middleware.FinalizeOutput{Result: answer.Result}, metadata, err
}

// withHeader is what the retry loop does in place of a copy: the attempt before
// has taken the headers away.
func withHeader(request any) any {
	if r, ok := request.(*smithyhttp.Request); ok && r.Header == nil {
		r.Header = make(http.Header, headerRoom)
	}
	return request
}

// request makes the request of an attempt. The headers so far, which are those
// of the retry loop and of a Lambda function, move into it: the transport may
// write them for longer than the attempt lasts, and the next attempt has others.
func (m *directAttempt) request(ctx context.Context, c *call, from *smithyhttp.Request) *smithyhttp.Request {
	req := c.newRequest()
	*req = *from
	req.Request = from.WithContext(ctx)
	from.Header = nil
	if id, ok := req.Header[traceIDHeader]; ok {
		from.Header = http.Header{traceIDHeader: {id[0]}}
	}
	m.parts.serialize.label(c, req.Header)
	c.set(req.Header, invocationIDHeader, c.invocationID)
	c.set(req.Header, "User-Agent", m.agent.text(c))
	return req
}

// traceIDHeader is what the SDK's RecursionDetection sets.
const traceIDHeader = "X-Amzn-Trace-Id"

// directDeserialize is deserialize without a span.
type directDeserialize struct{ deserialize }

func (m *directDeserialize) HandleDeserialize(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
	out middleware.DeserializeOutput, metadata middleware.Metadata, err error,
) {
	out, metadata, err = next.HandleDeserialize(ctx, in)
	resp, ok := out.RawResponse.(*smithyhttp.Response)
	if err != nil {
		if ok {
			discard(resp)
		}
		return out, metadata, err
	}
	out.Result, err = m.receive(ctx, resp)
	return out, metadata, err
}

// directSend is send for a request that has its context already.
type directSend struct{ client smithyhttp.ClientDo }

func (s directSend) Handle(ctx context.Context, in any) (out any, metadata middleware.Metadata, err error) {
	req, c, err := requestAndCall(ctx, in)
	if err != nil {
		return nil, metadata, err
	}
	if err := smithyhttp.ValidateEndpointHost(req.Host); err != nil {
		return nil, metadata, err
	}
	hr := req.Request
	if !attach(c, hr, req.GetStream()) {
		hr = req.Build(ctx)
	}
	resp, err := do(ctx, c, s.client, hr)
	return c.newResponse(resp), metadata, err
}
