package waiting

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestQueueCallsInOrderAndOneAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := &queue{callers: &callers{}, panicked: func(string) {}}
		var mu sync.Mutex
		var got []int
		inside := 0
		for i := range 100 {
			q.push(i%2 == 0, func() {
				mu.Lock()
				inside++
				require.Equal(t, 1, inside)
				mu.Unlock()
				time.Sleep(time.Millisecond)
				mu.Lock()
				inside--
				got = append(got, i)
				mu.Unlock()
			})
		}
		require.True(t, q.last().wait(t.Context()))
		require.Len(t, got, 100)
		for i := range got {
			require.Equal(t, i, got[i])
		}
		synctest.Wait()
		require.False(t, q.running, "no goroutine without calls to make")
		require.Nil(t, q.last())
	})
}

func TestQueueDropsTheOldestPollsAndNoChange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := &queue{callers: &callers{}, panicked: func(string) {}}
		release := make(chan struct{})
		q.push(true, func() { <-release })
		synctest.Wait()
		var polls []int
		changes := 0
		for i := range 1000 {
			q.push(true, func() { polls = append(polls, i) })
			q.push(false, func() { changes++ })
		}
		close(release)
		require.True(t, q.last().wait(t.Context()))
		require.Equal(t, 1000, changes)
		require.Len(t, polls, maxPolls)
		require.Equal(t, 1000-maxPolls, polls[0])
	})
}

func TestQueueSurvivesPanicAndGoexit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var panics []string
		q := &queue{callers: &callers{}, panicked: func(text string) { panics = append(panics, text) }}
		called := 0
		q.push(false, func() { called++; panic("boom") })
		q.push(false, func() { called++; runtime.Goexit() })
		q.push(true, func() { called++; runtime.Goexit() })
		q.push(false, func() { called++ })
		require.True(t, q.last().wait(t.Context()))
		require.Equal(t, 4, called)
		require.Equal(t, []string{"a callback panicked: boom"}, panics)
		synctest.Wait()
		require.False(t, q.running)
	})
}

func TestEndedContextEndsTheWaitForACallback(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := &queue{callers: &callers{}, panicked: func(string) {}}
		q.push(false, func() { time.Sleep(time.Hour) })
		running := q.last()
		q.push(false, func() {})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begun := time.Now()
		require.False(t, q.last().wait(ctx), "it was not called yet")
		require.True(t, running.wait(ctx), "it was called")
		require.Equal(t, time.Second, time.Since(begun))
		time.Sleep(2 * time.Hour)
	})
}

func TestCallbacksAreKnown(t *testing.T) {
	t.Parallel()
	all := &callers{}
	q := &queue{callers: all, panicked: func(string) {}}
	other := &queue{callers: &callers{}, panicked: func(string) {}}
	require.False(t, all.inside())
	var inside, inOther, beside bool
	q.push(false, func() {
		inside, inOther = all.inside(), other.callers.inside()
		done := make(chan struct{})
		go func() { defer close(done); beside = all.inside() }()
		<-done
	})
	require.True(t, q.last().wait(t.Context()))
	require.True(t, inside)
	require.False(t, inOther)
	require.False(t, beside)
}
