package waiting

import (
	"context"
	"iter"
	"slices"
	"time"
)

// RefreshAll takes all tasks of a sequence, polls for them, and yields them in
// their order.
func (e *Engine[T]) RefreshAll(ctx context.Context, r Request[T], sequence iter.Seq[T]) iter.Seq[Outcome[T]] {
	return func(yield func(Outcome[T]) bool) {
		inside := e.callers.inside()
		tasks := slices.Collect(sequence)
		if e.config.PerSecond > 0 {
			// Each may need a call of its own.
			r.MaxWait += time.Duration(float64(len(tasks)) / e.config.PerSecond * float64(time.Second))
		}
		sub := e.subscribe(ctx, r)
		defer e.leave(sub)
		results := e.refresh(ctx, sub, tasks, inside)
		for i := range results {
			for results[i] == nil {
				var done []*result[T]
				select {
				case <-ctx.Done():
					done = e.leave(sub)
				case <-sub.notify:
					done = e.take(sub)
				}
				for _, r := range done {
					results[r.index] = r
				}
			}
			if !yield(results[i].told(ctx)) {
				return
			}
			results[i] = nil
		}
	}
}

// refresh asks for a round that shows all tasks. It returns the results of those
// that need none.
func (e *Engine[T]) refresh(ctx context.Context, sub *subscription[T], tasks []T, inside bool) []*result[T] {
	results := make([]*result[T], len(tasks))
	kinds := make([]*Kind[T], len(tasks))
	for i := range tasks {
		kind, out := e.settled(ctx, &tasks[i], inside)
		if kinds[i] = kind; kind == nil {
			results[i] = &result[T]{Outcome: out}
		}
	}
	// At once, so that no round begins in between.
	e.locked(func() {
		for i := range tasks {
			switch {
			case kinds[i] == nil:
			case e.closed:
				results[i] = &result[T]{Outcome: Outcome[T]{Task: tasks[i], Cause: Closed}}
			default:
				e.subscribeTo(sub, kinds[i], tasks[i], int32(i))
			}
		}
	})
	return results
}
