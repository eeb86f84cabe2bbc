package stack

import (
	"context"

	"github.com/aws/smithy-go/tracing"
)

// startSpan starts a span with the tracer of the context. It reports whether
// anybody listens, since what is said of a span costs more than the span.
func startSpan(ctx context.Context, name string) (context.Context, tracing.Span, bool) {
	tracer, _ := tracing.GetOperationTracer(ctx)
	ctx, span := tracer.StartSpan(ctx, name)
	return ctx, span, tracer != tracing.NopTracerProvider{}.Tracer("")
}
