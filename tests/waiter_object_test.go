package tests

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// ofObject is a task of the object O7 that started some time ago, by now.
func ofObject(id string, ago, takes time.Duration) stubTask {
	start := time.Now().Add(-ago)
	return stubTask{id: "task-0000000000" + id, object: "O7", catalog: "AWS", start: start, end: start.Add(takes)}
}

// aboutToStart is what a caller saves before a Start whose answer is lost.
func aboutToStart() pc.Task {
	return pc.Task{Kind: pc.TaskKindEngagementFromOpportunity, Catalog: "AWS", OpportunityID: "O7", StartTime: time.Now()}
}

func TestOlderTaskIsNotTakenForTheOneThatWasSent(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		old stubTask
		lag time.Duration // of the list, for the new task
	}{
		"failed 15 s ago":             {ofObject("old", 20*time.Second, 5*time.Second), 0},
		"failed 15 s ago, list lags":  {ofObject("old", 20*time.Second, 5*time.Second), 8 * time.Second},
		"failed 5 s ago":              {ofObject("old", 6*time.Second, time.Second), 0},
		"failed 5 s ago, list lags":   {ofObject("old", 6*time.Second, time.Second), 8 * time.Second},
		"still runs":                  {ofObject("old", 20*time.Second, time.Hour), 0},
		"still runs, list lags":       {ofObject("old", 20*time.Second, time.Hour), 8 * time.Second},
		"started just before it":      {ofObject("old", time.Second, time.Hour), 0},
		"failed an hour ago":          {ofObject("old", 2*time.Hour, time.Hour), 0},
		"failed just after the Start": {ofObject("old", 10*time.Second, 11*time.Second), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shift := tc.old.end.Sub(tc.old.start)
			ago := time.Until(tc.old.start)
			synctest.Test(t, func(t *testing.T) {
				s := &stub{}
				old := tc.old
				old.start = time.Now().Add(ago.Round(time.Second))
				old.end, old.failed = old.start.Add(shift), true
				s.add(old)
				saved := aboutToStart()
				time.Sleep(200 * time.Millisecond)
				begun := ofObject("new", 0, 20*time.Second)
				begun.visible = time.Now().Add(tc.lag)
				s.add(begun)
				got, err := pc.NewTaskWaiter(s).Wait(t.Context(), saved, time.Hour)
				require.NoError(t, err)
				require.Equal(t, "task-0000000000new", got.ID)
			})
		})
	}
}

func TestTaskThatStartedShortlyBeforeIsTakenIfThereIsNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		s.add(ofObject("our", 20*time.Second, time.Minute)) // our clock is ahead
		got, err := pc.NewTaskWaiter(s).Wait(t.Context(), aboutToStart(), time.Hour)
		require.NoError(t, err)
		require.Equal(t, "task-0000000000our", got.ID)
		_, err = pc.NewTaskWaiter(s).Wait(t.Context(), aboutToStart(), time.Hour)
		require.ErrorIs(t, err, pc.WaitNotFound, "it has ended before")
	})
}

func TestWrongClockDoesNotHideTheTaskThatWasSent(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{-time.Hour, -20 * time.Second, 20 * time.Second, time.Hour} {
		t.Run(fmt.Sprint(ahead), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				svc := fake.New(t, fake.WithoutSignatures())
				svc.Advance(ahead)
				svc.Script(fake.StartEngagementFromOpportunityTask,
					fake.After(5*time.Second, fake.Fail(pc.ReasonCodeInternalError, "")), fake.After(20*time.Second, fake.Complete()))
				client := svc.Client()
				_, err := client.StartEngagementFromOpportunityTask(t.Context(), submission(0))
				require.NoError(t, err)
				time.Sleep(20 * time.Second)
				saved := submission(0).Task()
				saved.StartTime = time.Now()
				out, err := client.StartEngagementFromOpportunityTask(t.Context(), submission(0))
				require.NoError(t, err)
				got, err := pc.NewTaskWaiter(client).Wait(t.Context(), saved, time.Hour)
				require.NoError(t, err)
				require.Equal(t, *out.TaskId, got.ID)
			})
		})
	}
}

func TestWithoutATimeTheNewestOfAllPagesIsTaken(t *testing.T) {
	t.Parallel()
	oldest := func(a, b stubTask) int { return a.start.Compare(b.start) }
	for name, arrange := range map[string]func(*stub){
		"by object, the old one first": func(s *stub) { s.order = oldest },
		"by object, the new one first": func(*stub) {},
		"pages alone": func(s *stub) {
			s.refuse = func(c stubCall) error {
				if c.objects != nil {
					return errBroken
				}
				return nil
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &stub{pageSize: 1, pagesOfObjects: true}
				arrange(s)
				for i := range 8 {
					s.add(ofObject(fmt.Sprintf("ob%d", i), time.Hour-time.Duration(i)*time.Minute, time.Minute))
				}
				task := aboutToStart()
				task.StartTime = time.Time{}
				w := pc.NewTaskWaiter(s)
				got, err := w.Wait(t.Context(), task, time.Hour)
				require.NoError(t, err)
				require.Equal(t, "task-0000000000ob7", got.ID)
				if s.refuse == nil {
					got, err = w.Refresh(t.Context(), task)
					require.NoError(t, err)
					require.Equal(t, "task-0000000000ob7", got.ID)
				}
			})
		})
	}
}

func TestTiesBetweenTasksOfAnObjectAreBrokenByID(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, ids := range [][]string{{"aaa", "bbb", "ccc"}, {"ccc", "bbb", "aaa"}} {
			for _, timed := range []bool{false, true} {
				s := &stub{}
				for _, id := range ids {
					s.add(ofObject(id, 0, time.Second))
				}
				task := aboutToStart()
				if !timed {
					task.StartTime = time.Time{}
				}
				got, err := pc.NewTaskWaiter(s).Wait(t.Context(), task, time.Hour)
				require.NoError(t, err)
				require.Equal(t, "task-0000000000ccc", got.ID)
			}
		}
	})
}

func TestPagesOfOthersDoNotHideTheTask(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{pageSize: 3}
		tasks := s.runningMany(12, 30*time.Second)
		s.add(ofObject("our", 0, 30*time.Second))
		task := aboutToStart()
		task.StartTime = time.Time{}
		after, errs := waitAll(t, pc.NewTaskWaiter(s), append(slices.Clone(tasks), task), time.Hour)
		require.Empty(t, errs)
		require.Len(t, after, 13)
	})
}

func TestTaskOfAnObjectThatAPageShouldHaveShown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		s.refuse = func(c stubCall) error {
			if slices.Contains(c.ids, "") {
				t.Error("asked for a task without an id by id")
			}
			return nil
		}
		s.add(stubTask{id: stubID(999), object: "O999", catalog: "AWS", start: time.Now().Add(-time.Minute)})
		saved := aboutToStart()
		saved.OpportunityID = "O777"
		tasks := s.runningMany(30, time.Minute)
		late := ofObject("our", 0, 30*time.Second)
		late.object = saved.OpportunityID
		late.visible = time.Now().Add(20 * time.Second)
		s.add(late)
		_, errs := waitAll(t, pc.NewTaskWaiter(s), append(tasks, saved), time.Hour)
		require.Empty(t, errs)
	})
}
