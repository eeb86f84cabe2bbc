package tests

import (
	"context"
	"maps"
	"sync"
	"testing"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/metrics"
	"github.com/aws/smithy-go/tracing"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
)

// recorder is a tracer and a meter that keep what they are told.
type recorder struct {
	mu         sync.Mutex
	spans      []string
	ended      map[string]int
	properties map[string]map[any]any
	recorded   map[string]int
}

func newRecorder() *recorder {
	return &recorder{ended: map[string]int{}, properties: map[string]map[any]any{}, recorded: map[string]int{}}
}

func (r *recorder) Tracer(string, ...tracing.TracerOption) tracing.Tracer { return r }

func (r *recorder) StartSpan(ctx context.Context, name string, fns ...tracing.SpanOption) (context.Context, tracing.Span) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var o tracing.SpanOptions
	for _, fn := range fns {
		fn(&o)
	}
	r.spans = append(r.spans, name)
	r.properties[name] = map[any]any{}
	maps.Copy(r.properties[name], o.Properties.Values())
	span := &recordedSpan{r, name, sync.Once{}}
	return tracing.WithSpan(ctx, span), span
}

type recordedSpan struct {
	r    *recorder
	name string
	once sync.Once
}

func (s *recordedSpan) Name() string { return s.name }
func (s *recordedSpan) Context() tracing.SpanContext {
	return tracing.SpanContext{TraceID: "t", SpanID: s.name}
}
func (s *recordedSpan) AddEvent(string, ...tracing.EventOption) {}
func (s *recordedSpan) SetStatus(tracing.SpanStatus)            {}
func (s *recordedSpan) SetProperty(k, v any) {
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	s.r.properties[s.name][k] = v
}
func (s *recordedSpan) End() {
	s.once.Do(func() {
		s.r.mu.Lock()
		defer s.r.mu.Unlock()
		s.r.ended[s.name]++
	})
}

// meterProvider counts what its histograms are told; all else is dropped.
type meterProvider struct {
	r *recorder
}

func (m meterProvider) Meter(string, ...metrics.MeterOption) metrics.Meter {
	return meter{metrics.NopMeterProvider{}.Meter(""), m.r}
}

type meter struct {
	metrics.Meter
	r *recorder
}

func (m meter) Float64Histogram(name string, _ ...metrics.InstrumentOption) (metrics.Float64Histogram, error) {
	return histogram{m.r, name}, nil
}

type histogram struct {
	r    *recorder
	name string
}

func (h histogram) Record(_ context.Context, value float64, fns ...metrics.RecordMetricOption) {
	var o metrics.RecordMetricOptions
	for _, fn := range fns {
		fn(&o)
	}
	h.r.mu.Lock()
	defer h.r.mu.Unlock()
	if value >= 0 && o.Properties.Get("rpc.method") == "StartEngagementFromOpportunityTask" {
		h.r.recorded[h.name]++
	}
}

func TestSpansAndMetrics(t *testing.T) {
	r := newRecorder()
	traced := func(o *pc.Options) { o.TracerProvider, o.MeterProvider = r, meterProvider{r} }
	require.NoError(t, call(answers(answer(500, ""), answer(200, startedBody)), noBackoff, traced))
	require.Equal(t, []string{
		"PartnerCentral Selling.StartEngagementFromOpportunityTask", "OperationSerializer", "RetryLoop",
		"Attempt", "ResolveAuthScheme", "GetIdentity", "ResolveEndpoint", "ComputePayloadSHA256", "SignRequest", "DoHTTPRequest", "OperationDeserializer",
		"Attempt", "ResolveAuthScheme", "GetIdentity", "ResolveEndpoint", "ComputePayloadSHA256", "SignRequest", "DoHTTPRequest", "OperationDeserializer",
	}, r.spans)
	for _, name := range r.spans {
		require.NotZero(t, r.ended[name], name)
	}
	operation := r.properties[r.spans[0]]
	require.Equal(t, "aws-api", operation["rpc.system"])
	require.Equal(t, "StartEngagementFromOpportunityTask", operation["rpc.method"])
	require.Equal(t, false, operation["error"])
	require.Equal(t, "https://partnercentral-selling.us-east-1.api.aws", r.properties["ResolveEndpoint"]["client.call.resolved_endpoint"])
	for name, n := range map[string]int{
		"client.call.duration": 1, "client.call.serialization_duration": 1, "client.call.attempt_duration": 2,
		"client.call.auth.resolve_identity_duration": 2, "client.call.resolve_endpoint_duration": 2,
		"client.call.auth.signing_duration": 2, "client.call.deserialization_duration": 2,
	} {
		require.Equal(t, n, r.recorded[name], name)
	}

	// A meter set for one call gets all of them, too.
	all := r.recorded
	once := newRecorder()
	_, err := newClient(answers(answer(500, ""), answer(200, startedBody)), noBackoff).StartEngagementFromOpportunityTask(
		t.Context(), submission(1), func(o *pc.Options) { o.MeterProvider = meterProvider{once} })
	require.NoError(t, err)
	require.Equal(t, all, once.recorded)

	require.Error(t, call(answers(answer(400, `{"__type":"ConflictException","Message":"m"}`)), traced))
	operation = r.properties[r.spans[0]]
	require.Equal(t, true, operation["error"])
	require.Equal(t, "ConflictException", operation["api.error_code"])
	require.Equal(t, smithy.FaultClient.String(), operation["api.error_fault"])
}
