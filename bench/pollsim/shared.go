package main

import (
	"math/rand/v2"
	"time"

	"github.com/cosell-dev/partnercentral-go/internal/poll"
)

// latency is how long a call takes; the service looks at its tasks in the
// middle of it.
const latency = 150 * time.Millisecond

// result is what a policy did in a scenario.
type result struct {
	requests, throttled, finished int
	lags                          []time.Duration
	peak                          int // most requests in any second
}

// sharedPoller simulates what a TaskWaiter does for one List: the lane, its
// planner and schedule, and the budget are those of the library.
type sharedPoller struct {
	*account
	r      *rand.Rand
	epoch  time.Time
	lane   *poll.Lane
	budget *poll.Budget

	now     time.Duration
	started int // tasks handed to the lane so far
	refs    map[int]poll.Ref
	tasks   map[poll.Ref]int
	next    time.Duration // the look that is due
	done    int
	lags    []time.Duration
}

func simulateShared(s scenario, r *rand.Rand) result {
	p := &sharedPoller{
		account: s.account(r),
		r:       r,
		epoch:   time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		refs:    map[int]poll.Ref{},
		tasks:   map[poll.Ref]int{},
	}
	defaults := poll.Defaults()
	p.lane = poll.NewLane(p.epoch, defaults)
	p.budget = poll.NewBudget(poll.DefaultPerSecond, poll.DefaultPerDay)
	for p.done < s.n && (s.horizon == 0 || p.now < s.horizon) {
		if p.lane.Len() == 0 {
			p.now = max(p.now, p.tasks0())
			p.start(p.now)
			continue
		}
		// A task that starts may bring the look forward.
		if next, ok := p.nextStart(); ok && next <= p.next {
			p.now = max(p.now, next)
			p.start(p.now)
			continue
		}
		p.now = max(p.now, p.next)
		began := p.now
		p.look()
		delay, _ := p.lane.Delay(p.at(p.now))
		p.next = p.now + poll.Jitter(max(delay, began+defaults.Shortest-p.now), p.r.Float64())
	}
	return result{requests: p.requests, throttled: p.throttled, finished: p.done, lags: p.lags}
}

func (p *sharedPoller) at(d time.Duration) time.Time { return p.epoch.Add(d) }

// tasks0 is when the first task that the lane does not know is handed to it.
func (p *sharedPoller) tasks0() time.Duration {
	next, _ := p.nextStart()
	return next
}

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

func (p *sharedPoller) look() {
	look := p.lane.Begin(p.at(p.now), poll.DefaultCalls)
	pages := 0
	for {
		step := look.Next()
		if step.Kind == poll.Done {
			break
		}
		p.now += p.budget.Take(p.at(p.now))
		sent := p.now
		ok := p.admit(sent + latency/2)
		p.now += latency
		p.start(p.now)
		if !ok {
			// Not expected; the waiter ends such a look too.
			p.now += 2 * time.Second
			break
		}
		if step.Kind == poll.Page {
			rows, more := p.page(sent+latency/2, pages, 1000)
			pages++
			starts := make([]time.Time, len(rows))
			for row, i := range rows {
				starts[row] = p.at(p.account.tasks[i].start)
				if ref, awaited := p.refs[i]; awaited {
					p.saw(ref, i, row, sent)
				}
			}
			look.PageDone(starts, more)
			continue
		}
		for _, ask := range step.Asks {
			if ref, live := p.lane.Ref(ask); live {
				p.saw(ref, p.tasks[ref], -1, sent)
			}
		}
	}
	p.lane.End(p.at(p.now))
}

func (p *sharedPoller) saw(ref poll.Ref, i, row int, sent time.Duration) {
	end := p.account.tasks[i].end
	ended := end <= sent+latency/2
	p.lane.Saw(p.at(sent), ref, row, ended)
	if ended {
		p.lane.Remove(ref)
		delete(p.refs, i)
		delete(p.tasks, ref)
		p.done++
		p.lags = append(p.lags, p.now-end)
	}
}
