package tests

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
)

func TestOnChangeAndOnPollTellEverythingInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		task := s.running(1, 20*time.Second)
		task.Status = ""
		var base, own []partnercentral.TaskStatus
		var polls, ownPolls []partnercentral.PollInfo
		w := partnercentral.NewTaskWaiter(s, func(o *partnercentral.TaskWaiterOptions) {
			o.OnChange = func(t partnercentral.Task) { base = append(base, t.Status) }
			o.OnPoll = func(p partnercentral.PollInfo) { polls = append(polls, p) }
		})
		_, err := w.Wait(context.Background(), task, time.Hour, nil, func(o *partnercentral.WaitOptions) {
			o.OnChange = func(t partnercentral.Task) { own = append(own, t.Status) }
			o.OnPoll = func(p partnercentral.PollInfo) { ownPolls = append(ownPolls, p) }
		})
		require.NoError(t, err)
		want := []partnercentral.TaskStatus{partnercentral.TaskStatusInProgress, partnercentral.TaskStatusComplete}
		require.Equal(t, want, base, "each change once, before Wait returns")
		require.Equal(t, want, own)
		calls := s.recorded()
		require.Equal(t, polls, ownPolls)
		require.Len(t, polls, len(calls))
		for i, p := range polls {
			require.Equal(t, calls[i].at, p.Time)
			require.Equal(t, partnercentral.PollInfo{
				Kind: task.Kind, Catalog: "AWS", Asked: 1, Listed: 1, Ended: p.Ended, Time: p.Time,
			}, p)
			require.Equal(t, i == len(polls)-1, p.Ended == 1)
		}
	})
}

func TestOnPollOfAWaiterHearsOfEachCallOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		var mu sync.Mutex
		polls, changes := 0, map[string]int{}
		w := partnercentral.NewTaskWaiter(s, func(o *partnercentral.TaskWaiterOptions) {
			o.OnPoll = func(partnercentral.PollInfo) { mu.Lock(); polls++; mu.Unlock() }
			o.OnChange = func(t partnercentral.Task) { mu.Lock(); changes[t.ID]++; mu.Unlock() }
		})
		var wg sync.WaitGroup
		for i := range 50 {
			task := s.running(i, time.Duration(i)*time.Second/2+time.Second)
			for range 2 { // two waits for one task
				wg.Go(func() {
					_, err := w.Wait(context.Background(), task, time.Hour)
					assert.NoError(t, err)
				})
			}
		}
		wg.Wait()
		require.Equal(t, len(s.recorded()), polls)
		require.Len(t, changes, 50)
		for id, n := range changes {
			require.Equal(t, 1, n, id)
		}
	})
}

func TestSlowCallbackHoldsUpNobodyElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		var inside, most atomic.Int32
		enter := func() {
			if n := inside.Add(1); n > most.Load() {
				most.Store(n)
			}
		}
		w := partnercentral.NewTaskWaiter(s, func(o *partnercentral.TaskWaiterOptions) {
			o.OnChange = func(partnercentral.Task) { enter(); time.Sleep(time.Millisecond); inside.Add(-1) }
			o.OnPoll = func(partnercentral.PollInfo) { enter(); time.Sleep(time.Millisecond); inside.Add(-1) }
		})
		var finished []time.Duration
		var mu sync.Mutex
		var wg sync.WaitGroup
		begun := time.Now()
		for i := range 5 {
			task := s.running(i, 10*time.Second)
			wg.Go(func() {
				_, err := w.Wait(context.Background(), task, time.Hour, func(o *partnercentral.WaitOptions) {
					if i == 4 {
						o.OnChange = func(partnercentral.Task) { time.Sleep(10 * time.Hour) }
					}
				})
				assert.NoError(t, err)
				mu.Lock()
				finished = append(finished, time.Since(begun))
				mu.Unlock()
			})
		}
		wg.Wait()
		slices.Sort(finished)
		require.Less(t, finished[3], 20*time.Second, "only the wait whose callback it is is held up")
		require.Greater(t, finished[4], 10*time.Hour, "it does not return before its callback")
		require.EqualValues(t, 1, most.Load(), "callbacks do not overlap")
	})
}

type logLines struct {
	mu    sync.Mutex
	lines []string
}

func (l *logLines) Logf(_ logging.Classification, format string, v ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, format)
}

func TestPanickingCallbackHurtsNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		logs := &logLines{}
		w := partnercentral.NewTaskWaiter(s, func(o *partnercentral.TaskWaiterOptions) {
			o.OnChange = func(partnercentral.Task) { panic("boom") }
			o.OnPoll = func(partnercentral.PollInfo) { panic("boom") }
			o.Logger = logs
		})
		task := s.running(1, 10*time.Second)
		_, err := w.Wait(context.Background(), task, time.Hour)
		require.NoError(t, err)
		require.EqualValues(t, len(s.recorded())+1, w.Stats().CallbackPanics)
		require.Len(t, logs.lines, len(s.recorded())+1)
	})
}

func TestCallbacksRunWithoutLocks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		other := s.running(2, 15*time.Second)
		var w *partnercentral.TaskWaiter
		var inside error
		w = partnercentral.NewTaskWaiter(s, func(o *partnercentral.TaskWaiterOptions) {
			o.OnPoll = func(partnercentral.PollInfo) { w.Stats(); w.Nudge(partnercentral.Task{ID: "task-of-nobody"}) }
			o.OnChange = func(t partnercentral.Task) {
				if t.ID != other.ID {
					_, inside = w.Wait(context.Background(), other, time.Hour)
				}
			}
		})
		_, err := w.Wait(context.Background(), s.running(1, 5*time.Second), time.Hour)
		require.NoError(t, err)
		var invalid smithy.InvalidParamsError
		require.ErrorAs(t, inside, &invalid, "a callback that waits would wait for itself")
		require.ErrorContains(t, inside, "in another goroutine")
	})
}

func TestUntoldPollsDoNotPileUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &stub{}
		w := partnercentral.NewTaskWaiter(s)
		told := 0
		_, err := w.Wait(context.Background(), s.running(1, 0), 24*time.Hour, func(o *partnercentral.WaitOptions) {
			o.OnPoll = func(partnercentral.PollInfo) {
				if told++; told == 1 {
					time.Sleep(20 * time.Hour)
				}
			}
		})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Greater(t, len(s.recorded()), 2000)
		require.Less(t, told, len(s.recorded())-1000)
		require.Greater(t, told, 256)
	})
}
