package main

import (
	"math/rand/v2"
	"time"

	"github.com/cosell-dev/partnercentral-go/internal/pace"
	"github.com/cosell-dev/partnercentral-go/internal/poll"
)

// latency is how long a call takes; the service reads its tasks in the
// middle of it.
const latency = 150 * time.Millisecond

// result is what a policy did in a scenario.
type result struct {
	requests, throttled, finished int
	lags                          []time.Duration
	took                          time.Duration
}

// sharedPoller simulates what a TaskWaiter does for one List: the lane, its
// planner and schedule, and the budget are those of the library.
type sharedPoller struct {
	*account
	r      *rand.Rand
	epoch  time.Time
	lane   *poll.Lane
	budget *pace.Budget
	set    poll.Settings
	// gets is the quota of the calls that tell how listed tasks have ended; nil
	// where the List does.
	gets *quota
	// alone is set while a round asks for one task, which such a call does, too.
	alone bool

	now     time.Duration
	started int // tasks handed to the lane so far
	refs    map[int]poll.Ref
	tasks   map[poll.Ref]int
	next    time.Duration // the round that is due
	done    int
	lags    []time.Duration

	// For a waiter that expects events: those to come, and when the last one that
	// may be about a task came, and when it was polled last.
	events        []announcement
	nudges        poll.Nudges
	nudged, asked map[int]time.Duration
}

func simulateShared(s scenario, r *rand.Rand) result {
	p := newSharedPoller(s, r, poll.Defaults(), pace.NewBudget(poll.DefaultPerSecond, poll.DefaultPerDay))
	for p.done < s.n && (s.horizon == 0 || p.now < s.horizon) {
		p.step()
	}
	return p.result()
}

func newSharedPoller(s scenario, r *rand.Rand, set poll.Settings, budget *pace.Budget) *sharedPoller {
	epoch := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return &sharedPoller{
		account: s.account(r),
		r:       r,
		epoch:   epoch,
		refs:    map[int]poll.Ref{},
		tasks:   map[poll.Ref]int{},
		lane:    poll.NewLane(epoch, set),
		budget:  budget,
		set:     set,
	}
}

func (p *sharedPoller) result() result {
	return result{requests: p.requests, throttled: p.throttled, finished: p.done, lags: p.lags, took: p.now}
}

// due is when the next step is.
func (p *sharedPoller) due() time.Duration {
	next, ok := p.nextStart()
	if p.lane.Len() == 0 || ok && next <= p.next {
		return max(p.now, next)
	}
	return max(p.now, p.next)
}

// step hands tasks that start to the lane, takes events, or makes a round.
func (p *sharedPoller) step() {
	next, ok := p.nextStart()
	event, expected := p.nextEvent()
	switch {
	case expected && event <= p.next && !(ok && next < event):
		p.now = max(p.now, event)
		p.nudge()
	case p.lane.Len() == 0 || ok && next <= p.next:
		// A task that starts may bring the round forward.
		p.now = max(p.now, next)
		p.start(p.now)
	default:
		p.now = max(p.now, p.next)
		began := p.now
		p.round()
		delay, forced := p.lane.Delay(p.at(p.now))
		if !forced {
			delay = max(delay, began+p.set.Shortest-p.now)
		}
		p.next = p.now + poll.Jitter(delay, p.r.Float64())
	}
}

func (p *sharedPoller) at(d time.Duration) time.Time { return p.epoch.Add(d) }

// nextStart is when the answer to the next Start comes.
func (p *sharedPoller) nextStart() (time.Duration, bool) {
	if p.started == len(p.account.tasks) {
		return 0, false
	}
	return p.account.tasks[p.started].start + latency, true
}

func (p *sharedPoller) start(now time.Duration) {
	for {
		next, ok := p.nextStart()
		if !ok || next > now {
			return
		}
		empty := p.lane.Len() == 0
		ref := p.lane.Add(p.at(next), p.at(p.account.tasks[p.started].start), 0)
		p.refs[p.started], p.tasks[ref] = ref, p.started
		p.started++
		first := next + poll.FirstJitter(p.lane.First(p.at(next), ref), p.r.Float64())
		if empty || first < p.next {
			p.next = max(first, now)
		}
	}
}

func (p *sharedPoller) round() {
	round := p.lane.Begin(p.at(p.now), poll.DefaultCalls)
	pages := 0
	for {
		step := round.Next()
		if step.Kind == poll.Done {
			break
		}
		p.pay()
		sent := p.now
		ok := p.admit(sent + latency/2)
		p.now += latency
		p.start(p.now)
		if !ok {
			// Not expected; the waiter ends such a round too.
			p.now += 2 * time.Second
			break
		}
		if step.Kind == poll.Page {
			rows, more := p.page(sent+latency/2, pages, p.set.Limits.Page)
			pages++
			p.alone = false
			starts := make([]time.Time, len(rows))
			for row, i := range rows {
				starts[row] = p.at(p.account.tasks[i].start)
				if ref, awaited := p.refs[i]; awaited {
					p.saw(ref, i, row, sent)
				}
			}
			round.PageDone(starts, more)
			continue
		}
		p.alone = len(step.Asks) == 1
		for _, ask := range step.Asks {
			if ref, live := p.lane.Ref(ask); live {
				p.saw(ref, p.tasks[ref], -1, sent)
			}
		}
	}
	p.alone = false
	p.lane.End(p.at(p.now))
}

// pay waits for a place in the budget.
func (p *sharedPoller) pay() {
	for wait := p.budget.Take(p.at(p.now)); wait > 0; wait = p.budget.Take(p.at(p.now)) {
		p.now += wait
	}
}

func (p *sharedPoller) saw(ref poll.Ref, i, row int, sent time.Duration) {
	end := p.account.tasks[i].end
	ended := end <= sent+latency/2
	p.lane.Saw(p.at(sent), ref, row, ended)
	if p.asked != nil {
		p.asked[i] = sent
	}
	if ended && p.gets != nil && !p.alone {
		p.pay()
		p.requests++
		if !p.gets.take(p.now + latency/2) {
			p.throttled++
			return
		}
		p.now += latency
	}
	if ended {
		p.lane.Remove(ref)
		delete(p.refs, i)
		delete(p.tasks, ref)
		p.done++
		p.lags = append(p.lags, p.now-end)
	}
}
