package partnercentral

import (
	"context"
	"errors"
	"iter"
	"reflect"

	"github.com/aws/smithy-go/logging"

	"github.com/cosell-dev/partnercentral-go/internal/fanout"
	"github.com/cosell-dev/partnercentral-go/internal/fault"
)

// RunAllOptions configure one call of [Runner.RunAll].
type RunAllOptions struct {
	// The maximum number of inputs in flight. An input is in flight until the
	// loop takes its result. Default 100. To start s tasks per second that
	// take d seconds each, set s*d. A negative value is refused.
	Concurrency int

	// WaitForQuota makes runs wait when the client's [Quota] for 24 hours is
	// used up, until it has room again. That time does not count against
	// MaxWait. Default false: no more inputs are taken.
	WaitForQuota bool

	// OnInterrupted is called when the loop is left early, even by a panic,
	// with what is known of each input in flight. The calls are made one
	// after another, before the loop ends. Tasks that were started run on in
	// the service. A panic of OnInterrupted is logged.
	OnInterrupted func(RunResult)
}

// RunResult is the outcome of one input.
type RunResult struct {
	// The position of the input, from 0, and a copy of it. Index is -1 for an
	// error that is about no input: a nil context, for example, or the error
	// that made RunAll stop taking inputs.
	Index int
	Input StartTaskInput

	// The task as far as it is known; see [RunError] where there is an Err.
	Task Task

	// Nil if the task has ended with COMPLETE, and a [*RunError] otherwise.
	Err error
}

// RunAll runs every input as Run does and yields the results in the order in
// which the runs end. At most Concurrency runs are in flight. An input is
// taken and copied when there is room for it, so memory does not grow with the
// number of inputs, which may be infinite. With a [Quota] in the client's
// Options the Starts are paced to what the account allows. One input's error
// does not stop the others.
//
// An error that every further input would meet does stop RunAll: refused or
// missing credentials, a missing permission, an endpoint that cannot be
// reached with this configuration, a closed waiter, a [QuotaExhaustedError]
// unless WaitForQuota is set. RunAll then takes no more inputs, yields the
// results of those in flight, and last one result with Index -1 and that
// error. If Starts of the same operation have succeeded before, it takes three
// [AccessDeniedException] in a row, since a permission may depend on the
// object.
//
// A goroutine of its own ranges over inputs, since inputs may block while
// results come in. What it shares with the body of the loop needs a lock. If
// inputs blocks when the loop ends, RunAll does not wait for it: the goroutine
// ends when inputs returns or gives its next input, which is dropped. A panic
// of inputs is passed on to the loop.
//
// When the context ends, RunAll takes no more inputs. The runs in flight end
// with an error that says what is known of each task, and the loop gets all of
// these results before it ends. When the loop is left early, the runs stop in
// the same way, and OnInterrupted gets their results. In both cases the
// started tasks run on in the service. Run the same inputs again, with the
// same tokens, to go on.
//
// The sequence can be ranged over more than once if inputs can.
func (r *Runner) RunAll(ctx context.Context, inputs iter.Seq[StartTaskInput], optFns ...func(*RunAllOptions)) iter.Seq[RunResult] {
	return func(yield func(RunResult) bool) {
		var o RunAllOptions
		for _, fn := range optFns {
			if fn != nil {
				fn(&o)
			}
		}
		if err := r.checkAll(ctx, inputs, &o); err != nil {
			yield(RunResult{Index: -1, Err: &RunError{State: RunNotStarted, Err: err}})
			return
		}
		callers := callerErrors{}
		fanout.Run(ctx, inputs, fanout.Work[StartTaskInput, RunResult]{
			Limit: o.Concurrency,
			Take:  copyInput,
			Do: func(ctx context.Context, index int, input StartTaskInput, result *RunResult) {
				result.Index, result.Input = index, input
				r.runOne(ctx, &o, result)
			},
			Enough: func(result RunResult) bool { return callers.end(&result) },
			Last: func(result RunResult) RunResult {
				cause := result.Err
				if runErr := (*RunError)(nil); errors.As(cause, &runErr) {
					cause = runErr.Err
				}
				return RunResult{Index: -1, Err: &RunError{State: RunNotStarted, Err: &noMoreInputsError{cause}}}
			},
			Interrupted: func(result RunResult) { r.interrupted(o.OnInterrupted, result) },
		})(yield)
	}
}

// runOne runs the input of a result, and completes the result even if the client
// ends the goroutine.
func (r *Runner) runOne(ctx context.Context, o *RunAllOptions, result *RunResult) {
	one, err := r.newRun(ctx, "Runner.Run", result.Input, nil)
	if err != nil {
		result.Err = err
		return
	}
	one.waitForQuota = o.WaitForQuota
	returned := false
	defer func() {
		if !returned {
			result.Task, result.Err = one.exited()
		}
	}()
	result.Task, result.Err = one.chain(ctx)
	returned = true
}

