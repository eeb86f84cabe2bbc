package tests

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
)

// waitAll waits for tasks and returns how long each took to be seen, by id.
func waitAll(t *testing.T, w *pc.TaskWaiter, tasks []pc.Task, maxWait time.Duration) (after map[string]time.Duration, errs map[string]error) {
	t.Helper()
	begun := time.Now()
	after, errs = map[string]time.Duration{}, map[string]error{}
	for task, err := range w.WaitAll(t.Context(), slices.Values(tasks), maxWait) {
		after[task.ID] = time.Since(begun)
		if err != nil {
			errs[task.ID] = err
		}
	}
	return after, errs
}

func (s *stub) runningMany(n int, takes time.Duration) (tasks []pc.Task) {
	for i := range n {
		tasks = append(tasks, s.running(i, takes))
	}
	return tasks
}

var errBroken = errors.New("deserialization failed")

func TestPagesThatFailAreReplacedByIDs(t *testing.T) {
	t.Parallel()
	for name, arrange := range map[string]func(*stub){
		"500":       func(s *stub) { s.refuse = onPages(&pc.InternalServerException{}) },
		"unread":    func(s *stub) { s.refuse = onPages(errBroken) },
		"denied":    func(s *stub) { s.refuse = onPages(&pc.AccessDeniedException{}) },
		"not found": func(s *stub) { s.refuse = onPages(&pc.ResourceNotFoundException{}) },
		"slow": func(s *stub) {
			s.block = func(ctx context.Context, c stubCall) error {
				if !c.page {
					return nil
				}
				<-ctx.Done()
				return ctx.Err()
			}
		},
		"second page": func(s *stub) {
			s.pageSize = 5
			s.refuse = func(c stubCall) error {
				if c.page && c.token != "" {
					return errBroken
				}
				return nil
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &stub{}
				arrange(s)
				tasks := s.runningMany(11, 20*time.Second)
				after, errs := waitAll(t, pc.NewTaskWaiter(s), tasks, time.Hour)
				require.Empty(t, errs)
				require.Len(t, after, 11)
				for id, d := range after {
					require.Less(t, d, 50*time.Second, id)
				}
			})
		})
	}
}

func onPages(err error) func(stubCall) error {
	return func(c stubCall) error {
		if c.page {
			return err
		}
		return nil
	}
}

func TestPagesThatFailAreLeftAloneForAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{refuse: onPages(errBroken)}
		tasks := s.runningMany(30, 30*time.Minute)
		_, errs := waitAll(t, pc.NewTaskWaiter(s), tasks, time.Hour)
		require.Empty(t, errs)
		pages := 0
		for _, c := range s.recorded() {
			if c.page {
				pages++
			}
		}
		require.GreaterOrEqual(t, pages, 3, "they get another chance")
		require.LessOrEqual(t, pages, 5)
	})
}

func TestIDsThatFailAreReplacedByPages(t *testing.T) {
	t.Parallel()
	for name, failing := range map[string]func(stubCall) bool{
		"all":                  func(c stubCall) bool { return !c.page },
		"batches":              func(c stubCall) bool { return len(c.ids) > 1 },
		"batches of 3 or more": func(c stubCall) bool { return len(c.ids) > 2 },
		"with the first":       func(c stubCall) bool { return slices.Contains(c.ids, stubID(0)) },
		"with the last":        func(c stubCall) bool { return slices.Contains(c.ids, stubID(4)) },
		"with one of two":      func(c stubCall) bool { return slices.Contains(c.ids, stubID(1)) || slices.Contains(c.ids, stubID(2)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &stub{refuse: func(c stubCall) error {
					if failing(c) {
						return &pc.InternalServerException{}
					}
					return nil
				}}
				after, errs := waitAll(t, pc.NewTaskWaiter(s), s.runningMany(5, 20*time.Second), time.Hour)
				require.Empty(t, errs)
				require.Len(t, after, 5)
				for id, d := range after {
					require.Less(t, d, 50*time.Second, id)
				}
			})
		})
	}
}

func stubID(n int) string { return fmt.Sprintf("task-%013d", n) }

func TestOneBadTaskCostsItselfAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		bad := stubID(7)
		s.refuse = func(c stubCall) error {
			if c.page || slices.Contains(c.ids, bad) {
				return &pc.InternalServerException{}
			}
			return nil
		}
		after, errs := waitAll(t, pc.NewTaskWaiter(s), s.runningMany(25, 20*time.Second), 10*time.Minute)
		require.Len(t, after, 25)
		require.Len(t, errs, 1)
		require.ErrorIs(t, errs[bad], pc.WaitTimedOut)
		var fault *pc.InternalServerException
		require.ErrorAs(t, errs[bad], &fault)
		for id, d := range after {
			if id != bad {
				require.Less(t, d, time.Minute, id)
			}
		}
	})
}

