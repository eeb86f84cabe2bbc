package tests

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
)

func TestUnknownStatusIsPolledAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		task := s.running(1, 0)
		s.tasks[0].status = "PARKED"
		w := pc.NewTaskWaiter(s)
		parked, err := w.Wait(t.Context(), task, time.Hour)
		require.ErrorIs(t, err, pc.WaitUnknownStatus)
		for _, again := range []func() (pc.Task, error){
			func() (pc.Task, error) { return w.Wait(t.Context(), parked, time.Hour) },
			func() (pc.Task, error) { return w.Refresh(t.Context(), parked) },
		} {
			before := len(s.recorded())
			got, err := again()
			require.ErrorIs(t, err, pc.WaitUnknownStatus)
			require.EqualValues(t, "PARKED", got.Status)
			require.Len(t, s.recorded(), before+1, "after a poll that saw it")
		}
		s.tasks[0].status = pc.TaskStatusComplete
		got, err := w.Wait(t.Context(), parked, time.Hour)
		require.NoError(t, err)
		require.True(t, got.Done())
		got, err = w.Refresh(t.Context(), parked)
		require.NoError(t, err)
		require.True(t, got.Done())
	})
}

func TestCanceledRefreshesCostTheOthersNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{latency: 100 * time.Millisecond}
		w := pc.NewTaskWaiter(s)
		task := s.running(1, time.Hour)
		refresh := func(patience time.Duration) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			_, err := w.Refresh(ctx, task)
			require.ErrorIs(t, err, pc.WaitCanceled)
		}
		for range 1000 {
			refresh(10 * time.Millisecond)
		}
		begun := time.Now()
		_, err := w.Wait(t.Context(), s.running(2, time.Second), time.Hour)
		require.NoError(t, err)
		require.Less(t, time.Since(begun), 15*time.Second)

		stop := make(chan struct{})
		var impatient sync.WaitGroup
		impatient.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(180 * time.Millisecond):
				}
				ctx, cancel := context.WithTimeout(t.Context(), 140*time.Millisecond)
				_, _ = w.Refresh(ctx, task)
				cancel()
			}
		})
		begun = time.Now()
		_, err = w.Wait(t.Context(), s.running(3, time.Second), time.Hour)
		close(stop)
		require.NoError(t, err)
		require.Less(t, time.Since(begun), 30*time.Second)
		impatient.Wait()
	})
}

func TestSlowCallbackAndAnEndedContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		var told sync.Map // changes by id
		w := pc.NewTaskWaiter(s, func(o *pc.TaskWaiterOptions) {
			o.OnChange = func(task pc.Task) {
				time.Sleep(110 * time.Millisecond)
				n, _ := told.LoadOrStore(task.ID, new(atomic.Int32))
				n.(*atomic.Int32).Add(1)
			}
		})
		var waits sync.WaitGroup
		for i := range 600 { // ten tasks a second for a minute
			task := s.running(i, 5*time.Second)
			waits.Go(func() {
				begun := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
				defer cancel()
				got, err := w.Wait(ctx, task, time.Hour)
				if time.Since(begun) > 30*time.Second {
					t.Errorf("returned %s after it began", time.Since(begun))
				}
				if n, ok := told.Load(task.ID); err == nil && (!ok || n.(*atomic.Int32).Load() != 1) {
					t.Errorf("%v returned before its callback", got)
				}
			})
			time.Sleep(100 * time.Millisecond)
		}
		waits.Wait()
		time.Sleep(10 * time.Minute)
		told.Range(func(id, n any) bool {
			require.EqualValues(t, 1, n.(*atomic.Int32).Load(), id)
			return true
		})
	})
}

func TestChangesAreToldOnceEach(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		var waiters, own atomic.Int32
		w := pc.NewTaskWaiter(s, func(o *pc.TaskWaiterOptions) { o.OnChange = func(pc.Task) { waiters.Add(1) } })
		task := s.running(1, 10*time.Second)
		unseen := task
		unseen.Status = ""
		var waits sync.WaitGroup
		for _, task := range []pc.Task{task, unseen, task} {
			waits.Go(func() {
				_, err := w.Wait(t.Context(), task, time.Hour, func(o *pc.WaitOptions) { o.OnChange = func(pc.Task) { own.Add(1) } })
				if err != nil {
					t.Error(err)
				}
			})
		}
		waits.Wait()
		require.LessOrEqual(t, waiters.Load(), int32(2), "IN_PROGRESS at most once, and COMPLETE")
		require.GreaterOrEqual(t, own.Load(), int32(3))
		require.LessOrEqual(t, own.Load(), int32(4))
	})
}