// checkAll returns what is wrong with a call of RunAll, and sets defaults.
func (r *Runner) checkAll(ctx context.Context, inputs iter.Seq[StartTaskInput], o *RunAllOptions) error {
	p := r.problems(ctx, "Runner.RunAll")
	if inputs == nil {
		p.Add("inputs", "the sequence of inputs is nil")
	}
	if o.Concurrency < 0 {
		p.Wrong("Concurrency", "is less than zero: leave it 0 for the default")
	}
	if r != nil {
		options := r.options
		options.check(p)
	}
	if o.Concurrency == 0 {
		o.Concurrency = defaultConcurrency
	}
	return p.Err()
}

// interrupted calls OnInterrupted. A panic is its own, and keeps nothing from
// the results that are left.
func (r *Runner) interrupted(callback func(RunResult), result RunResult) {
	if callback == nil {
		return
	}
	defer func() {
		if err := recover(); err != nil {
			r.logger().Logf(logging.Warn, "runner: OnInterrupted panicked: %v", err)
		}
	}()
	callback(result)
}

// noMoreInputsError says why RunAll stopped taking inputs.
type noMoreInputsError struct{ cause error }

func (e *noMoreInputsError) Error() string {
	return "no further inputs were taken, since they would fare the same: " + e.cause.Error()
}

func (e *noMoreInputsError) Unwrap() error { return e.cause }

// deniedInARow is how many Starts in a row have to be denied until a permission
// is taken for missing that was there before.
const deniedInARow = 3

// callerErrors finds the errors that every further input would meet.
type callerErrors map[TaskKind]*deniedStarts

// deniedStarts is what is known of the permission for an operation: whether a
// Start was accepted, and how many were denied since the last one that was.
type deniedStarts struct {
	accepted bool
	inARow   int
}

// end reports whether no input is to be taken after a result.
func (c callerErrors) end(result *RunResult) bool {
	kind := result.Task.Kind
	if c[kind] == nil {
		c[kind] = &deniedStarts{}
	}
	starts := c[kind]
	var runErr *RunError
	if !errors.As(result.Err, &runErr) || runErr.State == RunFailed || runErr.State == RunStarted {
		starts.accepted, starts.inARow = true, 0
	}
	if runErr == nil {
		return false
	}
	var exhausted *QuotaExhaustedError
	if errors.As(runErr.Err, &exhausted) || errors.Is(runErr.Err, WaitClosed) {
		return true
	}
	if !fault.OfCaller(runErr.Err) {
		return false
	}
	var denied *AccessDeniedException
	if errors.As(runErr.Err, &denied) && starts.accepted && runErr.State == RunNotStarted {
		starts.inARow++
		return starts.inARow >= deniedInARow
	}
	return true
}

// ownInput returns the input of this package that an input is or embeds, nil if
// there is none.
func ownInput(in StartTaskInput) (own StartTaskInput) {
	defer func() {
		if recover() != nil {
			// What embeds it is nil.
			own = nil
		}
	}()
	if in == nil {
		return nil
	}
	if own = in.ownInput(); isNil(own) {
		return nil
	}
	return own
}

// copyInput returns a copy of an input that shares nothing of this package's with
// it.
func copyInput(in StartTaskInput) StartTaskInput {
	if in == nil {
		return nil
	}
	v := reflect.ValueOf(in)
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	detach(out)
	return out.Interface().(StartTaskInput)
}

var startTaskInputType = reflect.TypeFor[StartTaskInput]()

// detach puts a deep copy in the place of an input. Of what embeds it, the rest
// is the caller's, and is copied as by an assignment.
func detach(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() && v.CanSet() {
			to := reflect.New(v.Type().Elem())
			to.Elem().Set(v.Elem())
			detach(to.Elem())
			v.Set(to)
		}
	case reflect.Interface:
		if !v.IsNil() && v.CanSet() {
			to := reflect.New(v.Elem().Type()).Elem()
			to.Set(v.Elem())
			detach(to)
			v.Set(to)
		}
	case reflect.Struct:
		if v.Type().PkgPath() == startTaskInputType.PkgPath() && v.CanSet() {
			v.Set(deepCopy(v))
			return
		}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.Anonymous && (f.Type.Implements(startTaskInputType) || reflect.PointerTo(f.Type).Implements(startTaskInputType)) {
				detach(v.Field(i))
			}
		}
	}
}

func deepCopy(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			out.Set(reflect.New(v.Type().Elem()))
			out.Elem().Set(deepCopy(v.Elem()))
		}
	case reflect.Slice:
		if !v.IsNil() {
			out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			for i := range v.Len() {
				out.Index(i).Set(deepCopy(v.Index(i)))
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				out.Field(i).Set(deepCopy(v.Field(i)))
			}
		}
	}
	return out
}
