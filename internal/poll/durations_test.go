package poll

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// teach shows tasks of the given durations, polled every step.
func teach(d *Durations, durations []time.Duration, step time.Duration) {
	for _, end := range durations {
		seen := time.Duration(0)
		for age := step; ; age += step {
			if age >= end {
				d.Watched(1, seen, (seen+age)/2)
				d.Ended(seen, age)
				break
			}
			d.Watched(1, seen, age)
			seen = age
		}
	}
	d.Learn()
}

func TestPriorExpectsRecordedDurations(t *testing.T) {
	t.Parallel()
	d := NewDurations()
	survival := func(age float64) float64 { return math.Exp(-d.cumulative(age)) }
	require.Greater(t, survival(3), 0.9, "recorded tasks took 3.5 seconds and longer")
	require.InDelta(t, 0.5, survival(10), 0.2, "and up to 8.1, and all of them had ended in the answer to their Start")
	require.Greater(t, survival(3600), 0.0)
}

func TestDurationsAreLearned(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	var durations []time.Duration
	for range 3000 {
		durations = append(durations, time.Duration(20*math.Exp(0.77*r.NormFloat64())*float64(time.Second)))
	}
	d := NewDurations()
	teach(d, durations, 2*time.Second)
	for _, age := range []float64{10, 20, 40, 80} {
		longer := 0.0
		for _, x := range durations {
			if x.Seconds() > age {
				longer++
			}
		}
		require.InDelta(t, longer/3000, math.Exp(-d.cumulative(age)), 0.06, "share that runs longer than %v s", age)
	}
}

func TestStuckServiceIsLearned(t *testing.T) {
	t.Parallel()
	d := NewDurations()
	young, old := d.Lag(15*time.Second, 25*time.Second), d.Lag(300*time.Second, 310*time.Second)
	d.Watched(1000, 0, time.Hour)
	d.Learn()
	require.Less(t, d.Lag(15*time.Second, 25*time.Second), young/50, "nobody expects an end that never came")
	require.Less(t, d.Lag(300*time.Second, 310*time.Second), old/3)
	require.Greater(t, 1000*d.Lag(300*time.Second, 310*time.Second), 10*time.Second, "but what runs together may end together")
}

func TestRecordIsRestored(t *testing.T) {
	t.Parallel()
	d := NewDurations()
	require.True(t, d.Record().Empty())
	teach(d, []time.Duration{5 * time.Second, 20 * time.Second, 100 * time.Second, time.Hour}, 2*time.Second)
	r := d.Record()
	require.True(t, r.Valid())
	require.Equal(t, r, Restore(r).Record())
	for age := time.Second; age < 2*time.Hour; age = age * 3 / 2 {
		want := d.Lag(age, age+10*time.Second).Seconds()
		require.InEpsilon(t, want, Restore(r).Lag(age, age+10*time.Second).Seconds(), 1e-3, "age %s", age)
	}
	for name, bad := range map[string]Record{
		"negative":      {Ends: []float64{-1}},
		"no number":     {Seconds: []float64{math.NaN()}},
		"infinite":      {Seconds: []float64{math.Inf(1)}},
		"infinite ends": {Ends: []float64{math.Inf(1)}},
		"too many":      {Ends: []float64{1e6}},
		"too long":      {Seconds: []float64{1e6}},
		"other bins":    {Ends: make([]float64, bins+1)},
	} {
		require.False(t, bad.Valid(), name)
		require.Equal(t, NewDurations(), Restore(bad), name)
	}
}

// Whatever is watched, for however long, the record is valid.
func TestEveryRecordIsValid(t *testing.T) {
	t.Parallel()
	d := NewDurations()
	d.Watched(1_000_000, 0, 1000*time.Hour)
	require.True(t, d.Record().Valid())
	for range 100_000 {
		d.Ended(0, 30*time.Second)
	}
	require.True(t, d.Record().Valid())
	before := d.Lag(20*time.Second, 30*time.Second)
	fast := make([]time.Duration, 4000)
	for i := range fast {
		fast[i] = 24 * time.Second
	}
	teach(d, fast, time.Second)
	require.Greater(t, d.Lag(20*time.Second, 30*time.Second), before, "and what was stuck is forgotten")
}

func TestDurationsForget(t *testing.T) {
	t.Parallel()
	d := NewDurations()
	fast := make([]time.Duration, 5000)
	slow := make([]time.Duration, 5000)
	for i := range fast {
		fast[i], slow[i] = 5*time.Second, 100*time.Second
	}
	teach(d, fast, time.Second)
	for i := 0; i < len(slow); i += 500 {
		teach(d, slow[i:i+500], 5*time.Second)
	}
	require.Less(t, math.Exp(-d.cumulative(150))-math.Exp(-d.cumulative(1000)), 0.2)
	require.Greater(t, math.Exp(-d.cumulative(50)), 0.3, "the present counts more than the past")
}

func FuzzLag(f *testing.F) {
	f.Add(int64(0), int64(5), int64(0), int64(7), uint16(3))
	f.Add(int64(-1), int64(1)<<62, int64(math.MaxInt64), int64(math.MinInt64), uint16(0))
	f.Fuzz(func(t *testing.T, seen, age, from, to int64, n uint16) {
		d := NewDurations()
		d.Watched(int(n), time.Duration(from), time.Duration(to))
		for range n % 64 {
			d.Ended(time.Duration(from), time.Duration(to))
		}
		d.Learn()
		lag := d.Lag(time.Duration(seen), time.Duration(age))
		if lag < 0 || lag > max(0, time.Duration(age)) {
			t.Fatalf("lag %v for a task of age %v", lag, time.Duration(age))
		}
		if more := d.Lag(time.Duration(seen), min(math.MaxInt64/2, max(time.Duration(age), 0))+time.Second); seen > 0 && seen < age && age < math.MaxInt64/2 && more < lag {
			t.Fatalf("lag shrinks from %v to %v", lag, more)
		}
	})
}
