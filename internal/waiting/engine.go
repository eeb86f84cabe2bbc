// Package waiting waits for tasks of a service that can only be listed. All
// waits of an [Engine] share its polls.
//
// A wait subscribes to watched tasks, one for each id. Each list, of one kind of
// task in one catalog, is a lane. The loop starts a round of polls on a lane
// when one is due. A round delivers what the polls show to the watched tasks,
// and ends the waits whose tasks have ended. A dispatcher calls the callbacks.
//
// When to poll, and which polls a round consists of, is decided by package poll.
package waiting

import (
	"context"
	"sync"
	"time"

	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/metrics"
	"github.com/aws/smithy-go/tracing"

	"github.com/cosell-dev/partnercentral-go/internal/pace"
	"github.com/cosell-dev/partnercentral-go/internal/poll"
)

// State is what the engine distinguishes in the status of a task.
type State int

// States of a task.
const (
	Running State = iota
	Completed
	Failed
	// Unknown is a status that is none of the known ones.
	Unknown
)

func (s State) ended() bool { return s == Completed || s == Failed }

// Kind declares a kind of task. Its functions must not call the engine: most of
// them run while it is locked.
type Kind[T any] struct {
	Name    string
	Limits  poll.Limits
	Catalog func(*T) string
	// ID returns the id, or "" while it is not known. Object returns what finds
	// a task that has no id, or "".
	ID     func(*T) string
	Object func(*T) string
	// Start returns when the task started by the clock of the service, or the
	// zero time.
	Start func(*T) time.Time
	// Status returns the status in the service's words, and what it means.
	Status func(*T) (string, State)
	// Merge returns what is known after an answer: the answer, and what it
	// leaves out.
	Merge func(old T, now *T) T
	// List makes one poll. Nil for a client that cannot make it.
	List func(context.Context, Query[T]) (Page[T], error)
	// Rates of quotas of the kind's own, in calls per second; negative for no
	// limit. GetsPerSecond is for the calls that are about a single task: polls
	// for one id, and those that a poll makes at further turns. Zero means that
	// its polls count as reads.
	PerSecond, GetsPerSecond float64
	// ExpectNudges says that no poll is needed before MaxDelay unless a nudge
	// comes.
	ExpectNudges bool
}

// Query is what a list is asked for: tasks by id, or by object, or neither,
// which means a page of all tasks, newest first.
type Query[T any] struct {
	Catalog string
	IDs     []string
	Objects []string
	Size    int
	Token   string

	// Fresh asks for credentials that were asked for anew: the poll before was
	// refused.
	Fresh bool
	// Awaited reports whether anybody waits for a listed task.
	Awaited func(*T) bool
	// Queue says that a call of the poll waits for its turn in a queue of the
	// client's; turn says that it waits no more. The time does not count.
	Queue func() (turn func())
	// Turn waits until the budget allows a further call, for kinds of which a
	// poll takes several. The first call has had its turn.
	Turn func(context.Context) error
}

// Page is an answer of a list.
type Page[T any] struct {
	Tasks []T
	Next  string
	// Errs are what kept the list function from getting a listed task's results,
	// by id. Such a task is polled again.
	Errs map[string]error
	// Ahead is by how much the clock of the service is ahead, if HasClock.
	Ahead    time.Duration
	HasClock bool
}

// Verdict is what the error of a poll means.
type Verdict int

// Verdicts on an error.
const (
	// Passes: the error may pass.
	Passes Verdict = iota
	// Throttled: the quota of the account is used up.
	Throttled
	// Denied: no task of the list can be read.
	Denied
	// BadRequest: the request as a whole is refused.
	BadRequest
	// BadTask: one of the tasks asked for may be the reason.
	BadTask
	// NoTask: one of the tasks asked for does not exist.
	NoTask
)

// Config configures an [Engine].
type Config[T any] struct {
	// KindOf returns the kind of a task, or why it cannot be waited for. A task
	// that has ended needs nothing but a known kind.
	KindOf func(*T) (*Kind[T], error)
	// Judge classifies the error of a poll.
	Judge func(error) Verdict

	PerSecond   float64 // reads per second; negative for no limit
	PerDay      int     // reads in 24 hours; negative for no limit
	PollTimeout time.Duration
	MaxDelay    time.Duration // the longest time without a poll
	Durations   []Learned     // by another engine

	OnChange func(T)
	OnPoll   func(Poll)

	// Logger and the others are called without locks.
	Logger logging.Logger
	Tracer tracing.Tracer
	Meter  metrics.Meter
	Random func() float64 // from 0 to 1, of the jitter
}

// Poll describes one poll.
type Poll struct {
	Kind, Catalog string
	Asked         int // tasks asked for by id or object; 0 for a page
	Listed, Ended int
	Time          time.Time
	Duration      time.Duration
	Err           error
}

// Stats are counts since the engine was made, and its present state.
type Stats struct {
	Awaited                              int
	Begun, Completed, Failed             int64
	Polls, Pages, FailedPolls, Throttled int64
	CallbackPanics                       int64
}

// Engine waits for tasks. It is safe for concurrent use.
type Engine[T any] struct {
	config      Config[T]
	base        *queue // callbacks of the engine itself; nil without any
	callers     callers
	reads       *budgets
	instruments *instruments

	// All that follows, and what hangs on it, is accessed inside locked only.
	mu      sync.Mutex
	closed  bool
	lanes   map[laneKey]*lane[T]
	learned map[laneKey]*poll.Durations
	own     map[string]*budgets // of kinds with quotas of their own
	pace    float64             // by how much rounds are slowed down, from 1
	running bool                // the loop exists
	wake    chan struct{}
	wakeAt  time.Time // when the loop wakes by itself
	stats   Stats
	out     outbox
}

// New returns an engine. It has no goroutine until something is awaited.
func New[T any](config Config[T]) *Engine[T] {
	e := &Engine[T]{
		config:      config,
		reads:       sharedBudget(pace.NewBudget(config.PerSecond, config.PerDay)),
		instruments: newInstruments(config.Logger, config.Tracer, config.Meter),
		lanes:       map[laneKey]*lane[T]{},
		learned:     map[laneKey]*poll.Durations{},
		own:         map[string]*budgets{},
		pace:        1,
	}
	e.learn(config.Durations)
	if config.OnChange != nil || config.OnPoll != nil {
		e.base = &queue{callers: &e.callers, panicked: e.panicked}
	}
	return e
}

// locked runs f with the lock held, and then reports what f has put into the
// outbox. It is the only place where the lock is taken.
func (e *Engine[T]) locked(f func()) {
	e.instruments.report(e.exclusively(f))
}

func (e *Engine[T]) exclusively(f func()) outbox {
	e.mu.Lock()
	defer e.mu.Unlock()
	f()
	out := e.out
	e.out = outbox{}
	return out
}

func (e *Engine[T]) panicked(text string) {
	e.locked(func() {
		e.stats.CallbackPanics++
		e.out.warn(text)
	})
}

// Stats returns the present counts.
func (e *Engine[T]) Stats() (s Stats) {
	e.locked(func() { s = e.stats })
	return s
}

// Close ends all waits and refuses new ones.
func (e *Engine[T]) Close() {
	e.locked(func() {
		e.closed = true
		for _, ln := range e.lanes {
			for len(ln.watched) > 0 {
				w := ln.watched[len(ln.watched)-1]
				e.finishAll(w, Closed, nil)
			}
		}
		e.signal()
	})
}
