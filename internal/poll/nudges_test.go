package poll

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestNudgesShareARound(t *testing.T) {
	t.Parallel()
	var n Nudges
	require.True(t, n.Due().IsZero())
	require.False(t, n.Take(origin))
	at := func(ms int) time.Time { return origin.Add(time.Duration(ms) * time.Millisecond) }
	n.Add(at(0))
	require.True(t, n.Take(at(0)), "the first at once")
	n.Made(at(0))
	for _, ms := range []int{1, 500, 1900} {
		n.Add(at(ms))
		require.Equal(t, at(2000), n.Due())
		require.False(t, n.Take(at(ms)))
	}
	require.True(t, n.Take(at(2100)))
	// A round in between has shown everything: none was made.
	n.Add(at(2200))
	require.Equal(t, at(2200), n.Due())
	require.True(t, n.Take(at(2200)))
	n.Made(at(2200))
	n.Add(at(10_000))
	require.Equal(t, at(10_000), n.Due())
}

func TestPatientNudgesAreGathered(t *testing.T) {
	t.Parallel()
	n := Nudges{Patient: true}
	n.Add(origin)
	require.Equal(t, origin.Add(time.Second), n.Due())
	n.Add(origin.Add(900 * time.Millisecond))
	require.True(t, n.Take(origin.Add(time.Second)))
	n.Made(origin.Add(time.Second))
	n.Add(origin.Add(1100 * time.Millisecond))
	require.Equal(t, origin.Add(3*time.Second), n.Due())
	n.Forget()
	require.True(t, n.Due().IsZero())
}
