package poll

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func planner() *Planner { return &Planner{Limits: Limits{IDs: 10, Page: 1000}, Price: 0.5} }

// overdue are asks that a round must show; those with a start are on pages.
func overdue(n int, start time.Time) (asks []Ask) {
	for range n {
		asks = append(asks, Ask{Start: start, Worth: 1, Force: true})
	}
	Locate(asks)
	return asks
}

// failing makes a round in which a form fails, and returns its calls.
func failing(p *Planner, now time.Time, asks []Ask, bad ...StepKind) (kinds []StepKind) {
	l := p.Round(now, asks, 10)
	for step := l.Next(); step.Kind != Done; step = l.Next() {
		kinds = append(kinds, step.Kind)
		fails := false
		for _, kind := range bad {
			fails = fails || kind == step.Kind
		}
		switch {
		case fails:
			l.Failed(step.Kind)
		case step.Kind == Page:
			for i := range asks {
				l.Saw(int32(i), i)
			}
			l.PageDone(make([]time.Time, len(asks)), false)
		default:
			l.Answered(step.Kind)
			for _, i := range step.Asks {
				l.Saw(i, -1)
			}
		}
	}
	l.settle()
	return kinds
}

func TestFormThatFailsTwiceRunningIsGivenUpForTheOther(t *testing.T) {
	t.Parallel()
	p := planner()
	many := func() []Ask { return overdue(11, origin) }
	require.Equal(t, []StepKind{Page, IDs, IDs}, failing(p, origin, many(), Page))
	require.Equal(t, []StepKind{Page}, failing(p, origin, many()), "once is no reason")
	require.Equal(t, []StepKind{Page, IDs, IDs}, failing(p, origin, many(), Page))
	require.Equal(t, []StepKind{Page, IDs, IDs}, failing(p, origin, many(), Page))
	require.False(t, p.UsesPages(origin))
	require.Equal(t, []StepKind{IDs, IDs}, failing(p, origin, many(), Page))

	later := origin.Add(givenUpFor)
	require.Equal(t, []StepKind{Page, IDs, IDs}, failing(p, later, many(), Page), "another chance")
	require.False(t, p.UsesPages(later), "which ends at the first failure")

	few := func() []Ask { return overdue(2, origin) }
	for range 2 {
		require.Equal(t, []StepKind{IDs}, failing(p, later, few(), IDs))
	}
	require.False(t, p.Asks(IDs, later))
	require.True(t, p.UsesPages(later), "the other way round")
	require.Equal(t, []StepKind{Page}, failing(p, later, few()))
	require.Equal(t, []StepKind{Page}, failing(p, later, overdue(2, time.Time{})), "also for tasks that may be anywhere")
}

func TestFormThatWasRefusedRestsForARound(t *testing.T) {
	t.Parallel()
	p := planner()
	l := p.Round(origin, overdue(2, origin), 10)
	require.Equal(t, IDs, l.Next().Kind)
	l.Denied(IDs)
	l.settle()
	require.Equal(t, []StepKind{Page}, failing(p, origin, overdue(2, origin)))
	require.Equal(t, []StepKind{IDs}, failing(p, origin, overdue(2, origin)))

	p.Limits.Page = 0
	l = p.Round(origin, overdue(2, origin), 10)
	l.Denied(IDs)
	l.settle()
	require.Equal(t, []StepKind{IDs}, failing(p, origin, overdue(2, origin)), "there is no other")
}

func TestTaskThatPagesAreToShow(t *testing.T) {
	t.Parallel()
	p := planner()
	asks := overdue(3, origin)
	asks[1].PagesOnly = true
	require.Equal(t, []StepKind{Page}, failing(p, origin, asks))

	asks = overdue(1, origin)
	asks[0].PagesOnly = true
	l := p.Round(origin, asks, 10)
	require.Equal(t, Page, l.Next().Kind)
	l.PageDone([]time.Time{origin.Add(-time.Hour)}, true)
	require.Equal(t, Step{IDs, []int32{0}}, l.Next(), "its place on the page is empty")
}

func TestPagesAreSearchedForATaskOnlyWhenItMustBeShown(t *testing.T) {
	t.Parallel()
	for force, want := range map[bool]int{false: 1, true: farPages} {
		p := planner()
		asks := []Ask{{Worth: 10, Force: force, PagesOnly: true}}
		l := p.Round(origin, asks, 10)
		pages := 0
		step := l.Next()
		for ; step.Kind == Page; step = l.Next() {
			pages++
			l.PageDone([]time.Time{origin}, true)
		}
		require.Equal(t, want, pages)
		require.Equal(t, force, step.Kind == IDs)
	}
}

func TestCallsForTooManyTasksBecomeSmaller(t *testing.T) {
	t.Parallel()
	p := planner()
	p.Limits.Page = 0
	calls := func(now time.Time, tooMany bool) (sizes []int) {
		l := p.Round(now, overdue(10, origin), 10)
		for step := l.Next(); step.Kind != Done; step = l.Next() {
			sizes = append(sizes, len(step.Asks))
			l.Answered(step.Kind)
			if tooMany {
				l.TooMany(len(step.Asks))
			}
		}
		l.settle()
		return sizes
	}
	require.Equal(t, []int{10}, calls(origin, true))
	require.Equal(t, []int{10}, calls(origin, false), "once is no reason")
	require.Equal(t, []int{10}, calls(origin, true))
	require.Equal(t, []int{10}, calls(origin, true))
	require.Equal(t, []int{5, 5}, calls(origin, false))
	require.Equal(t, []int{10}, calls(origin.Add(givenUpFor), false))
}
