package waiting

import (
	"cmp"
	"iter"
	"time"
)

const (
	// startMargin is by how much the start of one task may differ between
	// answers. Fifteen milliseconds were recorded.
	startMargin = 5 * time.Second

	// sentMargin is by how much a task may have started before the time at which
	// its Start was about to be sent, after the correction by what answers have
	// said of the clocks: the Date of an answer has whole seconds, and clocks that
	// differ by less than two count as equal.
	sentMargin = 3 * time.Second

	// earlierMargin is the same for a clock of which no answer has said that it
	// is wrong. A task that started so long before is taken if there is no other,
	// and earlierAfter has passed without one.
	earlierMargin = time.Minute
	earlierAfter  = 10 * time.Second

	// maxAhead is by how much the clock of the service is believed to be ahead for
	// no better reason than the start of a task.
	maxAhead = 24 * time.Hour
)

// fit says how well a listed task of the right object is the watched one.
type fit int

const (
	unfit fit = iota
	earlier
	fitting
)

// resolve finds the tasks that are watched without an id among those listed: by
// their object and, as an object may have several tasks, their start.
func (ln *lane[T]) resolve(watched []*watch[T], tasks []T) []sighting[T] {
	if len(watched) == 0 {
		return nil
	}
	byObject := map[string][]int{}
	for i := range tasks {
		if o := ln.kind.Object(&tasks[i]); o != "" {
			byObject[o] = append(byObject[o], i)
		}
	}
	now := time.Now()
	var seen []sighting[T]
	for _, w := range watched {
		candidates := byObject[w.object]
		sought := ln.sought(w, func(yield func(*T) bool) {
			for _, i := range candidates {
				if !yield(&tasks[i]) {
					return
				}
			}
		})
		best := -1
		for _, i := range candidates {
			if ln.fits(sought, &tasks[i]) != unfit && (best < 0 || ln.fitsBetter(sought, &tasks[i], &tasks[best])) {
				best = i
			}
		}
		if best >= 0 && (ln.fits(sought, &tasks[best]) == fitting || w.members[0].takesEarlier(now)) {
			seen = append(seen, sighting[T]{w, &tasks[best], best})
		}
	}
	return seen
}

// takesEarlier reports whether the list has had the time to show a task that
// fits better.
func (m *member[T]) takesEarlier(now time.Time) bool {
	if m.sub.Once {
		return true
	}
	return !m.missing.IsZero() && now.Sub(m.missing) >= min(earlierAfter, m.sub.Grace/2)
}

// sought is what is known of a task that is watched without an id: when it
// started by the clock of the service, or the zero time, and whether that is the
// time before its Start was sent.
type sought struct {
	start  time.Time
	before bool
}

// sought returns what is known of a task that is watched without an id. listed
// are the tasks of its object.
func (ln *lane[T]) sought(w *watch[T], listed iter.Seq[*T]) sought {
	task := &w.members[0].task
	start := ln.kind.Start(task)
	if status, _ := ln.kind.Status(task); status != "" || start.IsZero() {
		return sought{start, false}
	}
	ahead, now := ln.poll.Ahead(), time.Now()
	for t := range listed {
		// A start in the future says that the clock is further ahead than the
		// dates of answers do.
		if d := ln.kind.Start(t).Sub(now); d > ahead && d < maxAhead {
			ahead = d
		}
	}
	return sought{start.Add(ahead), true}
}

// fits says how well a listed task of the right object is the watched one.
func (ln *lane[T]) fits(s sought, t *T) fit {
	start := ln.kind.Start(t)
	switch {
	case ln.kind.ID(t) == "":
		return unfit
	case s.start.IsZero() || !s.before && start.IsZero():
		return fitting
	case !s.before && start.Sub(s.start).Abs() > startMargin:
		return unfit
	case !s.before || !start.Before(s.start.Add(-sentMargin)) && !start.IsZero():
		return fitting
	}
	if _, state := ln.kind.Status(t); state != Running {
		// It may have ended before the Start was sent. To take its end for that
		// of the new task would be worse than not to find any.
		return unfit
	}
	if start.IsZero() || !start.Before(s.start.Add(-earlierMargin)) {
		return earlier
	}
	return unfit
}

// fitsBetter reports whether a fits better than b does. It depends on nothing
// but the two, so that every answer gives the same task.
func (ln *lane[T]) fitsBetter(s sought, a, b *T) bool {
	x, y := ln.kind.Start(a), ln.kind.Start(b)
	nearer := cmp.Compare(y.Sub(s.start).Abs(), x.Sub(s.start).Abs())
	if s.start.IsZero() {
		nearer = x.Compare(y) // the newest
	}
	return cmp.Or(cmp.Compare(ln.fits(s, a), ln.fits(s, b)), nearer, cmp.Compare(ln.kind.ID(a), ln.kind.ID(b))) > 0
}
