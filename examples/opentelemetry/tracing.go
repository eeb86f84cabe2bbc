package main

import (
	"context"
	"fmt"

	"github.com/aws/smithy-go/tracing"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// tracerProvider hands the spans of AWS clients to OpenTelemetry.
type tracerProvider struct{ otel trace.TracerProvider }

func (p tracerProvider) Tracer(scope string, _ ...tracing.TracerOption) tracing.Tracer {
	return tracer{p.otel.Tracer(scope)}
}

type tracer struct{ otel trace.Tracer }

var spanKinds = map[tracing.SpanKind]trace.SpanKind{
	tracing.SpanKindInternal: trace.SpanKindInternal,
	tracing.SpanKindClient:   trace.SpanKindClient,
	tracing.SpanKindServer:   trace.SpanKindServer,
	tracing.SpanKindProducer: trace.SpanKindProducer,
	tracing.SpanKindConsumer: trace.SpanKindConsumer,
}

// StartSpan starts a child of the span that the context carries, whoever
// started it: spans of the program and of the client form one trace.
func (t tracer) StartSpan(ctx context.Context, name string, fns ...tracing.SpanOption) (context.Context, tracing.Span) {
	var o tracing.SpanOptions
	for _, fn := range fns {
		fn(&o)
	}
	ctx, s := t.otel.Start(ctx, name, trace.WithSpanKind(spanKinds[o.Kind]), trace.WithAttributes(attributes(o.Properties.Values())...))
	started := span{name, s}
	return tracing.WithSpan(ctx, started), started
}

type span struct {
	name string
	otel trace.Span
}

func (s span) Name() string { return s.name }

func (s span) Context() tracing.SpanContext {
	c := s.otel.SpanContext()
	return tracing.SpanContext{TraceID: c.TraceID().String(), SpanID: c.SpanID().String(), IsRemote: c.IsRemote()}
}

func (s span) AddEvent(name string, fns ...tracing.EventOption) {
	var o tracing.EventOptions
	for _, fn := range fns {
		fn(&o)
	}
	s.otel.AddEvent(name, trace.WithAttributes(attributes(o.Properties.Values())...))
}

func (s span) SetStatus(status tracing.SpanStatus) {
	switch status {
	case tracing.SpanStatusOK:
		s.otel.SetStatus(codes.Ok, "")
	case tracing.SpanStatusError:
		s.otel.SetStatus(codes.Error, "")
	case tracing.SpanStatusUnset:
		s.otel.SetStatus(codes.Unset, "")
	}
}

func (s span) SetProperty(key, value any) {
	s.otel.SetAttributes(attributes(map[any]any{key: value})...)
}

func (s span) End() { s.otel.End() }

// attributes leaves out what has no name; the clients of AWS name everything
// with a string.
func attributes(properties map[any]any) []attribute.KeyValue {
	var kvs []attribute.KeyValue
	for key, value := range properties {
		name, ok := key.(string)
		if !ok {
			continue
		}
		switch v := value.(type) {
		case bool:
			kvs = append(kvs, attribute.Bool(name, v))
		case int:
			kvs = append(kvs, attribute.Int(name, v))
		case int64:
			kvs = append(kvs, attribute.Int64(name, v))
		case float64:
			kvs = append(kvs, attribute.Float64(name, v))
		case string:
			kvs = append(kvs, attribute.String(name, v))
		default:
			kvs = append(kvs, attribute.String(name, fmt.Sprint(v)))
		}
	}
	return kvs
}
