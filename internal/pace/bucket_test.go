package pace

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestBucketWithoutLimitNeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, o := range []Options{{PerSecond: -1, PerDay: -1}, {PerSecond: 1e12, PerDay: -5}} {
			o.Random = rand.Float64
			b := New(o)
			start := time.Now()
			for range 1000 {
				turn, _, err := b.Wait(t.Context())
				require.NoError(t, err)
				b.Report(turn, false)
			}
			require.Less(t, time.Since(start), 10*time.Microsecond)
			require.Equal(t, -1, b.Stats().DayLimit)
		}
	})
}

func TestThrottlingWithoutLimitIsCountedOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Options{PerSecond: -1, PerDay: -1, Random: rand.Float64})
		for range 100 {
			turn, waited, err := b.Wait(t.Context())
			require.NoError(t, err)
			require.Zero(t, waited)
			b.Report(turn, true)
		}
		require.EqualValues(t, 100, b.Stats().Throttled)
		require.Equal(t, -1.0, b.Stats().Rate)
	})
}

// A caller who gives up takes nothing, and those behind move up.
func TestBudgetWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(1, -1)
		require.NoError(t, b.Wait(t.Context()))
		start := time.Now()
		var wg sync.WaitGroup
		short, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		wg.Go(func() { require.ErrorIs(t, b.Wait(short), context.DeadlineExceeded) })
		synctest.Wait()
		for i := range 3 {
			wg.Go(func() {
				require.NoError(t, b.Wait(t.Context()))
				require.Equal(t, time.Duration(i+1)*time.Second, time.Since(start))
			})
			synctest.Wait()
		}
		wg.Wait()
		require.ErrorIs(t, b.Wait(short), context.DeadlineExceeded)
	})
}
