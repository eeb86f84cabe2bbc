package partnercentral

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/aws/smithy-go/logging"
	"github.com/google/uuid"

	"github.com/cosell-dev/partnercentral-go/internal/lookup"
	"github.com/cosell-dev/partnercentral-go/internal/validate"
)

const (
	// Far above the seconds that recorded tasks took.
	defaultRunMaxWait = time.Hour
	// Keeps one Start per second going with tasks that take up to a minute and a
	// half.
	defaultConcurrency = 100

	// The pauses before a task is started again.
	restartPauseMin = 5 * time.Second
	restartPauseMax = 5 * time.Minute
)

// RunnerAPIClient is what a [Runner] calls; [*Client] implements it. Other kinds
// of tasks than these two need the methods of their operations in addition. They
// are looked up when such a task is started.
type RunnerAPIClient interface {
	StartEngagementByAcceptingInvitationTaskAPIClient
	StartEngagementFromOpportunityTaskAPIClient
	TaskWaiterAPIClient
}

// RunnerOptions configure a [Runner], or one call of it. The zero value of each
// member is its default. Negative values are refused.
type RunnerOptions struct {
	// The waiter for the started tasks. Default a waiter of the Runner's own.
	// If the process has a waiter already, set it here, so that all waits
	// share their polls.
	Waiter *TaskWaiter

	// How many times the runner starts a task again that failed for a reason
	// that may pass ([ReasonCode.Transient]). Each new task has the next
	// token of the chain ([NextClientToken]). Default 0: AWS does not
	// document what a failed task has already done, so the caller has to
	// decide.
	MaxRestarts int

	// The longest wait for one task, from the answer to its Start, and also
	// the longest time for which a throttled Start is repeated. Both begin
	// anew for each restart. Default an hour. The context can end a run
	// earlier.
	MaxWait time.Duration

	// RetryFailed is for an object that was corrected after its task failed.
	// If the task of the token had failed before this run began, the run uses
	// the next token of the chain ([NextClientToken]), and so on, up to the
	// first whose task has not failed. It starts one task at most, and
	// another run after a crash finds that task. Default false: every run
	// with the token returns the old failure.
	//
	// It costs one List for each run, unless Adopt makes that List anyway. It
	// has no effect without a ClientToken.
	RetryFailed bool

	// Adopt makes the runner look for a task that another program has started
	// for the same object, by a List before the Start. A task that runs is
	// waited for. Otherwise the newest is the result if it is COMPLETE and
	// not older than *Adopt, by its EndTime or, for kinds that have none, its
	// StartTime. With 0 only a task that runs is adopted. A FAILED task never
	// is. If there is none to adopt, the runner starts one. An adopted task
	// has Adopted set. nil, the default, always starts a task. See
	// aws.Duration.
	//
	// The List is at most 10 seconds old when the Start is sent. Starts of
	// one kind that wait to be sent share it: one List serves 10 objects. A
	// prospecting task counts if it has the same Name and the same
	// engagements. For OpportunityFromEngagement tasks Adopt is an error,
	// since several of them may run for different leads of one engagement.
	Adopt *time.Duration

	// How long to repeat a Start that gets a [ResourceNotFoundException],
	// with growing pauses: an object that was created a moment ago may not be
	// found yet. Users report 3 to 5 seconds. Default 0, not at all.
	StartNotFoundGrace time.Duration

	// OnChange is called for every change of a task's Status that the run
	// sees, from the answer to its Start to its end, and for each task of a
	// chain. Calls for one run come one after another; those for different
	// runs may be concurrent. A slow callback delays its run. A panic is
	// logged.
	OnChange func(Task)
}

// Runner starts tasks and waits for them. Each task is started once, even if
// answers are lost or the service throttles, and, with a ClientToken of yours,
// even if the process crashes or several processes work on the same input.
//
// A Runner is made by [NewRunner]. It is safe for concurrent use, has no
// goroutine when nothing runs, and needs no Close.
type Runner struct {
	client  RunnerAPIClient
	quota   *Quota // of the client, or nil
	options RunnerOptions
	random  func() float64 // from 0 to 1, of the pauses

	mu    sync.Mutex
	lines map[[2]string]*lookup.Line[Task] // of Starts that need a look-up, by kind and catalog

	abandoned chan struct{} // one for each List that was abandoned and has not returned
}

// NewRunner returns a Runner that uses the client. It returns no error: with a
// nil client or invalid options every run returns one.
func NewRunner(client RunnerAPIClient, optFns ...func(*RunnerOptions)) *Runner {
	r := &Runner{client: client, random: rand.Float64, abandoned: make(chan struct{}, maxAbandoned)}
	r.options = r.callOptions(optFns)
	if r.options.Waiter == nil {
		r.options.Waiter = NewTaskWaiter(client)
	}
	if c, ok := client.(*Client); ok && c != nil && c.options.Quota != nil {
		// The Quota knows when the next attempt may leave: a throttled Start
		// queues up for it at once, and not after a pause of its own.
		r.quota = c.options.Quota
		r.client = c.derive(func(o *Options) { o.Retryer = throttledAtOnce{o.Retryer} })
	}
	return r
}

