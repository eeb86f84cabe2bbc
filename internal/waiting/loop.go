package waiting

import (
	"context"
	"time"

	"github.com/cosell-dev/partnercentral-go/internal/pace"
	"github.com/cosell-dev/partnercentral-go/internal/poll"
)

const (
	// maxPace is by how much throttling slows the rounds down at most.
	maxPace = 16

	// maxLanes is how many lanes are remembered that nothing is awaited on.
	maxLanes = 8
)

type laneKey struct{ kind, catalog string }

// lane is what is awaited on one list.
type lane[T any] struct {
	key   laneKey
	kind  *Kind[T]
	poll  *poll.Lane
	turns *budgets
	hung  chan struct{} // full while there is a poll that was abandoned

	watched []*watch[T]
	byRef   []*watch[T] // by poll.Ref
	byID    map[string]*watch[T]
	noID    []*watch[T]
	subs    map[*subscription[T]]int // and how many tasks each waits for here
	own     map[*subscription[T]]int // those with callbacks for polls

	next     time.Time // the round that is due
	phase    float64   // where this process is among those that began together, from 0 to 1
	deadline time.Time // when the first wait needs its last poll or ends, or zero
	overdue  bool      // a wait is out of time, and its last poll is being made
	began    time.Time // the last round
	busy     bool      // a round is under way
	cancel   context.CancelFunc
	nudges   poll.Nudges
	failures int         // rounds running in which no poll was answered
	queued   int         // calls that wait for their turns
	heard    time.Time   // when a poll was last answered, be it by a refusal
	refused  refusal     // of the list
	doubted  []*watch[T] // tasks that were refused
}

// watch is one watched task, however many wait for it.
type watch[T any] struct {
	lane    *lane[T] // nil when nobody waits any more
	id      string   // "" while it is not known
	object  string
	status  string // the last one that callbacks of the engine were told
	members []*member[T]

	asked    time.Time // when the last poll that asked for the task was made
	wanted   time.Time // when a poll was asked for that must not be older
	nudged   time.Time // when a nudge came that was not yet acted on, or zero
	lastErr  error     // of the last poll, or nil
	refused  refusal   // of the task alone
	misses   int       // polls running that asked for it and did not show it
	failures int       // rounds running in which asking for it alone failed
	index    int32     // in lane.watched
	ref      poll.Ref

	maxDelay   time.Duration // the shortest of the members, or zero
	atMaxDelay int32         // members that have it
}

func (e *Engine[T]) laneOf(kind *Kind[T], catalog string, now time.Time) *lane[T] {
	key := laneKey{kind.Name, catalog}
	if ln := e.lanes[key]; ln != nil {
		return ln
	}
	s := poll.Defaults()
	s.Limits = kind.Limits
	s.MaxDelay = e.config.MaxDelay
	s.Patient = kind.ExpectNudges
	s.Durations = e.durations(key)
	ln := &lane[T]{
		key: key, kind: kind,
		poll:  poll.NewLane(now, s),
		turns: e.turnsOf(kind),
		hung:  make(chan struct{}, 1),

		phase: e.config.Random(),

		nudges: poll.Nudges{Patient: kind.ExpectNudges},

		byID: map[string]*watch[T]{},
		subs: map[*subscription[T]]int{},
		own:  map[*subscription[T]]int{},
	}
	e.lanes[key] = ln
	return ln
}

// budgets are what polls are paid from: the calls that are about a single task,
// and all others. They are the same for kinds whose polls are all Lists.
type budgets struct{ lists, gets *pace.Budget }

func sharedBudget(b *pace.Budget) *budgets { return &budgets{b, b} }

// turnsOf returns what the polls of a kind are paid from.
func (e *Engine[T]) turnsOf(kind *Kind[T]) *budgets {
	if kind.PerSecond == 0 {
		return e.reads
	}
	t := e.own[kind.Name]
	if t == nil {
		t = &budgets{pace.NewBudget(kind.PerSecond, -1), pace.NewBudget(kind.GetsPerSecond, -1)}
		e.own[kind.Name] = t
	}
	return t
}

// add begins to wait for a task, unless the caller has left. It reports whether
// the engine is open.
func (e *Engine[T]) add(sub *subscription[T], kind *Kind[T], task T) (open bool) {
	e.locked(func() {
		if open = !e.closed; open && !sub.left {
			e.subscribeTo(sub, kind, task, 0)
		}
	})
	return open
}

