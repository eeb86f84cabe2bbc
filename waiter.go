package partnercentral

import (
	"math/rand/v2"
	"reflect"
	"sync"
	"time"

	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/metrics"
	"github.com/aws/smithy-go/tracing"

	"github.com/cosell-dev/partnercentral-go/internal/poll"
)

// Defaults of TaskWaiterOptions.
const (
	// Half of the read quota that AWS documents for an account, 10 a second and
	// 100,000 in 24 hours, so that as much is left for others.
	DefaultWaiterReadsPerSecond = poll.DefaultPerSecond
	DefaultWaiterReadsPerDay    = poll.DefaultPerDay

	// Answers of a List have not been seen to take seconds; ten leave room for
	// a slow one and for a retry.
	DefaultLookTimeout = 10 * time.Second

	// How long a task may run without a look at it.
	DefaultMaxStaleness = 30 * time.Second

	// After how long a task that is not listed is taken for not there. How far
	// a List lags behind a Start is not documented; users report 3 to 5 seconds
	// for another operation of the service.
	DefaultNotFoundGrace = 30 * time.Second
)

// TaskWaiterOptions configure a [TaskWaiter], or one of its waits where that
// is said. The zero value of each member is its default.
type TaskWaiterOptions struct {
	// The most List calls a second and in 24 hours, of all waits together.
	// Defaults [DefaultWaiterReadsPerSecond] and [DefaultWaiterReadsPerDay]. A
	// day less than zero is no limit. These are shares of the account's read
	// quota: several processes that wait for one account share it out.
	// Prospecting has quotas of its own and is not counted: half of the 50 Lists
	// a second is used for its Lists and Gets together by default, and as much
	// more or less as ReadsPerSecond is than its default.
	ReadsPerSecond float64
	ReadsPerDay    int

	// How long one List call may take. Default [DefaultLookTimeout]. A call
	// that hangs costs a wait that much, not its whole time.
	LookTimeout time.Duration

	// The longest time between two looks at a task. Default
	// [DefaultMaxStaleness], at least 2 seconds. The quota goes first: where
	// the share is too small for the number of tasks it takes longer.
	MaxStaleness time.Duration

	// How long a task may be missing from the lists before that is a
	// [*TaskNotFoundError]. Default [DefaultNotFoundGrace]. Can be set for one
	// wait.
	NotFoundGrace time.Duration

	// Called when the Status of an awaited task changes, with the new state,
	// before the wait returns it. Calls follow one another in the order of the
	// changes; none run at the same time. It is called by the goroutines that
	// wait, without any lock: a callback that blocks keeps one of them, no
	// others. A panic is logged and goes no further. Set in the options of
	// NewTaskWaiter it is called once for each change, whoever waits; set for
	// one wait it is called in addition, for the tasks of that wait.
	OnChange func(Task)

	// Called after each List call, as OnChange is and before the changes that
	// the call showed. Where callbacks are slower than calls, the oldest of
	// more than 256 untold calls are left out.
	OnPoll func(PollInfo)

	// Options for each List call. By default a call makes at most two attempts:
	// looking again is the waiter's own business.
	ClientOptions []func(*Options)

	// Where log lines, spans and measurements go. Default those of the client's
	// Options, for a mock nowhere. Lines are written when something is worth
	// knowing: a refused or throttled look, pages that cannot be used, a panic
	// in a callback.
	Logger         logging.Logger
	TracerProvider tracing.TracerProvider
	MeterProvider  metrics.MeterProvider
}

// PollInfo describes one List call of a [TaskWaiter].
type PollInfo struct {
	// The list that was asked.
	Kind    TaskKind
	Catalog string

	// How it was asked.
	Form PollForm

	// How many tasks it asked for by id or object; 0 for a page.
	Asked int

	// How many tasks the answer had, and how many of them were awaited and had
	// ended.
	Listed, Ended int

	// When the call was made and how long it took.
	Time     time.Time
	Duration time.Duration

	// What went wrong, or nil.
	Err error
}

// PollForm is how a List call asks.
type PollForm string

// Enum values for PollForm.
const (
	// Up to 10 tasks, by id. A prospecting task alone, and one that has ended,
	// by a Get.
	PollFormIDs PollForm = "ids"
	// The tasks of up to 10 opportunities, invitations, engagements or names.
	PollFormObjects PollForm = "objects"
	// The next up to 1000 tasks of the account, newest first; for prospecting up
	// to 100.
	PollFormPage PollForm = "page"
)

// TaskWaiterAPIClient is what a [TaskWaiter] calls; [*Client] is one. Kinds of
// tasks that are not in it need the method of their List in addition. A mock
// without that is fine as long as no such task is waited for.
type TaskWaiterAPIClient interface {
	ListEngagementByAcceptingInvitationTasksAPIClient
	ListEngagementFromOpportunityTasksAPIClient
}

// TaskWaiter waits for tasks. Its methods are safe for concurrent use, and all
// waits of one TaskWaiter share their List calls: one call shows up to 1000
// tasks, so a thousand waits cost hardly more than one. Use one TaskWaiter for
// all tasks of an account.
//
// When to look is decided from how long tasks have been seen to take, and how
// many would profit; see [TaskWaiterOptions] for the bounds. While nothing is
// awaited a TaskWaiter costs nothing: no goroutine, no timer, no calls.
//
// A TaskWaiter is made by [NewTaskWaiter].
type TaskWaiter struct {
	client  any
	options TaskWaiterOptions
	problem error // what is wrong with client or options
	scope   instruments
	base    *callbacks
	random  func() float64 // from 0 to 1, of the jitter

	mu      sync.Mutex
	closed  bool
	lanes   map[laneKey]*taskLane
	budget  *poll.Budget
	budgets map[TaskKind]*poll.Budget // of kinds with a quota of their own
	pace    float64                   // by how much looks are slowed down, from 1
	running bool                      // the loop exists
	wake    chan struct{}
	wakeAt  time.Time // when the loop wakes by itself
	stats   TaskWaiterStats
	outbox  outbox
}

