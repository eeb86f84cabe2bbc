package waiting

import (
	"cmp"
	"slices"

	"github.com/cosell-dev/partnercentral-go/internal/poll"
)

// maxLearned is how many lists an engine remembers the durations of.
const maxLearned = 64

// Learned is what was learned of how long the tasks of one list take.
type Learned struct {
	Kind, Catalog string
	poll.Record
}

// learn takes over what another engine has learned.
func (e *Engine[T]) learn(all []Learned) {
	for _, l := range all {
		if len(e.learned) < maxLearned && l.Valid() {
			e.learned[laneKey{l.Kind, l.Catalog}] = poll.Restore(l.Record)
		}
	}
}

// durations returns what is known of the tasks of a list. It outlives the lane.
func (e *Engine[T]) durations(key laneKey) *poll.Durations {
	d := e.learned[key]
	if d == nil {
		d = poll.NewDurations()
		if len(e.learned) < maxLearned {
			e.learned[key] = d
		}
	}
	return d
}

// Durations returns what was learned of all lists, by kind and catalog.
func (e *Engine[T]) Durations() (all []Learned) {
	e.locked(func() {
		for key, d := range e.learned {
			if r := d.Record(); !r.Empty() {
				all = append(all, Learned{key.kind, key.catalog, r})
			}
		}
	})
	slices.SortFunc(all, func(a, b Learned) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Catalog, b.Catalog))
	})
	return all
}