func (r *Runner) callOptions(optFns []func(*RunnerOptions)) RunnerOptions {
	o := r.options
	for _, fn := range optFns {
		if fn != nil {
			fn(&o)
		}
	}
	return o
}

// Run starts the task of input and returns it when it has ended with COMPLETE.
// It returns at once when the answer to the Start says so, as the real service
// often does, and waits otherwise. The option functions apply to this run
// alone.
//
// Run does not write to input. Without a ClientToken each call starts a task
// of its own, with a random token. With one, best made by [ClientTokenFor],
// you can call Run again for the same input after a crash, or in two processes
// at once: all calls find the same task and its result. If it was started
// again (MaxRestarts), they find the last task of the chain.
//
// A throttled Start is repeated for MaxWait. A Start without a proper answer
// is repeated for a minute, with the same token. The time that it waits for
// its turn in a [Quota] does not count. If a repeat meets a
// [ConflictException] while the service may still work on the attempt before,
// it is repeated for 30 seconds more. Then the task is looked up by its
// object, as it is when the answer to a Start has no id.
//
// Errors that repeating cannot cure end the run at once: refusals by the
// service, and a connection that is impossible with this configuration, such
// as an unknown certificate authority or a proxy that asks for a password.
//
// The error is a [*RunError], whose State says whether the task was started.
// The Task returned with it is that of the RunError.
func (r *Runner) Run(ctx context.Context, input StartTaskInput, optFns ...func(*RunnerOptions)) (Task, error) {
	one, err := r.newRun(ctx, "Runner.Run", input, optFns)
	if err != nil {
		return Task{}, err
	}
	return one.chain(ctx)
}

// Start starts the task of input as Run does, and returns it without waiting
// for its end. Wait for it later or elsewhere. The error is nil also for a
// task that has FAILED already, and otherwise a [*RunError] as that of Run.
func (r *Runner) Start(ctx context.Context, input StartTaskInput, optFns ...func(*RunnerOptions)) (Task, error) {
	one, err := r.newRun(ctx, "Runner.Start", input, optFns)
	if err != nil {
		return Task{}, err
	}
	token, runErr := one.firstToken()
	if runErr != nil {
		return runErr.Task, runErr
	}
	task, _, runErr := one.begin(ctx, token)
	if runErr != nil {
		runErr = one.known(runErr)
		return runErr.Task, runErr
	}
	one.report(task)
	return task, nil
}

// problems returns what is wrong with a call before its arguments are looked at
// in detail.
func (r *Runner) problems(ctx context.Context, method string) *validate.Problems {
	p := validate.Of(method)
	switch {
	case r == nil || r.random == nil:
		p.Add("runner", "the runner was not made: make one with NewRunner")
	case isNil(r.client):
		p.Add("client", "the client is nil: give NewRunner a client")
	}
	if ctx == nil {
		p.Add("ctx", "the context is nil: give it one, such as context.Background()")
	}
	return p
}

// run is one input on its way.
type run struct {
	runner       *Runner
	input        StartTaskInput
	options      RunnerOptions
	waitForQuota bool
	restarts     int
	reported     Task
	exit         *RunError // of a Start that the client has left by ending the goroutine

	began  time.Time
	ahead  time.Duration // of the service's clock, as the last Start has shown it
	before before
	// The last task that the run has gone on from, and its failure; nil for none.
	failed  Task
	failure error
}

// newRun checks the arguments of a run.
func (r *Runner) newRun(ctx context.Context, method string, input StartTaskInput, optFns []func(*RunnerOptions)) (*run, error) {
	p := r.problems(ctx, method)
	one := &run{runner: r, input: ownInput(input), began: time.Now()}
	var task Task
	if one.input == nil {
		p.Add("input", "the input is nil")
	} else {
		task = one.input.Task()
	}
	if r != nil {
		one.options = r.callOptions(optFns)
		one.options.check(p)
		if family := familyOf(task.Kind); family != nil && family.adopts == adoptsNone && one.options.Adopt != nil {
			p.Wrong("Adopt", "is not possible for "+string(task.Kind)+" tasks, as those of other leads of the engagement look the same: leave it nil")
		}
		if r.random != nil && !isNil(r.client) && task.Kind != "" && p.Err() == nil {
			if err := familyOf(task.Kind).starter(r.client); err != nil {
				return nil, one.fail(RunNotStarted, task, err)
			}
		}
	}
	if err := p.Err(); err != nil {
		return nil, one.fail(RunNotStarted, task, err)
	}
	return one, nil
}

