package partnercentral

import (
	"context"
	"iter"
	"math/rand/v2"
	"reflect"
	"strings"
	"time"

	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/metrics"
	"github.com/aws/smithy-go/tracing"

	"github.com/cosell-dev/partnercentral-go/internal/validate"
	"github.com/cosell-dev/partnercentral-go/internal/waiting"
)

const (
	// Answers of a List have not been seen to take seconds; ten leave room for
	// a slow one.
	defaultPollTimeout = 10 * time.Second

	defaultMaxDelay = 30 * time.Second
	minMaxDelay     = 2 * time.Second

	// How far a List lags behind a Start is not documented; users report 3 to 5
	// seconds for another operation of the service.
	defaultNotFoundGrace = 30 * time.Second
)

// TaskWaiterOptions configure a [TaskWaiter]. The zero value of each member is
// its default.
type TaskWaiterOptions struct {
	// The maximum number of polls per second and in 24 hours, for all waits
	// together. The defaults, 5 and 50,000, are half of the read quota that
	// AWS documents for an account, and leave the other half to others. If
	// several processes wait for one account, divide it between them. A
	// negative value means no limit.
	//
	// Prospecting has quotas of its own. By default its polls take at most
	// half of those, 25 Lists and 50 Gets per second. ReadsPerSecond scales
	// these in proportion.
	ReadsPerSecond float64
	ReadsPerDay    int

	// How long one poll may take, once the client's Quota lets it go. Default
	// 10 seconds. A poll that hangs delays a wait by that much and no more.
	PollTimeout time.Duration

	// The longest time between two polls for a task. Default 30 seconds, at
	// least 2 seconds. ReadsPerSecond goes first: if it is too low for the
	// number of tasks, polls come later.
	MaxDelay time.Duration

	// How long a task may be missing from the lists before the wait ends with
	// [WaitNotFound]. Default 30 seconds. It does not apply to a task that is
	// known to exist, because its id and a Status or StartTime came from an
	// answer: only an answer that there is no such task ends that wait.
	NotFoundGrace time.Duration

	// Set ExpectEvents if [TaskWaiter.Nudge] is called for each event of the
	// account from EventBridge. A task is then polled only after MaxDelay, or
	// when an event comes that may be about it. That takes fewer polls, but
	// the end of a task is seen up to MaxDelay late if its events are lost or
	// if it fails, since no event is known to come for a failure. It concerns
	// the kinds of tasks whose events AWS documents:
	// EngagementFromOpportunity and EngagementByAcceptingInvitation.
	ExpectEvents bool

	// What an earlier waiter has learned of how long tasks take, as
	// [TaskWaiter.Durations] returned it. Without it a waiter first polls at
	// intervals that suit tasks of seconds as well as of minutes.
	Durations Durations

	// OnChange is called once for each change of the Status of an awaited task,
	// with the new state, before a wait returns that state.
	//
	// OnPoll is called after each poll, before OnChange for the changes that the
	// poll showed. Its queue holds 256 polls; the oldest are dropped.
	//
	// The callbacks are called one after another, in a goroutine that exists
	// while there are calls to make, and without any lock. A slow callback
	// delays the waits of this waiter, but not beyond the end of their
	// contexts. A panic is logged and counted. A callback cannot wait with
	// the same waiter: it gets an error. A callback that waits for another
	// goroutine which does is not detected; do not do that.
	OnChange func(Task)
	OnPoll   func(PollInfo)

	// Options of the client for polls. By default a poll makes one attempt.
	// They have no effect on a client that is not a [*Client] and ignores its
	// option functions.
	ClientOptions []func(*Options)

	// Where log lines, spans and measurements go. Default those of the
	// client's Options, and nowhere for a mock. The waiter logs what an
	// operator should know: a refused or throttled poll, pages that cannot be
	// used, a panic in a callback. The span of a round of polls belongs to
	// the trace of the caller that waits, if there is just one. If there are
	// several, it begins a trace of its own and has their number.
	Logger         logging.Logger
	TracerProvider tracing.TracerProvider
	MeterProvider  metrics.MeterProvider
}

