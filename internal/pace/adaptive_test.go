package pace

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// accountSim is processes that always have something to send, each with a pace
// of its own, on one account's bucket.
type accountSim struct {
	processes int
	depth     float64 // calls that the bucket holds
	jitter    float64 // most seconds from a process to the service
	stagger   float64 // seconds between the processes' starts
	outage    float64 // seconds from the start in which all is refused
	settled   float64 // seconds after which is counted
	seconds   float64
}

type accountShare struct {
	used, throttled float64 // parts of the quota and of the attempts
	least           float64 // the smallest part of an equal share
}

func (s accountSim) run(seed uint64) accountShare {
	random := rand.New(rand.NewPCG(seed, 7))
	epoch := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(seconds float64) time.Time { return epoch.Add(time.Duration(seconds * 1e9)) }
	paces := make([]adaptive, s.processes)
	next := make([]time.Time, s.processes)
	for i := range paces {
		paces[i] = newAdaptive(1, random.Float64)
		next[i] = at(float64(i)*s.stagger + 3*random.Float64())
	}
	accepted, throttled := make([]float64, s.processes), 0.0
	tokens, last := s.depth, epoch
	for {
		i := 0
		for j := range next {
			if next[j].Before(next[i]) {
				i = j
			}
		}
		now := next[i]
		if now.After(at(s.seconds)) {
			break
		}
		turn := paces[i].depart(now)
		arrival := now.Add(time.Duration(s.jitter * random.Float64() * 1e9))
		if arrival.After(last) {
			tokens, last = min(s.depth, tokens+arrival.Sub(last).Seconds()), arrival
		}
		counts := now.After(at(s.settled))
		if tokens >= 1-1e-9 && now.After(at(s.outage)) {
			tokens--
			paces[i].accepted(turn)
			if counts {
				accepted[i]++
			}
		} else {
			paces[i].throttled(now.Add(20 * time.Millisecond))
			if counts {
				throttled++
			}
		}
		next[i] = paces[i].next
	}
	total, least := 0.0, accepted[0]
	for _, n := range accepted {
		total += n
		least = min(least, n)
	}
	return accountShare{
		used:      total / (s.seconds - s.settled),
		throttled: throttled / (throttled + total),
		least:     least / total * float64(s.processes),
	}
}

func TestPaceOfOneProcessIsNeverThrottled(t *testing.T) {
	t.Parallel()
	for _, depth := range []float64{1, 2, 10} {
		got := accountSim{processes: 1, depth: depth, seconds: 10_000}.run(1)
		require.Zero(t, got.throttled)
		require.Greater(t, got.used, 0.997)
	}
}

func TestPacesShareAnAccount(t *testing.T) {
	t.Parallel()
	// One process cannot see what another does, so a bucket that holds a single
	// call is the hard case. Single simulations vary: on the hard case of four
	// processes, the deviation is 0.7% of the quota used and 0.7% of attempts
	// throttled. So bounds are on the mean of many seeds, which varies by a ninth
	// of that, and leave room for it. Run with -v for the means.
	for _, tc := range []struct {
		sim                    accountSim
		used, throttled, least float64
	}{
		{accountSim{processes: 2, depth: 1}, 0.90, 0.03, 0.95},
		{accountSim{processes: 4, depth: 1}, 0.90, 0.03, 0.95},
		{accountSim{processes: 4, depth: 1, jitter: 0.01}, 0.90, 0.03, 0.95},
		{accountSim{processes: 4, depth: 1, jitter: 0.1}, 0.85, 0.06, 0.9},
		{accountSim{processes: 4, depth: 1, stagger: 200}, 0.87, 0.03, 0.80},
		{accountSim{processes: 8, depth: 1}, 0.72, 0.12, 0.80},
		{accountSim{processes: 2, depth: 2}, 0.98, 0.03, 0.95},
		{accountSim{processes: 4, depth: 2}, 0.98, 0.03, 0.95},
		{accountSim{processes: 4, depth: 2, jitter: 0.03}, 0.98, 0.03, 0.95},
		{accountSim{processes: 8, depth: 2}, 0.95, 0.04, 0.9},
		{accountSim{processes: 4, depth: 10}, 0.98, 0.03, 0.95},
		{accountSim{processes: 8, depth: 10}, 0.98, 0.04, 0.9},
		{accountSim{processes: 16, depth: 10}, 0.98, 0.16, 0.85},
		{accountSim{processes: 2, depth: 1, outage: 3600}, 0.90, 0.03, 0.95},
		{accountSim{processes: 4, depth: 1, outage: 3600}, 0.90, 0.03, 0.95},
	} {
		sim := tc.sim
		sim.settled = sim.outage + 3600
		sim.seconds = sim.settled + 3600
		t.Run(fmt.Sprintf("%d processes on a bucket of %v, jitter %v, stagger %v, outage %v", sim.processes, sim.depth, sim.jitter, sim.stagger, sim.outage), func(t *testing.T) {
			t.Parallel()
			seeds := 40.0
			if sim.depth > 1 {
				seeds = 20 // they vary less
			}
			var mean accountShare
			for seed := range uint64(seeds) {
				got := sim.run(seed)
				mean.used += got.used / seeds
				mean.throttled += got.throttled / seeds
				mean.least += got.least / seeds
			}
			t.Logf("used %.1f%%, throttled %.1f%%, least %.2f of an equal share", 100*mean.used, 100*mean.throttled, mean.least)
			require.GreaterOrEqual(t, mean.used, tc.used)
			require.LessOrEqual(t, mean.throttled, tc.throttled)
			require.GreaterOrEqual(t, mean.least, tc.least)
		})
	}
}

