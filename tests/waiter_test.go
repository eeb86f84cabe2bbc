package tests

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
)

func TestWaitUntilComplete(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		task := s.running(1, 20*time.Second)
		begun := time.Now()
		got, err := partnercentral.NewTaskWaiter(s).Wait(context.Background(), task, 10*time.Minute)
		require.NoError(t, err)
		require.Equal(t, partnercentral.TaskStatusComplete, got.Status)
		require.Equal(t, "eng-00000000000001", got.EngagementID)
		took := time.Since(begun)
		require.Greater(t, took, 20*time.Second-1)
		require.Less(t, took, 30*time.Second)
		require.LessOrEqual(t, len(s.recorded()), 8)
	})
}

func TestWaitReturnsFailureAsError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		task := s.running(1, 5*time.Second)
		s.tasks[0].failed = true
		w := partnercentral.NewTaskWaiter(s)
		got, err := w.Wait(context.Background(), task, 10*time.Minute)
		var failed *partnercentral.TaskFailedError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, got, failed.Task)
		require.Equal(t, partnercentral.ReasonCodeOpportunityConflict, got.ReasonCode)
		require.Equal(t, "already submitted", got.Message)
		require.NotEmpty(t, failed.Remedy())
		require.EqualValues(t, 1, w.Stats().Failed)

		calls := len(s.recorded())
		_, err = w.Wait(context.Background(), got, time.Minute)
		require.ErrorAs(t, err, &failed, "a failed task is final")
		require.Len(t, s.recorded(), calls)
	})
}

func TestFinishedTaskCostsNoCall(t *testing.T) {
	t.Parallel()
	s := &stub{}
	w := partnercentral.NewTaskWaiter(s)
	// As the service answered in November 2024: no id, no ARN.
	task := partnercentral.Task{Kind: partnercentral.TaskKindEngagementFromOpportunity, Status: partnercentral.TaskStatusComplete}
	got, err := w.Wait(context.Background(), task, time.Nanosecond)
	require.NoError(t, err)
	require.Equal(t, task, got)
	got, err = w.Refresh(context.Background(), task)
	require.NoError(t, err)
	require.Equal(t, task, got)
	for got, err := range w.WaitAll(context.Background(), slices.Values([]partnercentral.Task{task, task}), time.Minute) {
		require.NoError(t, err)
		require.Equal(t, task, got)
	}
	require.Empty(t, s.recorded())
}

func TestBudgetIsExact(t *testing.T) {
	t.Parallel()
	for _, maxWait := range []time.Duration{
		time.Second, 1500 * time.Millisecond, 2 * time.Second, 9999 * time.Millisecond, time.Minute, 10*time.Minute + 1, time.Hour, 24 * time.Hour,
	} {
		t.Run(maxWait.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &stub{}
				task := s.running(1, 0)
				begun := time.Now()
				got, err := partnercentral.NewTaskWaiter(s).Wait(context.Background(), task, maxWait)
				require.Equal(t, maxWait, time.Since(begun), "the error comes at the deadline")
				calls := s.recorded()
				left := maxWait - calls[len(calls)-1].at.Sub(begun)
				require.LessOrEqual(t, left, min(30*time.Second, maxWait/10), "the last poll is made shortly before the deadline")
				var timeout *partnercentral.WaitError
				require.ErrorAs(t, err, &timeout)
				require.ErrorIs(t, err, partnercentral.WaitTimedOut)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				require.Equal(t, maxWait, timeout.Elapsed)
				require.Equal(t, got, timeout.Task)
				require.Equal(t, task.ID, got.ID)
				require.Equal(t, len(calls), timeout.Polls)
				require.NoError(t, timeout.Err)
				// No spin, and no sleep either.
				require.Less(t, len(calls), 10+int(maxWait/(10*time.Second)))
				for i := 1; i < len(calls); i++ {
					require.LessOrEqual(t, calls[i].at.Sub(calls[i-1].at), 36*time.Second)
				}
			})
		})
	}
}

func TestTaskThatEndsBeforeTheLastPollIsSeen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		task := s.running(1, 3*time.Minute-18*time.Second)
		got, err := partnercentral.NewTaskWaiter(s).Wait(context.Background(), task, 3*time.Minute)
		require.NoError(t, err)
		require.True(t, got.Done())
	})
}

