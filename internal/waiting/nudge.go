package waiting

import (
	"slices"
	"time"
)

// Match says whether a nudge is about a task.
type Match int

// Values of Match.
const (
	// Other: it is about others.
	Other Match = iota
	// Possible: what is known of the task leaves it open.
	Possible
	// Same: it names the task.
	Same
)

// Nudge makes a round come now that shows the tasks that the nudge names, in the
// lanes that match. If it names none it is about those that it may be about. It
// reports whether there are any.
func (e *Engine[T]) Nudge(inLane func(kind, catalog string) bool, match func(*T) Match) (found bool) {
	e.locked(func() {
		now := time.Now()
		hits := map[Match]map[*lane[T]][]*watch[T]{Possible: {}, Same: {}}
		for key, ln := range e.lanes {
			if !inLane(key.kind, key.catalog) {
				continue
			}
			for _, w := range ln.watched {
				if m := w.best(match); m != Other {
					hits[m][ln] = append(hits[m][ln], w)
				}
			}
		}
		named := hits[Same]
		if len(named) == 0 {
			for ln, watched := range hits[Possible] {
				named[ln] = ln.likely(watched, now)
			}
		}
		for ln, watched := range named {
			ln.nudge(watched, now)
		}
		if found = len(named) > 0; found {
			e.signal()
		}
	})
	return found
}

// best returns the best match of the members' tasks.
func (w *watch[T]) best(match func(*T) Match) (best Match) {
	for _, m := range w.members {
		best = max(best, match(&m.task))
	}
	return best
}

// likely returns those of the tasks that a nudge may be about that are worth a
// call: a page shows all of them, but ids only a few, those that were not asked
// for longest.
func (ln *lane[T]) likely(watched []*watch[T], now time.Time) []*watch[T] {
	n := ln.kind.Limits.IDs
	if ln.poll.UsesPages(now) || len(watched) <= n {
		return watched
	}
	slices.SortFunc(watched, func(a, b *watch[T]) int { return a.asked.Compare(b.asked) })
	return watched[:n]
}

// nudge asks for a round soon that shows the tasks.
func (ln *lane[T]) nudge(watched []*watch[T], now time.Time) {
	for _, w := range watched {
		w.nudged = now
	}
	ln.nudges.Add(now)
}

// nudgesDue makes the next round come now and show what was nudged, if that is
// due. A round that came meanwhile may have shown it.
func (ln *lane[T]) nudgesDue(now time.Time) {
	if !ln.nudges.Take(now) {
		return
	}
	for _, w := range ln.watched {
		if w.nudged.After(w.asked) {
			w.nudged = time.Time{}
			ln.force(w)
			ln.nudges.Made(now)
		}
	}
}
