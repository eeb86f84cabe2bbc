package waiting

import (
	"context"
	"iter"
)

// maxUntaken is how many ends the source of a WaitAll runs ahead of the loop
// with, when its tasks need no waiting.
const maxUntaken = 100

// WaitAll waits for the tasks of a sequence and yields each as it ends. If ctx
// ends before a task was taken it yields that once.
func (e *Engine[T]) WaitAll(ctx context.Context, r Request[T], tasks iter.Seq[T]) iter.Seq[Outcome[T]] {
	return func(yield func(Outcome[T]) bool) {
		f := &feed[T]{e: e, sub: e.subscribe(ctx, r), inside: e.callers.inside(), left: make(chan struct{}), done: make(chan struct{})}
		defer e.leave(f.sub)
		defer close(f.left)
		go f.run(ctx, tasks)
		done := f.done
		for done != nil || e.pending(f.sub) {
			select {
			case <-ctx.Done():
				f.interrupted(ctx, yield)
				return
			case <-f.sub.notify:
				for _, r := range e.take(f.sub) {
					if !yield(r.told(ctx)) {
						return
					}
				}
			case <-done:
				done = nil
				if f.panicked != nil {
					panic(f.panicked)
				}
			}
		}
	}
}

func (e *Engine[T]) pending(sub *subscription[T]) (pending bool) {
	e.locked(func() { pending = len(sub.members) > 0 || len(sub.done) > 0 })
	return pending
}

// feed takes the tasks of one WaitAll from its sequence. It has a goroutine of
// its own, since the sequence may block while waits end.
type feed[T any] struct {
	e      *Engine[T]
	sub    *subscription[T]
	inside bool          // the loop is in a callback
	left   chan struct{} // closed when the loop has ended
	done   chan struct{} // closed when no more tasks are taken

	panicked any  // by the sequence; after done
	some     bool // a task was taken; accessed inside locked
}

func (f *feed[T]) run(ctx context.Context, tasks iter.Seq[T]) {
	defer close(f.done)
	defer func() { f.panicked = recover() }()
	for task := range tasks {
		if !f.takeIn(ctx, task) || ctx.Err() != nil || !f.room() {
			return
		}
	}
}

// takeIn begins to wait for a task, or puts it to the ends if there is nothing
// to wait for. It reports whether the loop goes on.
func (f *feed[T]) takeIn(ctx context.Context, task T) (goesOn bool) {
	kind, out := f.e.settled(ctx, &task, f.inside)
	if kind != nil && !f.e.add(f.sub, kind, task) {
		kind, out = nil, Outcome[T]{Task: task, Cause: Closed}
	}
	f.e.locked(func() {
		goesOn = !f.sub.left
		f.some = f.some || goesOn
		if kind == nil && goesOn {
			f.sub.done = append(f.sub.done, &result[T]{Outcome: out})
			f.sub.tell()
		}
	})
	return goesOn
}

// room waits until the loop has taken what has ended, if that is much.
func (f *feed[T]) room() bool {
	for {
		ends := 0
		f.e.locked(func() { ends = len(f.sub.done) })
		if ends < maxUntaken {
			return true
		}
		select {
		case <-f.sub.taken:
		case <-f.left:
			return false
		}
	}
}

// interrupted yields what was taken when the context has ended.
func (f *feed[T]) interrupted(ctx context.Context, yield func(Outcome[T]) bool) {
	left := f.e.leave(f.sub)
	none := false
	f.e.locked(func() { none = !f.some })
	if none {
		yield(Outcome[T]{Cause: Canceled})
		return
	}
	for _, r := range left {
		if !yield(r.told(ctx)) {
			return
		}
	}
}