// TaskWaiterStats are counts since a [TaskWaiter] was made, and its state.
type TaskWaiterStats struct {
	// Tasks that are awaited now, and tasks for which waits were begun.
	Awaited int
	Begun   int64

	// Waits that saw their task end, COMPLETE or FAILED.
	Completed, Failed int64

	// List calls made, those of them that gave a page, and those that failed;
	// throttled ones among those that failed.
	Calls, Pages, FailedCalls, Throttled int64

	// Panics of callbacks.
	CallbackPanics int64
}

// NewTaskWaiter returns a waiter that uses the client. It never fails: a nil
// client, and options that make no sense, are an [*InvalidWaitError] of every
// wait.
func NewTaskWaiter(client TaskWaiterAPIClient, optFns ...func(*TaskWaiterOptions)) *TaskWaiter {
	w := &TaskWaiter{client: client, lanes: map[laneKey]*taskLane{}, budgets: map[TaskKind]*poll.Budget{}, pace: 1, random: rand.Float64}
	o := TaskWaiterOptions{}
	if c, ok := client.(interface{ Options() Options }); ok && !isNil(client) {
		from := c.Options()
		o.Logger, o.TracerProvider, o.MeterProvider = from.Logger, from.TracerProvider, from.MeterProvider
	}
	for _, fn := range optFns {
		if fn != nil {
			fn(&o)
		}
	}
	if isNil(client) {
		w.problem = &InvalidWaitError{Argument: "client", Problem: "is nil"}
	} else {
		w.problem = o.validate()
	}
	o.setDefaults()
	w.options = o
	w.budget = poll.NewBudget(o.ReadsPerSecond, max(0, o.ReadsPerDay))
	w.scope = newInstruments(&o)
	w.base = &callbacks{onChange: o.OnChange, onPoll: o.OnPoll, panicked: w.panicked}
	return w
}

func isNil(client any) bool {
	if client == nil {
		return true
	}
	v := reflect.ValueOf(client)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

func (o *TaskWaiterOptions) validate() error {
	switch {
	case o.ReadsPerSecond < 0 || o.ReadsPerSecond != o.ReadsPerSecond:
		return &InvalidWaitError{Argument: "ReadsPerSecond", Problem: "is less than zero"}
	case o.LookTimeout < 0:
		return &InvalidWaitError{Argument: "LookTimeout", Problem: "is less than zero"}
	case o.MaxStaleness < 0 || o.MaxStaleness > 0 && o.MaxStaleness < 2*time.Second:
		return &InvalidWaitError{Argument: "MaxStaleness", Problem: "is less than 2s"}
	case o.NotFoundGrace < 0:
		return &InvalidWaitError{Argument: "NotFoundGrace", Problem: "is less than zero"}
	}
	return nil
}

func (o *TaskWaiterOptions) setDefaults() {
	if !(o.ReadsPerSecond > 0) {
		o.ReadsPerSecond = DefaultWaiterReadsPerSecond
	}
	if o.ReadsPerDay == 0 {
		o.ReadsPerDay = DefaultWaiterReadsPerDay
	}
	if o.LookTimeout <= 0 {
		o.LookTimeout = DefaultLookTimeout
	}
	if o.MaxStaleness <= 0 {
		o.MaxStaleness = DefaultMaxStaleness
	}
	if o.NotFoundGrace <= 0 {
		o.NotFoundGrace = DefaultNotFoundGrace
	}
	if o.Logger == nil {
		o.Logger = logging.Nop{}
	}
	if o.TracerProvider == nil {
		o.TracerProvider = &tracing.NopTracerProvider{}
	}
	if o.MeterProvider == nil {
		o.MeterProvider = metrics.NopMeterProvider{}
	}
}

// Stats returns the present counts.
func (w *TaskWaiter) Stats() TaskWaiterStats {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.stats
	for _, ln := range w.lanes {
		s.Awaited += len(ln.entries)
	}
	return s
}

// Close ends all waits with a [*WaiterClosedError] and refuses new ones. Calls
// under way are given up. The tasks run on. Closing again does nothing; the
// error is always nil.
func (w *TaskWaiter) Close() error {
	w.mu.Lock()
	w.closed = true
	var all []*awaited
	for _, ln := range w.lanes {
		all = append(all, ln.entries...)
	}
	for _, e := range all {
		w.finish(e, &WaiterClosedError{Task: e.task})
	}
	w.signal()
	w.unlock()
	return nil
}

// clientOptions are the options of every List call.
func (w *TaskWaiter) clientOptions() []func(*Options) {
	few := func(o *Options) { o.RetryMaxAttempts = 2 }
	return append([]func(*Options){few}, w.options.ClientOptions...)
}

func (w *TaskWaiter) panicked(err any) {
	w.mu.Lock()
	w.stats.CallbackPanics++
	w.mu.Unlock()
	w.options.Logger.Logf(logging.Warn, "task waiter: a callback panicked: %v", err)
}
