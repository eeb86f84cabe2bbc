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
	ahead  time.Duration
	phase  float64 // as of a lane of the waiter
	// fails is the form of asking that fails, and down how many rounds running
	// nothing was answered.
	fails poll.StepKind
	down  int
	// gets are the calls that tell how listed tasks have ended; nil where the List
	// does.
	gets *gets

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

func simulateShared(s scenario, r *rand.Rand) result { return simulateWith(nil)(s, r) }

// simulateWith is simulateShared for a waiter that knows so much of how long
// tasks take, and goes on learning.
func simulateWith(known *poll.Durations) policy {
	return func(s scenario, r *rand.Rand) result {
		set := poll.Defaults()
		set.Durations = known
		return newSharedPoller(s, r, set, pace.NewBudget(poll.DefaultPerSecond, poll.DefaultPerDay)).play(s)
	}
}

func (p *sharedPoller) play(s scenario) result {
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
		phase:   r.Float64(),
		epoch:   epoch,
		refs:    map[int]poll.Ref{},
		tasks:   map[poll.Ref]int{},
		lane:    poll.NewLane(epoch, set),
		budget:  budget,
		set:     set,
		ahead:   s.ahead,
		fails:   s.fails,
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
		p.next = p.now + poll.Jitter(delay, (p.phase+p.r.Float64())/2)
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
		ref := p.lane.Add(p.at(next), p.at(p.account.tasks[p.started].start+p.ahead), 0)
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
	pages, failed, answered := 0, 0, 0
	for {
		step := round.Next()
		if step.Kind == poll.Done {
			break
		}
		alone := step.Kind != poll.Page && len(step.Asks) == 1
		sent, ok := p.call(alone)
		p.now += latency
		p.start(p.now)
		if !ok {
			// Not expected; the waiter ends such a round too.
			p.now += 2 * time.Second
			break
		}
		if step.Kind == p.fails {
			round.Failed(step.Kind)
			if failed += p.divide(step); failed >= maxFailures && answered == 0 {
				break
			}
			continue
		}
		round.Answered(step.Kind)
		answered++
		if step.Kind == poll.Page {
			rows, more := p.page(sent+latency/2, pages, p.set.Limits.Page)
			pages++
			starts := make([]time.Time, len(rows))
			var seen []sighting
			for row, i := range rows {
				starts[row] = p.at(p.account.tasks[i].start + p.ahead)
				if ref, awaited := p.refs[i]; awaited {
					seen = append(seen, sighting{ref, i, row})
				}
			}
			p.saw(seen, sent, alone)
			round.PageDone(starts, more)
			continue
		}
		var seen []sighting
		for _, ask := range step.Asks {
			if ref, live := p.lane.Ref(ask); live {
				seen = append(seen, sighting{ref, p.tasks[ref], -1})
			}
		}
		p.saw(seen, sent, alone)
	}
	if p.down++; answered > 0 {
		p.down = 0
	}
	p.lane.End(p.at(p.now))
}

// maxFailures is how many polls of a round may fail when none is answered.
const maxFailures = 8

// divide makes the polls for parts of what a failed one asked for, all of which
// fail, too, and returns how many failed in all. A service that is down is not
// asked for parts.
func (p *sharedPoller) divide(step poll.Step) (failed int) {
	parts := 0
	for n := len(step.Asks); n > 1 && p.down < 2; n /= 2 {
		parts++
	}
	for range parts {
		p.call(false)
		p.now += latency
	}
	return 1 + parts
}

// call makes a call when the budget allows it, and reports when that was and
// whether the quota had room. alone says that it is about a single task.
func (p *sharedPoller) call(alone bool) (sent time.Duration, ok bool) {
	if alone && p.gets != nil {
		p.now = p.turn(p.gets.budget, p.now)
		return p.now, p.get(p.now)
	}
	p.now = p.turn(p.budget, p.now)
	return p.now, p.admit(p.now + latency/2)
}

// turn returns when the budget allows a call that is wanted at a time.
func (p *sharedPoller) turn(budget *pace.Budget, now time.Duration) time.Duration {
	for wait := budget.Take(p.at(now)); wait > 0; wait = budget.Take(p.at(now)) {
		now += wait
	}
	return now
}

// sighting is a task in an answer. row is its place on a page, or -1.
type sighting struct {
	ref    poll.Ref
	i, row int
}

// saw takes over what an answer shows. An answer about a single task tells how
// it has ended; others may need a Get for that.
func (p *sharedPoller) saw(seen []sighting, sent time.Duration, alone bool) {
	var ended []sighting
	for _, s := range seen {
		over := p.account.tasks[s.i].end <= sent+latency/2
		p.lane.Saw(p.at(sent), s.ref, s.row, over)
		if p.asked != nil {
			p.asked[s.i] = sent
		}
		if over {
			ended = append(ended, s)
		}
	}
	if p.gets != nil && !alone {
		ended = p.results(ended)
	}
	for _, s := range ended {
		p.lane.Remove(s.ref)
		delete(p.refs, s.i)
		delete(p.tasks, s.ref)
		p.done++
		p.lags = append(p.lags, p.now-p.account.tasks[s.i].end)
	}
}
