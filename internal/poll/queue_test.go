package poll

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// After a round that was cut the next one begins with what that had not got to,
// and the one after it does not, however that went.
func TestRoundAfterACutOneBeginsWithWhatIsOwed(t *testing.T) {
	t.Parallel()
	s := Defaults()
	s.Limits = Limits{IDs: 2}
	l := NewLane(origin, s)
	objects := map[Ref]bool{}
	for range 4 {
		l.Add(origin, time.Time{}, 0)
	}
	for range 2 {
		objects[l.Add(origin, time.Time{}, ByObject)] = true
	}
	now := origin
	// round makes a round of which the call at a place is throttled, and returns
	// what its calls asked by.
	round := func(place int) (kinds []StepKind) {
		now = now.Add(30 * time.Second)
		r := l.Begin(now, DefaultCalls)
		for step := r.Next(); step.Kind != Done; step = r.Next() {
			if kinds = append(kinds, step.Kind); len(kinds) == place {
				r.Cut()
				break
			}
			for _, ask := range step.Asks {
				ref, ok := l.Ref(ask)
				require.True(t, ok)
				require.Equal(t, objects[ref], step.Kind == Objects)
				l.Saw(now, ref, -1, false)
			}
		}
		l.End(now)
		return kinds
	}
	require.Equal(t, []StepKind{IDs, IDs, Objects}, round(3))
	require.Equal(t, []StepKind{Objects, IDs, IDs}, round(3))
	require.Equal(t, []StepKind{IDs, IDs, Objects}, round(0), "as always: the round before began with what was owed")
	require.Equal(t, []StepKind{IDs, IDs, Objects}, round(0), "no round was cut")
	require.Equal(t, []StepKind{IDs, IDs}, round(2))
	require.Equal(t, []StepKind{IDs, IDs, Objects}, round(0), "ids and objects are owed alike")
}

// What is owed and was not shown is not asked for again in the same round.
func TestOwedTaskIsAskedForOnce(t *testing.T) {
	t.Parallel()
	s := Defaults()
	s.Limits = Limits{IDs: 1}
	l := NewLane(origin, s)
	l.Add(origin, time.Time{}, 0)
	l.Add(origin, time.Time{}, 0)
	now := origin.Add(30 * time.Second)
	r := l.Begin(now, DefaultCalls)
	r.Next()
	r.Cut()
	l.End(now)
	now = now.Add(30 * time.Second)
	r = l.Begin(now, DefaultCalls)
	asked := map[int32]int{}
	for step := r.Next(); step.Kind != Done; step = r.Next() {
		asked[step.Asks[0]]++
	}
	require.Equal(t, map[int32]int{0: 1, 1: 1}, asked)
}
