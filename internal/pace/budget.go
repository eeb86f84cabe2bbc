package pace

import (
	"context"
	"time"
)

// maxRecent is how many calls a Budget remembers. At rates above it the window
// that they must fit into is shorter than a second.
const maxRecent = 128

// Budget keeps calls inside a share of a quota: in no second more than a number
// of them, and in no 24 hours more than another. Wait is safe for concurrent
// use, Take is for those who drive a Budget alone.
type Budget struct {
	queue queue

	window time.Duration
	recent []time.Time // the last calls, a ring of as many as a window may have; nil for no limit
	next   int

	perDay float64 // 0 for no limit
	saved  float64 // calls that may be made at once, as far as the day goes
	filled time.Time
}

// NewBudget returns an unused budget. Zero or less is no limit; perSecond may be
// a fraction.
func NewBudget(perSecond float64, perDay int) *Budget {
	b := &Budget{}
	if perSecond > 0 {
		n := int(max(1, min(perSecond, maxRecent)))
		b.window = seconds(float64(n) / perSecond)
		b.recent = make([]time.Time, n)
	}
	if perDay > 0 {
		b.perDay = float64(perDay)
		// Half of a day's calls may come at once and the other half over the
		// day, so that no 24 hours see more than all of them.
		b.saved = b.perDay / 2
	}
	return b
}

// Wait returns when a call may be made. The place in the budget is taken then: a
// caller whose context ends before has used nothing up.
func (b *Budget) Wait(ctx context.Context) error {
	return b.queue.wait(ctx, func(head bool, now time.Time) (time.Duration, error) {
		if !head {
			return 0, nil
		}
		return b.Take(now), nil
	})
}

// Take takes a call out of the budget if it may be made now, and returns zero.
// Otherwise it takes nothing, and returns how long to wait before asking again.
func (b *Budget) Take(now time.Time) time.Duration {
	at := now
	if len(b.recent) > 0 {
		if last := b.recent[b.next]; !last.IsZero() {
			at = later(at, last.Add(b.window))
		}
	}
	if b.perDay > 0 {
		at = later(at, b.dayAllows(at))
	}
	if wait := at.Sub(now); wait > 0 {
		return wait
	}
	if len(b.recent) > 0 {
		b.recent[b.next] = now
		b.next = (b.next + 1) % len(b.recent)
	}
	b.saved = max(0, b.saved-1)
	return 0
}

// dayAllows returns when a call may be made that is wanted at a time, as far as
// the day's share goes.
func (b *Budget) dayAllows(at time.Time) time.Time {
	half := b.perDay / 2
	perSecond := half / (24 * 60 * 60)
	if b.filled.IsZero() {
		b.filled = at
	}
	if d := at.Sub(b.filled); d > 0 {
		b.saved = min(half, b.saved+d.Seconds()*perSecond)
		b.filled = at
	}
	// A rounding error must not cost another wait.
	if b.saved > 1-1e-6 {
		return at
	}
	return b.filled.Add(seconds((1 - b.saved) / perSecond))
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
