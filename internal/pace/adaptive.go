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
// with other seeds; TestPacesShareAnAccount repeats the essential ones and prints
// what they come to. In the second hour, on a bucket of one call, two processes
// use 94.4% of the quota with 2.1% of the attempts refused, four 91.9% with 2.5%
// and eight 84.1% with 4.1%; two and four do so after an hour in which everything
// was refused, too. To settle takes ten minutes, twenty, and an hour, in which the
// quota is used as well, but most attempts are refused. The limits: 16 processes
// on a bucket of ten calls have 13% refused, and if the way to the service takes
// up to 100 ms longer at times, four on a bucket of one use 88% with 3.3% refused.
// And several that had shared what somebody else left of the quota come to use
// between a third and nine tenths of it in the hour after that somebody has gone.
type adaptive struct {
	limit  float64 // attempts per second; negative for none
	random func() float64

	// share is the part of limit in use, above 0 and at most 1, as refusals and
	// turns without one have left it; shareAt has the recovery in it.
	share float64
	// next is the earliest time of the next attempt.
	next time.Time

	// contended is set by the first refusal, until the whole limit is in use again.
	contended bool
	// refused is the time of the last refusal.
	refused time.Time
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
	// Recovery: how long after the last refusal it begins and is complete, in
	// seconds, or in intervals if these are longer; and how late most of it comes.
	recoveryStart = 300.0
	recoveryEnd   = 860.0
	recoveryPower = 4.0
	// A share that only an outage leaves behind.
	paceOutage = 1.0 / 40
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

// shareAt returns the part of limit in use at a time. A long time without a
// refusal brings it back to the whole: time and not turns, which are rare where
// the share is small. That is an attempt only. Processes that are content with
// small shares meet no refusal for so long by chance, so the next refusal
// takes all of it back.
func (p *adaptive) shareAt(now time.Time) float64 {
	if !p.contended || p.limit < 0 {
		return p.share
	}
	quiet := now.Sub(p.refused).Seconds() * min(1, p.limit)
	part := min(1, (quiet-recoveryStart)/(recoveryEnd-recoveryStart))
	if part <= 0 {
		return p.share
	}
	return math.Pow(p.share, 1-math.Pow(part, recoveryPower))
}

// recovered ends a recovery with the whole limit in use.
func (p *adaptive) recovered() {
	if p.share < paceOutage {
		// The outage is over, also for others who share the limit. From shares that
		// are small and differ they would not come to equal ones: who has less meets
		// a refusal at every turn. From the whole limit they do, with a first refusal
		// that tells them of each other.
		p.contended, p.bad, p.clean = false, 0, 0
	}
	p.share, p.base = 1, 1
}

// depart takes the turn at now, which is not before next.
func (p *adaptive) depart(now time.Time) Turn {
	share := p.shareAt(now)
	if share == 1 && p.share < 1 {
		p.recovered()
	}
	turn := Turn{at: now, search: p.tries > 0}
	p.departures++
	wait := (1 + paceNoise*p.random()) / share
	if share > 0.9 && p.tries == 0 && p.departures >= p.gapAt {
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
	if p.share < paceOutage && p.shareAt(now) > p.share {
		p.recovered()
	}
	p.refused = now
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
