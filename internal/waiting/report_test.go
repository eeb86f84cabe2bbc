package waiting

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/smithy-go/tracing"
	"github.com/stretchr/testify/require"
)

type traceKey struct{}

// spans is a tracer that keeps what a span was begun with.
type spans struct {
	mu     sync.Mutex
	traces []any // the caller's, by span
	waits  []any
}

func (s *spans) StartSpan(ctx context.Context, name string, fns ...tracing.SpanOption) (context.Context, tracing.Span) {
	var o tracing.SpanOptions
	for _, fn := range fns {
		fn(&o)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.traces = append(s.traces, ctx.Value(traceKey{}))
	s.waits = append(s.waits, o.Properties.Get("partnercentral.waits"))
	return (&tracing.NopTracerProvider{}).Tracer("").StartSpan(ctx, name)
}

func TestSpanOfAPollBelongsToTheOnlyCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, tracer := newService(), &spans{}
		var polled []any
		s.list = func(ctx context.Context, _ Query[job]) error {
			polled = append(polled, ctx.Value(traceKey{}))
			return nil
		}
		e := s.engine(func(c *Config[job]) { c.Tracer = tracer })
		wait := func(trace string, jobs ...job) {
			ctx, cancel := context.WithCancel(context.WithValue(t.Context(), traceKey{}, trace))
			defer cancel()
			for out := range e.WaitAll(ctx, request(), slices.Values(jobs)) {
				require.Equal(t, Ended, out.Cause)
			}
		}
		check := func(trace, waits any) {
			t.Helper()
			synctest.Wait()
			require.NotEmpty(t, tracer.traces)
			for i := range tracer.traces {
				require.Equal(t, trace, tracer.traces[i])
				require.Equal(t, waits, tracer.waits[i])
				require.Equal(t, trace, polled[i])
			}
			tracer.traces, tracer.waits, polled = nil, nil, nil
		}
		wait("one", s.start("a", 5*time.Second), s.start("b", 5*time.Second))
		check("one", nil)

		var both sync.WaitGroup
		for _, id := range []string{"c", "d"} {
			both.Go(func() { wait(id, s.start(id, 5*time.Second)) })
		}
		both.Wait()
		check(nil, 2)

		// Two waits for one task are two callers, too.
		task := s.start("e", 5*time.Second)
		for _, id := range []string{"c", "d"} {
			both.Go(func() { wait(id, task) })
		}
		both.Wait()
		check(nil, 2)

		wait("after", s.start("f", 5*time.Second))
		check("after", nil)
	})
}