// Processes that began together do not make their last polls together, whose
// waits end together all the same.
func TestLastPollsAreSpread(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ maxWait, maxDelay, spread time.Duration }{
		{10 * time.Minute, 0, 30 * time.Second},
		{10 * time.Minute, 10 * time.Second, 10 * time.Second},
		{time.Minute, 0, 6 * time.Second},
	} {
		t.Run(fmt.Sprint(c.maxWait, c.maxDelay), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const processes = 300
				var mu sync.Mutex
				perSecond := map[time.Duration]int{}
				begun := time.Now()
				var all sync.WaitGroup
				for range processes {
					all.Go(func() {
						s := &stub{}
						_, err := partnercentral.NewTaskWaiter(s).Wait(context.Background(), s.running(1, 0), c.maxWait, func(o *partnercentral.WaitOptions) {
							if c.maxDelay > 0 {
								o.MaxDelay = c.maxDelay
							}
						})
						mu.Lock()
						defer mu.Unlock()
						require.ErrorIs(t, err, partnercentral.WaitTimedOut)
						require.Equal(t, c.maxWait, time.Since(begun))
						calls := s.recorded()
						left := c.maxWait - calls[len(calls)-1].at.Sub(begun)
						require.LessOrEqual(t, left, c.spread)
						perSecond[left.Truncate(time.Second)]++
					})
				}
				all.Wait()
				for second, polls := range perSecond {
					require.Less(t, polls, 5*processes/int(c.spread/time.Second), "in the second %s before the end", second)
				}
			})
		})
	}
}

// A last poll that hangs holds up the end for two seconds at most, and only
// where the wait is too short for it to be made earlier.
func TestLastPollThatHangs(t *testing.T) {
	t.Parallel()
	for maxWait, most := range map[time.Duration]time.Duration{10 * time.Second: 2 * time.Second, time.Minute: 0, time.Hour: 0} {
		synctest.Test(t, func(t *testing.T) {
			s := &stub{}
			begun := time.Now()
			s.refuse = func(stubCall) error {
				if time.Since(begun) > maxWait*9/10 {
					time.Sleep(5 * time.Second)
				}
				return nil
			}
			_, err := partnercentral.NewTaskWaiter(s).Wait(context.Background(), s.running(1, 0), maxWait)
			require.ErrorIs(t, err, partnercentral.WaitTimedOut)
			require.LessOrEqual(t, time.Since(begun)-maxWait, most)
			time.Sleep(time.Minute)
		})
	}
}

func TestCancelSaysThatTheTaskRunsOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		a, b := s.running(1, 0), s.running(2, 40*time.Second)
		w := partnercentral.NewTaskWaiter(s)
		other := make(chan error, 1)
		go func() {
			_, err := w.Wait(context.Background(), b, time.Hour)
			other <- err
		}()
		ctx, cancel := context.WithCancelCause(context.Background())
		time.AfterFunc(10*time.Second, func() { cancel(errors.New("shift ended")) })
		begun := time.Now()
		got, err := w.Wait(ctx, a, time.Hour)
		require.Equal(t, 10*time.Second, time.Since(begun))
		require.ErrorIs(t, err, context.Canceled)
		require.Contains(t, err.Error(), "still runs")
		require.Contains(t, err.Error(), a.ID)
		require.Contains(t, err.Error(), "shift ended")
		require.Equal(t, a.ID, got.ID)
		require.Equal(t, 1, w.Stats().Awaited, "the other wait goes on")
		require.NoError(t, <-other)
	})
}

func TestContextDeadlineEndsTheWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		task := s.running(1, 0)
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_, err := partnercentral.NewTaskWaiter(s).Wait(ctx, task, time.Hour)
		var canceled *partnercentral.WaitError
		require.ErrorAs(t, err, &canceled)
		require.ErrorIs(t, err, partnercentral.WaitCanceled)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		calls := len(s.recorded())
		_, err = partnercentral.NewTaskWaiter(s).Wait(ctx, task, time.Hour)
		require.ErrorAs(t, err, &canceled, "an ended context ends the wait before any call")
		require.ErrorIs(t, err, partnercentral.WaitCanceled)
		require.Len(t, s.recorded(), calls)
	})
}

func TestNoGoroutineWhenIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		w := partnercentral.NewTaskWaiter(s)
		before := ourGoroutines()
		task := s.running(1, 20*time.Second)
		go func() {
			_, err := w.Wait(context.Background(), task, time.Hour)
			assert.NoError(t, err)
		}()
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, 1, ourGoroutines()-before, "one loop while something is awaited")
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Equal(t, before, ourGoroutines(), "none when nothing is")
	})
}

// ourGoroutines counts the goroutines that the waiter has started.
func ourGoroutines() int {
	buf := make([]byte, 1<<20)
	n := 0
	for g := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		if strings.Contains(g, "created by github.com/cosell-dev/partnercentral-go/internal/waiting.") {
			n++
		}
	}
	return n
}

