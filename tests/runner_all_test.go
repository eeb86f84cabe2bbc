package tests

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// inputs are n submissions and acceptances by turns, with tokens of their own.
func inputs(n int) iter.Seq[pc.StartTaskInput] {
	return func(yield func(pc.StartTaskInput) bool) {
		for i := 0; n < 0 || i < n; i++ {
			var in pc.StartTaskInput
			token := pc.ClientTokenFor(fmt.Sprint("item/", i))
			if i%2 == 0 {
				s := submission(i)
				s.ClientToken = &token
				in = s
			} else {
				a := acceptance(i)
				a.ClientToken = &token
				in = a
			}
			if !yield(in) {
				return
			}
		}
	}
}

func TestRunAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t, fake.WithQuotas(fake.DefaultQuotas()))
		svc.When(opStart, fake.WithIdentifier("O1004")).Script(fake.Fail(pc.ReasonCodeOpportunityConflict, "already submitted"))
		svc.When(opStart, fake.WithIdentifier("O1006")).Fault(fake.Always(), fake.Refuse(&pc.ValidationException{}))
		runner := pc.NewRunner(svc.Client(withQuota(pc.NewQuota())))
		start := time.Now()
		var got []int
		for result := range runner.RunAll(t.Context(), inputs(20)) {
			got = append(got, result.Index)
			switch result.Index {
			case 4:
				requireState(t, result.Err, pc.RunFailed)
				require.Equal(t, pc.ReasonCodeOpportunityConflict, result.Task.ReasonCode)
			case 6:
				requireState(t, result.Err, pc.RunNotStarted)
			default:
				require.NoError(t, result.Err)
				require.Equal(t, pc.TaskStatusComplete, result.Task.Status)
			}
			require.Equal(t, pc.ClientTokenFor(fmt.Sprint("item/", result.Index)), result.Task.ClientToken)
			require.Equal(t, result.Task.ClientToken, result.Input.Task().ClientToken)
		}
		require.Len(t, slices.Compact(slices.Sorted(slices.Values(got))), 20)
		require.Zero(t, svc.Calls().WithError("ThrottlingException").Len())
		require.InDelta(t, 20+5, time.Since(start).Seconds(), 4)
	})
}

// Results come as tasks end, not as inputs came.
func TestRunAllGivesResultsAsTheyEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		svc.When(opStart, fake.WithIdentifier("O1000")).Script(fake.After(time.Minute, fake.Complete()))
		svc.When(opStart, fake.WithIdentifier("O1002")).Script(fake.Immediately(fake.Complete()))
		var got []int
		for result := range pc.NewRunner(svc.Client()).RunAll(t.Context(), inputs(3)) {
			require.NoError(t, result.Err)
			got = append(got, result.Index)
		}
		require.Equal(t, []int{2, 1, 0}, got)
	})
}

func TestRunAllTakesInputsAsThereIsRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		var taken atomic.Int64
		counted := func(yield func(pc.StartTaskInput) bool) {
			for in := range inputs(-1) {
				taken.Add(1)
				if !yield(in) {
					return
				}
			}
		}
		before := startedGoroutines()
		got := 0
		for result := range pc.NewRunner(svc.Client()).RunAll(t.Context(), counted, func(o *pc.RunAllOptions) { o.Concurrency = 7 }) {
			require.NoError(t, result.Err)
			got++
			synctest.Wait()
			require.LessOrEqual(t, taken.Load(), int64(got+7))
			if got%100 == 1 {
				// One that takes inputs, one a run, and up to two of the waiter.
				require.InDelta(t, before+1+7+1, startedGoroutines(), 1)
			}
			if got == 500 {
				break
			}
		}
		synctest.Wait()
		require.LessOrEqual(t, startedGoroutines(), before, "nothing is left behind")
	})
}

// startedGoroutines counts the goroutines that the package has started, and no
// others that the test's process has.
func startedGoroutines() int {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	return bytes.Count(stacks, []byte("created by github.com/cosell-dev/partnercentral-go.")) +
		bytes.Count(stacks, []byte("created by github.com/cosell-dev/partnercentral-go/internal/"))
}

func TestRunAllLeftEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		runner := pc.NewRunner(svc.Client(withQuota(pc.NewQuota())))
		var interrupted []pc.RunResult
		options := func(o *pc.RunAllOptions) {
			o.Concurrency = 20
			o.OnInterrupted = func(result pc.RunResult) { interrupted = append(interrupted, result) }
		}
		cleaned := false
		endless := func(yield func(pc.StartTaskInput) bool) {
			defer func() { cleaned = true }()
			inputs(-1)(yield)
		}
		var delivered []pc.RunResult
		for result := range runner.RunAll(t.Context(), endless, options) {
			if delivered = append(delivered, result); len(delivered) == 10 {
				// Until then an input may be on its way, and would be dropped.
				synctest.Wait()
				break
			}
		}
		require.True(t, cleaned, "the input has been left, too")
		calls := svc.Calls().Len()
		require.Len(t, interrupted, 20)
		known := map[pc.RunState]int{}
		tasks := startedTasks(svc)
		ended := 0 // at the same moment as the last one that was delivered
		for _, result := range interrupted {
			if result.Err == nil {
				ended++
				continue
			}
			runErr := requireState(t, result.Err, result.Err.(*pc.RunError).State)
			require.ErrorIs(t, result.Err, context.Canceled)
			known[runErr.State]++
			require.Equal(t, runErr.State == pc.RunStarted, len(tasks[result.Task.ClientToken]) == 1)
		}
		require.Equal(t, len(tasks)-10-ended, known[pc.RunStarted])
		require.Equal(t, 20-ended, known[pc.RunStarted]+known[pc.RunNotStarted])
		time.Sleep(time.Hour)
		require.Equal(t, calls, svc.Calls().Len(), "everything has stopped")

		// What was interrupted is taken up by running the same again.
		interrupted = nil
		for result := range runner.RunAll(t.Context(), inputs(40), options) {
			require.NoError(t, result.Err)
		}
		for token, ids := range startedTasks(svc) {
			require.Len(t, ids, 1, token)
		}
		require.Len(t, startedTasks(svc), 40)
		require.Empty(t, interrupted)
	})
}

// When the context ends the loop gets what is known of everything in flight.
func TestRunAllCanceled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t, fake.WithDefaultOutcome(fake.Never()))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second+time.Second/2)
		defer cancel()
		start := time.Now()
		states := map[pc.RunState]int{}
		for result := range pc.NewRunner(svc.Client(withQuota(pc.NewQuota()))).RunAll(ctx, inputs(-1), func(o *pc.RunAllOptions) { o.Concurrency = 30 }) {
			require.ErrorIs(t, result.Err, context.DeadlineExceeded)
			states[result.Err.(*pc.RunError).State]++
		}
		require.Equal(t, 10*time.Second+time.Second/2, time.Since(start))
		require.Equal(t, map[pc.RunState]int{pc.RunStarted: len(startedTasks(svc)), pc.RunNotStarted: 30 - len(startedTasks(svc))}, states)
	})
}

// An input that blocks keeps neither results nor the end waiting.
func TestRunAllWithAnInputThatBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		queue := make(chan pc.StartTaskInput)
		fromQueue := func(yield func(pc.StartTaskInput) bool) {
			for in := range queue {
				if !yield(in) {
					return
				}
			}
		}
		go func() { queue <- submission(1) }()
		runner := pc.NewRunner(svc.Client())
		for result := range runner.RunAll(t.Context(), fromQueue) {
			require.NoError(t, result.Err)
			break
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for range runner.RunAll(ctx, fromQueue) {
			t.Fatal("no input, no result")
		}
		require.ErrorIs(t, ctx.Err(), context.DeadlineExceeded)
		// Both readers end with the next input, which is dropped.
		queue <- submission(2)
		queue <- submission(3)
		synctest.Wait()
		require.Len(t, startedTasks(svc), 1)
	})
}

func TestRunAllPassesPanicsOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		runner := pc.NewRunner(svc.Client())
		results := 0
		var interrupted []pc.RunResult
		require.PanicsWithValue(t, "the database is gone", func() {
			for result := range runner.RunAll(t.Context(), func(yield func(pc.StartTaskInput) bool) {
				inputs(3)(yield)
				panic("the database is gone")
			}) {
				require.NoError(t, result.Err)
				results++
			}
		})
		require.Equal(t, 3, results, "what had begun is seen through")
		require.PanicsWithValue(t, "the display is gone", func() {
			for range runner.RunAll(t.Context(), inputs(-1), func(o *pc.RunAllOptions) {
				o.OnInterrupted = func(result pc.RunResult) { interrupted = append(interrupted, result) }
			}) {
				// Until then there may be nothing else in flight.
				synctest.Wait()
				panic("the display is gone")
			}
		})
		require.NotEmpty(t, interrupted)
	})
}

func TestRunAllOfNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		runner := pc.NewRunner(svc.Client())
		for range runner.RunAll(t.Context(), inputs(0)) {
			t.Fatal("no input, no result")
		}
		n := 0
		for result := range runner.RunAll(t.Context(), slices.Values([]pc.StartTaskInput{nil, nil})) {
			requireState(t, result.Err, pc.RunNotStarted)
			n++
		}
		require.Equal(t, 2, n)
		var noContext context.Context
		for result := range runner.RunAll(noContext, inputs(3)) {
			requireState(t, result.Err, pc.RunNotStarted)
			require.ErrorContains(t, result.Err, "the context is nil")
			n++
		}
		require.Equal(t, 3, n)
		require.Zero(t, svc.Calls().Len())
		for result := range runner.RunAll(t.Context(), nil) {
			requireState(t, result.Err, pc.RunNotStarted)
			require.ErrorContains(t, result.Err, "the sequence of inputs is nil")
			n++
		}
		require.Equal(t, 4, n)
	})
}