// After an hour of throttling, whatever part of the attempts it took, the pace is
// back within a quarter of an hour of its last refusal, for callers who always
// have something to send and for those who seldom have.
func TestPaceRecoversByTime(t *testing.T) {
	t.Parallel()
	for _, limit := range []float64{1, 2, 10, 100} {
		for _, refused := range []float64{1, 0.9, 0.5, 0.1} {
			for _, pause := range []time.Duration{0, 20 * time.Second, 10 * time.Minute} {
				random := rand.New(rand.NewPCG(1, 1))
				p := newAdaptive(limit, random.Float64)
				start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
				now, last := start, start
				for now.Sub(start) < time.Hour {
					if turn := p.depart(now); random.Float64() < refused {
						p.throttled(now)
						last = now
					} else {
						p.accepted(turn)
					}
					now = later(p.next, now.Add(pause))
				}
				for now.Sub(last) < 15*time.Minute {
					p.accepted(p.depart(now))
					now = later(p.next, now.Add(pause))
				}
				require.GreaterOrEqual(t, p.shareAt(last.Add(15*time.Minute)), 0.9, "%v a second, %v refused, a pause of %v", limit, refused, pause)
				p.depart(now)
				require.LessOrEqual(t, p.next.Sub(now), p.intervals(2.2), "a turn, and a gap for others")
			}
		}
	}
}

// A recovery is an attempt: the next refusal takes it back.
func TestPaceGivesARecoveryBack(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for share, want := range map[float64]float64{0.2: 0.2, paceFloor: paceFirstCut} {
		p := newAdaptive(1, rand.Float64)
		p.contended, p.share, p.base, p.refused = true, share, share, start
		during := start.Add(700 * time.Second)
		p.depart(during)
		require.Greater(t, p.shareAt(during), 1.2*share)
		p.throttled(during)
		require.InEpsilon(t, want, p.shareAt(during), 0.002)
	}
}

// A quota that is smaller than the limit is used up by one process alone, with few
// attempts refused: where it settles is no recovery.
func TestPaceOfASmallerQuota(t *testing.T) {
	t.Parallel()
	for _, depth := range []float64{1, 3} {
		for _, perSecond := range []float64{0.9, 0.5, 0.2} {
			random := rand.New(rand.NewPCG(1, 7))
			p := newAdaptive(1, random.Float64)
			start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			now, last, tokens := start, start, depth
			accepted, throttled := 0.0, 0.0
			for now.Sub(start) < 4*time.Hour {
				turn := p.depart(now)
				tokens, last = min(depth, tokens+now.Sub(last).Seconds()*perSecond), now
				counts := now.Sub(start) > time.Hour
				if tokens >= 1-1e-9 {
					tokens--
					p.accepted(turn)
					if counts {
						accepted++
					}
				} else {
					p.throttled(now.Add(20 * time.Millisecond))
					if counts {
						throttled++
					}
				}
				now = p.next
			}
			require.Greater(t, accepted, 0.98*perSecond*(3*time.Hour).Seconds(), "%v a second on a bucket of %v", perSecond, depth)
			require.Less(t, throttled, 0.04*(throttled+accepted), "%v a second on a bucket of %v", perSecond, depth)
		}
	}
}

// When the others are gone, their part is taken over.
func TestPaceRecovers(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	p := newAdaptive(1, rand.New(rand.NewPCG(1, 1)).Float64)
	for p.share > 0.25 {
		p.depart(now)
		p.throttled(now)
		now = p.next
	}
	low, start := p.share, now
	for p.share < 1 {
		p.accepted(p.depart(now))
		now = p.next
		require.Less(t, now.Sub(start), 2*time.Hour)
	}
	// Slowly: most of the others may be having a pause.
	require.Greater(t, now.Sub(start), 10*time.Minute)

	p.contended, p.share, p.base, p.refused = true, low, low, now
	p.depart(now)
	p.depart(now.Add(time.Hour))
	require.Equal(t, 1.0, p.share, "an hour without use")
}

func TestPaceNeverStops(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	p := newAdaptive(10, rand.Float64)
	for range 10_000 {
		p.depart(now)
		p.throttled(now)
		require.True(t, p.next.After(now))
		require.LessOrEqual(t, p.next.Sub(now), time.Second)
		now = p.next
	}
	require.GreaterOrEqual(t, p.share, paceFloor)
}
