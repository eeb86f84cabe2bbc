package pace

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestBudgetKeepsEverySecondAndDay(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 0))
		perSecond := []float64{0.2, 1, 2.5, 5, 10}[r.IntN(5)]
		perDay := []int{0, 10, 1000}[r.IntN(3)]
		b := NewBudget(perSecond, perDay)
		now := time.Unix(0, 0)
		var made []time.Time
		for range 3000 {
			if r.IntN(10) == 0 {
				now = now.Add(time.Duration(r.ExpFloat64() * float64(time.Minute)))
			}
			for n := 0; ; n++ {
				wait := b.Take(now)
				require.GreaterOrEqual(t, wait, time.Duration(0))
				require.Less(t, n, 3, "the time to wait is right")
				if wait == 0 {
					break
				}
				// Callers wait one after another, as a lane does.
				now = now.Add(wait)
			}
			made = append(made, now)
		}
		n := max(1, int(perSecond))
		window := time.Duration(float64(n) / perSecond * float64(time.Second))
		for i := n; i < len(made); i++ {
			require.GreaterOrEqual(t, made[i].Sub(made[i-n]), window, "seed %d", seed)
		}
		if perDay > 0 {
			for i := perDay; i < len(made); i++ {
				require.GreaterOrEqual(t, made[i].Sub(made[i-perDay]), 24*time.Hour-time.Second, "seed %d", seed)
			}
		}
	}
}

func TestBudgetLetsAnIdleOneCallAtOnce(t *testing.T) {
	t.Parallel()
	b := NewBudget(5, 50_000)
	now := time.Unix(0, 0)
	for range 5 {
		require.Zero(t, b.Take(now))
	}
	require.Equal(t, time.Second, b.Take(now))
}

func TestBudgetWithoutLimit(t *testing.T) {
	t.Parallel()
	for _, perSecond := range []float64{0, -1, 1e12} {
		b := NewBudget(perSecond, -1)
		now := time.Unix(0, 0)
		for range 100 {
			require.Zero(t, b.Take(now), "%v a second", perSecond)
		}
		require.LessOrEqual(t, len(b.recent), maxRecent)
	}
}

func TestAskingABudgetUsesNothingUp(t *testing.T) {
	t.Parallel()
	b := NewBudget(1, 0)
	now := time.Unix(0, 0)
	require.Zero(t, b.Take(now))
	for range 1000 {
		require.Equal(t, time.Second, b.Take(now))
	}
	require.Zero(t, b.Take(now.Add(time.Second)))
}
