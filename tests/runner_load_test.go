package tests

import (
	"context"
	"flag"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// More of it, in some minutes, for numbers that mean something:
//
//	go test -v -run 'TestRunAllAtTheQuota|TestRunnersShare' ./tests -args -sim-inputs 10000 -sim-accounts 40
var (
	simInputs   = flag.Int("sim-inputs", 300, "inputs of the runner that works at its quota")
	simAccounts = flag.Int("sim-accounts", 1, "simulated accounts for each number of runners that share one")
	simSeed     = flag.Uint64("sim-seed", 1, "seed of the first simulation; the others count up from it")
)

// submissions are n inputs of one kind.
func submissions(n int) iter.Seq[pc.StartTaskInput] {
	return func(yield func(pc.StartTaskInput) bool) {
		for i := range n {
			if !yield(keyed(submission(i), fmt.Sprint("item/", i))) {
				return
			}
		}
	}
}

// At the default quota no request is throttled and hardly a second is wasted.
func TestRunAllAtTheQuota(t *testing.T) {
	t.Parallel() // one of the few that take seconds
	synctest.Test(t, func(t *testing.T) {
		items := *simInputs
		svc := fake.New(t, fake.WithQuotas(fake.DefaultQuotas()), fake.AllowLeftovers())
		longest := scriptDurations(svc, items, rand.New(rand.NewPCG(*simSeed, 1)))
		client := svc.Client(withLatency(svc, 0, *simSeed), withQuota(pc.NewQuota()))
		start := time.Now()
		for result := range pc.NewRunner(client).RunAll(t.Context(), submissions(items)) {
			require.NoError(t, result.Err)
		}
		took, ideal := time.Since(start), time.Duration(items)*time.Second
		calls := svc.Calls()
		throttled := calls.WithError("ThrottlingException").Len()
		starts := calls.For(opStart).Committed()
		t.Logf("%d inputs in %.1f s, %.2f%% over the ideal, %.2f requests a task, %d throttled",
			items, took.Seconds(), 100*(took-ideal).Seconds()/ideal.Seconds(), float64(calls.Len())/float64(items), throttled)
		require.Zero(t, throttled)
		require.Len(t, startedTasks(svc), items)
		last := starts[len(starts)-1].Time.Sub(start)
		t.Logf("the last Start after %.1f s, %.2f%% over the ideal; the rest is what the last tasks take, the longest of all %.0f s",
			last.Seconds(), 100*(last-ideal).Seconds()/ideal.Seconds(), longest.Seconds())
		// The pace leaves a gap of a second whenever the count has doubled.
		require.Less(t, last, ideal+ideal/1000+12*time.Second, "the last Start")
		// What the last tasks take, and the requests after the last Start, do not
		// grow with the number of inputs.
		require.Less(t, took, last+longest+30*time.Second)
		require.LessOrEqual(t, calls.Len(), items*16/10+50)
	})
}

// spread is what several simulations of one thing gave.
type spread []float64

func (s spread) mean() (sum float64) {
	for _, v := range s {
		sum += v / float64(len(s))
	}
	return sum
}

func (s spread) String() string {
	variance := 0.0
	for _, v := range s {
		variance += (v - s.mean()) * (v - s.mean()) / float64(len(s))
	}
	return fmt.Sprintf("%.1f%% (deviation %.1f, from %.1f to %.1f)", 100*s.mean(), 100*math.Sqrt(variance), 100*slices.Min(s), 100*slices.Max(s))
}

// Processes that know nothing of each other, on an account that holds a single
// write, in the second hour. Single accounts vary: 40 of four processes had a mean
// of 91.6% used with a deviation of 0.4, and 2.5% throttled with a deviation of
// 0.5, and of eight 84.6% (6.7) and 4.2% (2.0). So the bounds for a few are wide;
// 90% and 3% with two and four are what is aimed at.
func TestRunnersShareAnAccount(t *testing.T) {
	t.Parallel() // one of the few that take seconds
	for _, row := range []struct {
		runners         int
		used, throttled float64 // of the mean of 20 accounts and more
	}{{2, 0.90, 0.03}, {4, 0.90, 0.03}, {8, 0.75, 0.12}} {
		t.Run(fmt.Sprint(row.runners), func(t *testing.T) {
			var used, throttled, least spread
			var phases accountPhases
			for i := range uint64(*simAccounts) {
				synctest.Test(t, func(t *testing.T) {
					account := shareAccount(t, row.runners, *simSeed+i, &phases)
					used, throttled, least = append(used, account.used), append(throttled, account.throttled), append(least, account.least())
				})
			}
			t.Logf("%d runners: used %v, throttled %v, settled after %s, the least part of an equal share %v",
				row.runners, used, throttled, phases.settled(), least)
			leastUsed, mostThrottled := row.used, row.throttled
			if *simAccounts < 20 {
				leastUsed, mostThrottled = leastUsed-0.02*float64(row.runners), mostThrottled+0.01*float64(row.runners)
			}
			require.GreaterOrEqual(t, used.mean(), leastUsed)
			require.LessOrEqual(t, throttled.mean(), mostThrottled)
			require.Greater(t, slices.Min(least), 0.4, "starved")
		})
	}
}

// sharedAccount is what was seen of an account in the second hour.
type sharedAccount struct {
	used, throttled float64 // parts of the quota and of the attempts
	done            []int   // tasks of each runner
}

func (a sharedAccount) least() float64 {
	sum := 0
	for _, n := range a.done {
		sum += n
	}
	return float64(slices.Min(a.done)*len(a.done)) / float64(sum)
}

// accountPhases counts the calls of all accounts in phases of five minutes.
type accountPhases struct{ calls, throttled [24]int }

const phase = 5 * time.Minute

// settled returns the end of the first phase in which at most 5% of the calls
// were throttled.
func (p *accountPhases) settled() string {
	for i, calls := range p.calls {
		if 20*p.throttled[i] <= calls {
			return fmt.Sprintf("%.0f min", (time.Duration(i+1) * phase).Minutes())
		}
	}
	return "more than 2 h"
}

func shareAccount(t *testing.T, runners int, seed uint64, phases *accountPhases) sharedAccount {
	const end = time.Duration(len(phases.calls)) * phase
	// Without a test to log to: it would tell of each refusal.
	svc := fake.NewService(fake.WithQuotas(fake.Quotas{WritesPerSecond: 1}), fake.WithDefaultOutcome(fake.Immediately(fake.Complete())))
	defer svc.Close()
	start := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), end)
	defer cancel()
	account := sharedAccount{done: make([]int, runners)}
	var wg sync.WaitGroup
	for i := range runners {
		wg.Go(func() {
			client := svc.Client(withLatency(svc, 20*time.Millisecond, seed<<8+uint64(i)), withQuota(pc.NewQuota()))
			for result := range pc.NewRunner(client).RunAll(ctx, endless(i), func(o *pc.RunAllOptions) { o.Concurrency = 8 }) {
				if result.Err != nil {
					require.ErrorIs(t, result.Err, context.DeadlineExceeded, "throttling is waited out")
				} else if time.Since(start) > end/2 {
					account.done[i]++
				}
			}
		})
	}
	wg.Wait()
	throttled, calls := 0, 0
	for _, call := range svc.Calls().For(opStart) {
		i := min(int(call.Time.Sub(start)/phase), len(phases.calls)-1)
		refused := 0
		if call.Error == "ThrottlingException" {
			refused = 1
		}
		phases.calls[i]++
		phases.throttled[i] += refused
		if i >= len(phases.calls)/2 {
			calls++
			throttled += refused
		}
	}
	account.throttled = float64(throttled) / float64(calls)
	account.used = float64(calls-throttled) / (end / 2).Seconds()
	return account
}

// endless inputs of one of several runners.
func endless(runner int) iter.Seq[pc.StartTaskInput] {
	return func(yield func(pc.StartTaskInput) bool) {
		more := true
		for n := 0; more; n++ {
			more = yield(keyed(submission(n), fmt.Sprint(runner, "/", n)))
		}
	}
}
