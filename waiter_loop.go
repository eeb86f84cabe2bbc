package partnercentral

import (
	"context"
	"time"

	"github.com/cosell-dev/partnercentral-go/internal/poll"
)

// lastLook is how long after its deadline a task may still get the answer of
// its last look.
const lastLook = 2 * time.Second

// maxPace is by how much throttling slows the looks down at most.
const maxPace = 16

// maxLanes is how many lists are remembered that nothing is awaited on.
const maxLanes = 8

// laneKey names a List: of one kind of tasks in one catalog.
type laneKey struct {
	kind    TaskKind
	catalog string
}

// taskLane is what is awaited on one List. All of it is guarded by the waiter's
// lock.
type taskLane struct {
	key    laneKey
	family *taskFamily
	list   listTasks
	poll   *poll.Lane
	budget *poll.Budget

	entries []*awaited
	byRef   []*awaited // by poll.Ref
	byID    map[string]*awaited
	noID    []*awaited
	own     map[*subscription]int // waits with callbacks of their own, and how many tasks each has here

	next     time.Time // the look that is due
	deadline time.Time // when the first task runs out of time, or zero
	overdue  bool      // a task has, and its last look is being made
	began    time.Time // the last look
	busy     bool      // a look is under way
	cancel   context.CancelFunc
}

func (w *TaskWaiter) settings(f *taskFamily) poll.Settings {
	s := poll.Defaults()
	s.Limits = f.limits
	if f.perSecond > 0 {
		s.Price = time.Duration(float64(s.Price) * poll.DefaultPerSecond / f.perSecond)
	}
	s.MaxDelay = w.options.MaxStaleness
	return s
}

func (w *TaskWaiter) laneOf(task *Task, now time.Time) *taskLane {
	key := laneKey{kind: task.Kind, catalog: task.Catalog}
	if ln := w.lanes[key]; ln != nil {
		return ln
	}
	family := familyOf(task.Kind)
	ln := &taskLane{
		key:    key,
		family: family,
		list:   family.list(w.client),
		poll:   poll.NewLane(now, w.settings(family)),
		budget: w.budgetOf(family),
		byID:   map[string]*awaited{},
		own:    map[*subscription]int{},
	}
	w.lanes[key] = ln
	return ln
}

// add begins to wait for a task.
func (w *TaskWaiter) add(sub *subscription, task Task, now time.Time) error {
	w.mu.Lock()
	defer w.unlock()
	if w.closed {
		return &WaiterClosedError{Task: task}
	}
	ln := w.laneOf(&task, now)
	e := &awaited{task: task, sub: sub, lane: ln, begun: now, deadline: now.Add(sub.maxWait)}
	var flags poll.Flags
	id := taskID(&task)
	if id == "" {
		flags |= poll.ByObject
	}
	e.ref = ln.poll.Add(now, task.StartTime, flags)
	ln.insert(e, id)
	sub.live++
	sub.last = e
	w.stats.Begun++
	w.outbox.count(ln.key.kind, counts{awaited: 1})
	if ln.deadline.IsZero() || e.deadline.Before(ln.deadline) {
		ln.deadline = e.deadline
	}
	if sub.once {
		ln.force(e)
	} else if !ln.busy {
		first := now.Add(poll.FirstJitter(ln.poll.First(now, e.ref), w.random()))
		if floor := ln.began.Add(w.shortest()); first.Before(floor) {
			first = floor
		}
		if len(ln.entries) == 1 || first.Before(ln.next) {
			ln.next = first
		}
	}
	w.start(ln)
	return nil
}

// shortest is the least time between two looks that nobody asked for.
func (w *TaskWaiter) shortest() time.Duration {
	return time.Duration(float64(poll.Defaults().Shortest) * w.pace)
}

// start makes the loop exist, and wake in time for the lane.
func (w *TaskWaiter) start(ln *taskLane) {
	if !w.running {
		w.running = true
		w.wake = make(chan struct{}, 1)
		w.wakeAt = time.Time{}
		go w.run(w.wake)
		return
	}
	if ln.deadline.Before(w.wakeAt) || !ln.busy && ln.next.Before(w.wakeAt) {
		w.signal()
	}
}

