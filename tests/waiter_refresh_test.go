package tests

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
)

func TestRefreshAllKeepsTheOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{latency: 100 * time.Millisecond}
		var tasks []pc.Task
		for i := range 2500 {
			tasks = append(tasks, s.running(i, time.Duration(i%3)*time.Hour))
		}
		ended := tasks[7]
		ended.Status = pc.TaskStatusComplete
		unknown := pc.Task{Kind: "Later", Catalog: "AWS", ID: "task-00000000later"}
		gone := tasks[8]
		gone.ID = "task-00000000gone0"
		tasks[1000], tasks[1001], tasks[1002], tasks[1003] = ended, unknown, gone, tasks[3]
		time.Sleep(90 * time.Minute)
		w := pc.NewTaskWaiter(s)
		i := 0
		for task, err := range w.RefreshAll(t.Context(), slices.Values(tasks)) {
			require.Equal(t, tasks[i].ID, task.ID)
			switch i {
			case 1001:
				require.ErrorAs(t, err, new(smithy.InvalidParamsError))
			case 1002:
				require.ErrorIs(t, err, pc.WaitNotFound)
			default:
				require.NoError(t, err)
				want := pc.TaskStatusComplete
				if i%3 != 1 {
					want = pc.TaskStatusInProgress
				}
				if i != 1000 && i != 1003 {
					require.Equal(t, want, task.Status, i)
				}
			}
			i++
		}
		require.Equal(t, len(tasks), i)
		require.LessOrEqual(t, len(s.recorded()), 6, "three pages, and one call for what they did not show")
		require.Zero(t, w.Stats().Awaited)
	})
}

func TestRefreshAllSaysWhatCameOfEach(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		tasks := []pc.Task{s.running(1, time.Hour), s.running(2, time.Hour)}
		w := pc.NewTaskWaiter(s)
		each := func(ctx context.Context, state pc.WaitState, as any) {
			t.Helper()
			begun, n := time.Now(), 0
			for task, err := range w.RefreshAll(ctx, slices.Values(tasks)) {
				require.Equal(t, tasks[n], task)
				require.ErrorIs(t, err, state)
				if as != nil {
					require.ErrorAs(t, err, as)
				}
				n++
			}
			require.Equal(t, 2, n)
			require.LessOrEqual(t, time.Since(begun), time.Second)
		}
		s.refuse = func(stubCall) error { return &pc.ThrottlingException{} }
		each(t.Context(), pc.WaitPollFailed, new(*pc.ThrottlingException))
		s.refuse = func(stubCall) error { return &pc.AccessDeniedException{} }
		each(t.Context(), pc.WaitRefused, new(*pc.AccessDeniedException))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		each(ctx, pc.WaitCanceled, nil)
		require.NoError(t, w.Close())
		each(t.Context(), pc.WaitClosed, nil)
	})
}

func TestRefreshAllWaitsForItsTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		var tasks []pc.Task
		for i := range 600 {
			tasks = append(tasks, s.running(i, time.Hour))
			// Without a time nothing is looked for on pages.
			tasks[i].StartTime = time.Time{}
		}
		w := pc.NewTaskWaiter(s, func(o *pc.TaskWaiterOptions) { o.ReadsPerSecond = 0.5 })
		begun, n := time.Now(), 0
		for task, err := range w.RefreshAll(t.Context(), slices.Values(tasks)) {
			require.NoError(t, err)
			require.Equal(t, tasks[n].ID, task.ID)
			n++
		}
		require.Equal(t, 600, n)
		require.Greater(t, time.Since(begun), 90*time.Second, "60 polls at one in two seconds")
	})
}

func TestRefreshAllIsLeftAndInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{latency: 5 * time.Second}
		tasks := []pc.Task{s.running(1, 0), s.running(2, 0), s.running(3, 0)}
		w := pc.NewTaskWaiter(s)
		for range w.RefreshAll(t.Context(), slices.Values(tasks)) {
			break
		}
		require.Zero(t, w.Stats().Awaited)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begun, n := time.Now(), 0
		for _, err := range w.RefreshAll(ctx, slices.Values(tasks)) {
			require.ErrorIs(t, err, pc.WaitCanceled)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			n++
		}
		require.Equal(t, 3, n)
		require.Equal(t, time.Second, time.Since(begun))
	})
}

func TestRefreshAllOfNothing(t *testing.T) {
	t.Parallel()
	w := pc.NewTaskWaiter(&stub{})
	errs := func(w *pc.TaskWaiter, ctx context.Context, n int) (errs []error) {
		var tasks []pc.Task
		for i := range n {
			tasks = append(tasks, pc.Task{ID: fmt.Sprint(i)})
		}
		sequence := slices.Values(tasks)
		if n < 0 {
			sequence = nil
		}
		for _, err := range w.RefreshAll(ctx, sequence) {
			errs = append(errs, err)
		}
		return errs
	}
	require.Empty(t, errs(w, t.Context(), 0))
	for n, want := range map[int]int{-1: 1, 0: 1, 3: 3} {
		got := errs(nil, t.Context(), n)
		require.Len(t, got, want)
		require.ErrorAs(t, errors.Join(got...), new(smithy.InvalidParamsError))
	}
	require.ErrorAs(t, errs(w, t.Context(), -1)[0], new(smithy.InvalidParamsError))
}

func TestRefreshAllTakesAsLongAsItsPollsAreAnswered(t *testing.T) {
	t.Parallel()
	for name, refusal := range map[string]error{"shown": nil, "not found": &pc.ResourceNotFoundException{}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &stub{latency: 4 * time.Second, hidden: func(stubTask) bool { return true }}
				s.refuse = func(c stubCall) error {
					if c.page {
						return nil
					}
					return refusal
				}
				want := error(nil)
				n := 300
				if refusal != nil {
					want, n = pc.WaitNotFound, 30
				}
				seen := 0
				for task, err := range pc.NewTaskWaiter(s).RefreshAll(t.Context(), slices.Values(s.runningMany(n, 0))) {
					require.ErrorIs(t, err, want, task.ID)
					seen++
				}
				require.Equal(t, n, seen)
			})
		})
	}
}

func TestRefreshWithTheLongestOfPollTimeouts(t *testing.T) {
	t.Parallel()
	for _, timeout := range []time.Duration{1 << 61, 1 << 62, 1<<63 - 1} {
		synctest.Test(t, func(t *testing.T) {
			s := &stub{latency: time.Second}
			w := pc.NewTaskWaiter(s, func(o *pc.TaskWaiterOptions) { o.PollTimeout = timeout })
			_, err := w.Refresh(t.Context(), s.running(1, 0))
			require.NoError(t, err)
		})
	}
}
