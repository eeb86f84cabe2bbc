package tests

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

func withQuota(q *pc.Quota) func(*pc.Options) { return func(o *pc.Options) { o.Quota = q } }

func submission(i int) *pc.StartEngagementFromOpportunityTaskInput {
	return &pc.StartEngagementFromOpportunityTaskInput{
		Catalog:       aws.String(pc.CatalogSandbox),
		Identifier:    aws.String(fmt.Sprintf("O%d", 1000+i)),
		AwsSubmission: &pc.AwsSubmission{InvolvementType: pc.SalesInvolvementTypeCoSell},
	}
}

func acceptance(i int) *pc.StartEngagementByAcceptingInvitationTaskInput {
	return &pc.StartEngagementByAcceptingInvitationTaskInput{
		Catalog:    aws.String(pc.CatalogSandbox),
		Identifier: aws.String(fmt.Sprintf("engi-%013d", i)),
	}
}

func listInput() *pc.ListEngagementFromOpportunityTasksInput {
	return &pc.ListEngagementFromOpportunityTasksInput{Catalog: aws.String(pc.CatalogSandbox)}
}

// Many callers at once, of both kinds and of two clients, on an account that
// holds a single write: none is refused and no second is wasted.
func TestQuotaPacesAllWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t, fake.WithQuotas(fake.DefaultQuotas()))
		q := pc.NewQuota()
		clients := []*pc.Client{svc.Client(withQuota(q)), svc.Client(withQuota(q))}
		start := time.Now()
		var wg sync.WaitGroup
		for i := range 30 {
			wg.Go(func() {
				var err error
				if i%2 == 0 {
					_, err = clients[i/2%2].StartEngagementFromOpportunityTask(t.Context(), submission(i))
				} else {
					_, err = clients[i/2%2].StartEngagementByAcceptingInvitationTask(t.Context(), acceptance(i))
				}
				require.NoError(t, err)
			})
		}
		wg.Wait()
		elapsed := time.Since(start)
		require.GreaterOrEqual(t, elapsed, 29*time.Second)
		require.Less(t, elapsed, 32*time.Second+time.Second/2)
		require.Equal(t, 30, svc.Calls().Committed().Len())
		require.Zero(t, svc.Calls().WithError("ThrottlingException").Len())

		stats := q.Stats(pc.QuotaGroupWrites)
		require.Equal(t, int64(30), stats.Attempts)
		require.Equal(t, 30, stats.Day)
		require.Equal(t, 10_000, stats.DayLimit)
		require.Zero(t, stats.Throttled)
		require.Zero(t, stats.Waiting)
		require.Equal(t, 1.0, stats.Rate)
		require.Greater(t, stats.Waited, 29*15*time.Second)
		require.Zero(t, q.Stats(pc.QuotaGroupReads).Attempts)
	})
}

func TestQuotaPacesReadsApartFromWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t, fake.WithQuotas(fake.Quotas{WritesPerSecond: 1, ReadsPerSecond: 10, ReadBurst: 1}))
		client := svc.Client(withQuota(pc.NewQuota()))
		_, err := client.StartEngagementFromOpportunityTask(t.Context(), submission(1))
		require.NoError(t, err)
		start := time.Now()
		for range 50 {
			_, err := client.ListEngagementFromOpportunityTasks(t.Context(), listInput())
			require.NoError(t, err)
		}
		require.GreaterOrEqual(t, time.Since(start), 4900*time.Millisecond)
		require.Less(t, time.Since(start), 5500*time.Millisecond)
	})
}

// Every attempt counts, not every call.
func TestQuotaCountsRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		svc.Fault(fake.StartEngagementFromOpportunityTask, fake.Times(2), fake.Error(500, "InternalServerException", ""))
		q := pc.NewQuota()
		_, err := svc.Client(withQuota(q)).StartEngagementFromOpportunityTask(t.Context(), submission(1))
		require.NoError(t, err)
		require.Equal(t, int64(3), q.Stats(pc.QuotaGroupWrites).Attempts)
		calls := svc.Calls()
		for i := 1; i < len(calls); i++ {
			require.GreaterOrEqual(t, calls[i].Time.Sub(calls[i-1].Time), time.Second)
		}
	})
}

