package partnercentral

import (
	"context"
	"iter"
	"strings"
	"time"

	"github.com/cosell-dev/partnercentral-go/internal/poll"
)

// subscription is one call of Wait, WaitAll or Refresh.
type subscription struct {
	maxWait time.Duration
	grace   time.Duration
	once    bool // one look is enough, whatever it shows
	own     *callbacks

	// notify has room for one: a sign that something is in done, or that
	// callbacks wait to be made.
	notify chan struct{}

	// Guarded by the waiter's lock.
	live int        // tasks awaited
	last *awaited   // the task added last
	done []*awaited // tasks with a result that was not returned yet
}

// awaited is one task of one subscription.
type awaited struct {
	task Task
	sub  *subscription
	lane *taskLane

	begun    time.Time
	deadline time.Time
	asked    time.Time // when the last call that asked for the task was made
	missing  time.Time // since when the lists do not have the task, or zero
	lastErr  error     // what went wrong with the last call, or nil
	err      error     // the result
	twin     *awaited  // another wait for the same task
	nudged   time.Time // when a look was asked for
	looks    int32
	index    int32 // in lane.entries
	ref      poll.Ref
	ended    bool // listed as ended, its results are being asked for
}

func (e *awaited) elapsed() time.Duration { return time.Since(e.begun) }

// Wait returns when the task has ended, with its last state and a
// [*TaskFailedError] if it has FAILED. A task that has ended already is
// returned at once, without a call.
//
// Otherwise it returns the last state it knows together with
//   - [*WaitTimeoutError] after maxWait, all of which is used: the last look
//     is made at that time, and given two seconds to be answered;
//   - [*WaitCanceledError] when ctx ends, at once;
//   - [*TaskNotFoundError] when the service does not list the task;
//   - [*UnknownTaskStatusError] for a state that this package does not know;
//   - [*PollRefusedError] around the error of the List call when the service
//     refuses it for good: access denied, credentials, validation. Throttling,
//     faults of the service, timeouts and broken connections are no reason to
//     stop;
//   - [*WaiterClosedError] after Close;
//   - [*InvalidTaskError], [*InvalidWaitError] or [*UnsupportedTaskKindError],
//     before any call, for a task or an argument that makes no sense.
//
// After each of these but a TaskFailedError the task may still run, and Wait
// can be called again with it. Of the options, OnChange, OnPoll and
// NotFoundGrace can be set for one wait.
func (w *TaskWaiter) Wait(ctx context.Context, task Task, maxWait time.Duration, optFns ...func(*TaskWaiterOptions)) (Task, error) {
	sub, err := w.subscribe(ctx, maxWait, optFns)
	if err != nil {
		return task, err
	}
	return w.waitOne(ctx, sub, task)
}

// Refresh looks at the task once and returns its present state, for callers
// who have a scheduler of their own. A task that has ended is returned without
// a call. Looks of several Refreshes at a time, and of waits, share calls. The
// error is a [*TaskFailedError] for a task that has FAILED, and nil for one
// that runs. When the look failed the task is returned as it was, with the
// error of the call inside a [*PollRefusedError] or, where trying again may
// help, a [*WaitTimeoutError]; a task that is not listed is a
// [*TaskNotFoundError] without any grace.
func (w *TaskWaiter) Refresh(ctx context.Context, task Task) (Task, error) {
	sub, err := w.subscribe(ctx, w.options.LookTimeout, nil)
	if err != nil {
		return task, err
	}
	sub.once = true
	sub.grace = 0
	return w.waitOne(ctx, sub, task)
}

func (w *TaskWaiter) waitOne(ctx context.Context, sub *subscription, task Task) (Task, error) {
	if done, err := w.settled(task); done || err != nil {
		return task, err
	}
	if ctx.Err() != nil {
		return task, canceledError(ctx, task, 0, 0)
	}
	if err := w.add(sub, task, time.Now()); err != nil {
		return task, err
	}
	defer w.drop(sub)
	for {
		select {
		case <-ctx.Done():
			left, done := w.drop(sub), w.take(sub)
			w.tell(sub)
			if len(done) == 1 {
				return done[0].task, done[0].err
			}
			e := left[0]
			return e.task, canceledError(ctx, e.task, int(e.looks), e.elapsed())
		case <-sub.notify:
			done := w.take(sub)
			w.tell(sub)
			if len(done) == 1 {
				return done[0].task, done[0].err
			}
		}
	}
}