// check reports what is wrong with the options, and sets defaults.
func (o *RunnerOptions) check(p *validate.Problems) {
	if o.MaxRestarts < 0 {
		p.Wrong("MaxRestarts", "is less than zero: leave it 0 to start nothing again")
	}
	if o.MaxWait < 0 {
		p.Wrong("MaxWait", "is less than zero: leave it 0 for the default")
	}
	if o.StartNotFoundGrace < 0 {
		p.Wrong("StartNotFoundGrace", "is less than zero: leave it 0 to repeat nothing")
	}
	if o.Adopt != nil && *o.Adopt < 0 {
		p.Wrong("Adopt", "is less than zero: leave it nil to adopt nothing, or point it to 0 for tasks that run")
	}
	if o.MaxWait == 0 {
		o.MaxWait = defaultRunMaxWait
	}
}

// chain runs the task of the input and, as far as that is asked for, those
// after it.
func (r *run) chain(ctx context.Context) (Task, error) {
	token, runErr := r.firstToken()
	for runErr == nil {
		var task Task
		if task, token, runErr = r.begin(ctx, token); runErr != nil {
			break
		}
		ended, err := r.await(ctx, task)
		switch {
		case err == nil:
			return ended, nil
		case !ended.Done():
			runErr = r.fail(RunStarted, ended, err)
		case r.passOn(&ended):
			token = NextClientToken(token)
		case !ended.ReasonCode.Transient() || r.restarts >= r.options.MaxRestarts:
			if task.Done() && r.isOld(&task) {
				err = &failedBeforeError{err}
			}
			runErr = r.fail(RunFailed, ended, err)
		default:
			r.failed, r.failure = ended, err
			if cause := sleep(ctx, backoff(restartPauseMin, restartPauseMax, r.restarts, r.runner.random())); cause != nil {
				runErr = r.fail(RunNotStarted, r.sent(token), cause)
				break
			}
			r.restarts++
			if !ended.Adopted {
				token = NextClientToken(token)
			}
		}
	}
	runErr = r.known(runErr)
	return runErr.Task, runErr
}

// begin starts the task of a token, or of the first after it in the chain whose
// task had not failed before this run. It returns that token.
func (r *run) begin(ctx context.Context, token string) (Task, string, *RunError) {
	for {
		task, runErr := r.start(ctx, token)
		if runErr != nil || !r.passOn(&task) {
			return task, token, runErr
		}
		token = NextClientToken(token)
	}
}

// clockMargin is how exactly the service's clock is known: to the second.
const clockMargin = 2 * time.Second

// isOld reports whether a task was there before this run began.
func (r *run) isOld(task *Task) bool {
	began := r.began.Add(r.ahead - clockMargin)
	return r.input.Task().ClientToken != "" && !task.StartTime.IsZero() && task.StartTime.Before(began)
}

// known returns an error that says what is known if a task has failed and the
// next was not started: the task before.
func (r *run) known(err *RunError) *RunError {
	if r.failure == nil || err.State != RunNotStarted {
		return err
	}
	return r.fail(RunFailed, r.failed, fmt.Errorf("%w (not started again: %w)", r.failure, err.Err))
}

// errExited is the error of a run whose client or callback has called
// runtime.Goexit.
var errExited = errors.New("the client or OnChange has ended its goroutine")

// exited returns what is known of a run that did not return.
func (r *run) exited() (Task, error) {
	err := r.exit
	switch {
	case err != nil:
	case r.reported.Status == TaskStatusComplete:
		return r.reported, nil
	case r.reported.Done():
		err = r.fail(RunFailed, r.reported, r.reported.Err())
	case r.reported.Status != "":
		err = r.fail(RunStarted, r.reported, errExited)
	default:
		err = r.fail(RunNotStarted, r.input.Task(), errExited)
	}
	err = r.known(err)
	return err.Task, err
}

func (r *run) fail(state RunState, task Task, err error) *RunError {
	return &RunError{State: state, Task: task, Restarts: r.restarts, Err: err}
}

// firstToken returns the token of the input, or makes one.
func (r *run) firstToken() (string, *RunError) {
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
		return "", r.fail(RunNotStarted, r.input.Task(), fmt.Errorf("get idempotency token: %w", err))
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
	for {
		ended, err := r.options.Waiter.Wait(ctx, task, r.options.MaxWait, func(o *WaitOptions) {
			o.OnChange = r.report
		})
		task = ended.filledFrom(task)
		r.report(task)
		// Where the polls are what lacks a budget, the wait begins anew.
		if pause, ok := r.untilQuota(err); !ok || !errors.Is(err, WaitTimedOut) || sleep(ctx, pause) != nil {
			return task, err
		}
	}
}

// report calls OnChange if something has changed.
func (r *run) report(task Task) {
	if task.ClientToken == r.reported.ClientToken && task.Status == r.reported.Status {
		return
	}
	r.reported = task
	if r.options.OnChange == nil {
		return
	}
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
