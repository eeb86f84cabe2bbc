package lookup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// world is what there is of each object, and what was asked for.
type world struct {
	mu    sync.Mutex
	items map[string][]string
	asked [][]string
	err   func(keys []string) error
	takes time.Duration
}

func (w *world) line() *Line[string] {
	return New(Config[string]{Limit: 3, Find: w.find, OfOne: func(err error) bool { return errors.Is(err, errRefused) }})
}

var errRefused = errors.New("refused")

func (w *world) find(ctx context.Context, keys []string) (Answer[string], error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, keys)
	if w.err != nil {
		if err := w.err(keys); err != nil {
			return Answer[string]{}, err
		}
	}
	answer := Answer[string]{Of: map[string][]string{}}
	for _, key := range keys {
		answer.Of[key] = w.items[key]
	}
	w.mu.Unlock()
	select {
	case <-time.After(w.takes):
	case <-ctx.Done():
	}
	w.mu.Lock()
	return answer, ctx.Err()
}

func some(f Finding[string]) bool { return len(f.Items) > 0 }

// Starts a second apart share requests that are fresh for each of them.
func TestLineSharesRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{items: map[string][]string{"4": {"there"}}}
		line := w.line()
		var turn sync.Mutex
		var wg sync.WaitGroup
		hindered := 0
		for i := range 9 {
			wg.Go(func() {
				place := line.Place(fmt.Sprint(i), some)
				if err := place.Enter(t.Context()); err != nil {
					require.ErrorIs(t, err, ErrHindered)
					hindered++
					return
				}
				turn.Lock()
				time.Sleep(time.Second)
				require.NoError(t, place.Begin(t.Context()))
				turn.Unlock()
				require.LessOrEqual(t, time.Since(place.Finding().At), MaxAge)
				place.Leave(nil)
			})
			synctest.Wait()
		}
		wg.Wait()
		require.Equal(t, 1, hindered)
		require.LessOrEqual(t, len(w.asked), 4)
		require.Empty(t, line.waiting)
		require.Nil(t, line.leader)
		require.Empty(t, line.begun)
	})
}

// A turn that comes late is preceded by another request.
func TestLineAsksAgainForALateTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{items: map[string][]string{}}
		place := w.line().Place("a", some)
		require.NoError(t, place.Enter(t.Context()))
		time.Sleep(MaxAge)
		require.NoError(t, place.Begin(t.Context()))
		require.Len(t, w.asked, 1)
		time.Sleep(time.Nanosecond)
		require.NoError(t, place.Begin(t.Context()))
		require.Len(t, w.asked, 2)
		time.Sleep(time.Minute)
		w.items["a"] = []string{"there"}
		require.ErrorIs(t, place.Begin(t.Context()), ErrHindered)
		place.Leave(nil)
	})
}

// Those who wait for the same object hear what was made of it.
func TestLineTellsWhatWasMade(t *testing.T) {
	for _, made := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			w := &world{}
			line := w.line()
			first := line.Place("a", some)
			require.NoError(t, first.Enter(t.Context()))
			var err error
			second, done := line.Place("a", some), make(chan struct{})
			go func() { err = second.Enter(t.Context()); close(done) }()
			synctest.Wait()
			require.NoError(t, first.Begin(t.Context()))
			time.Sleep(time.Minute)
			synctest.Wait()
			require.Len(t, w.asked, 1, "it waits for the answer to the first")
			if made {
				item := "made"
				first.Leave(&item)
				<-done
				require.ErrorIs(t, err, ErrHindered)
				require.Equal(t, []string{"made"}, second.Finding().Items)
				require.Len(t, w.asked, 1)
				return
			}
			first.Leave(nil)
			<-done
			require.NoError(t, err)
			require.Len(t, w.asked, 2)
			second.Leave(nil)
		})
	}
}

// A refusal of one object is its own, an error of the way is that of all who
// asked, and the end of a context that of one.
func TestLineErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{err: func(keys []string) error {
			if slices.Contains(keys, "b") {
				return errRefused
			}
			return nil
		}}
		enter(t, w, []string{"a", "b", "c"}, map[string]error{"b": errRefused})
	})
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("broken")
		w := &world{err: func([]string) error { return broken }}
		enter(t, w, []string{"a", "b", "c"}, map[string]error{"a": broken, "b": broken, "c": broken})
	})
	synctest.Test(t, func(t *testing.T) {
		w := &world{takes: time.Second}
		line := w.line()
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		done := make(chan error)
		go func() { done <- line.Place("a", some).Enter(ctx) }()
		synctest.Wait()
		go func() { done <- line.Place("b", some).Enter(t.Context()) }()
		require.ErrorIs(t, <-done, context.DeadlineExceeded)
		require.NoError(t, <-done)
	})
}

func enter(t *testing.T, w *world, keys []string, errs map[string]error) {
	t.Helper()
	line := w.line()
	hold := line.Place("hold", some)
	w2 := w.err
	w.err = nil
	require.NoError(t, hold.Enter(t.Context()))
	w.err = w2
	var wg sync.WaitGroup
	for _, key := range keys {
		wg.Go(func() {
			place := line.Place(key, some)
			err := place.Enter(t.Context())
			if want := errs[key]; want != nil {
				require.ErrorIs(t, err, want, key)
				require.ErrorContains(t, err, "look for a task of the object")
				return
			}
			require.NoError(t, err, key)
			require.NoError(t, place.Begin(t.Context()))
			place.Leave(nil)
		})
	}
	synctest.Wait()
	require.NoError(t, hold.Begin(t.Context()))
	hold.Leave(nil)
	wg.Wait()
}

func TestErrorsLeaveRetriesToTheCaller(t *testing.T) {
	t.Parallel()
	var hindered interface{ RetryableError() bool }
	require.ErrorAs(t, fmt.Errorf("x: %w", ErrHindered), &hindered)
	require.False(t, hindered.RetryableError())
	require.Equal(t, "there is such a task already", ErrHindered.Error())
	require.ErrorAs(t, error(&Error{errRefused}), &hindered)
	require.False(t, hindered.RetryableError())
}
