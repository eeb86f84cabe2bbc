package tests

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// crowd makes so many calls at once, which all wait for a turn of the Quota.
func crowd(t *testing.T, client *pc.Client, callers int) *sync.WaitGroup {
	t.Helper()
	var calls sync.WaitGroup
	for range callers {
		calls.Go(func() { _, _ = client.ListEngagementFromOpportunityTasks(t.Context(), listInput()) })
	}
	synctest.Wait()
	return &calls
}

func TestPollTimeoutBeginsWithTheTurnOfTheQuota(t *testing.T) {
	t.Parallel()
	for name, prospecting := range map[string]bool{"reads": false, "prospecting": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				svc := fake.New(t)
				client := svc.Client(withQuota(pc.NewQuota(func(o *pc.QuotaOptions) {
					o.ReadsPerSecond, o.ProspectingListsPerSecond, o.ProspectingGetsPerSecond = 10, 0.05, 0.05
				})))
				var task pc.Task
				if prospecting {
					task = startProspecting(t, client, "a")
				} else {
					task = submitted(t, svc, 5*time.Second)
				}
				calls := crowd(t, client, 600)
				waiter := pc.NewTaskWaiter(client)
				begun := time.Now()
				got, err := waiter.Refresh(t.Context(), task)
				require.NoError(t, err)
				require.NotEmpty(t, got.Status)
				if !prospecting {
					require.Greater(t, time.Since(begun), 50*time.Second, "it waits for its turn")
				}
				_, err = waiter.Wait(t.Context(), task, time.Hour)
				require.NoError(t, err)
				require.Zero(t, waiter.Stats().FailedPolls)
				calls.Wait()
			})
		})
	}
}

func TestPollTimeoutCountsAfterTheTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		task := submitted(t, svc, 5*time.Second)
		svc.Fault(listSubmissions, fake.Times(1), fake.Stall())
		client := svc.Client(withQuota(pc.NewQuota()))
		begun := time.Now()
		_, err := pc.NewTaskWaiter(client).Refresh(t.Context(), task)
		require.ErrorIs(t, err, pc.WaitPollFailed)
		require.InDelta(t, 10*time.Second, time.Since(begun), float64(2*time.Second))
	})
}