func TestHungCallCostsOneLook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		n := 0
		s.block = func(ctx context.Context, _ stubCall) error {
			if n++; n > 1 {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		}
		task := s.running(1, 8*time.Second)
		begun := time.Now()
		got, err := partnercentral.NewTaskWaiter(s, func(o *partnercentral.TaskWaiterOptions) { o.PollTimeout = 5 * time.Second }).
			Wait(context.Background(), task, time.Hour)
		require.NoError(t, err)
		require.True(t, got.Done())
		require.Less(t, time.Since(begun), 20*time.Second)
		require.Len(t, s.recorded(), 2)
	})
}

func TestDeadlineHoldsWhenNothingAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{block: func(ctx context.Context, _ stubCall) error {
			<-ctx.Done()
			return ctx.Err()
		}}
		task := s.running(1, time.Second)
		begun := time.Now()
		_, err := partnercentral.NewTaskWaiter(s).Wait(context.Background(), task, time.Minute)
		var timeout *partnercentral.WaitError
		require.ErrorAs(t, err, &timeout)
		require.ErrorIs(t, err, partnercentral.WaitTimedOut)
		require.GreaterOrEqual(t, time.Since(begun), time.Minute)
		require.LessOrEqual(t, time.Since(begun), time.Minute+2*time.Second)
		require.Error(t, timeout.Err)
	})
}

func TestHungListDoesNotHoldUpTheOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		s.block = func(ctx context.Context, c stubCall) error {
			if c.catalog == partnercentral.CatalogAWS {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		}
		w := partnercentral.NewTaskWaiter(s)
		stuck := s.running(1, time.Second)
		stuck.Catalog = partnercentral.CatalogSandbox
		go func() { _, _ = w.Wait(context.Background(), stuck, time.Hour) }()
		time.Sleep(4 * time.Second)
		task := s.running(2, 10*time.Second)
		begun := time.Now()
		_, err := w.Wait(context.Background(), task, time.Hour)
		require.NoError(t, err)
		require.Less(t, time.Since(begun), 16*time.Second)
		require.NoError(t, w.Close())
	})
}

func TestThousandWaitsShareCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{latency: 100 * time.Millisecond}
		w := partnercentral.NewTaskWaiter(s)
		var wg sync.WaitGroup
		for i := range 1000 {
			task := s.running(i, time.Duration(5+i%60)*time.Second)
			wg.Go(func() {
				got, err := w.Wait(context.Background(), task, time.Hour)
				assert.NoError(t, err)
				assert.Equal(t, task.ID, got.ID)
				assert.True(t, got.Done())
			})
		}
		wg.Wait()
		calls := s.recorded()
		require.LessOrEqual(t, len(calls), 80)
		for i := 5; i < len(calls); i++ {
			require.GreaterOrEqual(t, calls[i].at.Sub(calls[i-5].at), time.Second, "at most five calls a second")
		}
		require.Equal(t, partnercentral.TaskWaiterStats{
			Begun: 1000, Completed: 1000, Polls: int64(len(calls)), Pages: w.Stats().Pages,
		}, w.Stats())
		require.NotZero(t, w.Stats().Pages)
	})
}

func TestKindsAndCatalogsAreAskedApart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		now := time.Now()
		var tasks []partnercentral.Task
		for i, catalog := range []string{"AWS", "Sandbox"} {
			from := stubTask{id: fmt.Sprintf("task-000000000000%d", i), catalog: catalog, object: "O1", start: now, end: now.Add(9 * time.Second)}
			accept := stubTask{id: fmt.Sprintf("task-000000000001%d", i), catalog: "accept:" + catalog, object: "engi-0000000000001", start: now, end: now.Add(9 * time.Second)}
			s.add(from, accept)
			a := taskOf(accept)
			a.Kind, a.Catalog, a.OpportunityID = partnercentral.TaskKindEngagementByAcceptingInvitation, catalog, ""
			tasks = append(tasks, taskOf(from), a)
		}
		n := 0
		for got, err := range partnercentral.NewTaskWaiter(s).WaitAll(context.Background(), slices.Values(tasks), time.Minute) {
			require.NoError(t, err)
			require.True(t, got.Done())
			n++
		}
		require.Equal(t, 4, n)
	})
}

func TestCloseEndsAllWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{block: func(ctx context.Context, _ stubCall) error { <-ctx.Done(); return ctx.Err() }}
		w := partnercentral.NewTaskWaiter(s)
		errs := make(chan error)
		for i := range 3 {
			task := s.running(i, 0)
			go func() { _, err := w.Wait(context.Background(), task, time.Hour); errs <- err }()
		}
		time.Sleep(6 * time.Second)
		require.NoError(t, w.Close())
		var closed *partnercentral.WaitError
		for range 3 {
			require.ErrorAs(t, <-errs, &closed)
			require.NotEmpty(t, closed.Task.ID)
		}
		synctest.Wait()
		require.NoError(t, w.Close())
		_, err := w.Wait(context.Background(), s.running(9, 0), time.Hour)
		require.ErrorAs(t, err, &closed)
		require.ErrorIs(t, err, partnercentral.WaitClosed)
		_, err = w.Refresh(context.Background(), s.running(9, 0))
		require.ErrorAs(t, err, &closed)
		require.ErrorIs(t, err, partnercentral.WaitClosed)
		require.Zero(t, w.Stats().Awaited)
	})
}

