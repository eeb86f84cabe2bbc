package stack

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"
	"github.com/aws/smithy-go/tracing"
)

// Chains makes the calls of a client. It has one chain for each operation, made
// when the operation is first called. It is safe for concurrent use.
type Chains struct {
	cfg *Config
	// The fields of the SDK's middlewares that calls may share.
	known map[string]string
	// Operation to *chain.
	chains sync.Map
	// Whether the log says already that calls share nothing.
	warned atomic.Bool
}

// NewChains returns the chains of a client with the given configuration.
func NewChains(cfg *Config) *Chains { return &Chains{cfg: cfg, known: sharedTypes} }

// Call makes a call of an operation.
func (cs *Chains) Call(ctx context.Context, op Operation, in any) (any, middleware.Metadata, error) {
	v, ok := cs.chains.Load(op)
	if !ok {
		ch, err := cs.link(op)
		if err != nil {
			return nil, middleware.Metadata{}, err
		}
		v, _ = cs.chains.LoadOrStore(op, ch)
	}
	return v.(*chain).call(ctx, in)
}

// Call makes one call of an operation whose configuration is not a client's.
func Call(ctx context.Context, cfg *Config, op Operation, in any) (any, middleware.Metadata, error) {
	return newChain(cfg, op).call(ctx, in)
}

// chain is the way of an operation's calls from the input to the HTTP client.
type chain struct {
	cfg         *Config
	op          Operation
	parts       *parts
	fixed       context.Context
	spanName    string
	spanOptions []tracing.SpanOption

	// The end of the stack of one call.
	end *send
	// The middlewares that serve all calls. nil if each call assembles a stack of
	// its own.
	linked middleware.Handler
}

// newChain returns a chain that assembles a stack for each call.
func newChain(cfg *Config, op Operation) *chain {
	return &chain{
		cfg:      cfg,
		op:       op,
		parts:    newParts(cfg, op),
		fixed:    fixedValues(cfg, op),
		spanName: cfg.ServiceID + "." + op.Name(),
		spanOptions: []tracing.SpanOption{func(o *tracing.SpanOptions) {
			o.Kind = tracing.SpanKindClient
			o.Properties.Set("rpc.system", "aws-api")
			o.Properties.Set("rpc.method", op.Name())
			o.Properties.Set("rpc.service", cfg.ServiceID)
		}},
		end: newSend(cfg, false),
	}
}

// link returns the chain of an operation, linked if its calls can share their
// middlewares. Those that API options add may keep something of a call; this
// package's keep nothing, and of the SDK's it is known.
func (cs *Chains) link(op Operation) (*chain, error) {
	ch := newChain(cs.cfg, op)
	if len(cs.cfg.APIOptions) > 0 {
		return ch, nil
	}
	s, err := ch.parts.newStack(cs.cfg, op, false)
	if err != nil {
		return nil, err
	}
	l, err := unstack(s)
	if err != nil {
		return nil, err
	}
	if err := l.renderAgent(); err != nil {
		return nil, err
	}
	end := newSend(cs.cfg, !intercepted(&cs.cfg.Interceptors))
	if unknown := l.unknown(cs.known, end); unknown != "" {
		if cs.warned.CompareAndSwap(false, true) {
			cs.cfg.Logger.Logf(logging.Debug, "%s: middlewares are assembled for each call, since %s of the AWS SDK in this build is not known to keep nothing of a call", cs.cfg.ServiceID, unknown)
		}
		return ch, nil
	}
	ch.linked = l.link(end)
	return ch, nil
}

// handler returns the middlewares of a call, and behind them the HTTP client.
func (ch *chain) handler(c *call) (middleware.Handler, error) {
	if ch.linked != nil {
		return ch.linked, nil
	}
	s, err := ch.parts.bound(c).newStack(ch.cfg, ch.op, c.paginator)
	if err != nil {
		return nil, err
	}
	return middleware.DecorateHandler(ch.end.bound(c), s), nil
}

// call makes one call.
func (ch *chain) call(ctx context.Context, in any) (result any, metadata middleware.Metadata, err error) {
	c := &call{
		Context:   ctx,
		fixed:     ch.fixed,
		metrics:   ch.cfg.Metrics,
		paginator: isPaginator(ctx),
		skew:      ch.cfg.initialSkew(),
		follower:  followerOf(ctx),
	}
	handler, err := ch.handler(c)
	if err != nil {
		return nil, metadata, err
	}
	ctx = c
	tracer, _ := tracing.GetOperationTracer(ctx)
	ctx, span := tracer.StartSpan(ctx, ch.spanName, ch.spanOptions...)
	defer span.End()
	defer c.startTimer(ctx, callDuration)()

	result, metadata, err = handler.Handle(ctx, in)
	// Where a middleware stands in the place of the signing step.
	c.attemptEnded(err)
	if err != nil {
		describeError(span, err)
		return nil, metadata, err
	}
	span.SetProperty("error", false)
	span.SetStatus(tracing.SpanStatusOK)
	return result, metadata, nil
}

func describeError(span tracing.Span, err error) {
	span.SetProperty("exception.message", err.Error())
	token := ""
	if kept := (*discreetError)(nil); errors.As(err, &kept) {
		token, err = kept.token, kept.error
	}
	span.SetProperty("exception.type", fmt.Sprintf("%T", err))
	if apiErr := smithy.APIError(nil); errors.As(err, &apiErr) {
		span.SetProperty("api.error_code", apiErr.ErrorCode())
		span.SetProperty("api.error_message", WithoutToken(apiErr.ErrorMessage(), token))
		span.SetProperty("api.error_fault", apiErr.ErrorFault().String())
	}
	span.SetProperty("error", true)
	span.SetStatus(tracing.SpanStatusError)
}
