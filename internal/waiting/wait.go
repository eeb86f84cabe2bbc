package waiting

import (
	"context"
	"errors"
	"time"
)

// Cause is why a wait ended.
type Cause int

// Causes of the end of a wait.
const (
	// Ended: the task has ended.
	Ended Cause = iota
	// Polled: a poll has shown the task, and one was asked for.
	Polled
	// Invalid: the task cannot be waited for; Outcome.Err says why.
	Invalid
	// Inside: the wait was asked for inside a callback.
	Inside
	TimedOut
	Canceled
	NotFound
	UnknownStatus
	Refused
	PollFailed
	Closed
)

// Outcome is what came of a wait for one task.
type Outcome[T any] struct {
	Task    T
	Cause   Cause
	Polls   int
	Elapsed time.Duration
	Sight   Sight
	// Err is the error of the last poll, or the cause of the end.
	Err error
}

// Sight is what the answered polls of a wait have shown of its task.
type Sight int8

// Sights of a task.
const (
	// Unseen: no poll was answered.
	Unseen Sight = iota
	// Absent: there were answers, all without the task.
	Absent
	// Seen: an answer had the task.
	Seen
)

// Request says how to wait.
type Request[T any] struct {
	MaxWait  time.Duration
	Grace    time.Duration // for how long a task may be missing
	MaxDelay time.Duration // the longest time without a poll; 0 for the engine's
	Once     bool          // one round is enough, whatever it shows
	OnChange func(T)
	OnPoll   func(Poll)
}

// errUnanswered is the cause of a wait that no poll has told anything.
var errUnanswered = errors.New("no poll was answered in time")

// subscription is one call of Wait, WaitAll or RefreshAll.
type subscription[T any] struct {
	Request[T]
	values context.Context // of the caller, without its end
	queue  *queue          // nil without callbacks

	// A sign that something is in done, and one that it was taken out.
	notify chan struct{}
	taken  chan struct{}

	left    bool         // by its caller: no task is added any more
	members []*member[T] // tasks awaited
	done    []*result[T] // ends that were not returned yet
}

// member is the part of one subscription in one watched task.
type member[T any] struct {
	task     T
	sub      *subscription[T]
	watch    *watch[T]
	begun    time.Time
	last     time.Time // a poll from then on is its last
	deadline time.Time
	missing  time.Time // since when the lists do not have the task, or zero
	polls    int32
	inWatch  int32 // index in watch.members
	inSub    int32 // index in sub.members
	index    int32 // in the sequence of a RefreshAll
	sight    Sight
}

// result is an outcome, which is returned when the callbacks have been called
// that tell of it.
type result[T any] struct {
	Outcome[T]
	base, own *event
	before    *T // the task before a change that was not told yet, or nil
	index     int32
}

func (e *Engine[T]) subscribe(ctx context.Context, r Request[T]) *subscription[T] {
	sub := &subscription[T]{Request: r, values: context.WithoutCancel(ctx), notify: make(chan struct{}, 1), taken: make(chan struct{}, 1)}
	if r.OnChange != nil || r.OnPoll != nil {
		sub.queue = &queue{callers: &e.callers, panicked: e.panicked}
	}
	return sub
}

// Wait waits for one task.
func (e *Engine[T]) Wait(ctx context.Context, r Request[T], task T) Outcome[T] {
	kind, out := e.settled(ctx, &task, e.callers.inside())
	if kind == nil {
		return out
	}
	sub := e.subscribe(ctx, r)
	if !e.add(sub, kind, task) {
		return Outcome[T]{Task: task, Cause: Closed}
	}
	defer e.leave(sub)
	for {
		select {
		case <-ctx.Done():
			return e.leave(sub)[0].told(ctx)
		case <-sub.notify:
			for _, r := range e.take(sub) {
				return r.told(ctx)
			}
		}
	}
}

