package main

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/cosell-dev/partnercentral-go/internal/poll"
)

// account is the service as the simulation sees it: tasks that start and end at
// given times, a List that shows them newest first, and a read quota.
type account struct {
	tasks []simTask // by start
	quota *quota

	requests, throttled int
}

type simTask struct {
	start, end time.Duration
}

// scenario is one row of the table.
type scenario struct {
	name     string
	n        int
	every    time.Duration // between starts; 0 for all at once
	duration func(*rand.Rand) time.Duration
	horizon  time.Duration // the simulation ends then at the latest; 0 for never
	times    int           // how often it is played; 0 for as often as gives 4,000 tasks
	ahead    time.Duration // by how much the service's clock is ahead, which its answers do not tell
	fails    poll.StepKind // the form of asking that fails; Done for none
	quota    *quota        // shared with other accounts; nil for a read quota of its own
}

func lognormal(median, p99 time.Duration) func(*rand.Rand) time.Duration {
	sigma := math.Log(p99.Seconds()/median.Seconds()) / 2.3263478740408408
	return func(r *rand.Rand) time.Duration {
		return time.Duration(float64(median) * math.Exp(sigma*r.NormFloat64()))
	}
}

func fixed(d time.Duration) func(*rand.Rand) time.Duration {
	return func(*rand.Rand) time.Duration { return d }
}

func (s scenario) account(r *rand.Rand) *account {
	a := &account{quota: s.quota}
	if a.quota == nil {
		a.quota = newQuota(10, 100_000)
	}
	for i := range s.n {
		start := time.Duration(i) * s.every
		a.tasks = append(a.tasks, simTask{start: start, end: start + s.duration(r)})
	}
	return a
}

// admit counts a request at a time and reports whether the quota has room.
func (a *account) admit(now time.Duration) bool {
	a.requests++
	if !a.quota.take(now) {
		a.throttled++
		return false
	}
	return true
}

// page returns the places of the tasks on a page, newest first, and whether
// another follows.
func (a *account) page(now time.Duration, number, size int) (tasks []int, more bool) {
	started, _ := slices.BinarySearchFunc(a.tasks, now, func(t simTask, at time.Duration) int {
		if t.start <= at {
			return -1
		}
		return 1
	})
	first := started - 1 - number*size
	for i := first; i >= 0 && i > first-size; i-- {
		tasks = append(tasks, i)
	}
	return tasks, first-size >= 0
}

// quota is a rate limit as AWS documents them: so many a second, with a second's
// worth of burst, and so many in 24 hours.
type quota struct {
	rate, tokens float64
	last         time.Duration
	day          []time.Duration // times of the requests of the last 24 hours
	perDay       int             // 0 for no limit
	head         int
}

func newQuota(rate float64, perDay int) *quota {
	return &quota{rate: rate, tokens: rate, perDay: perDay}
}

func (q *quota) take(now time.Duration) bool {
	if now > q.last {
		q.tokens = min(q.rate, q.tokens+(now-q.last).Seconds()*q.rate)
		q.last = now
	}
	for q.head < len(q.day) && q.day[q.head] <= now-24*time.Hour {
		q.head++
	}
	if q.tokens < 1 || q.perDay > 0 && len(q.day)-q.head >= q.perDay {
		return false
	}
	q.tokens--
	q.day = append(q.day, now)
	return true
}
