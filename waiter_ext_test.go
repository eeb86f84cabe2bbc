package partnercentral_test

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
				require.Equal(t, maxWait, calls[len(calls)-1].at.Sub(begun), "the last look is at the deadline")
				var timeout *partnercentral.WaitTimeoutError
				require.ErrorAs(t, err, &timeout)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				require.Equal(t, maxWait, timeout.MaxWait)
				require.Equal(t, maxWait, timeout.Elapsed)
				require.Equal(t, got, timeout.Task)
				require.Equal(t, task.ID, got.ID)
				require.Equal(t, len(calls), timeout.Looks)
				require.NoError(t, timeout.LastErr)
				// No spin, and no sleep either.
				require.Less(t, len(calls), 10+int(maxWait/(10*time.Second)))
				for i := 1; i < len(calls); i++ {
					require.LessOrEqual(t, calls[i].at.Sub(calls[i-1].at), 36*time.Second)
				}
			})
		})
	}
}

func TestTaskThatEndsAtTheDeadlineIsSeen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		task := s.running(1, 3*time.Minute)
		got, err := partnercentral.NewTaskWaiter(s).Wait(context.Background(), task, 3*time.Minute)
		require.NoError(t, err)
		require.True(t, got.Done())
	})
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
		var canceled *partnercentral.WaitCanceledError
		require.ErrorAs(t, err, &canceled)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		calls := len(s.recorded())
		_, err = partnercentral.NewTaskWaiter(s).Wait(ctx, task, time.Hour)
		require.ErrorAs(t, err, &canceled, "an ended context ends the wait before any call")
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
			require.NoError(t, err)
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
	for _, g := range strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		if strings.Contains(g, "partnercentral-go.(*TaskWaiter).run(") || strings.Contains(g, "partnercentral-go.(*look).run(") {
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
		got, err := partnercentral.NewTaskWaiter(s, func(o *partnercentral.TaskWaiterOptions) { o.LookTimeout = 5 * time.Second }).
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
		var timeout *partnercentral.WaitTimeoutError
		require.ErrorAs(t, err, &timeout)
		require.GreaterOrEqual(t, time.Since(begun), time.Minute)
		require.LessOrEqual(t, time.Since(begun), time.Minute+2*time.Second)
		require.Error(t, timeout.LastErr)
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
			wg.Add(1)
			go func() {
				defer wg.Done()
				got, err := w.Wait(context.Background(), task, time.Hour)
				require.NoError(t, err)
				require.Equal(t, task.ID, got.ID)
				require.True(t, got.Done())
			}()
		}
		wg.Wait()
		calls := s.recorded()
		require.LessOrEqual(t, len(calls), 80)
		for i := 5; i < len(calls); i++ {
			require.GreaterOrEqual(t, calls[i].at.Sub(calls[i-5].at), time.Second, "at most five calls a second")
		}
		require.Equal(t, partnercentral.TaskWaiterStats{
			Begun: 1000, Completed: 1000, Calls: int64(len(calls)), Pages: w.Stats().Pages,
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

func TestAccessDeniedEndsOnlyTheWaitsConcerned(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		denied := &partnercentral.AccessDeniedException{}
		s.refuse = func(c stubCall) error {
			if c.catalog == partnercentral.CatalogSandbox {
				return denied
			}
			return nil
		}
		w := partnercentral.NewTaskWaiter(s)
		fine := s.running(1, time.Minute)
		refused := s.running(2, time.Minute)
		refused.Catalog = partnercentral.CatalogSandbox
		errs := make(chan error, 2)
		begun := time.Now()
		go func() { _, err := w.Wait(context.Background(), fine, time.Hour); errs <- err }()
		_, err := w.Wait(context.Background(), refused, time.Hour)
		var as *partnercentral.AccessDeniedException
		require.ErrorAs(t, err, &as)
		var polled *partnercentral.PollRefusedError
		require.ErrorAs(t, err, &polled)
		require.Equal(t, 1, polled.Looks)
		require.Equal(t, refused, polled.Task)
		require.Less(t, time.Since(begun), 10*time.Second)
		require.NoError(t, <-errs)
	})
}