func TestOtherBatchesOfARoundAreMadeAllTheSame(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		tasks := s.runningMany(30, time.Second)
		s.refuse = func(c stubCall) error {
			if c.page || slices.Contains(c.ids, stubID(3)) {
				return errBroken
			}
			return nil
		}
		seen := 0
		for task, err := range pc.NewTaskWaiter(s).RefreshAll(t.Context(), slices.Values(tasks)) {
			if task.ID == stubID(3) {
				require.ErrorIs(t, err, pc.WaitPollFailed)
				require.ErrorIs(t, err, errBroken)
				continue
			}
			require.NoError(t, err)
			seen++
		}
		require.Equal(t, 29, seen)
		require.LessOrEqual(t, len(s.recorded()), 1+3+8, "a page, three batches, and the halves of one")
	})
}

func TestTaskByObjectIsSeenOnPagesWhenAskingForItFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{refuse: func(c stubCall) error {
			if c.objects != nil {
				return errBroken
			}
			return nil
		}}
		task := s.running(1, 20*time.Second)
		got, err := pc.NewTaskWaiter(s).Wait(t.Context(), pc.Task{Kind: task.Kind, Catalog: task.Catalog, OpportunityID: task.OpportunityID}, time.Hour)
		require.NoError(t, err)
		require.Equal(t, task.ID, got.ID)
	})
}

func TestServiceThatIsDownIsNotPressed(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 10, 1000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				begun := time.Now()
				s := &stub{refuse: func(stubCall) error {
					if time.Since(begun) < 30*time.Minute {
						return &pc.InternalServerException{}
					}
					return nil
				}}
				_, errs := waitAll(t, pc.NewTaskWaiter(s), s.runningMany(n, time.Minute), time.Hour)
				require.Empty(t, errs)
				down := 0
				for _, c := range s.recorded() {
					if c.at.Sub(begun) < 30*time.Minute {
						down++
					}
				}
				t.Log(down, "polls in 30 minutes")
				require.Less(t, down, 300)
				require.Less(t, time.Since(begun), 33*time.Minute)
			})
		})
	}
}

func TestTaskOfAnObjectIsSeenOnPagesWhenItsSecondPageFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{pageSize: 1, pagesOfObjects: true}
		s.refuse = func(c stubCall) error {
			if c.objects != nil && c.token != "" {
				return &pc.InternalServerException{}
			}
			return nil
		}
		begun := time.Now()
		s.add(
			stubTask{id: stubID(1), object: "O1", catalog: "AWS", start: begun.Add(-time.Hour), end: begun.Add(-time.Minute), failed: true},
			stubTask{id: stubID(2), object: "O1", catalog: "AWS", start: begun, end: begun.Add(20 * time.Second)},
		)
		task, err := pc.NewTaskWaiter(s).Wait(t.Context(), pc.Task{
			Kind: pc.TaskKindEngagementFromOpportunity, Catalog: "AWS", OpportunityID: "O1",
		}, 10*time.Minute)
		require.NoError(t, err)
		require.Equal(t, stubID(2), task.ID)
		require.Less(t, time.Since(begun), time.Minute)
		require.LessOrEqual(t, len(s.recorded()), 15)
	})
}

// A service that throttles the same call of every round starves nobody: the next
// round begins with the tasks that this one did not get to.
func TestThrottlingAtOnePlaceOfARoundStarvesNobody(t *testing.T) {
	t.Parallel()
	byObject := func(task pc.Task) pc.Task {
		return pc.Task{Kind: task.Kind, Catalog: task.Catalog, OpportunityID: task.OpportunityID}
	}
	for name, arrange := range map[string]func(s *stub) (tasks, others []pc.Task){
		"objects after ids": func(s *stub) (tasks, others []pc.Task) {
			for i, task := range s.runningMany(20, 0) {
				s.tasks[i].start = task.StartTime.Add(-time.Hour)
				others = append(others, pasted(task))
			}
			return []pc.Task{byObject(s.running(20, 20*time.Second)), byObject(s.running(21, 20*time.Second))}, others
		},
		"ids after pages": func(s *stub) (tasks, others []pc.Task) {
			s.pageSize = 40
			tasks = s.runningMany(100, 20*time.Second)
			for i := range tasks[:80] {
				tasks[i] = pasted(tasks[i])
			}
			return tasks, nil
		},
		"pages after pages": func(s *stub) (tasks, others []pc.Task) {
			s.pageSize = 40
			return s.runningMany(200, 20*time.Second), nil
		},
	} {
		for _, place := range []int{2, 3} {
			t.Run(fmt.Sprint(name, ", every ", place), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					var calls atomic.Int32
					s := &stub{refuse: func(stubCall) error {
						if int(calls.Add(1))%place == 0 {
							return &pc.ThrottlingException{}
						}
						return nil
					}}
					tasks, others := arrange(s)
					w := pc.NewTaskWaiter(s)
					defer w.Close()
					for _, task := range others {
						go w.Wait(t.Context(), task, 24*time.Hour)
					}
					synctest.Wait()
					after, errs := waitAll(t, w, tasks, 3*time.Hour)
					require.Empty(t, errs)
					require.Len(t, after, len(tasks))
					for id, d := range after {
						require.Less(t, d, 15*time.Minute, id)
					}
				})
			})
		}
	}
}
