package fanout

import (
	"context"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func doubling(limit int) Work[int, int] {
	return Work[int, int]{
		Limit: limit,
		Take:  func(in int) int { return in },
		Do: func(ctx context.Context, _, in int, result *int) {
			select {
			case <-time.After(time.Second):
				*result = 2 * in
			case <-ctx.Done():
				*result = -1
			}
		},
		Interrupted: func(int) {},
	}
}

func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		got := slices.Sorted(Run(t.Context(), slices.Values([]int{1, 2, 3, 4, 5}), doubling(2)))
		require.Equal(t, []int{2, 4, 6, 8, 10}, got)
		require.Equal(t, 3*time.Second, time.Since(start))
	})
}

func TestRunLeftEarlyHandsOverWhatIsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var interrupted []int
		work := doubling(3)
		quick := work.Do
		work.Do = func(ctx context.Context, index, in int, result *int) {
			if index == 0 {
				quick(ctx, index, in, result)
				return
			}
			<-ctx.Done()
			*result = -in
		}
		work.Interrupted = func(r int) { interrupted = append(interrupted, r) }
		for range Run(t.Context(), slices.Values([]int{1, 2, 3}), work) {
			break
		}
		require.ElementsMatch(t, []int{-2, -3}, interrupted)
	})
}

func TestRunOfWorkThatEndsItsGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		work := doubling(3)
		work.Do = func(_ context.Context, _, _ int, result *int) { *result = -2; runtime.Goexit() }
		require.Equal(t, []int{-2}, slices.Collect(Run(t.Context(), slices.Values([]int{1}), work)))
	})
}