func TestThrottlingAndFaultsWakeNobody(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]error{
		"throttled": &partnercentral.ThrottlingException{},
		"fault":     &partnercentral.InternalServerException{},
		"network":   errors.New("connection reset"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &stub{}
				begun := time.Now()
				s.refuse = func(stubCall) error {
					if time.Since(begun) < 3*time.Minute {
						return fault
					}
					return nil
				}
				w := partnercentral.NewTaskWaiter(s)
				task := s.running(1, 10*time.Second)
				got, err := w.Wait(context.Background(), task, time.Hour)
				require.NoError(t, err)
				require.True(t, got.Done())
				calls := s.recorded()
				require.Greater(t, calls[4].at.Sub(calls[3].at), calls[1].at.Sub(calls[0].at), "the pace slows down")
				require.Less(t, len(calls), 20)
				require.EqualValues(t, len(calls)-1, w.Stats().FailedCalls)
			})
		})
	}
}

func TestPoisonedIDFailsItsOwnWaitAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		const bad = "task-0000000000003"
		s.refuse = func(c stubCall) error {
			if slices.Contains(c.ids, bad) {
				return &partnercentral.ValidationException{}
			}
			return nil
		}
		w := partnercentral.NewTaskWaiter(s)
		var tasks []partnercentral.Task
		for i := range 10 {
			tasks = append(tasks, s.running(i, 30*time.Second))
		}
		refused, refusals := 0, 0
		var at time.Time
		for task, err := range w.WaitAll(context.Background(), slices.Values(tasks), time.Hour) {
			if task.ID != bad {
				require.NoError(t, err)
				continue
			}
			refused++
			at = time.Now()
			var invalid *partnercentral.ValidationException
			require.ErrorAs(t, err, &invalid)
		}
		require.Equal(t, 1, refused)
		first := time.Time{}
		for _, c := range s.recorded() {
			if first.IsZero() {
				first = c.at
			}
			if !c.at.After(at) {
				refusals++
			}
		}
		require.LessOrEqual(t, refusals, 9, "1 + 2 log2(10) calls find it")
		require.Less(t, at.Sub(first), 2*time.Second)
	})
}

func TestRefusedRequestEndsAllWaitsInOneCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		field := "Catalog"
		s := &stub{refuse: func(stubCall) error {
			return &partnercentral.ValidationException{ErrorList: []partnercentral.ValidationExceptionError{{FieldName: &field}}}
		}}
		var tasks []partnercentral.Task
		for i := range 10 {
			tasks = append(tasks, s.running(i, 0))
		}
		for _, err := range partnercentral.NewTaskWaiter(s).WaitAll(context.Background(), slices.Values(tasks), time.Hour) {
			var invalid *partnercentral.ValidationException
			require.ErrorAs(t, err, &invalid)
		}
		require.Len(t, s.recorded(), 1)
	})
}

func TestUnlistedTaskIsNotFoundAfterGrace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		task := s.running(1, 0)
		s.tasks = nil
		begun := time.Now()
		got, err := partnercentral.NewTaskWaiter(s).Wait(context.Background(), task, time.Hour)
		var missing *partnercentral.TaskNotFoundError
		require.ErrorAs(t, err, &missing)
		require.Equal(t, task, got)
		require.GreaterOrEqual(t, time.Since(begun), partnercentral.DefaultNotFoundGrace)
		require.Less(t, time.Since(begun), 90*time.Second)
		require.Less(t, len(s.recorded()), 20)

		_, err = partnercentral.NewTaskWaiter(s).Wait(context.Background(), task, time.Hour, func(o *partnercentral.TaskWaiterOptions) {
			o.NotFoundGrace = 10 * time.Minute
			o.MaxStaleness = time.Hour
		})
		require.ErrorAs(t, err, &missing)
		require.GreaterOrEqual(t, missing.Elapsed, 10*time.Minute)
	})
}

func TestListThatLagsIsWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		task := s.running(1, 12*time.Second)
		s.tasks[0].visible = time.Now().Add(20 * time.Second)
		got, err := partnercentral.NewTaskWaiter(s).Wait(context.Background(), task, time.Hour)
		require.NoError(t, err)
		require.True(t, got.Done())
	})
}

func TestUnknownStatusEndsTheWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		task := s.running(1, 0)
		s.tasks[0].status = "PARKED"
		got, err := partnercentral.NewTaskWaiter(s).Wait(context.Background(), task, time.Hour)
		var unknown *partnercentral.UnknownTaskStatusError
		require.ErrorAs(t, err, &unknown)
		require.EqualValues(t, "PARKED", got.Status)
		require.Contains(t, err.Error(), "PARKED")
		_, err = partnercentral.NewTaskWaiter(s).Wait(context.Background(), got, time.Hour)
		require.ErrorAs(t, err, &unknown)
	})
}

func TestTaskWithoutIDIsFoundByItsObject(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		now := time.Now()
		add := func(id string, start time.Time) {
			s.add(stubTask{id: id, object: "O7", catalog: "AWS", start: start, end: start.Add(30 * time.Second)})
		}
		add("task-0000000000old", now.Add(-time.Hour))
		add("task-0000000000our", now.Add(15*time.Millisecond))
		add("task-0000000000new", now.Add(20*time.Second))
		task := partnercentral.Task{Kind: partnercentral.TaskKindEngagementFromOpportunity, Catalog: "AWS", OpportunityID: "O7", StartTime: now, Status: partnercentral.TaskStatusInProgress}
		w := partnercentral.NewTaskWaiter(s)
		got, err := w.Wait(context.Background(), task, time.Hour)
		require.NoError(t, err)
		require.Equal(t, "task-0000000000our", got.ID)
		require.True(t, got.Done())

		task.Status, task.StartTime, task.ClientToken = "", now.Add(10*time.Second), "saved before the call"
		got, err = w.Wait(context.Background(), task, time.Hour)
		require.NoError(t, err)
		require.Equal(t, "task-0000000000our", got.ID, "within the margin of our clock")
		require.Equal(t, "saved before the call", got.ClientToken)

		task.StartTime = time.Time{}
		got, err = w.Wait(context.Background(), task, time.Hour)
		require.NoError(t, err)
		require.Equal(t, "task-0000000000new", got.ID, "without a time, the newest")
	})
}

func TestSortThatIsIgnoredOrRefusedMeansIDs(t *testing.T) {
	t.Parallel()
	for name, arrange := range map[string]func(*stub){
		"ascending": func(s *stub) { s.order = func(a, b stubTask) int { return a.start.Compare(b.start) } },
		"refused": func(s *stub) {
			s.refuse = func(c stubCall) error {
				if c.page {
					field := "Sort"
					return &partnercentral.ValidationException{ErrorList: []partnercentral.ValidationExceptionError{{FieldName: &field}}}
				}
				return nil
			}
		},
		"tasks left out": func(s *stub) { s.hidden = func(t stubTask) bool { return strings.HasSuffix(t.id, "7") } },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &stub{}
				arrange(s)
				w := partnercentral.NewTaskWaiter(s)
				var tasks []partnercentral.Task
				for i := range 40 {
					tasks = append(tasks, s.running(i, 90*time.Second))
					time.Sleep(time.Second)
				}
				for got, err := range w.WaitAll(context.Background(), slices.Values(tasks), time.Hour) {
					require.NoError(t, err)
					require.True(t, got.Done())
				}
				pages := 0
				for _, c := range s.recorded() {
					if c.page {
						pages++
					}
				}
				require.Positive(t, pages)
				require.LessOrEqual(t, pages, 4, "pages are left alone")
			})
		})
	}
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
		var closed *partnercentral.WaiterClosedError
		for range 3 {
			require.ErrorAs(t, <-errs, &closed)
			require.NotEmpty(t, closed.Task.ID)
		}
		synctest.Wait()
		require.NoError(t, w.Close())
		_, err := w.Wait(context.Background(), s.running(9, 0), time.Hour)
		require.ErrorAs(t, err, &closed)
		_, err = w.Refresh(context.Background(), s.running(9, 0))
		require.ErrorAs(t, err, &closed)
		require.Zero(t, w.Stats().Awaited)
	})
}

