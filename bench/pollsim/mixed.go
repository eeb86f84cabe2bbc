package main

import (
	"math/rand/v2"
	"time"

	"github.com/cosell-dev/partnercentral-go/internal/pace"
	"github.com/cosell-dev/partnercentral-go/internal/poll"
)

// kinds of tasks: three whose Lists share the read quota, and prospecting.
const kinds = 4

// The documented quotas of prospecting, and the waiter's share of them.
const (
	prospectingLists = 50
	prospectingGets  = 100
	prospectingShare = 25
)

// parts are the scenarios of the kinds, prospecting last.
func parts(s scenario) [kinds]scenario {
	reads := newQuota(10, 100_000)
	var all [kinds]scenario
	for i := range all {
		all[i] = s
		all[i].n = s.n / kinds
		all[i].every = s.every * kinds
		all[i].quota = reads
	}
	all[kinds-1].quota = newQuota(prospectingLists, 0)
	return all
}

// simulateMixed simulates one TaskWaiter that waits for tasks of all kinds: a
// lane each, of which three share a budget. A round is simulated as a whole
// before another lane's that is due meanwhile.
func simulateMixed(s scenario, r *rand.Rand) result {
	budget := pace.NewBudget(poll.DefaultPerSecond, poll.DefaultPerDay)
	var pollers [kinds]*sharedPoller
	for i, part := range parts(s) {
		set := poll.Defaults()
		if i < kinds-1 {
			pollers[i] = newSharedPoller(part, r, set, budget)
			continue
		}
		set.Limits.Page = 100
		set.Price = time.Duration(float64(set.Price) * poll.DefaultPerSecond / prospectingShare)
		pollers[i] = newSharedPoller(part, r, set, pace.NewBudget(prospectingShare, 0))
		pollers[i].gets = newQuota(prospectingGets, 0)
	}
	for {
		var next *sharedPoller
		for _, p := range pollers {
			if p.done < len(p.account.tasks) && (next == nil || p.due() < next.due()) {
				next = p
			}
		}
		if next == nil {
			break
		}
		next.step()
	}
	var sum result
	for _, p := range pollers {
		sum.add(p.result())
	}
	return sum
}

// simulateMixedSingle simulates one waiter a task, each on the List of its kind
// or, for prospecting, on its Get.
func simulateMixedSingle(s scenario, r *rand.Rand) result {
	all := parts(s)
	all[kinds-1].quota = newQuota(prospectingGets, 0)
	// The classic ones share a quota, so they are one simulation.
	classic := all[0]
	classic.n, classic.every = s.n-s.n/kinds, s.every*kinds/(kinds-1)
	sum := simulateSingle(classic, r)
	sum.add(simulateSingle(all[kinds-1], r))
	return sum
}

func (r *result) add(other result) {
	r.requests += other.requests
	r.throttled += other.throttled
	r.finished += other.finished
	r.lags = append(r.lags, other.lags...)
}