func TestNudgePollsNow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		w := partnercentral.NewTaskWaiter(s)
		task := s.running(1, 2*time.Hour)
		done := make(chan time.Time, 1)
		go func() {
			_, err := w.Wait(context.Background(), task, 24*time.Hour)
			assert.NoError(t, err)
			done <- time.Now()
		}()
		time.Sleep(2*time.Hour + time.Millisecond)
		synctest.Wait()
		select {
		case <-done:
			t.Fatal("the schedule happened to poll; the nudge would not be tested")
		default:
		}
		require.False(t, w.Nudge(partnercentral.Task{OpportunityID: "O999"}))
		require.False(t, w.Nudge(partnercentral.Task{OpportunityID: "O1", Catalog: "Sandbox"}))
		require.False(t, w.Nudge(partnercentral.Task{}))
		nudged := time.Now()
		require.True(t, w.Nudge(partnercentral.Task{OpportunityID: "O1", Catalog: "aws"}), "events write catalogs in their own way")
		require.Equal(t, nudged, <-done)
	})
}

func TestRefreshPollsOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		w := partnercentral.NewTaskWaiter(s)
		task := s.running(1, 10*time.Second)
		begun := time.Now()
		got, err := w.Refresh(context.Background(), task)
		require.NoError(t, err)
		require.Equal(t, partnercentral.TaskStatusInProgress, got.Status)
		require.Zero(t, time.Since(begun))
		require.Len(t, s.recorded(), 1)
		time.Sleep(10 * time.Second)
		got, err = w.Refresh(context.Background(), got)
		require.NoError(t, err)
		require.True(t, got.Done())
		require.Len(t, s.recorded(), 2)

		gone := task
		gone.ID = "task-00000000gone0"
		_, err = w.Refresh(context.Background(), gone)
		var missing *partnercentral.WaitError
		require.ErrorAs(t, err, &missing)
		require.ErrorIs(t, err, partnercentral.WaitNotFound)

		s.refuse = func(stubCall) error { return &partnercentral.ThrottlingException{} }
		kept, err := w.Refresh(context.Background(), task)
		require.ErrorIs(t, err, partnercentral.WaitPollFailed)
		var throttled *partnercentral.ThrottlingException
		require.ErrorAs(t, err, &throttled)
		require.Equal(t, task, kept)
	})
}

func TestRefreshesShareCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{latency: 100 * time.Millisecond}
		w := partnercentral.NewTaskWaiter(s)
		var wg sync.WaitGroup
		for i := range 100 {
			task := s.running(i, time.Hour)
			wg.Go(func() {
				_, err := w.Refresh(context.Background(), task)
				assert.NoError(t, err)
			})
		}
		wg.Wait()
		require.LessOrEqual(t, len(s.recorded()), 4)
	})
}

func TestWaitAllYieldsInOrderOfEndAndStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		w := partnercentral.NewTaskWaiter(s)
		tasks := []partnercentral.Task{s.running(1, time.Minute), s.running(2, 10*time.Second), s.running(3, 30*time.Second)}
		var order []string
		for got, err := range w.WaitAll(context.Background(), slices.Values(tasks), time.Hour) {
			require.NoError(t, err)
			order = append(order, got.ID[len(got.ID)-1:])
			if len(order) == 2 {
				break
			}
		}
		require.Equal(t, []string{"2", "3"}, order)
		require.Zero(t, w.Stats().Awaited, "leaving the loop ends the waits")
		calls := len(s.recorded())
		time.Sleep(time.Hour)
		require.Len(t, s.recorded(), calls)
	})
}

func TestWaitAllYieldsEveryTaskOnceWhenCanceled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		var tasks []partnercentral.Task
		for i := range 20 {
			tasks = append(tasks, s.running(i, time.Duration(i%2)*5*time.Second))
		}
		seen := map[string]error{}
		for got, err := range partnercentral.NewTaskWaiter(s).WaitAll(ctx, slices.Values(tasks), time.Hour) {
			require.NotContains(t, seen, got.ID)
			seen[got.ID] = err
		}
		require.Len(t, seen, 20)
		for i, task := range tasks {
			if i%2 == 1 {
				require.NoError(t, seen[task.ID])
			} else {
				require.ErrorIs(t, seen[task.ID], context.DeadlineExceeded)
				require.Contains(t, seen[task.ID].Error(), task.ID)
			}
		}
	})
}