// subscribeTo makes a subscription wait for a task.
func (e *Engine[T]) subscribeTo(sub *subscription[T], kind *Kind[T], task T, index int32) {
	now := time.Now()
	ln := e.laneOf(kind, kind.Catalog(&task), now)
	m := &member[T]{task: task, sub: sub, begun: now, index: index}
	m.last, m.deadline = ln.times(sub.Request, now)
	m.inSub = int32(len(sub.members))
	sub.members = append(sub.members, m)
	w, isNew, sooner := ln.watch(m, now)
	e.stats.Begun++
	e.stats.Awaited++
	e.out.count(kind.Name, counts{awaited: 1})
	ln.subs[sub]++
	if sub.OnPoll != nil {
		ln.own[sub]++
	}
	if ln.deadline.IsZero() || m.last.Before(ln.deadline) {
		ln.deadline = m.last
	}
	switch {
	case sub.Once:
		ln.force(w)
	case ln.busy:
	case isNew:
		e.schedule(ln, w, now)
	case sooner:
		e.reschedule(ln, now)
	}
	e.start(ln)
}

// watch makes a member wait for its task, which may be watched already. It
// reports whether it was not, and whether the member wants more polls than the
// others.
func (ln *lane[T]) watch(m *member[T], now time.Time) (w *watch[T], isNew, sooner bool) {
	id := ln.kind.ID(&m.task)
	w = ln.byID[id]
	if id == "" || w == nil {
		status, _ := ln.kind.Status(&m.task)
		w = &watch[T]{lane: ln, id: id, object: ln.kind.Object(&m.task), status: status, index: int32(len(ln.watched))}
		var flags poll.Flags
		if id == "" {
			flags |= poll.ByObject
		}
		w.ref = ln.poll.Add(now, ln.kind.Start(&m.task), flags)
		ln.watched = append(ln.watched, w)
		for len(ln.byRef) <= int(w.ref) {
			ln.byRef = append(ln.byRef, nil)
		}
		ln.byRef[w.ref] = w
		if id == "" {
			ln.noID = append(ln.noID, w)
		} else {
			ln.byID[id] = w
		}
		isNew = true
	}
	return w, isNew, w.join(m)
}

// join adds a member. It reports whether that makes MaxDelay shorter.
func (w *watch[T]) join(m *member[T]) (shorter bool) {
	m.watch, m.inWatch = w, int32(len(w.members))
	w.members = append(w.members, m)
	shorter = w.wants(m.maxDelay())
	if shorter {
		w.lane.poll.SetMaxDelay(w.ref, w.maxDelay)
	}
	return shorter
}

// maxDelay returns the longest time without a poll for a member, or zero for one
// that does not wait for the end.
func (m *member[T]) maxDelay() time.Duration {
	if m.sub.Once || m.sub.MaxDelay > 0 {
		return m.sub.MaxDelay
	}
	return m.watch.lane.poll.MaxDelay()
}

// wants counts a delay. It reports whether it is shorter than any before.
func (w *watch[T]) wants(d time.Duration) (shorter bool) {
	switch {
	case d == 0:
	case w.maxDelay == 0 || d < w.maxDelay:
		w.maxDelay, w.atMaxDelay = d, 1
		return true
	case d == w.maxDelay:
		w.atMaxDelay++
	}
	return false
}

// left takes a delay out of the count.
func (w *watch[T]) left(d time.Duration) {
	if d == 0 || d != w.maxDelay {
		return
	}
	if w.atMaxDelay--; w.atMaxDelay > 0 {
		return
	}
	w.maxDelay = 0
	for _, m := range w.members {
		w.wants(m.maxDelay())
	}
	w.lane.poll.SetMaxDelay(w.ref, w.maxDelay)
}

// unwatch stops watching a task.
func (ln *lane[T]) unwatch(w *watch[T]) {
	ln.watched = swapOut(ln.watched, int(w.index), func(o *watch[T], i int) { o.index = int32(i) })
	ln.byRef[w.ref] = nil
	ln.poll.Remove(w.ref)
	if w.id != "" {
		delete(ln.byID, w.id)
	} else {
		ln.forgetNoID(w)
	}
	w.lane = nil
	if len(ln.watched) == 0 {
		ln.watched, ln.byRef, ln.noID = nil, nil, nil
		ln.byID = map[string]*watch[T]{}
		ln.deadline, ln.overdue = time.Time{}, false
		ln.nudges.Forget()
		ln.refused, ln.doubted = refusal{}, nil
		if ln.cancel != nil {
			// Nobody waits for what the round under way would show.
			ln.cancel()
		}
	}
}

func (ln *lane[T]) forgetNoID(w *watch[T]) {
	for i := range ln.noID {
		if ln.noID[i] == w {
			ln.noID = append(ln.noID[:i], ln.noID[i+1:]...)
			return
		}
	}
}

// forget says that a subscription waits for one task less.
func (ln *lane[T]) forget(sub *subscription[T]) {
	for _, subs := range []map[*subscription[T]]int{ln.subs, ln.own} {
		if n := subs[sub]; n > 1 {
			subs[sub] = n - 1
		} else {
			delete(subs, sub)
		}
	}
}