// WaitAll waits for any number of tasks and yields each with what Wait would
// have returned for it, in the order in which they end. It takes the tasks
// from the sequence one after another and yields what has ended in between, so
// the sequence may go on for as long as it does not block; maxWait counts for
// each task from when it was taken. Every task taken is yielded once: when ctx
// ends, those left come with a [*WaitCanceledError]. Leaving the loop ends the
// waits that are left. It starts no goroutine for a task.
//
// With a nil sequence, and for arguments that make no sense, the error is
// yielded with each task, or once if there is none.
func (w *TaskWaiter) WaitAll(ctx context.Context, tasks iter.Seq[Task], maxWait time.Duration, optFns ...func(*TaskWaiterOptions)) iter.Seq2[Task, error] {
	return func(yield func(Task, error) bool) {
		sub, err := w.subscribe(ctx, maxWait, optFns)
		if tasks == nil && err == nil {
			err = &InvalidWaitError{Argument: "tasks", Problem: "is nil"}
		}
		if err != nil {
			refuseAll(tasks, err, yield)
			return
		}
		defer w.drop(sub)
		for task := range tasks {
			if !w.takeIn(ctx, sub, task, yield) {
				return
			}
			if ctx.Err() != nil {
				break
			}
		}
		w.yieldRest(ctx, sub, yield)
	}
}

// refuseAll yields the error with each task, or once without one.
func refuseAll(tasks iter.Seq[Task], err error, yield func(Task, error) bool) {
	if tasks == nil {
		yield(Task{}, err)
		return
	}
	any := false
	for task := range tasks {
		any = true
		if !yield(task, err) {
			return
		}
	}
	if !any {
		yield(Task{}, err)
	}
}

// takeIn begins to wait for one task of WaitAll, yields it if there is nothing
// to wait for, and then yields what has ended meanwhile.
func (w *TaskWaiter) takeIn(ctx context.Context, sub *subscription, task Task, yield func(Task, error) bool) bool {
	done, err := w.settled(task)
	if !done && err == nil {
		if ctx.Err() != nil {
			err = canceledError(ctx, task, 0, 0)
		} else {
			err = w.add(sub, task, time.Now())
		}
	}
	if (done || err != nil) && !yield(task, err) {
		return false
	}
	select {
	case <-sub.notify:
		return w.yieldDone(sub, yield)
	default:
		return true
	}
}

func (w *TaskWaiter) yieldDone(sub *subscription, yield func(Task, error) bool) bool {
	done := w.take(sub)
	w.tell(sub)
	for _, e := range done {
		if !yield(e.task, e.err) {
			return false
		}
	}
	return true
}

func (w *TaskWaiter) yieldRest(ctx context.Context, sub *subscription, yield func(Task, error) bool) {
	for w.pending(sub) {
		select {
		case <-ctx.Done():
			left, done := w.drop(sub), w.take(sub)
			w.tell(sub)
			for _, e := range done {
				if !yield(e.task, e.err) {
					return
				}
			}
			for _, e := range left {
				if !yield(e.task, canceledError(ctx, e.task, int(e.looks), e.elapsed())) {
					return
				}
			}
			return
		case <-sub.notify:
			if !w.yieldDone(sub, yield) {
				return
			}
		}
	}
}

// Nudge says that something may have happened to a task, such as an event from
// EventBridge: the next look is made now and shows it, if it is awaited here.
// Nudges that come together share a look. The task need not be the awaited
// value: it is enough that its ID or, without one, one of OpportunityID,
// EngagementInvitationID and EngagementID is that of the awaited task; Kind and
// Catalog narrow it down if they are set, the latter without regard to case,
// since events write it in their own. Nudge returns whether any awaited task
// was meant.
func (w *TaskWaiter) Nudge(task Task) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	any := false
	for _, ln := range w.lanes {
		if task.Kind != "" && task.Kind != ln.key.kind || task.Catalog != "" && !strings.EqualFold(task.Catalog, ln.key.catalog) {
			continue
		}
		for _, e := range ln.entries {
			if nudges(&task, &e.task) {
				any = true
				ln.force(e)
			}
		}
	}
	if any {
		w.signal()
	}
	return any
}

