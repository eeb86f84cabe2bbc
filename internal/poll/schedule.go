package poll

import (
	"math"
	"time"
)

// Schedule says when the next round is due.
type Schedule struct {
	Planner   *Planner
	Durations *Durations
	// Shortest is the least time between two rounds.
	Shortest time.Duration
	// MaxDelay is the longest time for which a task is not polled.
	MaxDelay time.Duration
	// Patient makes a round due for what has been unseen for too long alone,
	// since something else will say when a task may have ended.
	Patient bool
}

// Groups collects awaited tasks for [Schedule.Delay]. The zero value is empty.
type Groups struct {
	cells [bins * (maxPages + 2)]cell
	used  []int32
	limit float64 // the longest time without a poll of any
}

type cell struct {
	n           int
	age, unseen float64
	left        float64 // until the first has been unseen for too long
}

// Reset empties the collection.
func (g *Groups) Reset() {
	for _, i := range g.used {
		g.cells[i] = cell{}
	}
	g.used, g.limit = g.used[:0], 0
}

// Add adds a task: its age, the age at which it was last seen running (0 if
// never), the row where it is expected (0 if unknown), and for how long it may
// be unseen.
func (g *Groups) Add(p *Planner, age, seen time.Duration, row float64, maxDelay time.Duration) {
	a := max(0, age.Seconds())
	i := int32(binOf(a)*(maxPages+2) + p.page(row))
	c := &g.cells[i]
	if c.n == 0 {
		g.used = append(g.used, i)
		c.left = math.MaxFloat64
	}
	c.n++
	c.age += a
	unseen := max(0, a-max(0, seen.Seconds()))
	c.unseen += unseen
	c.left = min(c.left, maxDelay.Seconds()-unseen)
	g.limit = max(g.limit, maxDelay.Seconds())
}

// left returns for how long all tasks may still be unseen.
func (g *Groups) left() float64 {
	left := g.limit
	for _, i := range g.used {
		left = min(left, g.cells[i].left)
	}
	return max(0, left)
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// Delay returns how long from now the next round is due: as soon as what a round
// shows is worth its calls, or when a task has been unseen for as long as it may
// be. With no tasks it is MaxDelay.
func (s *Schedule) Delay(now time.Time, g *Groups) time.Duration {
	if s.Patient && g.limit > 0 {
		return seconds(g.left())
	}
	pages := 0
	if s.Planner.UsesPages(now) {
		pages = maxPages
	}
	for t := 0.0; t < g.limit; t = max(t+0.05, t*1.05) {
		if s.due(g, t, pages) {
			return seconds(t)
		}
	}
	if g.limit > 0 {
		return seconds(g.limit)
	}
	return s.MaxDelay
}

func (s *Schedule) due(g *Groups, t float64, pages int) bool {
	var sum tally
	for _, i := range g.used {
		c := &g.cells[i]
		age, unseen := c.age/float64(c.n), c.unseen/float64(c.n)
		a := Ask{Worth: s.Durations.lag(age-unseen, age+t)}
		if t >= c.left {
			return true
		}
		sum.add(s.Planner, int(i)%(maxPages+2), c.n, a)
	}
	best := sum.best(s.Planner, 0, pages)
	return best.any && best.value >= 0
}

// Worth is what seeing a task is worth, in seconds of lag, when it was last
// seen running at one age and has another; and whether it was so long ago that
// a round must show it. That is a little before MaxDelay, so that tasks which
// grow stale one after another share a round.
func (s *Schedule) Worth(seen, age, maxDelay time.Duration) (worth float64, force bool) {
	return s.Durations.lag(seen.Seconds(), age.Seconds()), age-max(0, seen) >= maxDelay*4/5
}

// Jitter lengthens a delay by up to a tenth; r is random in [0,1), and partly the
// same every time, so that processes that are started together drift apart.
func Jitter(d time.Duration, r float64) time.Duration {
	return d + time.Duration(math.Floor(float64(d)*r/10))
}

// FirstJitter is Jitter for the first poll of a task, which spreads over a
// quarter of a second even if it is due at once: processes that are started
// together must not poll together.
func FirstJitter(d time.Duration, r float64) time.Duration {
	return Jitter(d, r) + time.Duration(r*float64(250*time.Millisecond))
}
