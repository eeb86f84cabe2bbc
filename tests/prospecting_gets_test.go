package tests

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// getter is a client whose Gets do something of their own first.
type getter struct {
	*pc.Client
	get func(ctx context.Context, id string) error
}

func (g getter) GetProspectingFromEngagementTask(ctx context.Context, in *pc.GetProspectingFromEngagementTaskInput, optFns ...func(*pc.Options)) (*pc.GetProspectingFromEngagementTaskOutput, error) {
	if err := g.get(ctx, *in.TaskIdentifier); err != nil {
		return nil, err
	}
	return g.Client.GetProspectingFromEngagementTask(ctx, in, optFns...)
}

// The results of prospecting are got by parallel Gets, a few at a time.
func TestProspectingResultsAreGotInParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const tasks = 40
		svc := fake.New(t, fake.WithDefaultOutcome(fake.After(20*time.Second, fake.Complete())))
		var mu sync.Mutex
		running, most := 0, 0
		client := getter{Client: svc.Client(), get: func(context.Context, string) error {
			mu.Lock()
			running++
			most = max(most, running)
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			running--
			mu.Unlock()
			return nil
		}}
		w := pc.NewTaskWaiter(client)
		defer w.Close()
		var all []pc.Task
		for i := range tasks {
			all = append(all, startProspecting(t, client.Client, fmt.Sprintf("name %d", i)))
		}
		n := 0
		for task, err := range w.WaitAll(t.Context(), sliceOf(all), time.Hour) {
			require.NoError(t, err)
			require.Len(t, task.Engagements(), 2)
			n++
		}
		require.Equal(t, tasks, n)
		require.Equal(t, 8, most)
	})
}

// A Get that fails, panics or ends its goroutine costs its own task a poll, and
// neither the process nor its neighbours.
func TestProspectingGetsThatGoWrong(t *testing.T) {
	for name, wrong := range map[string]func() error{
		"fails":  func() error { return errors.New("broken") },
		"panics": func() error { panic("a mock") },
		"exits":  func() error { runtime.Goexit(); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc := fake.New(t, fake.WithDefaultOutcome(fake.After(20*time.Second, fake.Complete())))
				var mu sync.Mutex
				bad, left := "", 3
				client := getter{Client: svc.Client(), get: func(_ context.Context, id string) error {
					mu.Lock()
					now := id == bad && left > 0
					if now {
						left--
					}
					mu.Unlock()
					if now {
						return wrong()
					}
					return nil
				}}
				w := pc.NewTaskWaiter(client)
				defer w.Close()
				var all []pc.Task
				for i := range 5 {
					all = append(all, startProspecting(t, client.Client, fmt.Sprintf("name %d", i)))
				}
				bad = all[2].ID
				var order []string
				for task, err := range w.WaitAll(t.Context(), sliceOf(all), time.Hour) {
					require.NoError(t, err)
					order = append(order, task.ID)
				}
				require.Len(t, order, 5)
				require.Equal(t, bad, order[4], "the others do not wait for it")
			})
		})
	}
}

func sliceOf(tasks []pc.Task) func(func(pc.Task) bool) {
	return func(yield func(pc.Task) bool) {
		for _, task := range tasks {
			if !yield(task) {
				return
			}
		}
	}
}
