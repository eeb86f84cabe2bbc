package main

import (
	"context"

	"github.com/aws/smithy-go/metrics"
	"go.opentelemetry.io/otel/metric"
)

// meterProvider hands the measurements of AWS clients to OpenTelemetry.
type meterProvider struct{ otel metric.MeterProvider }

func (p meterProvider) Meter(scope string, _ ...metrics.MeterOption) metrics.Meter {
	return meter{metrics.NopMeterProvider{}.Meter(scope), p.otel.Meter(scope)}
}

// meter makes the three instruments that aws-sdk-go-v2 clients use. The others
// do nothing; add them in the same way if a client of yours needs one.
type meter struct {
	metrics.Meter
	otel metric.Meter
}

func described(fns []metrics.InstrumentOption) (unit, description string) {
	var o metrics.InstrumentOptions
	for _, fn := range fns {
		fn(&o)
	}
	return o.UnitLabel, o.Description
}

func (m meter) Int64Counter(name string, fns ...metrics.InstrumentOption) (metrics.Int64Counter, error) {
	unit, description := described(fns)
	c, err := m.otel.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(description))
	return counter{c}, err
}

func (m meter) Int64UpDownCounter(name string, fns ...metrics.InstrumentOption) (metrics.Int64UpDownCounter, error) {
	unit, description := described(fns)
	c, err := m.otel.Int64UpDownCounter(name, metric.WithUnit(unit), metric.WithDescription(description))
	return counter{c}, err
}

func (m meter) Float64Histogram(name string, fns ...metrics.InstrumentOption) (metrics.Float64Histogram, error) {
	unit, description := described(fns)
	h, err := m.otel.Float64Histogram(name, metric.WithUnit(unit), metric.WithDescription(description))
	return histogram{h}, err
}

// counter is a counter of either kind: in OpenTelemetry they have one method.
type counter struct {
	otel interface {
		Add(ctx context.Context, n int64, options ...metric.AddOption)
	}
}

func (c counter) Add(ctx context.Context, n int64, fns ...metrics.RecordMetricOption) {
	c.otel.Add(ctx, n, attributesOf(fns))
}

type histogram struct{ otel metric.Float64Histogram }

func (h histogram) Record(ctx context.Context, value float64, fns ...metrics.RecordMetricOption) {
	h.otel.Record(ctx, value, attributesOf(fns))
}

func attributesOf(fns []metrics.RecordMetricOption) metric.MeasurementOption {
	var o metrics.RecordMetricOptions
	for _, fn := range fns {
		fn(&o)
	}
	return metric.WithAttributes(attributes(o.Properties.Values())...)
}