// signal wakes the loop.
func (w *TaskWaiter) signal() {
	if !w.running {
		return
	}
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// run is the loop: it begins looks when they are due, and ends waits that are
// out of time. It exists while something is awaited.
func (w *TaskWaiter) run(wake <-chan struct{}) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		wait, ok := w.dispatch()
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
func (w *TaskWaiter) dispatch() (wait time.Duration, ok bool) {
	w.mu.Lock()
	defer w.unlock()
	now := time.Now()
	next := now.Add(time.Hour)
	for key, ln := range w.lanes {
		if !ln.deadline.IsZero() && !now.Before(ln.deadline) {
			w.expire(ln, now)
		}
		if len(ln.entries) == 0 {
			if !ln.busy && len(w.lanes) > maxLanes {
				delete(w.lanes, key)
			}
			continue
		}
		ok = true
		if !ln.busy && !now.Before(ln.next) {
			w.begin(ln, now)
		}
		if !ln.busy && ln.next.Before(next) {
			next = ln.next
		}
		if ln.deadline.Before(next) {
			next = ln.deadline
		}
	}
	w.running = ok
	w.wakeAt = next
	return next.Sub(now), ok
}

// expire ends the waits that are out of time and had their last look, and asks
// for that of the others.
func (w *TaskWaiter) expire(ln *taskLane, now time.Time) {
	ln.deadline, ln.overdue = time.Time{}, false
	earliest := func(t time.Time) {
		if ln.deadline.IsZero() || t.Before(ln.deadline) {
			ln.deadline = t
		}
	}
	for i := len(ln.entries) - 1; i >= 0; i-- {
		e := ln.entries[i]
		end := e.deadline.Add(lastLook)
		switch {
		case now.Before(e.deadline):
			earliest(e.deadline)
		case !e.asked.Before(e.deadline) || !now.Before(end):
			w.finish(e, &WaitTimeoutError{
				Task: e.task, MaxWait: e.sub.maxWait, Looks: int(e.looks), Elapsed: e.elapsed(), LastErr: e.lastErr,
			})
		default:
			ln.overdue = true
			ln.force(e)
			earliest(end)
		}
	}
}

// force makes the next look come now and show the task.
func (ln *taskLane) force(e *awaited) {
	now := time.Now()
	e.nudged = now
	ln.poll.Set(e.ref, poll.Force)
	ln.next = now
}

// begin starts a look.
func (w *TaskWaiter) begin(ln *taskLane, now time.Time) {
	// The context is the waiter's own: no caller's end or values reach a call
	// that others share.
	ctx, cancel := context.WithCancel(context.Background())
	ln.busy, ln.began, ln.cancel = true, now, cancel
	l := &look{w: w, ln: ln, plan: ln.poll.Begin(now, poll.DefaultCalls)}
	go l.run(ctx, cancel)
}

// end puts the lane at rest after a look.
func (w *TaskWaiter) end(ln *taskLane, failed bool) {
	w.mu.Lock()
	defer w.unlock()
	now := time.Now()
	trusted := ln.poll.UsesPages(ln.began)
	ln.poll.End(now)
	if trusted && !ln.poll.UsesPages(now) {
		w.warn("pages of %s tasks in %s cannot be used for now: they are refused or not sorted by start; asking by id", ln.key.kind, ln.key.catalog)
	}
	ln.busy, ln.cancel = false, nil
	if ln.overdue {
		w.expire(ln, now)
	}
	if len(ln.entries) > 0 {
		delay, forced := ln.poll.Delay(now)
		switch {
		case failed:
			delay = max(delay, w.shortest())
		case !forced:
			delay = max(delay, ln.began.Add(w.shortest()).Sub(now))
		}
		ln.next = now.Add(poll.Jitter(delay, w.random()))
	}
	w.signal()
}

// insert makes an entry known to the lane.
func (ln *taskLane) insert(e *awaited, id string) {
	e.index = int32(len(ln.entries))
	ln.entries = append(ln.entries, e)
	for len(ln.byRef) <= int(e.ref) {
		ln.byRef = append(ln.byRef, nil)
	}
	ln.byRef[e.ref] = e
	if id == "" {
		ln.noID = append(ln.noID, e)
	} else {
		e.twin = ln.byID[id]
		ln.byID[id] = e
	}
	if e.sub.own != nil {
		ln.own[e.sub]++
	}
}

// remove makes the lane forget an entry.
func (ln *taskLane) remove(e *awaited) {
	last := len(ln.entries) - 1
	ln.entries[e.index] = ln.entries[last]
	ln.entries[e.index].index = e.index
	ln.entries[last] = nil
	ln.entries = ln.entries[:last]
	ln.byRef[e.ref] = nil
	ln.poll.Remove(e.ref)
	if !ln.forgetID(e) {
		for i := range ln.noID {
			if ln.noID[i] == e {
				ln.noID = append(ln.noID[:i], ln.noID[i+1:]...)
				break
			}
		}
	}
	if e.sub.own != nil {
		if ln.own[e.sub]--; ln.own[e.sub] == 0 {
			delete(ln.own, e.sub)
		}
	}
	if last == 0 {
		ln.entries, ln.byRef, ln.noID = nil, nil, nil
		ln.byID = map[string]*awaited{}
		ln.deadline, ln.overdue = time.Time{}, false
		if ln.cancel != nil {
			// Nobody waits for what the look under way would show.
			ln.cancel()
		}
	}
}

// forgetID takes an entry out of the index by id and tells whether it was in.
func (ln *taskLane) forgetID(e *awaited) bool {
	id := taskID(&e.task)
	if id == "" {
		return false
	}
	head := ln.byID[id]
	if head == e {
		if e.twin == nil {
			delete(ln.byID, id)
		} else {
			ln.byID[id] = e.twin
		}
		return true
	}
	for ; head != nil; head = head.twin {
		if head.twin == e {
			head.twin = e.twin
			return true
		}
	}
	return false
}

// finish ends a wait with a result.
func (w *TaskWaiter) finish(e *awaited, err error) {
	w.leave(e)
	e.err = err
	e.sub.done = append(e.sub.done, e)
	if e.task.Done() {
		if e.task.Status == TaskStatusFailed {
			w.stats.Failed++
		} else {
			w.stats.Completed++
		}
		w.outbox.count(e.task.Kind, counts{ended: 1})
	}
	notify(e.sub)
}

func (w *TaskWaiter) leave(e *awaited) {
	e.lane.remove(e)
	w.outbox.count(e.lane.key.kind, counts{awaited: -1})
	e.lane = nil
	e.sub.live--
}

func notify(sub *subscription) {
	select {
	case sub.notify <- struct{}{}:
	default:
	}
}

// drop ends the waits that a subscription has left and returns their tasks.
func (w *TaskWaiter) drop(sub *subscription) []*awaited {
	w.mu.Lock()
	defer w.unlock()
	var left []*awaited
	if sub.live == 1 && sub.last.lane != nil {
		left = append(left, sub.last)
		w.leave(sub.last)
	}
	if sub.live > 0 {
		for _, ln := range w.lanes {
			for i := len(ln.entries) - 1; i >= 0; i-- {
				if e := ln.entries[i]; e.sub == sub {
					left = append(left, e)
					w.leave(e)
				}
			}
		}
	}
	if len(left) > 0 {
		w.signal()
	}
	return left
}