// schedule makes the next round come in time for a task that was just added.
func (e *Engine[T]) schedule(ln *lane[T], w *watch[T], now time.Time) {
	first := now.Add(poll.FirstJitter(ln.poll.First(now, w.ref), e.config.Random()))
	first = later(first, later(ln.began.Add(e.shortest()), ln.refused.due()))
	if len(ln.watched) == 1 || first.Before(ln.next) {
		ln.next = first
	}
}

// reschedule makes the next round come sooner if a wait was added to a task that
// is watched already and wants that.
func (e *Engine[T]) reschedule(ln *lane[T], now time.Time) {
	if delay, _ := ln.poll.Delay(now); now.Add(delay).Before(ln.next) {
		ln.next = later(now.Add(delay), later(ln.began.Add(e.shortest()), ln.refused.due()))
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// shortest is the least time between two rounds that nobody asked for.
func (e *Engine[T]) shortest() time.Duration {
	return time.Duration(float64(poll.Defaults().Shortest) * e.pace)
}

// start makes the loop exist, and wake in time for the lane.
func (e *Engine[T]) start(ln *lane[T]) {
	if !e.running {
		e.running = true
		e.wake = make(chan struct{}, 1)
		e.wakeAt = time.Time{}
		go e.run(e.wake)
		return
	}
	if ln.deadline.Before(e.wakeAt) || !ln.busy && ln.next.Before(e.wakeAt) {
		e.signal()
	}
}

// signal wakes the loop.
func (e *Engine[T]) signal() {
	if !e.running {
		return
	}
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// run is the loop: it begins rounds when they are due, and ends waits that are
// out of time. It exists while something is awaited.
func (e *Engine[T]) run(wake <-chan struct{}) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		wait, ok := e.dispatch()
		if !ok {
			return
		}
		timer.Reset(wait)
		select {
		case <-wake:
		case <-timer.C:
		}
	}
}

// dispatch does what is due and returns for how long nothing is, or that
// nothing is awaited.
func (e *Engine[T]) dispatch() (wait time.Duration, ok bool) {
	e.locked(func() {
		now := time.Now()
		next := now.Add(time.Hour)
		for key, ln := range e.lanes {
			if !ln.deadline.IsZero() && !now.Before(ln.deadline) {
				e.expire(ln, now)
			}
			if len(ln.watched) == 0 {
				if !ln.busy && len(e.lanes) > maxLanes {
					delete(e.lanes, key)
				}
				continue
			}
			ok = true
			if !ln.busy {
				ln.nudgesDue(now)
				if !now.Before(ln.next) {
					e.begin(ln, now)
				}
			}
			if due := ln.wakes(); due.Before(next) {
				next = due
			}
		}
		e.running = ok
		e.wakeAt = next
		wait = next.Sub(now)
	})
	return wait, ok
}

// wakes returns when there is something to do for a lane.
func (ln *lane[T]) wakes() time.Time {
	first := ln.deadline
	if ln.busy {
		return first
	}
	for _, t := range []time.Time{ln.next, ln.nudges.Due()} {
		if !t.IsZero() && t.Before(first) {
			first = t
		}
	}
	return first
}

// force makes the next round come now and show the task.
func (ln *lane[T]) force(w *watch[T]) {
	now := time.Now()
	w.wanted = now
	ln.poll.Set(w.ref, poll.Force)
	ln.next = now
}

// begin starts a round.
func (e *Engine[T]) begin(ln *lane[T], now time.Time) {
	// No caller's end reaches a poll that others share, nor do a caller's values,
	// such as its trace, unless it is the only one.
	ctx := context.Background()
	if len(ln.subs) == 1 {
		for sub := range ln.subs {
			ctx = sub.values
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	ln.busy, ln.began, ln.cancel = true, now, cancel
	r := &round[T]{e: e, ln: ln, plan: ln.poll.Begin(now, poll.DefaultCalls), callers: len(ln.subs)}
	go r.run(ctx, cancel)
}

// end puts the lane at rest after a round.
func (e *Engine[T]) end(ln *lane[T], failed bool) {
	e.locked(func() {
		now := time.Now()
		e.endPlan(ln, now)
		ln.busy, ln.cancel = false, nil
		if ln.overdue {
			e.expire(ln, now)
		}
		if len(ln.watched) > 0 {
			delay, forced := ln.poll.Delay(now)
			switch {
			case failed:
				delay = max(delay, e.shortest())
			case !forced:
				delay = max(delay, ln.began.Add(e.shortest()).Sub(now))
			}
			ln.next = now.Add(poll.Jitter(delay, (ln.phase+e.config.Random())/2))
			e.confirmations(ln, forced)
		}
		e.signal()
	})
}
