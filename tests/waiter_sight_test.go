package tests

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

func TestWaitSaysWhatItsPollsHaveShown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		task := submitted(t, svc, 24*time.Hour)
		w := pc.NewTaskWaiter(svc.Client())
		canceled := func(task pc.Task, after time.Duration) error {
			ctx, cancel := context.WithTimeout(t.Context(), after)
			defer cancel()
			_, err := w.Wait(ctx, task, time.Hour)
			require.ErrorIs(t, err, pc.WaitCanceled)
			return err
		}
		require.ErrorContains(t, canceled(task, time.Millisecond), "may still run")
		require.ErrorContains(t, canceled(task, time.Minute), "still runs as of the last poll that saw it")
		_, err := w.Wait(t.Context(), task, 10*time.Minute)
		require.ErrorContains(t, err, "has not ended after 10m0s")
		require.NotContains(t, err.Error(), "no List has shown it")

		foreign := task
		foreign.ID = "task-zzzzzzzzzzzzz"
		foreign.ARN = ""
		require.ErrorContains(t, canceled(foreign, time.Minute), "may still run")
		_, err = w.Wait(t.Context(), foreign, 10*time.Minute)
		require.ErrorIs(t, err, pc.WaitTimedOut)
		require.ErrorContains(t, err, "no List has shown it: check its catalog, account and id")

		svc.Fault(listSubmissions, fake.Always(), fake.Error(500, "InternalServerException", ""))
		_, err = w.Wait(t.Context(), task, 10*time.Minute)
		require.ErrorIs(t, err, pc.WaitTimedOut)
		require.ErrorContains(t, err, "the last poll failed")
		require.NotContains(t, err.Error(), "no List has shown it", "an unanswered poll says nothing of that")
		require.ErrorContains(t, canceled(task, time.Minute), "may still run")
	})
}
