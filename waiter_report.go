package partnercentral

import (
	"context"
	"fmt"

	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/metrics"
	"github.com/aws/smithy-go/tracing"
)

// instruments are where the waiter reports to.
type instruments struct {
	tracer  tracing.Tracer
	calls   metrics.Int64Counter
	ended   metrics.Int64Counter
	awaited metrics.Int64UpDownCounter
}

func newInstruments(o *TaskWaiterOptions) instruments {
	meter := o.MeterProvider.Meter(scope)
	none := metrics.NopMeterProvider{}.Meter(scope)
	in := instruments{tracer: o.TracerProvider.Tracer(scope)}
	describe := func(unit, text string) metrics.InstrumentOption {
		return func(io *metrics.InstrumentOptions) { io.UnitLabel, io.Description = unit, text }
	}
	var err error
	// A meter that cannot make an instrument must not keep anybody from waiting.
	if in.calls, err = meter.Int64Counter("partnercentral.waiter.calls", describe("{call}", "List calls of the task waiter")); err != nil {
		in.calls, _ = none.Int64Counter("")
	}
	if in.ended, err = meter.Int64Counter("partnercentral.waiter.ended", describe("{task}", "Awaited tasks that were seen to end")); err != nil {
		in.ended, _ = none.Int64Counter("")
	}
	if in.awaited, err = meter.Int64UpDownCounter("partnercentral.waiter.awaited", describe("{task}", "Awaited tasks")); err != nil {
		in.awaited, _ = none.Int64UpDownCounter("")
	}
	return in
}

// outbox is what is to be reported once the waiter's lock is free: loggers and
// meters are other people's code.
type outbox struct {
	warnings []string
	counts   map[TaskKind]counts
}

type counts struct{ calls, ended, awaited int64 }

func (b *outbox) count(kind TaskKind, c counts) {
	if b.counts == nil {
		b.counts = map[TaskKind]counts{}
	}
	sum := b.counts[kind]
	b.counts[kind] = counts{sum.calls + c.calls, sum.ended + c.ended, sum.awaited + c.awaited}
}

func (w *TaskWaiter) warn(format string, args ...any) {
	w.outbox.warnings = append(w.outbox.warnings, fmt.Sprintf(format, args...))
}

// unlock frees the waiter's lock and sends what is in the outbox.
func (w *TaskWaiter) unlock() {
	out := w.outbox
	w.outbox = outbox{}
	w.mu.Unlock()
	for _, text := range out.warnings {
		w.options.Logger.Logf(logging.Warn, "task waiter: %s", text)
	}
	for kind, n := range out.counts {
		w.scope.report(kind, n)
	}
}

func (in *instruments) report(kind TaskKind, n counts) {
	// The context carries nothing of a caller, as the calls are shared.
	ctx := context.Background()
	of := func(o *metrics.RecordMetricOptions) { o.Properties.Set("partnercentral.task.kind", string(kind)) }
	if n.calls != 0 {
		in.calls.Add(ctx, n.calls, of)
	}
	if n.ended != 0 {
		in.ended.Add(ctx, n.ended, of)
	}
	if n.awaited != 0 {
		in.awaited.Add(ctx, n.awaited, of)
	}
}
