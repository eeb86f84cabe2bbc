package main

import (
	"math/rand/v2"
	"time"

	"github.com/cosell-dev/partnercentral-go/internal/pace"
	"github.com/cosell-dev/partnercentral-go/internal/poll"
)

// kinds of tasks: three whose Lists share the read quota, and prospecting.
const kinds = 4

// The documented quotas of prospecting, and the waiter's shares of them.
const (
	prospectingLists = 50
	prospectingGets  = 100
	listsShare       = prospectingLists / 2
	getsShare        = prospectingGets / 2
)

// parallelGets is how many Gets run at the same time for one List.
const parallelGets = 8

// gets are the calls that tell how a prospecting task has ended.
type gets struct {
	quota  *quota
	budget *pace.Budget
}

// get counts a Get at a time and reports whether the quota has room.
func (p *sharedPoller) get(now time.Duration) bool {
	p.requests++
	if !p.gets.quota.take(now + latency/2) {
		p.throttled++
		return false
	}
	return true
}

// results gets the results of tasks that a List shows to have ended, and returns
// those that it got. All Gets have ended then.
func (p *sharedPoller) results(ended []sighting) (got []sighting) {
	var free [parallelGets]time.Duration // when a place is free
	for i := range free {
		free[i] = p.now
	}
	for i, s := range ended {
		place := &free[i%parallelGets]
		at := p.turn(p.gets.budget, *place)
		if p.get(at) {
			got = append(got, s)
		}
		*place = at + latency
	}
	for _, at := range free {
		p.now = max(p.now, at)
	}
	return got
}

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
		pollers[i] = newProspectingPoller(part, r)
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

func newProspectingPoller(s scenario, r *rand.Rand) *sharedPoller {
	set := poll.Defaults()
	set.Limits.Page = 100
	p := newSharedPoller(s, r, set, pace.NewBudget(listsShare, 0))
	p.gets = &gets{newQuota(prospectingGets, 0), pace.NewBudget(getsShare, 0)}
	return p
}

// simulateProspecting simulates one TaskWaiter for prospecting tasks alone, at
// half of their quotas.
func simulateProspecting(s scenario, r *rand.Rand) result {
	s.quota = newQuota(prospectingLists, 0)
	return newProspectingPoller(s, r).play(s)
}

// simulateProspectingSingle simulates one waiter a task, on its Get.
func simulateProspectingSingle(s scenario, r *rand.Rand) result {
	s.quota = newQuota(prospectingGets, 0)
	return simulateSingle(s, r)
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