// settled returns the kind of a task, or the outcome where there is nothing to
// wait for. inside says that the wait was asked for by a callback.
func (e *Engine[T]) settled(ctx context.Context, task *T, inside bool) (*Kind[T], Outcome[T]) {
	out := Outcome[T]{Task: *task}
	kind, err := e.config.KindOf(task)
	switch {
	case e.isClosed():
		out.Cause = Closed
	case err != nil:
		out.Cause, out.Err = Invalid, err
	case ended(kind, task):
		out.Cause = Ended
	case inside:
		out.Cause = Inside
	case ctx.Err() != nil:
		out.Cause = Canceled
	default:
		return kind, out
	}
	return nil, out
}

func ended[T any](kind *Kind[T], task *T) bool {
	_, state := kind.Status(task)
	return state.ended()
}

// told returns the outcome when the callbacks that tell of it have returned. If
// ctx ends before they were called, the wait is canceled in the state before.
func (r *result[T]) told(ctx context.Context) Outcome[T] {
	if r.base.wait(ctx) && r.own.wait(ctx) {
		return r.Outcome
	}
	out := r.Outcome
	if r.before != nil {
		out.Task = *r.before
	}
	out.Cause, out.Err = Canceled, nil
	return out
}

func (e *Engine[T]) isClosed() (closed bool) {
	e.locked(func() { closed = e.closed })
	return closed
}

// take returns the results that were not returned yet.
func (e *Engine[T]) take(sub *subscription[T]) (done []*result[T]) {
	e.locked(func() { done, sub.done = sub.done, nil })
	select {
	case sub.taken <- struct{}{}:
	default:
	}
	return done
}

// leave ends what a subscription still waits for, and returns that after what
// had ended before.
func (e *Engine[T]) leave(sub *subscription[T]) (done []*result[T]) {
	e.locked(func() {
		left := len(sub.members) > 0
		sub.left = true
		done, sub.done = sub.done, nil
		for len(sub.members) > 0 {
			m := sub.members[len(sub.members)-1]
			e.remove(m)
			done = append(done, &result[T]{Outcome: m.outcome(Canceled, nil), index: m.index})
		}
		if left {
			e.signal()
		}
	})
	return done
}

func (m *member[T]) outcome(cause Cause, err error) Outcome[T] {
	return Outcome[T]{Task: m.task, Cause: cause, Polls: int(m.polls), Elapsed: time.Since(m.begun), Sight: m.sight, Err: err}
}

// finish ends a wait for a task.
func (e *Engine[T]) finish(m *member[T], cause Cause, err error) *result[T] {
	r := &result[T]{Outcome: m.outcome(cause, err), base: e.base.last(), own: m.sub.queue.last(), index: m.index}
	kind := m.watch.lane.kind
	e.remove(m)
	m.sub.done = append(m.sub.done, r)
	if cause == Ended {
		if _, state := kind.Status(&m.task); state == Failed {
			e.stats.Failed++
		} else {
			e.stats.Completed++
		}
		e.out.count(kind.Name, counts{ended: 1})
	}
	m.sub.tell()
	return r
}

// tell says that something is in done.
func (sub *subscription[T]) tell() {
	select {
	case sub.notify <- struct{}{}:
	default:
	}
}

// finishAll ends all waits for a watched task.
func (e *Engine[T]) finishAll(w *watch[T], cause Cause, err error) {
	for len(w.members) > 0 {
		e.finish(w.members[len(w.members)-1], cause, err)
	}
}

// remove takes a member out of its subscription and its watched task, and stops
// watching the task that nobody waits for any more.
func (e *Engine[T]) remove(m *member[T]) {
	w, delay := m.watch, m.maxDelay()
	w.members = swapOut(w.members, int(m.inWatch), func(o *member[T], i int) { o.inWatch = int32(i) })
	m.sub.members = swapOut(m.sub.members, int(m.inSub), func(o *member[T], i int) { o.inSub = int32(i) })
	m.watch = nil
	e.stats.Awaited--
	e.out.count(w.lane.kind.Name, counts{awaited: -1})
	w.lane.forget(m.sub)
	if len(w.members) == 0 {
		w.lane.unwatch(w)
	} else {
		w.left(delay)
	}
}

// swapOut removes one element by putting the last in its place.
func swapOut[E any](list []*E, i int, moved func(*E, int)) []*E {
	last := len(list) - 1
	list[i] = list[last]
	moved(list[i], i)
	list[last] = nil
	return list[:last]
}
