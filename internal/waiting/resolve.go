package waiting

import "time"

const (
	// startMargin is by how much the start of one task may differ between
	// answers. Fifteen milliseconds were recorded.
	startMargin = 5 * time.Second

	// sentMargin is by how much our clock, which said when a Start was about to
	// be made, may be ahead of the service's.
	sentMargin = time.Minute
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
	var seen []sighting[T]
	for _, w := range watched {
		best := -1
		for _, i := range byObject[w.object] {
			if ln.fits(w, &tasks[i]) && (best < 0 || ln.fitsBetter(w, &tasks[i], &tasks[best])) {
				best = i
			}
		}
		if best >= 0 {
			seen = append(seen, sighting[T]{w, &tasks[best], best})
		}
	}
	return seen
}

// sought returns what is known of a task that is watched without an id: when it
// started, and whether that is the time before its Start was sent.
func (ln *lane[T]) sought(w *watch[T]) (start time.Time, before bool) {
	task := &w.members[0].task
	status, _ := ln.kind.Status(task)
	return ln.kind.Start(task), status == ""
}

// fits reports whether a listed task of the right object can be the watched one.
func (ln *lane[T]) fits(w *watch[T], t *T) bool {
	want, before := ln.sought(w)
	start := ln.kind.Start(t)
	switch {
	case ln.kind.ID(t) == "":
		return false
	case want.IsZero() || start.IsZero():
		return true
	case before:
		return !start.Before(want.Add(-sentMargin))
	}
	return start.Sub(want).Abs() <= startMargin
}

// fitsBetter reports whether a fits better than b does.
func (ln *lane[T]) fitsBetter(w *watch[T], a, b *T) bool {
	want, before := ln.sought(w)
	x, y := ln.kind.Start(a), ln.kind.Start(b)
	switch {
	case want.IsZero():
		return x.After(y) // the newest
	case before:
		return x.Before(y) // the first after it
	}
	return x.Sub(want).Abs() < y.Sub(want).Abs()
}
