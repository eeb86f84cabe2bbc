package tests

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
)

var prospectingGroups = []pc.QuotaGroup{pc.QuotaGroupProspectingStarts, pc.QuotaGroupProspectingGets, pc.QuotaGroupProspectingLists}

// Each operation of prospecting has a quota of its own, beside writes and reads.
func TestQuotaPacesProspectingApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		quota := pc.NewQuota()
		starts := newClient(answers(answer(200, startedProsp)), withQuota(quota))
		gets := newClient(answers(answer(200, runningProsp)), withQuota(quota))
		lists := newClient(answers(answer(200, emptyPage)), withQuota(quota))
		elapsed := func(n int, call func() error) time.Duration {
			start := time.Now()
			for range n {
				require.NoError(t, call())
			}
			return time.Since(start)
		}
		near := func(want, got time.Duration) {
			t.Helper()
			require.InDelta(t, want.Seconds(), got.Seconds(), want.Seconds()/50)
		}
		near(3*time.Second, elapsed(7, func() error {
			_, err := starts.StartProspectingFromEngagementTask(ctx, prospectingInput())
			return err
		}))
		near(60*time.Millisecond, elapsed(7, func() error {
			_, err := gets.GetProspectingFromEngagementTask(ctx, &pc.GetProspectingFromEngagementTaskInput{Catalog: aws.String("AWS"), TaskIdentifier: aws.String(prospectingID)})
			return err
		}))
		near(120*time.Millisecond, elapsed(7, func() error {
			_, err := lists.ListProspectingFromEngagementTasks(ctx, &pc.ListProspectingFromEngagementTasksInput{Catalog: aws.String("AWS")})
			return err
		}))
		require.Zero(t, quota.Stats(pc.QuotaGroupWrites).Attempts)
		require.Zero(t, quota.Stats(pc.QuotaGroupReads).Attempts)
		for _, group := range prospectingGroups {
			require.EqualValues(t, 7, quota.Stats(group).Attempts)
			require.Equal(t, -1, quota.Stats(group).DayLimit, "no quota for a day is documented")
		}

		_, err := starts.StartOpportunityFromEngagementTask(ctx, fromEngagementInput())
		require.NoError(t, err)
		_, err = lists.ListOpportunityFromEngagementTasks(ctx, &pc.ListOpportunityFromEngagementTasksInput{Catalog: aws.String("AWS")})
		require.NoError(t, err)
		require.EqualValues(t, 1, quota.Stats(pc.QuotaGroupWrites).Attempts)
		require.EqualValues(t, 1, quota.Stats(pc.QuotaGroupReads).Attempts)
	})
	own := pc.NewQuota(func(o *pc.QuotaOptions) {
		o.ProspectingStartsPerSecond, o.ProspectingGetsPerSecond, o.ProspectingListsPerSecond = 4, 7, 5
	})
	for i, limit := range []float64{4, 7, 5} {
		require.Equal(t, limit, own.Stats(prospectingGroups[i]).Limit)
	}
}