func TestQuotaAdaptsToThrottling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		svc.Fault(fake.StartEngagementFromOpportunityTask, fake.Times(2), fake.Throttle())
		q := pc.NewQuota()
		client := svc.Client(withQuota(q))
		_, err := client.StartEngagementFromOpportunityTask(t.Context(), submission(0))
		require.NoError(t, err)
		lowered := q.Stats(pc.QuotaGroupWrites)
		require.Less(t, lowered.Rate, 0.9)
		require.Equal(t, int64(2), lowered.Throttled)
		require.Equal(t, 1.0, lowered.Limit)
		require.Equal(t, 10.0, q.Stats(pc.QuotaGroupReads).Rate, "reads were not throttled")
		for i := range 1500 {
			_, err := client.StartEngagementFromOpportunityTask(t.Context(), submission(i+1))
			require.NoError(t, err)
		}
		require.Equal(t, 1.0, q.Stats(pc.QuotaGroupWrites).Rate)
	})
}

// A caller who gives up leaves no gap: those behind move up.
func TestQuotaRespectsTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		q := pc.NewQuota()
		client := svc.Client(withQuota(q))
		start := time.Now()
		_, err := client.StartEngagementFromOpportunityTask(t.Context(), submission(0))
		require.NoError(t, err)

		var wg sync.WaitGroup
		ctx, cancel := context.WithCancel(t.Context())
		for i := range 20 {
			wg.Go(func() {
				_, err := client.StartEngagementFromOpportunityTask(ctx, submission(1+i))
				require.ErrorIs(t, err, context.Canceled)
				require.ErrorContains(t, err, "waiting for the quota of writes")
				require.Equal(t, 100*time.Millisecond, time.Since(start))
			})
		}
		synctest.Wait()
		require.Equal(t, 20, q.Stats(pc.QuotaGroupWrites).Waiting)
		wg.Go(func() {
			_, err := client.StartEngagementFromOpportunityTask(t.Context(), submission(100))
			require.NoError(t, err)
			require.InDelta(t, 1, time.Since(start).Seconds(), 0.01)
		})
		wg.Go(func() {
			late, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			_, err := client.StartEngagementFromOpportunityTask(late, submission(101))
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.Equal(t, 500*time.Millisecond, time.Since(start))
		})
		time.Sleep(100 * time.Millisecond)
		cancel()
		wg.Wait()
		require.Equal(t, 2, svc.Calls().Len())
		require.Equal(t, int64(2), q.Stats(pc.QuotaGroupWrites).Attempts)

		_, err = client.StartEngagementFromOpportunityTask(ctx, submission(102))
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, 2, svc.Calls().Len(), "a context that has ended takes no turn")
	})
}

func TestQuotaBudgetOfADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		q := pc.NewQuota(func(o *pc.QuotaOptions) { o.WritesPerDay, o.ReadsPerDay = 5, -1 })
		client := svc.Client(withQuota(q))
		first := time.Now()
		for i := range 5 {
			_, err := client.StartEngagementFromOpportunityTask(t.Context(), submission(i))
			require.NoError(t, err)
			time.Sleep(time.Minute)
		}
		for range 20 {
			_, err := client.ListEngagementFromOpportunityTasks(t.Context(), listInput())
			require.NoError(t, err, "no budget for reads")
		}
		before := time.Now()
		_, err := client.StartEngagementFromOpportunityTask(t.Context(), submission(6))
		var exhausted *pc.QuotaExhaustedError
		require.ErrorAs(t, err, &exhausted)
		require.Equal(t, before, time.Now(), "at once, not retried")
		require.Equal(t, pc.QuotaGroupWrites, exhausted.Group)
		require.Equal(t, 5, exhausted.Limit)
		require.Equal(t, 24*time.Hour, exhausted.Window)
		require.True(t, exhausted.RetryAt.Equal(first.Add(24*time.Hour)), exhausted.RetryAt)
		require.ErrorContains(t, err, "nothing was sent: all 5 writes of the last 24 hours are used up")
		require.Equal(t, 5, svc.Calls().For(fake.StartEngagementFromOpportunityTask).Len())

		time.Sleep(time.Until(exhausted.RetryAt))
		require.Equal(t, 4, q.Stats(pc.QuotaGroupWrites).Day)
		_, err = client.StartEngagementFromOpportunityTask(t.Context(), submission(6))
		require.NoError(t, err)
		// The window rolls: the next one is free a minute later.
		_, err = client.StartEngagementFromOpportunityTask(t.Context(), submission(7))
		require.ErrorAs(t, err, &exhausted)
		require.InDelta(t, 60, time.Until(exhausted.RetryAt).Seconds(), 0.1)
	})
}