// WaitOptions configure one call of [TaskWaiter.Wait] or [TaskWaiter.WaitAll].
type WaitOptions struct {
	// As in [TaskWaiterOptions], for the tasks of this call. They are preset with
	// the values of the waiter.
	MaxDelay      time.Duration
	NotFoundGrace time.Duration

	// Called in addition to the callbacks of the waiter, for the tasks of
	// this call and the polls of their lists. They have a queue of their own:
	// a slow one delays this call alone.
	OnChange func(Task)
	OnPoll   func(PollInfo)
}

// PollInfo describes one poll of a [TaskWaiter].
type PollInfo struct {
	// The list that was polled.
	Kind    TaskKind
	Catalog string

	// How many tasks the poll asked for, by id or object; 0 for a page of all
	// tasks.
	Asked int

	// How many tasks the answer had, and how many of them were awaited and had
	// ended.
	Listed, Ended int

	// When the poll was made and how long it took.
	Time     time.Time
	Duration time.Duration

	// What went wrong, or nil.
	Err error
}

// TaskWaiterAPIClient is what a [TaskWaiter] calls; [*Client] implements it.
// Other kinds of tasks than these two need the methods of their operations in
// addition. They are looked up when such a task is waited for.
type TaskWaiterAPIClient interface {
	ListEngagementByAcceptingInvitationTasksAPIClient
	ListEngagementFromOpportunityTasksAPIClient
}

// TaskWaiter waits for tasks. All its waits share their polls: one poll shows up
// to 1000 tasks. In the simulation of bench/pollsim a thousand tasks that were
// started together take 90 polls, and one takes 5. Use one TaskWaiter for all
// tasks of an account.
//
// When it polls depends on how long tasks have been seen to take and on how
// many waits a poll would serve; [TaskWaiterOptions] has the bounds. While
// nothing waits, a TaskWaiter has no goroutine and no timer, and makes no
// calls.
//
// A TaskWaiter is made by [NewTaskWaiter]. Its methods are safe for concurrent
// use.
type TaskWaiter struct {
	client  any
	options TaskWaiterOptions
	problem error // what is wrong with client or options
	engine  *waiting.Engine[Task]
	kinds   map[TaskKind]*waiting.Kind[Task]
	random  func() float64 // from 0 to 1, of the jitter
}

// TaskWaiterStats are counts since a [TaskWaiter] was made, and its state.
type TaskWaiterStats struct {
	// Waits going on now, and waits begun since the waiter was made.
	Awaited int
	Begun   int64

	// Waits that saw their task end, COMPLETE or FAILED.
	Completed, Failed int64

	// Polls made; of these the ones that returned a page, that failed, and that
	// failed by throttling.
	Polls, Pages, FailedPolls, Throttled int64

	// Panics of callbacks.
	CallbackPanics int64
}

// NewTaskWaiter returns a waiter that uses the client, or a copy with
// ClientOptions if it is a [*Client]. It returns no error: with a nil client
// or invalid options every wait returns a smithy.InvalidParamsError.
func NewTaskWaiter(client TaskWaiterAPIClient, optFns ...func(*TaskWaiterOptions)) *TaskWaiter {
	w := &TaskWaiter{client: client, random: rand.Float64}
	o := &w.options
	if c, ok := client.(interface{ Options() Options }); ok && !isNil(client) {
		from := c.Options()
		o.Logger, o.TracerProvider, o.MeterProvider = from.Logger, from.TracerProvider, from.MeterProvider
	}
	for _, fn := range optFns {
		if fn != nil {
			fn(o)
		}
	}
	w.problem = o.validate(isNil(client))
	o.setDefaults()
	if w.problem == nil {
		w.client = pollingClient(client, o)
	}
	w.kinds = map[TaskKind]*waiting.Kind[Task]{}
	for _, f := range taskFamilies {
		w.kinds[f.kind] = w.kindOf(f)
	}
	w.engine = waiting.New(w.config())
	return w
}

