package partnercentral

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"sync"
	"time"

	"github.com/aws/smithy-go/logging"
	"github.com/google/uuid"
)

// Defaults of RunnerOptions.
const (
	// DefaultRunMaxWait is far above the seconds that recorded tasks took.
	DefaultRunMaxWait = time.Hour
	// DefaultConcurrency keeps one Start a second going with tasks that take
	// up to a minute and a half.
	DefaultConcurrency = 100
)

const (
	// The pauses before a task is started again.
	restartPauseMin = 5 * time.Second
	restartPauseMax = 5 * time.Minute
)

// RunnerAPIClient is what a Runner calls; [Client] implements it. For kinds of
// tasks beyond these two the client's method is looked up when such a task is
// started.
type RunnerAPIClient interface {
	StartEngagementByAcceptingInvitationTaskAPIClient
	StartEngagementFromOpportunityTaskAPIClient
	TaskWaiterAPIClient
}

// RunnerOptions configure a Runner, or one call of it.
type RunnerOptions struct {
	// How many times a task that failed for a reason that may pass
	// ([ReasonCode.Transient]) is started again, with the next token of the
	// chain ([NextClientToken]). Zero, the default, and less mean never: what a
	// failed task has already done is not documented, so it is the caller's
	// choice.
	MaxRestarts int

	// The longest wait for one task, counted from the answer to its Start, and
	// the longest time for which a throttled Start is repeated. Each restart has
	// it anew. Zero or less means the default, an hour. The context can end a run
	// earlier.
	MaxWait time.Duration

	// The most items of one RunAll that are in flight: taken from the input, and
	// their results not yet taken by the loop. Starting s tasks a second that
	// take d seconds needs s*d. Zero or less means the default, 100.
	Concurrency int

	// Called for every change of a task's state that is seen, its Start first
	// and its end included; also for each task of a chain. Not concurrently for
	// one run, but concurrently for different ones. It should return soon: the
	// run waits for it.
	OnChange func(Task)
}

// Runner starts tasks and waits for them, so that each is started once whatever
// happens on the way: lost answers, throttling, crashes, and several processes
// that work on the same input.
//
// All runs of a Runner share one [TaskWaiter]. A Runner is safe for concurrent
// use; it has no goroutine when nothing runs and needs no Close.
type Runner struct {
	client  RunnerAPIClient
	options RunnerOptions
	waiter  *TaskWaiter
	random  func() float64 // from 0 to 1, of the pauses

	mu          sync.Mutex
	progress    progress
	interrupted []RunResult
}

// NewRunner returns a Runner that calls client.
func NewRunner(client RunnerAPIClient, optFns ...func(*RunnerOptions)) *Runner {
	r := &Runner{client: client, waiter: NewTaskWaiter(client), random: rand.Float64}
	for _, fn := range optFns {
		fn(&r.options)
	}
	return r
}

func (r *Runner) callOptions(optFns []func(*RunnerOptions)) RunnerOptions {
	o := r.options
	for _, fn := range optFns {
		fn(&o)
	}
	if o.MaxWait <= 0 {
		o.MaxWait = DefaultRunMaxWait
	}
	if o.Concurrency <= 0 {
		o.Concurrency = DefaultConcurrency
	}
	return o
}

// Run starts the task of input and returns it when it has ended with COMPLETE.
// It returns at once when the answer to the Start says so, as the real service
// often does, and waits otherwise. The option functions apply to this run
// alone.
//
// input is not written to. Without a ClientToken it gets a random one, and
// every call of Run starts a task of its own. With one, and best with one of
// [ClientTokenFor], Run can be called again for the same input after a crash,
// or in two processes at once, and they all find the one task; what it came to
// is found, too, with the tasks that were started after it in the chain of
// MaxRestarts.
//
// A Start whose attempts are throttled is repeated for MaxWait, one whose
// attempts get no or no proper answer for a minute, always with the same token.
//
// The error is a [*RunError]: not started, may have been started, started,
// failed. The Task returned with it is the one of the RunError.
func (r *Runner) Run(ctx context.Context, input StartTaskInput, optFns ...func(*RunnerOptions)) (Task, error) {
	result := r.run(ctx, input, r.callOptions(optFns))
	return result.Task, result.Err
}

// run is one input on its way.
type run struct {
	runner   *Runner
	input    StartTaskInput
	options  RunnerOptions
	restarts int
	reported Task
}

