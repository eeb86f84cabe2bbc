package poll

import (
	"math"
	"time"
)

const (
	// Bins are half an octave wide, from half a second up to four days; the
	// last one is open.
	bins     = 40
	firstBin = 0.5

	// priorTasks is how many tasks' lives the prior weighs.
	priorTasks = 2

	// Tasks older than leastFrom in seconds are taken to end at a rate of least
	// over their age, if not more, and from leastUntil on at ever less of it.
	leastFrom  = 32
	leastUntil = 300
	least      = 0.5

	// Past this many observed ends all that was learned is halved, so that the
	// present counts more than the past.
	memory = 2000
)

// Durations is what is known of how long tasks run, as the hazard by age: the
// rate at which tasks of that age end. It counts tasks that still run for what
// they are, so a service that has got stuck is learned as well as a fast one.
// It has a fixed size. The zero value is not usable; call NewDurations.
type Durations struct {
	ends     [bins]float64 // tasks seen to end at that age
	exposure [bins]float64 // seconds that tasks of that age were watched
	hazard   [bins]float64 // ends per second
	sum      [bins]float64 // cumulative hazard at the lower edge
}

// NewDurations returns the state before anything was seen.
func NewDurations() *Durations {
	d := &Durations{}
	d.update()
	return d
}

// edges are the lower edges of the bins, and the upper one of the last.
var edges = func() (all [bins + 1]float64) {
	for i := 1; i <= bins; i++ {
		all[i] = firstBin * math.Exp2(float64(i-1)/2)
	}
	return all
}()

func edge(bin int) float64 { return edges[bin] }

func binOf(age float64) int {
	if age < firstBin {
		return 0
	}
	return min(bins-1, 1+int(2*math.Log2(age/firstBin)))
}

// The prior is the hazard that is assumed before anything was seen, for the bins
// from 2.8 s on. Tasks younger than that are taken to end at priorYoung, and the
// last entry is for all that are older.
//
// It is no guess at how long tasks take. It makes the polls for a single task
// come at such gaps that a waiter which has learned nothing is nowhere worse than
// a backoff of 2 to 30 s, in requests or in lag, whether tasks take 7 seconds or
// 5 minutes: after 6.5 s, then at gaps of a quarter of the age, and of some 17 s
// in the end. (The last entry is higher than such a gap alone would want, since
// the hazard falls while a task that lives on is watched.) The goals of
// bench/pollsim hold it to that. From half an hour on the hazard falls with the
// age.
var prior = [...]float64{.013, .09, .11, .16, .096, .05, .035, .0155, .0068, .0033, .0028, .0027, .0058}

const (
	priorYoung = .001
	priorFirst = 6  // the bin of the first entry
	priorLast  = 24 // the bin in which half an hour is
)

func priorOf(bin int) float64 {
	if bin < priorFirst {
		return priorYoung
	}
	return prior[min(bin-priorFirst, len(prior)-1)] * edge(priorLast) / edge(max(bin, priorLast))
}

// leastOf is the least hazard of tasks in a bin, however many were watched
// without an end. Tasks that run at the same time have their fate in common:
// after five minutes in which none of a thousand has ended, all of them may end
// at once, and not one in a million.
func leastOf(bin int) float64 {
	lo, hi := edge(bin), edge(bin+1)
	if lo < leastFrom {
		return 0
	}
	age := (lo + hi) / 2
	return min(priorOf(bin)/2, least/age*math.Sqrt(min(1, leastUntil/age)))
}

func (d *Durations) update() {
	total := 0.0
	for _, n := range d.ends {
		total += n
	}
	for ; total > memory; total /= 2 {
		for i := range d.ends {
			d.ends[i] /= 2
			d.exposure[i] /= 2
		}
	}
	sum := 0.0
	for i := range bins {
		lo, hi := edge(i), edge(i+1)
		seconds := priorTasks * (hi - lo)
		if most := memory * (hi - lo); d.exposure[i] > most {
			// Nor may what is stuck outweigh for ever what comes after it.
			d.ends[i] *= most / d.exposure[i]
			d.exposure[i] = most
		}
		d.hazard[i] = max(leastOf(i), (d.ends[i]+priorOf(i)*seconds)/(d.exposure[i]+seconds))
		d.sum[i] = sum
		sum += d.hazard[i] * (hi - lo)
	}
}

// cumulative is the integral of the hazard up to an age in seconds.
func (d *Durations) cumulative(age float64) float64 {
	age = max(0, age)
	i := binOf(age)
	return d.sum[i] + d.hazard[i]*(age-edge(i))
}

// Lag is the expected time for which a task of the given age has ended without
// anybody knowing, when it was last seen running at the age seen.
func (d *Durations) Lag(seen, age time.Duration) time.Duration {
	return time.Duration(d.lag(seen.Seconds(), age.Seconds()) * float64(time.Second))
}

func (d *Durations) lag(seen, age float64) float64 {
	seen = max(0, seen)
	t := age - seen
	if t <= 0 {
		return 0
	}
	// Within the interval the hazard is taken as constant.
	h := d.cumulative(age) - d.cumulative(seen)
	if h < 1e-4 {
		return t * h / 2
	}
	return t * (1 - (1-math.Exp(-h))/h)
}

// Watched records that n tasks were watched from one age to another.
func (d *Durations) Watched(n int, from, to time.Duration) {
	lo, hi := max(0, from.Seconds()), max(0, to.Seconds())
	for i := binOf(lo); i < bins && lo < hi; i++ {
		end := hi
		if i < bins-1 {
			end = min(hi, edge(i+1))
		}
		d.exposure[i] += float64(n) * (end - lo)
		lo = end
	}
}

// Ended records that a task, running when it was last seen at one age, was
// found ended at another.
func (d *Durations) Ended(seen, found time.Duration) {
	d.ends[binOf(max(0, (seen+found).Seconds()/2))]++
}

// Learn makes what was recorded count.
func (d *Durations) Learn() { d.update() }
