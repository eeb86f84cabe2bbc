// Package fanout does work for a sequence of inputs, several at a time, and
// yields the results as they come.
package fanout

import (
	"context"
	"iter"
	"sync"
)

// Work is what is done for each input.
type Work[I, R any] struct {
	// The maximum number of inputs in flight.
	Limit int
	// Take is called with each input as it is taken, in the goroutine that ranges
	// over the inputs, before the sequence goes on. Do is called with what it
	// returns, in a goroutine of its own, and returns soon when its context has
	// ended. The result counts also if Do ends its goroutine.
	Take func(I) I
	Do   func(ctx context.Context, index int, in I, result *R)
	// Enough reports whether no further input is to be taken after a result. It
	// is called by one goroutine at a time, before the loop gets the result. Last
	// returns what the loop gets after the results of all that was in flight then.
	Enough func(R) bool
	Last   func(R) R
	// Interrupted gets the results of what was in flight when the loop was left
	// early, one after another, before the loop ends.
	Interrupted func(R)
}

// Run does the work for every input. The inputs are ranged over in a goroutine
// of their own, which ends at the next input when the loop has ended; a panic of
// theirs is passed on to the loop, unless its body has panicked itself. When ctx
// ends no input is taken any more, and the loop gets the results of all that is in
// flight.
func Run[I, R any](ctx context.Context, inputs iter.Seq[I], work Work[I, R]) iter.Seq[R] {
	return func(yield func(R) bool) {
		ctx, cancel := context.WithCancel(ctx)
		taking, enough := context.WithCancel(ctx)
		defer enough()
		l := &loop[I, R]{
			work:    work,
			slots:   make(chan struct{}, work.Limit),
			results: make(chan R),
			fed:     make(chan struct{}),
			enough:  enough,
			taking:  true,
		}
		go l.feed(ctx, taking, inputs)
		returned := false
		// Also when the body of the loop panics.
		defer func() { l.stop(cancel, returned) }()
		for {
			result, ok := l.next(taking)
			if !ok {
				break
			}
			if !yield(result) {
				returned = true
				return
			}
		}
		if l.final != nil {
			yield(work.Last(*l.final))
		}
		returned = true
	}
}

// loop is one loop over results.
type loop[I, R any] struct {
	work    Work[I, R]
	slots   chan struct{}
	results chan R
	fed     chan struct{} // closed when no more inputs are taken
	enough  context.CancelFunc

	judging  sync.Mutex // held while Enough is called
	mu       sync.Mutex
	inFlight int // inputs whose result was not taken
	stopped  bool
	taking   bool // the goroutine of feed is in the caller's inputs
	panicked any
	final    *R // the result after which no input is taken
}

// feed takes inputs and starts the work for each.
func (l *loop[I, R]) feed(ctx, taking context.Context, inputs iter.Seq[I]) {
	defer close(l.fed)
	defer func() {
		if err := recover(); err != nil {
			l.mu.Lock()
			l.panicked = err
			l.mu.Unlock()
		}
	}()
	if !l.room(ctx, taking) {
		return
	}
	index := 0
	for input := range inputs {
		if !l.launch(ctx, index, input) || !l.room(ctx, taking) {
			return
		}
		index++
		if !l.takeNext() {
			return
		}
	}
}

// takeNext reports whether another input is wanted.
func (l *loop[I, R]) takeNext() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.taking = !l.stopped
	return l.taking
}

// room waits until another input may be taken. ctx ends before taking does, which
// is derived from it.
func (l *loop[I, R]) room(ctx, taking context.Context) bool {
	if ctx.Err() != nil || taking.Err() != nil {
		return false
	}
	select {
	case l.slots <- struct{}{}:
		return ctx.Err() == nil && taking.Err() == nil
	case <-taking.Done():
		return false
	}
}

func (l *loop[I, R]) launch(ctx context.Context, index int, input I) bool {
	input = l.work.Take(input)
	if l.dropped() {
		return false
	}
	go l.do(ctx, index, input)
	return true
}

// dropped counts an input as in flight, or reports that it came too late.
func (l *loop[I, R]) dropped() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.taking = false
	if !l.stopped {
		l.inFlight++
	}
	return l.stopped
}

func (l *loop[I, R]) do(ctx context.Context, index int, input I) {
	var result R
	defer func() {
		l.judge(result)
		l.results <- result
	}()
	l.work.Do(ctx, index, input, &result)
}

// judge ends the taking of inputs if a result says so.
func (l *loop[I, R]) judge(result R) {
	if l.work.Enough == nil {
		return
	}
	l.judging.Lock()
	defer l.judging.Unlock()
	if l.final != nil || !l.work.Enough(result) {
		return
	}
	l.final = &result
	l.mu.Lock()
	l.stopped = true
	l.mu.Unlock()
	l.enough()
}

// next returns the next result, and false when there are no more.
func (l *loop[I, R]) next(taking context.Context) (result R, ok bool) {
	fed, done := l.fed, taking.Done()
	for {
		l.mu.Lock()
		left, stopped := l.inFlight, l.stopped
		l.mu.Unlock()
		if left == 0 && (fed == nil || stopped) {
			return result, false
		}
		select {
		case result := <-l.results:
			l.taken()
			return result, true
		case <-fed:
			fed = nil
		case <-done:
			done = nil
			l.mu.Lock()
			l.stopped = true
			l.mu.Unlock()
		}
	}
}

// taken frees the place of an input whose result was received.
func (l *loop[I, R]) taken() {
	<-l.slots
	l.mu.Lock()
	l.inFlight--
	l.mu.Unlock()
}

// stop ends what is in flight and hands its results over. A panic of inputs is
// passed on if the loop's body has returned.
func (l *loop[I, R]) stop(cancel context.CancelFunc, returned bool) {
	l.mu.Lock()
	l.stopped = true
	left, taking := l.inFlight, l.taking
	l.mu.Unlock()
	cancel()
	interrupted := make([]R, left)
	for i := range interrupted {
		interrupted[i] = <-l.results
		l.taken()
	}
	if !taking {
		<-l.fed
	}
	defer func() {
		l.mu.Lock()
		panicked := l.panicked
		l.mu.Unlock()
		if panicked != nil && returned {
			panic(panicked)
		}
	}()
	for _, result := range interrupted {
		l.work.Interrupted(result)
	}
}
