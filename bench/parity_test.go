package main

import (
	"context"
	"reflect"
	"slices"
	"sort"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go/metrics"
	"github.com/aws/smithy-go/middleware"
	"github.com/aws/smithy-go/tracing"

	"github.com/cosell-dev/partnercentral-go"
)

// telemetry keeps the names of spans and instruments that were used.
type telemetry struct {
	tracing.NopTracerProvider
	metrics.NopMeter
	mu          sync.Mutex
	spans       []string
	instruments map[string]bool
}

func (r *telemetry) Tracer(string, ...tracing.TracerOption) tracing.Tracer { return r }
func (r *telemetry) Meter(string, ...metrics.MeterOption) metrics.Meter    { return r }

func (r *telemetry) StartSpan(ctx context.Context, name string, opts ...tracing.SpanOption) (context.Context, tracing.Span) {
	r.mu.Lock()
	r.spans = append(r.spans, name)
	r.mu.Unlock()
	return tracing.NopTracerProvider{}.Tracer("").StartSpan(ctx, name, opts...)
}

func (r *telemetry) Float64Histogram(name string, opts ...metrics.InstrumentOption) (metrics.Float64Histogram, error) {
	r.mu.Lock()
	r.instruments[name] = true
	r.mu.Unlock()
	return r.NopMeter.Float64Histogram(name, opts...)
}

func (r *telemetry) names() []string {
	var names []string
	for name := range r.instruments {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// steps are the ids of a stack, one list a step.
type steps struct{ initialize, serialize, build, finalize, deserialize []string }

func (s *steps) option() func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		*s = steps{stack.Initialize.List(), stack.Serialize.List(), stack.Build.List(), stack.Finalize.List(), stack.Deserialize.List()}
		return nil
	}
}

// Spans, instruments and the steps that middlewares are inserted at are those of
// a generated client.
func TestHooksAreThoseOfTheOfficialClient(t *testing.T) {
	a, b := &telemetry{instruments: map[string]bool{}}, &telemetry{instruments: map[string]bool{}}
	var ours, theirs steps
	us := startTask(partnercentral.NewFromConfig(config(canned(endedAnswer), ""), func(o *partnercentral.Options) {
		o.TracerProvider, o.MeterProvider = a, a
		o.APIOptions = append(o.APIOptions, ours.option())
	}))
	them := moveTask(sqs.NewFromConfig(config(canned(moveAnswer), ""), func(o *sqs.Options) {
		o.TracerProvider, o.MeterProvider = b, b
		o.APIOptions = append(o.APIOptions, theirs.option())
	}))
	for _, call := range []caller{us, them} {
		if err := call(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	// The first span has the operation's name.
	if !slices.Equal(a.spans[1:], b.spans[1:]) {
		t.Errorf("spans %v, official %v", a.spans, b.spans)
	}
	if !slices.Equal(a.names(), b.names()) {
		t.Errorf("instruments %v, official %v", a.names(), b.names())
	}
	// Ours fills in a client token.
	ours.initialize = slices.DeleteFunc(ours.initialize, func(id string) bool { return id == "OperationIdempotencyTokenAutoFill" })
	for _, s := range []*steps{&ours, &theirs} {
		for _, list := range [][]string{s.initialize, s.serialize, s.build, s.finalize, s.deserialize} {
			sort.Strings(list)
		}
	}
	if !reflect.DeepEqual(ours, theirs) {
		t.Errorf("steps\n%v, official\n%v", ours, theirs)
	}
}