func (r *Runner) run(ctx context.Context, input StartTaskInput, options RunnerOptions) (result RunResult) {
	one := &run{runner: r, input: input, options: options}
	r.progressed(func(p *progress) { p.begin(time.Now()) })
	started := false
	defer func() {
		ok := result.Err == nil && result.Task.Status == TaskStatusComplete
		r.progressed(func(p *progress) { p.end(started, ok, time.Now()) })
	}()
	task, err := one.chain(ctx, func() {
		if !started {
			started = true
			r.progressed(func(p *progress) { p.started() })
		}
	})
	if err != nil {
		return RunResult{Input: input, Task: err.Task, Restarts: one.restarts, Err: err}
	}
	return RunResult{Input: input, Task: task, Restarts: one.restarts}
}

// chain runs the task of the input and, as far as that is asked for, those
// after it.
func (r *run) chain(ctx context.Context, onStart func()) (Task, *RunError) {
	token, runErr := r.firstToken(ctx)
	if runErr != nil {
		return Task{}, runErr
	}
	for {
		task, err := r.start(ctx, token)
		if err != nil {
			if errors.As(err, &runErr) {
				return Task{}, runErr
			}
			return Task{}, r.fail(RunStateMaybeStarted, r.sent(token), err)
		}
		onStart()
		task, err = r.await(ctx, task)
		switch {
		case task.Done() && err != nil:
		case err != nil:
			return Task{}, r.fail(RunStateStarted, task, err)
		default:
			return task, nil
		}
		if !task.ReasonCode.Transient() || r.restarts >= r.options.MaxRestarts {
			return Task{}, r.fail(RunStateFailed, task, err)
		}
		if cause := sleep(ctx, backoff(restartPauseMin, restartPauseMax, r.restarts, r.runner.random())); cause != nil {
			return Task{}, r.fail(RunStateFailed, task, fmt.Errorf("%w (not started again: %w)", err, cause))
		}
		r.restarts++
		token = NextClientToken(token)
	}
}

func (r *run) fail(state RunState, task Task, err error) *RunError {
	return &RunError{State: state, Task: task, Restarts: r.restarts, Err: err}
}

// firstToken returns the token of the input, or makes one.
func (r *run) firstToken(ctx context.Context) (string, *RunError) {
	if r.input == nil || reflect.ValueOf(r.input).IsNil() {
		return "", r.fail(RunStateNotStarted, Task{}, errNilInput)
	}
	if ctx == nil {
		return "", r.fail(RunStateNotStarted, r.input.Task(), errNilContext)
	}
	if token := r.input.Task().ClientToken; token != "" {
		return token, nil
	}
	// The client would fill in one that nobody gets to know.
	newToken := func() (string, error) {
		id, err := uuid.NewRandom()
		return id.String(), err
	}
	if c, ok := r.runner.client.(interface{ Options() Options }); ok {
		if provider := c.Options().IdempotencyTokenProvider; provider != nil {
			newToken = provider.GetIdempotencyToken
		}
	}
	token, err := newToken()
	if err != nil {
		return "", r.fail(RunStateNotStarted, r.input.Task(), fmt.Errorf("get idempotency token: %w", err))
	}
	return token, nil
}

// sent is the task that a Start with the token is about.
func (r *run) sent(token string) Task {
	task := r.input.Task()
	task.ClientToken = token
	return task
}

// await waits for a started task.
func (r *run) await(ctx context.Context, task Task) (Task, error) {
	r.report(task)
	if task.Done() {
		return task, task.Err()
	}
	ended, err := r.runner.waiter.Wait(ctx, task, r.options.MaxWait, func(o *WaitOptions) {
		o.OnChange = r.report
	})
	ended = ended.filledFrom(task)
	r.report(ended)
	return ended, err
}

// report calls OnChange if something has changed.
func (r *run) report(task Task) {
	if r.options.OnChange == nil || task.ClientToken == r.reported.ClientToken && task.Status == r.reported.Status {
		return
	}
	r.reported = task
	defer func() {
		// As in a wait: a callback's panic is its own.
		if err := recover(); err != nil {
			r.runner.logger().Logf(logging.Warn, "runner: OnChange panicked: %v", err)
		}
	}()
	r.options.OnChange(task)
}

func (r *Runner) logger() logging.Logger {
	if c, ok := r.client.(interface{ Options() Options }); ok {
		if l := c.Options().Logger; l != nil {
			return l
		}
	}
	return logging.Nop{}
}
