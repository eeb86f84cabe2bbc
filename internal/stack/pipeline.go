package stack

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	"github.com/aws/smithy-go/tracing"
)

// Pipeline is an assembled stack with what a call needs around it.
type Pipeline struct {
	cfg         *Config
	fixed       context.Context
	spanName    string
	spanOptions []tracing.SpanOption
	metrics     *Metrics

	// The handler that the stack ends at, with a stack of one call.
	end middleware.Handler
	// The assembled stack.
	handler middleware.Handler
}

// newPipeline returns a pipeline without stack.
func newPipeline(cfg *Config, op Operation) *Pipeline {
	return &Pipeline{
		cfg:      cfg,
		fixed:    fixedValues(cfg, op),
		spanName: cfg.ServiceID + "." + op.Name(),
		spanOptions: []tracing.SpanOption{func(o *tracing.SpanOptions) {
			o.Kind = tracing.SpanKindClient
			o.Properties.Set("rpc.system", "aws-api")
			o.Properties.Set("rpc.method", op.Name())
			o.Properties.Set("rpc.service", cfg.ServiceID)
		}},
		metrics: cfg.Metrics,
		end:     newSend(cfg, false),
	}
}

// Assemble returns a pipeline with a stack of its own, for one call.
func Assemble(cfg *Config, op Operation, paginator bool) (*Pipeline, error) {
	return newParts(cfg, op).assemble(newPipeline(cfg, op), op, paginator)
}

func (p *parts) assemble(pl *Pipeline, op Operation, paginator bool) (*Pipeline, error) {
	s, err := p.newStack(pl.cfg, op, paginator)
	if err != nil {
		return nil, err
	}
	one := *pl
	one.handler = middleware.DecorateHandler(pl.end, s)
	return &one, nil
}

// Call makes one call.
func (p *Pipeline) Call(ctx context.Context, in any, paginator bool) (result any, metadata middleware.Metadata, err error) {
	c := &call{
		Context:   ctx,
		fixed:     p.fixed,
		metrics:   p.metrics,
		paginator: paginator,
		skew:      p.cfg.initialSkew(),
		onAttempt: attemptsOf(ctx),
	}
	// Where a middleware stands in the place of the signing step.
	defer func() { c.attemptEnded(err) }()
	ctx = c
	tracer, _ := tracing.GetOperationTracer(ctx)
	ctx, span := tracer.StartSpan(ctx, p.spanName, p.spanOptions...)
	defer span.End()
	defer c.startTimer(ctx, callDuration)()

	result, metadata, err = p.handler.Handle(ctx, in)
	if err != nil {
		describeError(span, err)
		return nil, metadata, err
	}
	span.SetProperty("error", false)
	span.SetStatus(tracing.SpanStatusOK)
	return result, metadata, nil
}

func describeError(span tracing.Span, err error) {
	span.SetProperty("exception.type", fmt.Sprintf("%T", err))
	span.SetProperty("exception.message", err.Error())
	if apiErr := smithy.APIError(nil); errors.As(err, &apiErr) {
		span.SetProperty("api.error_code", apiErr.ErrorCode())
		span.SetProperty("api.error_message", apiErr.ErrorMessage())
		span.SetProperty("api.error_fault", apiErr.ErrorFault().String())
	}
	span.SetProperty("error", true)
	span.SetStatus(tracing.SpanStatusError)
}
