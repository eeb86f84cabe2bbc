package waiting

import (
	"context"

	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/metrics"
	"github.com/aws/smithy-go/tracing"
)

// outbox is what is reported when the lock is free: loggers and meters are
// other people's code.
type outbox struct {
	warnings []string
	counts   map[string]counts // by kind
}

// counts are changes of counts since the last report.
type counts struct{ polls, ended, awaited int64 }

func (b *outbox) warn(text string) { b.warnings = append(b.warnings, text) }

func (b *outbox) count(kind string, c counts) {
	if b.counts == nil {
		b.counts = map[string]counts{}
	}
	sum := b.counts[kind]
	b.counts[kind] = counts{sum.polls + c.polls, sum.ended + c.ended, sum.awaited + c.awaited}
}

// instruments are where an engine reports to.
type instruments struct {
	logger  logging.Logger
	tracer  tracing.Tracer
	polls   metrics.Int64Counter
	ended   metrics.Int64Counter
	awaited metrics.Int64UpDownCounter
}

func newInstruments(logger logging.Logger, tracer tracing.Tracer, meter metrics.Meter) *instruments {
	none := metrics.NopMeterProvider{}.Meter("")
	in := &instruments{logger: logger, tracer: tracer}
	describe := func(unit, text string) metrics.InstrumentOption {
		return func(io *metrics.InstrumentOptions) { io.UnitLabel, io.Description = unit, text }
	}
	var err error
	// A meter that cannot make an instrument must not keep anybody from waiting.
	if in.polls, err = meter.Int64Counter("partnercentral.waiter.polls", describe("{poll}", "Polls of the task waiter")); err != nil {
		in.polls, _ = none.Int64Counter("")
	}
	if in.ended, err = meter.Int64Counter("partnercentral.waiter.ended", describe("{task}", "Waits that saw their task end")); err != nil {
		in.ended, _ = none.Int64Counter("")
	}
	if in.awaited, err = meter.Int64UpDownCounter("partnercentral.waiter.awaited", describe("{task}", "Waits for a task that go on")); err != nil {
		in.awaited, _ = none.Int64UpDownCounter("")
	}
	return in
}

func (in *instruments) report(out outbox) {
	for _, text := range out.warnings {
		in.logger.Logf(logging.Warn, "task waiter: %s", text)
	}
	// The context carries nothing of a caller, as polls are shared.
	ctx := context.Background()
	for kind, n := range out.counts {
		of := func(o *metrics.RecordMetricOptions) { o.Properties.Set("partnercentral.task.kind", kind) }
		if n.polls != 0 {
			in.polls.Add(ctx, n.polls, of)
		}
		if n.ended != 0 {
			in.ended.Add(ctx, n.ended, of)
		}
		if n.awaited != 0 {
			in.awaited.Add(ctx, n.awaited, of)
		}
	}
}

// span begins the span of a round, and returns what ends it.
func (in *instruments) span(ctx context.Context, key laneKey, callers int) (context.Context, func(polls int, failed bool)) {
	ctx, span := in.tracer.StartSpan(ctx, "partnercentral.TaskWaiter.Poll", func(o *tracing.SpanOptions) {
		o.Properties.Set("partnercentral.task.kind", key.kind)
		o.Properties.Set("partnercentral.catalog", key.catalog)
		if callers != 1 {
			o.Properties.Set("partnercentral.waits", callers)
		}
	})
	return ctx, func(polls int, failed bool) {
		span.SetProperty("partnercentral.polls", polls)
		if failed {
			span.SetStatus(tracing.SpanStatusError)
		}
		span.End()
	}
}