func isNil(client any) bool {
	if client == nil {
		return true
	}
	v := reflect.ValueOf(client)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// Wait returns when the task has ended, with its last state and a
// [*TaskFailedError] if it has FAILED. A task that has ended already is
// returned at once, without a call.
//
// Otherwise it returns the last known state and a [*WaitError], whose State is
//   - [WaitTimedOut] after maxWait. The last poll comes at a random time in its last
//     tenth, or in the last MaxDelay if that is shorter, so that processes which
//     began together do not poll together. It has two seconds to be answered;
//   - [WaitCanceled] when ctx ends, at once;
//   - [WaitNotFound] when the service has not listed the task for NotFoundGrace, or
//     has said for as long that it does not exist;
//   - [WaitUnknownStatus] for a status that this package does not know;
//   - [WaitRefused] when the service refuses to tell the state: access denied,
//     credentials, validation. The wait ends when a second poll, 5 seconds later and
//     with fresh credentials, is refused too. An answer that does not name its error,
//     such as a proxy's page, is no refusal;
//   - [WaitClosed] after Close.
//
// Throttling, faults of the service, timeouts and broken connections only delay a
// poll; they never end the wait.
//
// After each of these the task may still run, and you can call Wait with it
// again. If a task or an argument cannot be waited for, the error is a
// smithy.InvalidParamsError, and no call was made.
func (w *TaskWaiter) Wait(ctx context.Context, task Task, maxWait time.Duration, optFns ...func(*WaitOptions)) (Task, error) {
	request, err := w.request(ctx, "TaskWaiter.Wait", maxWait, optFns)
	if err != nil {
		return task, err
	}
	return outcome(ctx, w.engine.Wait(ctx, request, task))
}

// Refresh polls once and returns the present state of the task, for callers
// with a scheduler of their own. A task that has ended is returned without a
// call. Concurrent refreshes and waits share polls.
//
// The error is nil for a task that runs, and a [*TaskFailedError] for one that
// has FAILED. If the state could not be read, Refresh returns the task as it
// was and a [*WaitError]: [WaitPollFailed] if trying again may help,
// [WaitRefused] or [WaitNotFound] after this one poll, [WaitUnknownStatus],
// [WaitCanceled] or [WaitClosed].
func (w *TaskWaiter) Refresh(ctx context.Context, task Task) (Task, error) {
	request, err := w.once(ctx, "TaskWaiter.Refresh")
	if err != nil {
		return task, err
	}
	return outcome(ctx, w.engine.Wait(ctx, request, task))
}

// RefreshAll polls once for any number of tasks and yields each with what
// Refresh would have returned for it, in the order of the sequence. It takes
// all of them from the sequence before it polls. They share polls: up to 1000
// tasks that started lately cost one poll, others one for each ten, at the
// pace of ReadsPerSecond.
//
// When ctx ends, the tasks that are left come with [WaitCanceled]. With a nil
// sequence, and for invalid arguments, the error is yielded with each task; if
// there are no tasks it yields the error once.
func (w *TaskWaiter) RefreshAll(ctx context.Context, tasks iter.Seq[Task]) iter.Seq2[Task, error] {
	return func(yield func(Task, error) bool) {
		const method = "TaskWaiter.RefreshAll"
		request, err := w.once(ctx, method)
		if err = sequenceErr(method, tasks, err); err != nil {
			refuseAll(tasks, err, yield)
			return
		}
		for out := range w.engine.RefreshAll(ctx, request, tasks) {
			if !yield(outcome(ctx, out)) {
				return
			}
		}
	}
}

// once is the request of a wait for one round.
func (w *TaskWaiter) once(ctx context.Context, method string) (waiting.Request[Task], error) {
	request, err := w.request(ctx, method, time.Hour, nil)
	if err == nil {
		// The round ends in time. This is for a client that does not return at all.
		t := w.options.PollTimeout
		request.MaxWait = max(t, 3*t) // which may overflow
		request.Once, request.Grace = true, 0
	}
	return request, err
}

// sequenceErr returns err, or what is wrong with a sequence of tasks.
func sequenceErr(method string, tasks iter.Seq[Task], err error) error {
	if tasks != nil || err != nil {
		return err
	}
	p := validate.Of(method)
	p.Wrong("tasks", "is nil: give it a sequence of tasks")
	return p.Err()
}

// WaitAll waits for any number of tasks and yields each, when it ends, with
// what Wait would have returned for it. maxWait counts for each task from when
// it was taken from the sequence. Every task taken is yielded once: when ctx
// ends, those left come with [WaitCanceled] and no more are taken. Leaving the
// loop ends the waits that are left. There is no goroutine for each task.
//
// A goroutine of its own ranges over tasks, since tasks may block while waits
// end. What it shares with the body of the loop needs a lock. If tasks blocks
// when the loop ends, WaitAll does not wait for it: the goroutine ends when
// tasks returns or gives its next task, which is dropped. A panic of tasks is
// passed on to the loop.
//
// With a nil sequence, and for invalid arguments, the error is yielded with each
// task; if there are no tasks it yields the error once, as it does if ctx has
// ended before a task was taken.
func (w *TaskWaiter) WaitAll(ctx context.Context, tasks iter.Seq[Task], maxWait time.Duration, optFns ...func(*WaitOptions)) iter.Seq2[Task, error] {
	return func(yield func(Task, error) bool) {
		const method = "TaskWaiter.WaitAll"
		request, err := w.request(ctx, method, maxWait, optFns)
		if err = sequenceErr(method, tasks, err); err != nil {
			refuseAll(tasks, err, yield)
			return
		}
		for out := range w.engine.WaitAll(ctx, request, tasks) {
			if !yield(outcome(ctx, out)) {
				return
			}
		}
	}
}

// refuseAll yields the error with each task. If there are no tasks it yields the
// error once.
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

// Nudge triggers an immediate poll for the tasks that something may have
// happened to, for example because an event came from EventBridge: see
// [partnercentralevents]. It reports whether an awaited task was meant.
//
// The task is found by its ID or, without one, by one of OpportunityID,
// EngagementInvitationID and EngagementID. If no awaited task is known to have
// that id, all are meant of which the id is not known yet: the event of a new
// opportunity may be about any invitation that is being accepted. Kind and
// Catalog restrict this if they are set. The case of Catalog does not matter,
// since events have their own.
//
// The first nudge causes a poll at once, or after a second with ExpectEvents.
// Nudges of the next two seconds share one more poll, at the end of these two
// seconds, since one task causes several events.
//
// [partnercentralevents]: https://pkg.go.dev/github.com/cosell-dev/partnercentral-go/partnercentralevents
func (w *TaskWaiter) Nudge(task Task) bool {
	if w == nil || w.engine == nil {
		return false
	}
	return w.engine.Nudge(func(kind, catalog string) bool {
		return (task.Kind == "" || string(task.Kind) == kind) && (task.Catalog == "" || strings.EqualFold(task.Catalog, catalog))
	}, func(t *Task) waiting.Match { return nudges(&task, t) })
}

func nudges(hint, t *Task) waiting.Match {
	if id := taskID(hint); id != "" {
		if id == taskID(t) {
			return waiting.Same
		}
		return waiting.Other
	}
	named, contradicted := false, false
	for _, pair := range [][2]string{
		{hint.OpportunityID, t.OpportunityID},
		{hint.EngagementInvitationID, t.EngagementInvitationID},
		{hint.EngagementID, t.EngagementID},
	} {
		name, known := lastPart(pair[0]), lastPart(pair[1])
		switch {
		case name == "":
		case name == known:
			return waiting.Same
		default:
			named, contradicted = true, contradicted || known != ""
		}
	}
	if named && !contradicted {
		return waiting.Possible
	}
	return waiting.Other
}

// Stats returns the present counts.
func (w *TaskWaiter) Stats() TaskWaiterStats {
	if w == nil || w.engine == nil {
		return TaskWaiterStats{}
	}
	return TaskWaiterStats(w.engine.Stats())
}

// Close ends all waits with [WaitClosed] and refuses new ones. Polls under way
// are cancelled. The tasks run on. Closing again does nothing; the error is
// always nil.
func (w *TaskWaiter) Close() error {
	if w != nil && w.engine != nil {
		w.engine.Close()
	}
	return nil
}
