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

// NewDurations returns the state before anything was seen: recorded tasks took
// 4 to 9 seconds, and a task that has already run longer than most is expected
// to go on for as long again.
func NewDurations() *Durations {
	d := &Durations{}
	d.update()
	return d
}

func edge(bin int) float64 {
	if bin == 0 {
		return 0
	}
	return firstBin * math.Exp2(float64(bin-1)/2)
}

func binOf(age float64) int {
	if age < firstBin {
		return 0
	}
	return min(bins-1, 1+int(2*math.Log2(age/firstBin)))
}

// prior is the hazard that is assumed before anything was seen.
func prior(age float64) float64 {
	switch {
	case age < 3:
		return 0.02
	case age < 10:
		return 0.08
	default:
		return 1.2 / age
	}
}

func (d *Durations) update() {
	total := 0.0
	for _, n := range d.ends {
		total += n
	}
	if total > memory {
		for i := range d.ends {
			d.ends[i] /= 2
			d.exposure[i] /= 2
		}
	}
	sum := 0.0
	for i := range bins {
		lo, hi := edge(i), edge(i+1)
		seconds := priorTasks * (hi - lo)
		d.hazard[i] = (d.ends[i] + prior((lo+hi)/2)*seconds) / (d.exposure[i] + seconds)
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
