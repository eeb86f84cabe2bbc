package pace

import (
	"math"
	"time"
)

// adaptive decides when the next attempt of a group may leave: pure arithmetic
// on the times that it is told.
//
// The account's quota may be a bucket that holds a single call, which then
// refuses whatever comes sooner than one interval after the call before,
// whosever that was. Processes that share it get along without knowing of each
// other by keeping an even pace, like cars in a roundabout: one that is refused
// tries again a little later until it fits in behind the car before it, and
// slows down by a trifle, for being refused means having caught up with that
// car. So the fast are slowed down by the slow, all end up at one pace, and
// refusals become rare although the roundabout is nearly full.
//
// The constants were found by trial: each was moved by itself and a few
// together, in simulations of 2 to 16 processes on buckets that hold 1 to 10
// calls, by the mean of 40 to 200 seeds, and what was best was measured again
// with other seeds; TestPacesShareAnAccount repeats the essential ones. Four
// processes on a bucket of one call settle at 91.5% of the quota with 2.5% of
// the attempts refused. A half hour by itself has, in 9 of 10 cases, 90.4% to
// 92.4% and 1.5% to 3.5%. To settle takes them a quarter of an hour, in which
// the quota is used as well, but most attempts are refused; two processes need
// a few minutes and eight an hour. The limits: eight processes on a bucket of one
// call use 83% with 5% refused, and if the way to the service takes up to 100 ms
// longer at times, four use 88% with 3.5% refused.
type adaptive struct {
	limit  float64 // attempts per second; negative for none
	random func() float64

	// share is the part of limit in use, above 0 and at most 1.
	share float64
	// next is the earliest time of the next attempt.
	next time.Time

	// contended is set by the first refusal.
	contended bool
	// base is the share after the last cut.
	base float64
	// bad is the part of turns with a refusal, weighted towards the present.
	bad float64
	// clean counts the turns without refusal since the last one with.
	clean int

	// searching since the first refusal of the present turn; tries counts them.
	searching time.Time
	tries     int

	// departures, and the count at which the next gap is left.
	departures, gapAt int
}

const (
	// A pace that is never refused varies by this part, or processes whose
	// clocks run alike could meet for ever at the same instant.
	paceNoise = 0.001
	// The first refusal ever tells that there are others.
	paceFirstCut = 0.55
	// What a refusal costs when they are rare, and the turns without one that
	// earn it back.
	paceCut  = 0.001
	paceTurn = 75.0
	// How much of what was won since the last refusal is given back.
	paceGiveBack = 0.7
	// How growth depends on the turns without refusal, and on the share.
	paceGrowthFloor = 0.8
	paceGrowthPower = 3.0
	paceFairness    = 0.55
	// When refusals are common, shares are cut by up to paceBigCut.
	paceWindow  = 12.0
	paceCommon  = 0.5
	paceBigCut  = 0.25
	paceForgive = 0.9
	paceFloor   = 1.0 / 64
	// The search for a place after a refusal, in intervals of the limit: first
	// step, growth, jitter, when to give the turn up, longest rest after that.
	searchStep   = 0.1
	searchGrowth = 1.4
	searchJitter = 0.3
	searchEnd    = 2.0
	searchRest   = 8.0
	// Gaps of one interval let others find their way in: after 8 attempts, 16,
	// 32 and so on, and at least every gapEvery.
	gapFirst = 8
	gapEvery = 2000
	// A quota that was not used gets its pace back.
	idleDoubling = 10 * time.Minute
)

func newAdaptive(limit float64, random func() float64) adaptive {
	return adaptive{limit: limit, random: random, share: 1, base: 1, gapAt: gapFirst}
}

func (p *adaptive) intervals(n float64) time.Duration {
	if p.limit < 0 {
		return 0
	}
	return time.Duration(math.Ceil(n / p.limit * float64(time.Second)))
}

// depart takes the turn at now, which is not before next.
func (p *adaptive) depart(now time.Time) Turn {
	if idle := now.Sub(p.next); p.contended && idle > idleDoubling/4 {
		p.share = min(1, p.share*math.Exp2(idle.Seconds()/idleDoubling.Seconds()))
		p.base = p.share
	}
	turn := Turn{at: now, search: p.tries > 0}
	p.departures++
	wait := (1 + paceNoise*p.random()) / p.share
	if p.share > 0.9 && p.tries == 0 && p.departures >= p.gapAt {
		wait++
		p.gapAt = p.departures + min(p.departures, gapEvery)
	}
	p.next = now.Add(p.intervals(wait))
	return turn
}

// accepted tells that the service took an attempt.
func (p *adaptive) accepted(turn Turn) {
	if p.tries > 0 && turn.at.After(p.searching) {
		p.tries = 0
	}
	if !p.contended || turn.search {
		return
	}
	p.bad -= p.bad / paceWindow
	p.clean++
	growth := paceCut / paceTurn * math.Pow(p.share, -paceFairness) *
		(paceGrowthFloor + math.Pow(float64(p.clean)/paceTurn, paceGrowthPower))
	p.share = min(1, p.share*(1+growth))
}

// throttled tells that the service refused an attempt for coming too soon.
func (p *adaptive) throttled(now time.Time) {
	if p.tries > 0 && now.Sub(p.searching) > p.intervals(searchEnd) {
		p.tries = 0
	}
	if p.tries == 0 {
		p.searching = now
		p.cut()
	}
	step := searchStep * math.Pow(searchGrowth, float64(p.tries)) * (1 + searchJitter*(2*p.random()-1))
	p.tries++
	p.next = now.Add(p.intervals(step))
	if p.next.Sub(p.searching) > p.intervals(searchEnd) {
		// Others take every place: rest for a turn before the next search.
		p.tries = 0
		p.next = now.Add(p.intervals(min(1/p.share, searchRest) * (1 + p.random()) / 2))
	}
}

// cut lowers the share once per turn with a refusal.
func (p *adaptive) cut() {
	switch {
	case !p.contended:
		p.contended = true
		p.share *= paceFirstCut
	default:
		p.bad += (1 - p.bad) / paceWindow
		if p.bad > paceCommon {
			p.share *= 1 - paceBigCut*(p.bad-paceCommon)/(1-paceCommon) - paceCut
			p.bad *= paceForgive
		} else {
			p.share *= max(0.7, min(1-paceCut, math.Pow(p.base/p.share, paceGiveBack)))
		}
	}
	p.share = max(p.share, paceFloor)
	p.base = p.share
	p.clean = 0
}
