package partnercentral

import (
	"context"
	"iter"
	"sync"
)

// RunResult is the outcome of one input.
type RunResult struct {
	// The position of the input, from 0, and the input itself.
	Index int
	Input StartTaskInput

	// The task as far as it is known; see [RunError] where there is an Err.
	Task Task

	// How many tasks were started again before this one.
	Restarts int

	// Nil if the task has ended with COMPLETE, and a [*RunError] otherwise.
	Err error
}

// RunAll runs every input as Run does and gives each result as soon as it is
// there, in the order in which they end. Up to Concurrency runs are in flight;
// an input is taken when there is room for it, so memory does not grow with the
// number of inputs, and there may be infinitely many. With a [Quota] in the
// client's Options the Starts are paced to what the account allows. One input's
// error does not stop the others.
//
// inputs is ranged over by a goroutine of its own, since it may block while
// results come in; what it shares with the body of the loop needs a lock.
//
// When the context ends, no input is taken any more, and what is in flight ends
// with an error that says what is known of it: the loop gets all of these
// results and ends. When the loop is left early, what is in flight is stopped
// in the same way before RunAll returns, and [Runner.Interrupted] has these
// results. In both cases the started tasks run on in the service: run the same
// inputs again, with the same tokens, to take them up.
//
// Should inputs be in the middle of something when that happens, RunAll does not
// wait for it: the goroutine ends when inputs gives its next input, which is
// dropped, or returns. A panic of inputs is passed on to the loop.
//
// The sequence can be ranged over more than once if inputs can.
func (r *Runner) RunAll(ctx context.Context, inputs iter.Seq[StartTaskInput], optFns ...func(*RunnerOptions)) iter.Seq[RunResult] {
	return func(yield func(RunResult) bool) {
		options := r.callOptions(optFns)
		if ctx == nil {
			yield(RunResult{Err: &RunError{State: RunStateNotStarted, Err: errNilContext}})
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		all := &runAll{
			runner:  r,
			options: options,
			slots:   make(chan struct{}, options.Concurrency),
			results: make(chan RunResult),
			fed:     make(chan struct{}),
			taking:  true,
		}
		go all.feed(ctx, inputs)
		// Also when the body of the loop panics.
		defer all.stop(cancel)
		for {
			result, ok := all.next(ctx)
			if !ok || !yield(result) {
				return
			}
		}
	}
}

// runAll is one loop over results.
type runAll struct {
	runner  *Runner
	options RunnerOptions
	slots   chan struct{}
	results chan RunResult
	fed     chan struct{} // closed when no more inputs are taken

	mu       sync.Mutex
	inFlight int // runs whose result was not taken
	stopped  bool
	taking   bool // the goroutine of feed is in the caller's inputs
	panicked any
}

// feed takes inputs and starts a run for each.
func (a *runAll) feed(ctx context.Context, inputs iter.Seq[StartTaskInput]) {
	defer close(a.fed)
	defer func() {
		if err := recover(); err != nil {
			a.mu.Lock()
			a.panicked = err
			a.mu.Unlock()
		}
	}()
	if !a.room(ctx) {
		return
	}
	index := 0
	for input := range inputs {
		if !a.launch(ctx, index, input) || !a.room(ctx) {
			return
		}
		index++
		a.mu.Lock()
		stopped := a.stopped
		a.taking = !stopped
		a.mu.Unlock()
		if stopped {
			return
		}
	}
}

// room waits until another run may begin.
func (a *runAll) room(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	select {
	case a.slots <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (a *runAll) launch(ctx context.Context, index int, input StartTaskInput) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.taking = false
	if a.stopped {
		return false
	}
	a.inFlight++
	go func() {
		result := a.runner.run(ctx, input, a.options)
		result.Index = index
		a.results <- result
	}()
	return true
}

// next returns the next result, and false when there are no more.
func (a *runAll) next(ctx context.Context) (RunResult, bool) {
	fed, done := a.fed, ctx.Done()
	for {
		a.mu.Lock()
		left, stopped := a.inFlight, a.stopped
		a.mu.Unlock()
		if left == 0 && (fed == nil || stopped) {
			return RunResult{}, false
		}
		select {
		case result := <-a.results:
			a.taken()
			return result, true
		case <-fed:
			fed = nil
		case <-done:
			done = nil
			a.mu.Lock()
			a.stopped = true
			a.mu.Unlock()
		}
	}
}

// taken frees the place of a run whose result was received.
func (a *runAll) taken() {
	<-a.slots
	a.mu.Lock()
	a.inFlight--
	a.mu.Unlock()
}

// stop ends what is in flight and keeps its results.
func (a *runAll) stop(cancel context.CancelFunc) {
	a.mu.Lock()
	a.stopped = true
	left := a.inFlight
	taking := a.taking
	a.mu.Unlock()
	cancel()
	var interrupted []RunResult
	for range left {
		interrupted = append(interrupted, <-a.results)
		a.taken()
	}
	a.runner.mu.Lock()
	a.runner.interrupted = interrupted
	a.runner.mu.Unlock()
	if !taking {
		<-a.fed
	}
	a.mu.Lock()
	panicked := a.panicked
	a.mu.Unlock()
	if panicked != nil {
		panic(panicked)
	}
}

// Interrupted returns what is known of the inputs that were in flight when the
// loop over the last RunAll to end was left early. It is empty if that loop ran
// to its end. The slice is the caller's.
func (r *Runner) Interrupted() []RunResult {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]RunResult(nil), r.interrupted...)
}
