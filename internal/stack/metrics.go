package stack

import (
	"context"
	"time"

	"github.com/aws/smithy-go/metrics"
	"github.com/aws/smithy-go/middleware"
)

// The names of a call's durations, as in every client that AWS generates.
const (
	callDuration        = "client.call.duration"
	serializeDuration   = "client.call.serialization_duration"
	identityDuration    = "client.call.auth.resolve_identity_duration"
	endpointDuration    = "client.call.resolve_endpoint_duration"
	signingDuration     = "client.call.auth.signing_duration"
	deserializeDuration = "client.call.deserialization_duration"
)

// Metrics are the instruments of a client; nil where no meter listens.
type Metrics struct {
	histograms map[string]metrics.Float64Histogram
}

// NewMetrics creates the instruments.
func NewMetrics(mp metrics.MeterProvider, scope string) (*Metrics, error) {
	switch mp.(type) {
	case nil, metrics.NopMeterProvider, *metrics.NopMeterProvider:
		return nil, nil
	}
	m := &Metrics{histograms: map[string]metrics.Float64Histogram{}}
	meter := mp.Meter(scope)
	for _, d := range [...]struct{ name, description string }{
		{callDuration, "Overall call duration (including retries and time to send or receive request and response body)"},
		{serializeDuration, "The time it takes to serialize a message body"},
		{identityDuration, "The time taken to acquire an identity (AWS credentials, bearer token, etc) from an Identity Provider"},
		{endpointDuration, "The time it takes to resolve an endpoint (endpoint resolver, not DNS) for the request"},
		{signingDuration, "The time it takes to sign a request"},
		{deserializeDuration, "The time it takes to deserialize a message body"},
	} {
		h, err := meter.Float64Histogram(d.name, func(o *metrics.InstrumentOptions) {
			o.UnitLabel = "s"
			o.Description = d.description
		})
		if err != nil {
			return nil, err
		}
		m.histograms[d.name] = h
	}
	return m, nil
}

// startTimer starts a timer and returns the function that records it.
func (c *call) startTimer(ctx context.Context, name string) func() {
	if c == nil || c.metrics == nil {
		return func() {}
	}
	start := time.Now()
	return func() {
		c.metrics.histograms[name].Record(ctx, time.Since(start).Seconds(), func(o *metrics.RecordMetricOptions) {
			o.Properties.Set("rpc.service", middleware.GetServiceID(ctx))
			o.Properties.Set("rpc.method", middleware.GetOperationName(ctx))
			if name == identityDuration || name == signingDuration {
				o.Properties.Set("auth.scheme_id", schemeSigV4)
			}
		})
	}
}