func nudges(hint, t *Task) bool {
	if id := taskID(hint); id != "" {
		return id == taskID(t)
	}
	same := func(a, b string) bool { return a != "" && lastPart(a) == lastPart(b) }
	return same(hint.OpportunityID, t.OpportunityID) ||
		same(hint.EngagementInvitationID, t.EngagementInvitationID) ||
		same(hint.EngagementID, t.EngagementID)
}

// subscribe checks the arguments of a wait.
func (w *TaskWaiter) subscribe(ctx context.Context, maxWait time.Duration, optFns []func(*TaskWaiterOptions)) (*subscription, error) {
	switch {
	case w == nil:
		return nil, &InvalidWaitError{Argument: "waiter", Problem: "is nil: make one with NewTaskWaiter"}
	case w.client == nil && w.problem == nil:
		return nil, &InvalidWaitError{Argument: "waiter", Problem: "was not made with NewTaskWaiter"}
	case w.problem != nil:
		return nil, w.problem
	case ctx == nil:
		return nil, &InvalidWaitError{Argument: "ctx", Problem: "is nil"}
	case maxWait <= 0:
		return nil, &InvalidWaitError{Argument: "maxWait", Problem: "is " + maxWait.String() + ": give a time to wait, such as 10m"}
	}
	sub := &subscription{maxWait: maxWait, grace: w.options.NotFoundGrace, notify: make(chan struct{}, 1)}
	if len(optFns) == 0 {
		return sub, nil
	}
	o := w.options
	o.OnChange, o.OnPoll = noChange, noPoll
	for _, fn := range optFns {
		if fn != nil {
			fn(&o)
		}
	}
	if err := o.validate(); err != nil {
		return nil, err
	}
	if o.NotFoundGrace > 0 {
		sub.grace = o.NotFoundGrace
	}
	sub.own = ownCallbacks(&o, w.panicked)
	return sub, nil
}

// settled tells whether there is nothing to wait for: the task has ended, or
// cannot be waited for.
func (w *TaskWaiter) settled(task Task) (done bool, err error) {
	if w.isClosed() {
		return false, &WaiterClosedError{Task: task}
	}
	family := familyOf(task.Kind)
	if family == nil {
		problem := "its kind is not known"
		if task.Kind == "" {
			problem = "it has no kind"
		}
		return false, &InvalidTaskError{Task: task, Problem: problem + " (known: " + knownKinds() + ")"}
	}
	switch {
	case task.Done():
		return true, task.Err()
	case task.Status != "" && task.Status != TaskStatusInProgress:
		return false, &UnknownTaskStatusError{Task: task}
	case task.Catalog == "":
		return false, &InvalidTaskError{Task: task, Problem: "it has no Catalog, and the service finds a task in its own catalog only"}
	case taskID(&task) == "" && family.object(&task) == "":
		return false, &InvalidTaskError{Task: task, Problem: "it has neither ID nor ARN nor " + family.objectName + " to find it by"}
	case mispaired(&task) != "":
		return false, &InvalidTaskError{Task: task, Problem: mispaired(&task)}
	case family.list(w.client) == nil:
		return false, &UnsupportedTaskKindError{Kind: task.Kind}
	}
	return false, nil
}

func knownKinds() string {
	names := make([]string, 0, len(taskFamilies))
	for i := range taskFamilies {
		names = append(names, string(taskFamilies[i].kind))
	}
	return strings.Join(names, ", ")
}

// taskID is the id of the task, which may be known only as part of an ARN.
func taskID(t *Task) string {
	if t.ID != "" {
		return lastPart(t.ID)
	}
	return lastPart(t.ARN)
}

func (w *TaskWaiter) isClosed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.closed
}

// take returns the results that were not returned yet.
func (w *TaskWaiter) take(sub *subscription) []*awaited {
	w.mu.Lock()
	defer w.mu.Unlock()
	done := sub.done
	sub.done = nil
	return done
}

func (w *TaskWaiter) pending(sub *subscription) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return sub.live > 0 || len(sub.done) > 0
}

// tell makes the callbacks that wait to be made.
func (w *TaskWaiter) tell(sub *subscription) {
	w.base.run()
	sub.own.run()
}