// Callers who wait when the budget runs out are told as soon as it does.
func TestQuotaBudgetReachesThoseWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		client := svc.Client(withQuota(pc.NewQuota(func(o *pc.QuotaOptions) { o.WritesPerDay = 3 })))
		var wg sync.WaitGroup
		var mu sync.Mutex
		failed := 0
		for i := range 10 {
			wg.Go(func() {
				_, err := client.StartEngagementFromOpportunityTask(t.Context(), submission(i))
				if exhausted := (*pc.QuotaExhaustedError)(nil); errors.As(err, &exhausted) {
					mu.Lock()
					failed++
					mu.Unlock()
				}
			})
		}
		start := time.Now()
		wg.Wait()
		require.Equal(t, 7, failed)
		require.Less(t, time.Since(start), 4*time.Second)
		require.Equal(t, 3, svc.Calls().Len())
	})
}

func TestQuotaWaitIsInASpan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		r := newRecorder()
		client := svc.Client(withQuota(new(pc.Quota)), func(o *pc.Options) { o.TracerProvider = r })
		for i := range 2 {
			_, err := client.StartEngagementFromOpportunityTask(t.Context(), submission(i))
			require.NoError(t, err)
		}
		require.Equal(t, 2, r.ended["Quota"])
		require.Equal(t, "writes", r.properties["Quota"]["quota.group"])
		require.InDelta(t, 1, r.properties["Quota"]["quota.wait_seconds"], 0.01)
	})
}

func TestQuotaSitsInsideTheRetryLoop(t *testing.T) {
	t.Parallel()
	svc := fake.New(t)
	var order []string
	see := func(o *pc.Options) {
		o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
			order = s.Finalize.List()
			return nil
		})
	}
	_, err := svc.Client(withQuota(pc.NewQuota()), see).ListEngagementFromOpportunityTasks(t.Context(), listInput())
	require.NoError(t, err)
	require.Contains(t, strings.Join(order, " "), "Retry Quota ")
	_, err = svc.Client(see).ListEngagementFromOpportunityTasks(t.Context(), listInput())
	require.NoError(t, err)
	require.NotContains(t, order, "Quota", "no quota, no middleware")
}

func TestQuotaOptions(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		q             *pc.Quota
		writes, reads float64
		wday, rday    int
	}{
		"default":    {pc.NewQuota(), 1, 10, 10_000, 100_000},
		"zero value": {new(pc.Quota), 1, 10, 10_000, 100_000},
		"own": {pc.NewQuota(func(o *pc.QuotaOptions) {
			*o = pc.QuotaOptions{WritesPerSecond: 0.25, ReadsPerSecond: 50, WritesPerDay: 7, ReadsPerDay: -1}
		}), 0.25, 50, 7, -1},
		"nonsense": {pc.NewQuota(func(o *pc.QuotaOptions) { *o = pc.QuotaOptions{WritesPerSecond: math.NaN(), ReadsPerSecond: 1e300} }), 1, 1e300, 10_000, 100_000},
		"no limits": {pc.NewQuota(nil, func(o *pc.QuotaOptions) {
			*o = pc.QuotaOptions{WritesPerSecond: -2, ReadsPerSecond: -0.5, WritesPerDay: -3, ReadsPerDay: -1}
		}), -1, -1, -1, -1},
	} {
		writes, reads := tc.q.Stats(pc.QuotaGroupWrites), tc.q.Stats(pc.QuotaGroupReads)
		require.Equal(t, tc.writes, writes.Limit, name)
		require.Equal(t, tc.writes, writes.Rate, name)
		require.Equal(t, tc.reads, reads.Limit, name)
		require.Equal(t, tc.wday, writes.DayLimit, name)
		require.Equal(t, tc.rday, reads.DayLimit, name)
	}
}

func ExampleQuota() {
	svc := fake.NewService()
	defer svc.Close()

	quota := pc.NewQuota()
	client := svc.Client(func(o *pc.Options) { o.Quota = quota })

	for i := range 3 { // takes two seconds
		if _, err := client.StartEngagementFromOpportunityTask(context.Background(), submission(i)); err != nil {
			fmt.Println(err)
			return
		}
	}
	writes := quota.Stats(pc.QuotaGroupWrites)
	fmt.Printf("%g a second, %d of %d left today\n", writes.Limit, writes.DayLimit-writes.Day, writes.DayLimit)
	// Output: 1 a second, 9997 of 10000 left today
}
