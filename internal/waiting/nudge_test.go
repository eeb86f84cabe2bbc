package waiting

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func everywhere(string, string) bool { return true }

// about is a nudge that names jobs, or says that it may be about any other.
func about(others Match, ids ...string) func(*job) Match {
	return func(j *job) Match {
		if slices.Contains(ids, j.id) {
			return Same
		}
		return others
	}
}

// waitForDays begins to wait for jobs of a day each.
func waitForDays(t *testing.T, s *service, e *Engine[job], ids ...string) {
	for _, id := range ids {
		task := s.start(id, 24*time.Hour)
		go e.Wait(t.Context(), Request[job]{MaxWait: 24 * time.Hour, Grace: time.Minute}, task)
	}
	synctest.Wait()
}

func slowly(d time.Duration) func(context.Context, Query[job]) error {
	return func(context.Context, Query[job]) error { time.Sleep(d); return nil }
}

func failing(times *int) func(context.Context, Query[job]) error {
	return func(context.Context, Query[job]) error {
		if *times == 0 {
			return nil
		}
		*times--
		return errors.New("broken")
	}
}

func TestNudgesWithinTwoSecondsShareAPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		e := s.engine(func(c *Config[job]) { c.MaxDelay = 10 * time.Hour })
		waitForDays(t, s, e, "a", "b")
		time.Sleep(8 * time.Hour)
		before := len(s.polled())
		begun := time.Now()
		for range 19 {
			require.True(t, e.Nudge(everywhere, about(Other, "a")))
			time.Sleep(100 * time.Millisecond)
		}
		require.Len(t, s.polled(), before+1, "the first at once")
		time.Sleep(5 * time.Second)
		require.Len(t, s.polled(), before+2, "one more for all that came after it")
		require.False(t, e.Nudge(everywhere, about(Other, "c")))
		require.False(t, e.Nudge(func(_, catalog string) bool { return catalog == "Sandbox" }, about(Other, "a")))
		time.Sleep(5 * time.Second)
		require.Len(t, s.polled(), before+2)
		require.Equal(t, 11900*time.Millisecond, time.Since(begun))
		e.Close()
		require.False(t, e.Nudge(everywhere, about(Other, "a")))
	})
}

func TestNudgeIsAboutTheTaskThatItNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		s.kind.Limits.Page = 0 // ids tell who was asked for
		e := s.engine(func(c *Config[job]) { c.MaxDelay = 10 * time.Hour })
		var ids []string
		for i := range 25 {
			ids = append(ids, fmt.Sprintf("job-%02d", i))
		}
		waitForDays(t, s, e, ids...)
		time.Sleep(8 * time.Hour)
		polls := func(nudge func(*job) Match) (asked map[string]bool) {
			before := len(s.polled())
			require.True(t, e.Nudge(everywhere, nudge))
			time.Sleep(3 * time.Second)
			asked = map[string]bool{}
			for _, q := range s.polled()[before:] {
				require.LessOrEqual(t, len(q.IDs), 10)
				for _, id := range q.IDs {
					asked[id] = true
				}
			}
			require.Len(t, s.polled(), before+1)
			return asked
		}
		require.Contains(t, polls(about(Possible, "job-03")), "job-03")
		// It may be about any: a call's worth of them, others each time.
		all := map[string]bool{}
		for range 3 {
			asked := polls(about(Possible))
			require.Len(t, asked, 10)
			for id := range asked {
				all[id] = true
			}
		}
		require.GreaterOrEqual(t, len(all), 24)
		e.Close()
	})
}

func TestNudgeDuringAPollIsNotAnsweredByIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		e := s.engine(func(c *Config[job]) { c.MaxDelay = 10 * time.Hour })
		waitForDays(t, s, e, "a")
		time.Sleep(8 * time.Hour)
		s.mu.Lock()
		s.list = slowly(time.Second)
		s.mu.Unlock()
		before := len(s.polled())
		e.Nudge(everywhere, about(Other, "a"))
		time.Sleep(500 * time.Millisecond)
		e.Nudge(everywhere, about(Other, "a"))
		time.Sleep(10 * time.Second)
		require.Len(t, s.polled(), before+2)
		e.Close()
	})
}

func TestExpectedNudgesReplacePolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		s.kind.ExpectNudges = true
		e := s.engine()
		wait := func(id string, takes, nudgedAt time.Duration) (time.Duration, int) {
			before := len(s.polled())
			task := s.start(id, takes)
			if nudgedAt > 0 {
				time.AfterFunc(nudgedAt, func() { e.Nudge(everywhere, about(Other, id)) })
			}
			out := e.Wait(t.Context(), request(), task)
			require.Equal(t, Ended, out.Cause)
			return out.Elapsed - takes, len(s.polled()) - before
		}
		lag, polls := wait("a", 5*time.Second, 5*time.Second)
		require.Equal(t, 1, polls, "one request")
		require.LessOrEqual(t, lag, 2*time.Second)

		lag, polls = wait("b", 5*time.Second, 0)
		require.Equal(t, 1, polls, "a lost event costs MaxDelay and not the wait")
		require.LessOrEqual(t, lag, 30*time.Second)

		lag, polls = wait("c", 100*time.Second, 0)
		require.LessOrEqual(t, polls, 4)
		require.LessOrEqual(t, lag, 33*time.Second)

		// A poll that fails is made again.
		fails := 3
		s.list = failing(&fails)
		lag, polls = wait("d", 5*time.Second, 5*time.Second)
		require.Equal(t, 4, polls)
		require.LessOrEqual(t, lag, 15*time.Second)
	})
}

func TestPatientScheduleHoldsEachTasksDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		s.kind.ExpectNudges = true
		e := s.engine(func(c *Config[job]) { c.MaxDelay = time.Minute })
		task := s.start("a", time.Hour)
		r := Request[job]{MaxWait: 65 * time.Second, Grace: time.Minute, MaxDelay: 10 * time.Second}
		require.Equal(t, TimedOut, e.Wait(t.Context(), r, task).Cause)
		require.InDelta(t, 7, len(s.polled()), 1)
	})
}