func TestNudgeLooksNow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		w := partnercentral.NewTaskWaiter(s)
		task := s.running(1, 2*time.Hour)
		done := make(chan time.Time, 1)
		go func() {
			_, err := w.Wait(context.Background(), task, 24*time.Hour)
			require.NoError(t, err)
			done <- time.Now()
		}()
		time.Sleep(2*time.Hour + time.Millisecond)
		synctest.Wait()
		select {
		case <-done:
			t.Fatal("the schedule happened to look; the nudge would not be tested")
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

func TestRefreshLooksOnce(t *testing.T) {
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
		var missing *partnercentral.TaskNotFoundError
		require.ErrorAs(t, err, &missing)

		s.refuse = func(stubCall) error { return &partnercentral.ThrottlingException{} }
		kept, err := w.Refresh(context.Background(), task)
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
			wg.Add(1)
			go func() {
				defer wg.Done()
				_, err := w.Refresh(context.Background(), task)
				require.NoError(t, err)
			}()
		}
		wg.Wait()
		require.LessOrEqual(t, len(s.recorded()), 4)
	})
}

func TestBadInputIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	s := &stub{}
	good := partnercentral.Task{Kind: partnercentral.TaskKindEngagementFromOpportunity, Catalog: "AWS", ID: "task-0000000000001"}
	with := func(change func(*partnercentral.Task)) partnercentral.Task {
		task := good
		change(&task)
		return task
	}
	w := partnercentral.NewTaskWaiter(s)
	ctx := context.Background()
	for name, task := range map[string]partnercentral.Task{
		"zero":                             {},
		"unknown kind":                     with(func(t *partnercentral.Task) { t.Kind = "Later" }),
		"no catalog":                       with(func(t *partnercentral.Task) { t.Catalog = "" }),
		"nothing to find it by":            with(func(t *partnercentral.Task) { t.ID = "" }),
		"found by the other kind's object": with(func(t *partnercentral.Task) { t.ID, t.EngagementInvitationID = "", "engi-0000000000001" }),
	} {
		got, err := w.Wait(ctx, task, time.Minute)
		var invalid *partnercentral.InvalidTaskError
		require.ErrorAs(t, err, &invalid, name)
		require.Equal(t, task, got, name)
		require.Equal(t, task, invalid.Task, name)
		_, err = w.Refresh(ctx, task)
		require.ErrorAs(t, err, &invalid, name)
		for _, err := range w.WaitAll(ctx, slices.Values([]partnercentral.Task{task}), time.Minute) {
			require.ErrorAs(t, err, &invalid, name)
		}
	}
	var typedNil *partnercentral.Client
	var noContext context.Context
	for name, wait := range map[string]func() (partnercentral.Task, error){
		"zero maxWait":     func() (partnercentral.Task, error) { return w.Wait(ctx, good, 0) },
		"negative maxWait": func() (partnercentral.Task, error) { return w.Wait(ctx, good, -time.Second) },
		"nil client": func() (partnercentral.Task, error) {
			return partnercentral.NewTaskWaiter(nil).Wait(ctx, good, time.Minute)
		},
		"nil *Client": func() (partnercentral.Task, error) { return partnercentral.NewTaskWaiter(typedNil).Refresh(ctx, good) },
		"nil context": func() (partnercentral.Task, error) { return w.Wait(noContext, good, time.Minute) },
		"nil waiter": func() (partnercentral.Task, error) {
			return (*partnercentral.TaskWaiter)(nil).Wait(ctx, good, time.Minute)
		},
		"zero waiter": func() (partnercentral.Task, error) {
			return new(partnercentral.TaskWaiter).Wait(ctx, good, time.Minute)
		},
		"bad option": func() (partnercentral.Task, error) {
			return partnercentral.NewTaskWaiter(s, func(o *partnercentral.TaskWaiterOptions) { o.LookTimeout = -1 }).Wait(ctx, good, time.Minute)
		},
		"bad option of one wait": func() (partnercentral.Task, error) {
			return w.Wait(ctx, good, time.Minute, func(o *partnercentral.TaskWaiterOptions) { o.NotFoundGrace = -1 })
		},
	} {
		got, err := wait()
		var invalid *partnercentral.InvalidWaitError
		require.ErrorAs(t, err, &invalid, name)
		require.NotEmpty(t, invalid.Argument, name)
		require.Equal(t, good, got, name)
	}
	n := 0
	for _, err := range w.WaitAll(ctx, nil, time.Minute) {
		var invalid *partnercentral.InvalidWaitError
		require.ErrorAs(t, err, &invalid)
		n++
	}
	require.Equal(t, 1, n)
	require.Empty(t, s.recorded())
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
