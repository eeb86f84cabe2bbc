package waiting

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSourceThatBlocksHoldsUpNoEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		e := s.engine()
		begun := time.Now()
		var ids []string
		for out := range e.WaitAll(t.Context(), request(), func(yield func(job) bool) {
			if yield(s.start("a", 5*time.Second)) {
				time.Sleep(time.Hour)
				yield(s.start("b", 5*time.Second))
			}
		}) {
			require.Equal(t, Ended, out.Cause)
			require.Less(t, out.Elapsed, 10*time.Second)
			ids = append(ids, out.Task.id)
			if out.Task.id == "a" {
				require.Less(t, time.Since(begun), 10*time.Second, "yielded when it has ended")
			}
		}
		require.Equal(t, []string{"a", "b"}, ids)
	})
}

func TestEndedContextEndsTheLoopOverABlockedSource(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		e := s.engine()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		begun := time.Now()
		outs := slices.Collect(e.WaitAll(ctx, request(), func(yield func(job) bool) {
			yield(s.start("a", time.Hour))
			time.Sleep(time.Minute)
			require.False(t, yield(s.start("b", time.Hour)), "it is dropped")
		}))
		require.Equal(t, 20*time.Second, time.Since(begun))
		require.Len(t, outs, 1)
		require.Equal(t, Canceled, outs[0].Cause)
		require.Equal(t, "a", outs[0].Task.id)
		time.Sleep(time.Hour)
		require.Zero(t, e.Stats().Awaited)
	})
}

func TestEndedContextIsSaidWithoutATask(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newService().engine()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		outs := slices.Collect(e.WaitAll(ctx, request(), func(func(job) bool) { time.Sleep(time.Minute) }))
		require.Equal(t, []Outcome[job]{{Cause: Canceled}}, outs)
		time.Sleep(time.Hour)
	})
}

func TestLoopOverABlockedSourceIsLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		e := s.engine()
		begun, took := time.Now(), atomic.Int32{}
		for range e.WaitAll(t.Context(), request(), func(yield func(job) bool) {
			for _, id := range []string{"a", "b"} {
				if !yield(s.start(id, 5*time.Second)) {
					return
				}
				took.Add(1)
			}
			time.Sleep(time.Hour)
			require.False(t, yield(s.start("c", 0)))
		}) {
			break
		}
		require.Less(t, time.Since(begun), 10*time.Second)
		require.EqualValues(t, 2, took.Load())
		time.Sleep(2 * time.Hour)
		require.Zero(t, e.Stats().Awaited)
		require.EqualValues(t, 2, e.Stats().Begun)
	})
}

func TestPanicOfTheSourceReachesTheLoop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		e := s.engine()
		require.PanicsWithValue(t, "broken", func() {
			for range e.WaitAll(t.Context(), request(), func(yield func(job) bool) {
				yield(s.start("a", time.Hour))
				panic("broken")
			}) {
				t.Error("nothing has ended")
			}
		})
		require.Zero(t, e.Stats().Awaited)
	})
}

// A source whose tasks need no waiting does not run ahead of the loop.
func TestSourceOfEndedTasksIsHeldBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newService().engine()
		var took atomic.Int32
		got := 0
		for out := range e.WaitAll(t.Context(), request(), func(yield func(job) bool) {
			for yield(job{id: "a", status: "DONE"}) {
				took.Add(1)
			}
		}) {
			synctest.Wait()
			require.Equal(t, Ended, out.Cause)
			require.LessOrEqual(t, int(took.Load()), got+3*maxUntaken)
			if got++; got == 1000 {
				break
			}
		}
		synctest.Wait()
		require.Equal(t, 1000, got)
	})
}

func TestWaitForAllInsideACallbackIsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		var e *Engine[job]
		var inside []Outcome[job]
		e = s.engine(func(c *Config[job]) {
			c.OnChange = func(job) {
				inside = slices.Collect(e.WaitAll(t.Context(), request(), slices.Values([]job{{id: "b", status: "RUNNING"}})))
			}
		})
		require.Equal(t, Ended, e.Wait(t.Context(), request(), s.start("a", 5*time.Second)).Cause)
		require.Len(t, inside, 1)
		require.Equal(t, Inside, inside[0].Cause)
	})
}
