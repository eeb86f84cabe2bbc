package tests

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
)

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
		var polled *partnercentral.WaitError
		require.ErrorAs(t, err, &polled)
		require.ErrorIs(t, err, partnercentral.WaitRefused)
		require.Equal(t, 2, polled.Polls)
		require.Equal(t, refused, polled.Task)
		require.Less(t, time.Since(begun), 15*time.Second)
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
				require.EqualValues(t, len(calls)-1, w.Stats().FailedPolls)
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
		refused, refusals, found := 0, 0, 0
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
			if slices.Contains(c.ids, bad) {
				refusals++
			}
			if c.at.Sub(first) < 1700*time.Millisecond { // before the next round
				found++
			}
		}
		require.LessOrEqual(t, found, 9, "1 + 2 log2(10) calls find it")
		require.LessOrEqual(t, refusals, 6, "half of them ask for it, and one more confirms it after 5 s")
		require.Less(t, at.Sub(first), 8*time.Second)
	})
}

func TestRefusedRequestEndsAllWaitsInTwoCalls(t *testing.T) {
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
		require.Len(t, s.recorded(), 2)
	})
}

// pasted is what an operator knows of a task.
func pasted(task partnercentral.Task) partnercentral.Task {
	return partnercentral.Task{Kind: task.Kind, Catalog: task.Catalog, ID: task.ID}
}

func TestUnlistedTaskIsNotFoundAfterGrace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		task := pasted(s.running(1, 0))
		s.tasks = nil
		begun := time.Now()
		got, err := partnercentral.NewTaskWaiter(s).Wait(context.Background(), task, time.Hour)
		var missing *partnercentral.WaitError
		require.ErrorAs(t, err, &missing)
		require.ErrorIs(t, err, partnercentral.WaitNotFound)
		require.Equal(t, task, got)
		require.GreaterOrEqual(t, time.Since(begun), 30*time.Second)
		require.Less(t, time.Since(begun), 90*time.Second)
		require.Less(t, len(s.recorded()), 20)

		_, err = partnercentral.NewTaskWaiter(s).Wait(context.Background(), task, time.Hour, func(o *partnercentral.WaitOptions) {
			o.NotFoundGrace = 10 * time.Minute
			o.MaxDelay = time.Hour
		})
		require.ErrorAs(t, err, &missing)
		require.ErrorIs(t, err, partnercentral.WaitNotFound)
		require.GreaterOrEqual(t, missing.Elapsed, 10*time.Minute)
	})
}

func TestListThatLagsIsWaitedFor(t *testing.T) {
	t.Parallel()
	for _, lag := range []time.Duration{20 * time.Second, 45 * time.Second, 90 * time.Second, 10 * time.Minute} {
		for form, hidden := range map[string]func(stubCall) bool{
			"both":  nil,
			"ids":   func(c stubCall) bool { return !c.page },
			"pages": func(c stubCall) bool { return c.page },
		} {
			for _, n := range []int{1, 15} {
				t.Run(fmt.Sprint(lag, " ", form, " ", n), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						s := &stub{lags: hidden}
						tasks := s.runningMany(n, 12*time.Second)
						for i := range s.tasks {
							s.tasks[i].visible = time.Now().Add(lag)
						}
						after, errs := waitAll(t, partnercentral.NewTaskWaiter(s), tasks, time.Hour)
						require.Empty(t, errs)
						for id, d := range after {
							most := lag + time.Minute
							if form != "both" {
								most = 90 * time.Second // the other form has it
							}
							require.Less(t, d, most, id)
						}
					})
				})
			}
		}
	}
}

func TestTaskKnownFromItsStartIsWaitedForToTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		task := s.running(1, 0)
		s.tasks = nil
		w := partnercentral.NewTaskWaiter(s)
		_, err := w.Wait(t.Context(), task, 20*time.Minute)
		require.ErrorIs(t, err, partnercentral.WaitTimedOut)
		_, err = w.Refresh(t.Context(), task)
		require.ErrorIs(t, err, partnercentral.WaitNotFound)

		s.refuse = func(c stubCall) error {
			if c.ids != nil {
				return &partnercentral.ResourceNotFoundException{}
			}
			return nil
		}
		begun := time.Now()
		_, err = w.Wait(t.Context(), task, 20*time.Minute)
		require.ErrorIs(t, err, partnercentral.WaitNotFound, "the service says so")
		require.Less(t, time.Since(begun), 2*time.Minute)
	})
}

func TestUnknownStatusEndsTheWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		task := s.running(1, 0)
		s.tasks[0].status = "PARKED"
		got, err := partnercentral.NewTaskWaiter(s).Wait(context.Background(), task, time.Hour)
		var unknown *partnercentral.WaitError
		require.ErrorAs(t, err, &unknown)
		require.ErrorIs(t, err, partnercentral.WaitUnknownStatus)
		require.EqualValues(t, "PARKED", got.Status)
		require.Contains(t, err.Error(), "PARKED")
		_, err = partnercentral.NewTaskWaiter(s).Wait(context.Background(), got, time.Hour)
		require.ErrorAs(t, err, &unknown)
		require.ErrorIs(t, err, partnercentral.WaitUnknownStatus)
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
		require.Equal(t, "task-0000000000new", got.ID, "the first that started after it")
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

func submissionARN(catalog string) string {
	return "arn:aws:partnercentral:us-east-1::catalog/" + catalog + "/engagement-from-opportunity-task/task-0000000000001"
}

func TestTaskByItsARNIsFound(t *testing.T) {
	t.Parallel()
	s := &stub{tasks: []stubTask{{id: "task-0000000000001", catalog: "AWS", end: time.Now()}}}
	for name, task := range map[string]partnercentral.Task{
		"ARN": {ARN: submissionARN("AWS")},
		"ID":  {ID: submissionARN("AWS")},
	} {
		task.Kind, task.Catalog = partnercentral.TaskKindEngagementFromOpportunity, "AWS"
		got, err := partnercentral.NewTaskWaiter(s).Refresh(t.Context(), task)
		require.NoError(t, err, name)
		require.True(t, got.Done())
	}
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
		"zero":                          {},
		"unknown kind":                  with(func(t *partnercentral.Task) { t.Kind = "Later" }),
		"no catalog":                    with(func(t *partnercentral.Task) { t.Catalog = "" }),
		"nothing to find it by":         with(func(t *partnercentral.Task) { t.ID = "" }),
		"catalog in lower case":         with(func(t *partnercentral.Task) { t.Catalog = "aws" }),
		"catalog in upper case":         with(func(t *partnercentral.Task) { t.Catalog = "SANDBOX" }),
		"id of an opportunity":          with(func(t *partnercentral.Task) { t.ID = "O1234567" }),
		"id that is cut off":            with(func(t *partnercentral.Task) { t.ID = "task-00000000001" }),
		"id in upper case":              with(func(t *partnercentral.Task) { t.ID = "TASK-0000000000001" }),
		"ARN that is cut off":           with(func(t *partnercentral.Task) { t.ID, t.ARN = "", submissionARN("AWS")+"-1" }),
		"ARN of another catalog":        with(func(t *partnercentral.Task) { t.ID, t.ARN = "", submissionARN("Sandbox") }),
		"ARN of another catalog and ID": with(func(t *partnercentral.Task) { t.ARN = submissionARN("Sandbox") }),
		"ARN of another task than ID":   with(func(t *partnercentral.Task) { t.ID, t.ARN = "task-0000000000002", submissionARN("AWS") }),
		"ARN of another kind": with(func(t *partnercentral.Task) {
			t.Kind, t.ARN = partnercentral.TaskKindOpportunityFromEngagement, submissionARN("AWS")
		}),
		"ARN of another catalog as ID":     with(func(t *partnercentral.Task) { t.ID = submissionARN("Sandbox") }),
		"found by the other kind's object": with(func(t *partnercentral.Task) { t.ID, t.EngagementInvitationID = "", "engi-0000000000001" }),
	} {
		got, err := w.Wait(ctx, task, time.Minute)
		var invalid smithy.InvalidParamsError
		require.ErrorAs(t, err, &invalid, name)
		require.Equal(t, task, got, name)
		require.ErrorContains(t, err, "Task.", name)
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
			return partnercentral.NewTaskWaiter(s, func(o *partnercentral.TaskWaiterOptions) { o.PollTimeout = -1 }).Wait(ctx, good, time.Minute)
		},
		"bad option of one wait": func() (partnercentral.Task, error) {
			return w.Wait(ctx, good, time.Minute, func(o *partnercentral.WaitOptions) { o.NotFoundGrace = -1 })
		},
	} {
		got, err := wait()
		var invalid smithy.InvalidParamsError
		require.ErrorAs(t, err, &invalid, name)
		require.Contains(t, err.Error(), ": ", name)
		require.Equal(t, good, got, name)
	}
	n := 0
	for _, err := range w.WaitAll(ctx, nil, time.Minute) {
		var invalid smithy.InvalidParamsError
		require.ErrorAs(t, err, &invalid)
		n++
	}
	require.Equal(t, 1, n)
	require.Empty(t, s.recorded())
}