func TestMockThatMisbehavesCostsOnePoll(t *testing.T) {
	t.Parallel()
	for name, misbehave := range map[string]func(){
		"ends its goroutine as require does": runtime.Goexit,
		"panics":                             func() { panic("boom") },
		"ignores its context":                func() { time.Sleep(time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &stub{}
				var n atomic.Int32
				s.block = func(context.Context, stubCall) error {
					if n.Add(1) == 1 {
						misbehave()
					}
					return nil
				}
				w := pc.NewTaskWaiter(s)
				begun := time.Now()
				_, err := w.Wait(t.Context(), s.running(1, 8*time.Second), time.Hour)
				require.NoError(t, err)
				require.Less(t, time.Since(begun), 30*time.Second)

				n.Store(0)
				_, err = w.Refresh(t.Context(), s.running(2, time.Hour))
				require.ErrorIs(t, err, pc.WaitPollFailed)
				require.NotErrorIs(t, err, context.DeadlineExceeded, "nobody set one")
				time.Sleep(2 * time.Hour)
			})
		})
	}
}

func TestRefreshSaysWhatCameOfItsRound(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for name, tc := range map[string]struct {
		err   error
		block bool
		state pc.WaitState
	}{
		"throttled":    {err: &pc.ThrottlingException{}, state: pc.WaitPollFailed},
		"fault":        {err: &pc.InternalServerException{}, state: pc.WaitPollFailed},
		"broken":       {err: broken, state: pc.WaitPollFailed},
		"no answer":    {block: true, state: pc.WaitPollFailed},
		"denied":       {err: &pc.AccessDeniedException{}, state: pc.WaitRefused},
		"invalid":      {err: &pc.ValidationException{}, state: pc.WaitRefused},
		"no such task": {err: &pc.ResourceNotFoundException{}, state: pc.WaitNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &stub{refuse: func(stubCall) error { return tc.err }}
				if tc.block {
					s.block = func(ctx context.Context, _ stubCall) error { <-ctx.Done(); return ctx.Err() }
				}
				task := s.running(1, time.Hour)
				got, err := pc.NewTaskWaiter(s).Refresh(t.Context(), task)
				require.ErrorIs(t, err, tc.state)
				require.NotErrorIs(t, err, context.DeadlineExceeded)
				if tc.err != nil {
					require.ErrorIs(t, err, tc.err)
				}
				require.Equal(t, task, got)
				require.Len(t, s.recorded(), 1)
			})
		})
	}
}

// applying is a mock that calls the option functions that it gets.
type applying struct {
	*stub
	attempts int
}

func (a *applying) ListEngagementFromOpportunityTasks(ctx context.Context, in *pc.ListEngagementFromOpportunityTasksInput, optFns ...func(*pc.Options)) (*pc.ListEngagementFromOpportunityTasksOutput, error) {
	var o pc.Options
	for _, fn := range optFns {
		fn(&o)
	}
	a.attempts = o.RetryMaxAttempts
	return a.stub.ListEngagementFromOpportunityTasks(ctx, in)
}

func TestMockIsGivenNoNilOptionFunctions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		mock := &applying{stub: &stub{}}
		w := pc.NewTaskWaiter(mock, func(o *pc.TaskWaiterOptions) {
			o.ClientOptions = []func(*pc.Options){nil, func(o *pc.Options) { o.RetryMaxAttempts += 2 }, nil}
		})
		task, err := w.Wait(t.Context(), mock.running(1, 5*time.Second), time.Minute)
		require.NoError(t, err)
		require.Equal(t, pc.TaskStatusComplete, task.Status)
		require.Equal(t, 3, mock.attempts)
	})
}

func TestShortestWaitHasItsLastPoll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		task := s.running(1, time.Second)
		time.Sleep(time.Second)
		begun := time.Now()
		got, err := pc.NewTaskWaiter(s).Wait(t.Context(), task, 1)
		require.NoError(t, err)
		require.Equal(t, pc.TaskStatusComplete, got.Status)
		require.Less(t, time.Since(begun), time.Second)
		_, err = pc.NewTaskWaiter(s).Wait(t.Context(), s.running(2, 0), 1)
		require.ErrorIs(t, err, pc.WaitTimedOut)
		require.Less(t, time.Since(begun), time.Second)
	})
}
