package poll

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func lane() *Lane { return NewLane(origin, Defaults()) }

func TestDelayStaysInItsBounds(t *testing.T) {
	t.Parallel()
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 2))
		l := lane()
		now := origin
		for range r.IntN(300) {
			start := now.Add(-time.Duration(r.ExpFloat64() * float64(time.Minute)))
			if r.IntN(10) == 0 {
				start = time.Time{}
			}
			l.Add(now, start, 0)
		}
		delay, forced := l.Delay(now)
		require.False(t, forced)
		require.GreaterOrEqual(t, delay, time.Duration(0))
		require.LessOrEqual(t, delay, Defaults().MaxDelay)
	}
}

func TestMoreTasksAreLookedAtSooner(t *testing.T) {
	t.Parallel()
	last := time.Hour
	for _, n := range []int{1, 3, 10, 100, 1000} {
		l := lane()
		for range n {
			l.Add(origin, origin, 0)
		}
		delay, _ := l.Delay(origin)
		require.LessOrEqual(t, delay, last, "%d tasks", n)
		last = delay
	}
	require.Less(t, last, 2*time.Second)
}

func TestOldTasksAreLookedAtLess(t *testing.T) {
	t.Parallel()
	gap := func(age time.Duration) time.Duration {
		l := lane()
		ref := l.Add(origin, origin.Add(-age), 0)
		l.Begin(origin, 10)
		l.Saw(origin, ref, -1, false)
		l.End(origin)
		delay, _ := l.Delay(origin)
		return delay
	}
	require.Greater(t, gap(20*time.Second), gap(10*time.Second))
	require.Greater(t, gap(time.Minute), gap(20*time.Second))
	for _, age := range []time.Duration{time.Minute, 5 * time.Minute, 20 * time.Minute} {
		require.InDelta(t, 17, gap(age).Seconds(), 7, "even gaps then, age %s", age)
	}
	require.Greater(t, gap(2*time.Hour), gap(20*time.Minute))
	require.LessOrEqual(t, gap(24*time.Hour), Defaults().MaxDelay)
}

func TestTasksAddedOneAfterAnotherAreWorthARound(t *testing.T) {
	t.Parallel()
	l := lane()
	first := l.First(origin, l.Add(origin, origin, 0))
	require.Greater(t, first, 5*time.Second, "one is given time")
	for range 999 {
		first = min(first, l.First(origin, l.Add(origin, origin, 0)))
	}
	delay, _ := l.Delay(origin)
	require.LessOrEqual(t, first, delay+delay/2, "a thousand are not, though each is new")
}

func TestResumedTaskIsDueAtOnce(t *testing.T) {
	t.Parallel()
	l := lane()
	ref := l.Add(origin, origin.Add(-time.Hour), 0)
	require.Zero(t, l.First(origin, ref))
	l = lane()
	fresh := l.Add(origin, origin, 0)
	require.Greater(t, l.First(origin, fresh), 2*time.Second, "a fresh one is given time")
	require.Less(t, l.First(origin, fresh), 8*time.Second)
}

func TestForcedTaskIsDueAtOnce(t *testing.T) {
	t.Parallel()
	l := lane()
	ref := l.Add(origin, origin, 0)
	l.Set(ref, Force)
	delay, forced := l.Delay(origin)
	require.Zero(t, delay)
	require.True(t, forced)
	step := l.Begin(origin, 10).Next()
	require.Equal(t, []int32{0}, step.Asks)
	l.Saw(origin, ref, -1, false)
	l.End(origin)
	_, forced = l.Delay(origin)
	require.False(t, forced, "once is enough")
}

func TestSkewOfClocksIsAllowedFor(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{-10 * time.Minute, 10 * time.Minute} {
		l := lane()
		ref := l.Add(origin, origin.Add(ahead), 0) // has just started, by the service's clock
		l.Skew(ahead)
		straight := lane()
		want := straight.First(origin, straight.Add(origin, origin, 0))
		require.Equal(t, want, l.First(origin, ref), "%s ahead", ahead)
	}
}

// FuzzLane does anything in any order.
func FuzzLane(f *testing.F) {
	f.Add([]byte("aaaaBsserEaB"), uint64(1))
	f.Add([]byte("aaaaaaaaaaaaaaaaaaaaBpppsssrrrrEfdBE"), uint64(2))
	f.Fuzz(func(t *testing.T, script []byte, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 1))
		l := lane()
		now := origin
		live := map[Ref]bool{}
		var round *Round
		pick := func() (Ref, bool) {
			for ref := range live {
				return ref, true
			}
			return 0, false
		}
		for _, b := range script[:min(len(script), 2000)] {
			now = now.Add(time.Duration(r.IntN(3000)) * time.Millisecond)
			ref, any := pick()
			switch b % 10 {
			case 0, 1:
				added := l.Add(now, now.Add(-time.Duration(r.IntN(1e12))), Flags(r.IntN(8)))
				if live[added] {
					t.Fatal("a place was given twice")
				}
				live[added] = true
			case 2:
				if any {
					l.Remove(ref)
					delete(live, ref)
				}
			case 3:
				if round == nil {
					round = l.Begin(now, 5)
				}
			case 4:
				if round == nil {
					break
				}
				step := round.Next()
				for _, ask := range step.Asks {
					if ref, ok := l.Ref(ask); ok {
						if !live[ref] {
							t.Fatal("asked for a task that was removed")
						}
						l.Saw(now, ref, -1, r.IntN(2) == 0)
					}
				}
				if step.Kind == Page {
					for ref := range live {
						l.Saw(now, ref, r.IntN(1000), false)
						break
					}
					round.PageDone([]time.Time{now, now.Add(-time.Hour)}, r.IntN(2) == 0)
				}
			case 5:
				l.End(now)
				round = nil
			case 6:
				if any {
					l.Set(ref, Force)
					l.Located(now, ref, now)
				}
			case 7:
				l.Skew(time.Duration(r.IntN(100)-50) * time.Second)
			case 8:
				if any {
					l.Asked(now, ref)
					l.First(now, ref)
				}
			case 9:
				if delay, _ := l.Delay(now); delay < 0 || delay > Defaults().MaxDelay {
					t.Fatalf("delay %s", delay)
				}
			}
			if l.Len() != len(live) {
				t.Fatalf("%d tasks, not %d", l.Len(), len(live))
			}
		}
	})
}
