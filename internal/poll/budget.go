package poll

import "time"

// Budget keeps calls inside a share of a quota: in no second more than
// PerSecond of them, in no 24 hours more than PerDay. It is not safe for
// concurrent use.
type Budget struct {
	window time.Duration
	recent []time.Time // the last calls, a ring of as many as a window may have
	next   int

	perDay float64 // 0 for no limit
	saved  float64 // calls that may be made at once, as far as the day goes
	filled time.Time
}

// NewBudget returns an unused budget. A perDay of 0 is no limit a day;
// perSecond must be positive and may be a fraction.
func NewBudget(perSecond float64, perDay int) *Budget {
	n := max(1, int(perSecond))
	return &Budget{
		window: seconds(float64(n) / perSecond),
		recent: make([]time.Time, n),
		perDay: float64(perDay),
		// Half of a day's calls may come at once and the other half over the
		// day, so that no 24 hours see more than all of them.
		saved: float64(perDay) / 2,
	}
}

// Take reserves one call and returns how long it has to wait.
func (b *Budget) Take(now time.Time) time.Duration {
	at := now
	if last := b.recent[b.next]; !last.IsZero() {
		at = later(at, last.Add(b.window))
	}
	if b.perDay > 0 {
		at = later(at, b.takeOfDay(at))
	}
	b.recent[b.next] = at
	b.next = (b.next + 1) % len(b.recent)
	return at.Sub(now)
}

// takeOfDay takes one call out of the day's share and returns when it may be
// made.
func (b *Budget) takeOfDay(at time.Time) time.Time {
	half := b.perDay / 2
	perSecond := half / (24 * 60 * 60)
	if b.filled.IsZero() {
		b.filled = at
	}
	if d := at.Sub(b.filled); d > 0 {
		b.saved = min(half, b.saved+d.Seconds()*perSecond)
		b.filled = at
	}
	if b.saved < 1 {
		at = b.filled.Add(seconds((1 - b.saved) / perSecond))
		b.saved, b.filled = 1, at
	}
	b.saved--
	return at
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
