package pace

import (
	"context"
	"fmt"
	"time"
)

// Day is the length of the rolling window of the daily budgets.
const Day = 24 * time.Hour

// Options configure a Bucket.
type Options struct {
	// The most calls per second. A negative value is no limit. One that is below
	// a call a day counts as a call a day.
	PerSecond float64
	// The most calls in any 24 hours. A negative value is no limit.
	PerDay int
	// Random returns numbers from 0 to 1.
	Random func() float64
}

// Bucket paces the calls of one group evenly, and counts them against a rolling
// day. It is safe for concurrent use.
type Bucket struct {
	queue queue

	pace adaptive
	day  rollingDay

	attempts, throttled int64
	waited              time.Duration
}

// New returns a Bucket that nothing has passed yet.
func New(o Options) *Bucket {
	if o.PerSecond >= 0 {
		o.PerSecond = max(o.PerSecond, 1/Day.Seconds())
	}
	return &Bucket{pace: newAdaptive(o.PerSecond, o.Random), day: rollingDay{limit: o.PerDay}}
}

// Turn is one attempt that was let through.
type Turn struct {
	at time.Time
	// search is set for an attempt that looks for a place after a refusal.
	search bool
}

// ExhaustedError says that the budget of a day is used up.
type ExhaustedError struct {
	Limit   int
	RetryAt time.Time
}

func (e *ExhaustedError) Error() string {
	return fmt.Sprintf("all %d calls of the day are used up until %s", e.Limit, e.RetryAt)
}

// Wait waits for a turn. It returns the time it took also with an error, which
// is that of ctx or an [*ExhaustedError].
func (b *Bucket) Wait(ctx context.Context) (turn Turn, waited time.Duration, err error) {
	start := time.Now()
	err = b.queue.wait(ctx, func(head bool, now time.Time) (time.Duration, error) {
		if retryAt, ok := b.day.check(now); !ok {
			return 0, &ExhaustedError{Limit: b.day.limit, RetryAt: retryAt}
		}
		if !head {
			return 0, nil
		}
		if delay := b.pace.next.Sub(now); delay > 0 {
			return delay, nil
		}
		b.attempts++
		b.day.take(now)
		turn = b.pace.depart(now)
		return 0, nil
	})
	waited = time.Since(start)
	if waited > 0 {
		b.queue.mu.Lock()
		b.waited += waited
		b.queue.mu.Unlock()
	}
	return turn, waited, err
}

// Report takes the answer to an attempt: whether it came too soon.
func (b *Bucket) Report(turn Turn, throttled bool) {
	b.queue.mu.Lock()
	defer b.queue.mu.Unlock()
	if !throttled {
		b.pace.accepted(turn)
		return
	}
	b.throttled++
	b.pace.throttled(time.Now())
	// The next turn may have moved to an earlier time.
	b.queue.wakeHead()
}

// Stats is a snapshot of a Bucket. Negative limits are none.
type Stats struct {
	Limit, Rate         float64
	Attempts, Throttled int64
	Waiting             int
	Waited              time.Duration
	Day, DayLimit       int
}

// Stats returns a snapshot.
func (b *Bucket) Stats() Stats {
	b.queue.mu.Lock()
	defer b.queue.mu.Unlock()
	s := Stats{
		Limit:     b.pace.limit,
		Rate:      b.pace.limit * b.pace.shareAt(time.Now()),
		Attempts:  b.attempts,
		Throttled: b.throttled,
		Waiting:   b.queue.waiting.Len(),
		Waited:    b.waited,
		Day:       b.day.used(time.Now()),
		DayLimit:  b.day.limit,
	}
	if s.Limit < 0 {
		s.Limit, s.Rate = -1, -1
	}
	if s.DayLimit < 0 {
		s.DayLimit = -1
	}
	return s
}

// rollingDay counts attempts in a rolling window: an attempt is free if the one
// that came limit attempts before it has left the window.
type rollingDay struct {
	limit int     // negative for none
	times []int64 // nanoseconds; a ring once it has limit entries
	first int     // the oldest entry
}

// check reports whether an attempt is free now, and otherwise when one is.
func (d *rollingDay) check(now time.Time) (retryAt time.Time, ok bool) {
	if d.limit < 0 || len(d.times) < d.limit {
		return time.Time{}, true
	}
	retryAt = time.Unix(0, d.times[d.first]).Add(Day)
	return retryAt, !now.Before(retryAt)
}

func (d *rollingDay) take(now time.Time) {
	switch {
	case d.limit < 0:
	case len(d.times) < d.limit:
		d.times = append(d.times, now.UnixNano())
	default:
		d.times[d.first] = now.UnixNano()
		d.first = (d.first + 1) % d.limit
	}
}

// used counts the attempts in the window.
func (d *rollingDay) used(now time.Time) int {
	start := now.Add(-Day).UnixNano()
	lo, hi := 0, len(d.times)
	for lo < hi {
		mid := (lo + hi) / 2
		if d.times[(d.first+mid)%len(d.times)] > start {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return len(d.times) - lo
}
