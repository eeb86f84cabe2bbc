package tests

import (
	"context"
	"math"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// latency is the network: a request takes a while to arrive and its answer to
// come back, and the caller may be gone in between.
type latency struct {
	next   http.RoundTripper
	max    time.Duration
	mu     sync.Mutex
	random *rand.Rand
}

func (l *latency) Do(r *http.Request) (*http.Response, error) { return l.RoundTrip(r) }

func (l *latency) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := l.wait(r.Context()); err != nil {
		return nil, err
	}
	resp, err := l.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if err := l.wait(r.Context()); err != nil {
		return nil, err
	}
	return resp, nil
}

func (l *latency) wait(ctx context.Context) error {
	l.mu.Lock()
	d := time.Duration(l.random.Float64() * float64(l.max))
	l.mu.Unlock()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

func withLatency(svc *fake.Service, most time.Duration, seed uint64) func(*pc.Options) {
	return func(o *pc.Options) {
		o.HTTPClient = &latency{next: svc.Transport(), max: most, random: rand.New(rand.NewPCG(seed, 1))}
	}
}

// durations are lognormal, median 20 s, 99th percentile 120 s: the model that
// the waiter is tuned by. It returns the longest.
func scriptDurations(svc *fake.Service, n int, random *rand.Rand) (longest time.Duration) {
	sigma := math.Log(6) / 2.3263
	for _, op := range []fake.Operation{opStart, fake.StartEngagementByAcceptingInvitationTask} {
		outcomes := make([]fake.Outcome, n)
		for i := range outcomes {
			d := time.Duration(20 * math.Exp(sigma*random.NormFloat64()) * float64(time.Second))
			outcomes[i] = fake.After(d, fake.Complete())
			longest = max(longest, d)
		}
		svc.Script(op, outcomes...)
	}
	return longest
}

// Killed at 200 points and run again, with lost answers and throttling on top:
// nothing is started twice and nothing is lost.
func TestRunAllKilledAndRunAgain(t *testing.T) {
	t.Parallel() // one of the few that take seconds
	const items = 12
	points := map[pc.RunState]int{}
	lost := 0
	for seed := range uint64(200) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 2))
			svc := fake.New(t, fake.AllowLeftovers(), fake.WithQuotas(fake.DefaultQuotas()))
			scriptDurations(svc, items, random)
			for range 3 {
				svc.Fault(opStart, fake.Nth(1+random.IntN(items/2)), fake.AfterCommit(fake.Reset()))
				svc.Fault(fake.StartEngagementByAcceptingInvitationTask, fake.Nth(1+random.IntN(items/2)), fake.AfterCommit(fake.Error(500, "InternalServerException", "")))
			}
			client := svc.Client(withLatency(svc, 300*time.Millisecond, seed), withQuota(pc.NewQuota()))
			ctx, kill := context.WithTimeout(t.Context(), time.Duration(random.Float64()*45*float64(time.Second)))
			for result := range pc.NewRunner(client).RunAll(ctx, inputs(items)) {
				if result.Err != nil {
					points[result.Err.(*pc.RunError).State]++
				}
			}
			kill()
			lost += startsWithoutAnswer(svc)

			// A new process: new client, new quota.
			client = svc.Client(withLatency(svc, 300*time.Millisecond, seed+1000), withQuota(pc.NewQuota()))
			done := 0
			for result := range pc.NewRunner(client).RunAll(t.Context(), inputs(items)) {
				require.NoError(t, result.Err)
				done++
			}
			require.Equal(t, items, done)
			tasks := startedTasks(svc)
			require.Len(t, tasks, items)
			for _, ids := range tasks {
				require.Len(t, ids, 1)
			}
		})
	}
	for _, state := range []pc.RunState{pc.RunNotStarted, pc.RunMaybeStarted, pc.RunStarted} {
		require.GreaterOrEqual(t, points[state], 20, "the kills met every state: %v", points)
	}
	t.Logf("in flight at the kills: %v, answers lost: %d", points, lost)
}

func startsWithoutAnswer(svc *fake.Service) int {
	return svc.Calls().Committed().Where(func(c fake.Call) bool { return c.ClientToken != "" && c.Fault != "" }).Len()
}
