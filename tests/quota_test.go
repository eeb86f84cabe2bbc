package tests

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
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

// After an hour of throttling, at 1 write per second, 90% of the pace are in use
// within a quarter of an hour.
func TestQuotaRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := pc.NewQuota()
		start := time.Now()
		for time.Since(start) < time.Hour {
			report, err := q.Wait(t.Context(), pc.QuotaGroupWrites)
			require.NoError(t, err)
			report(&pc.ThrottlingException{})
		}
		require.Less(t, q.Stats(pc.QuotaGroupWrites).Rate, 0.1)
		last := time.Now()
		for time.Since(last) < 15*time.Minute {
			report, err := q.Wait(t.Context(), pc.QuotaGroupWrites)
			require.NoError(t, err)
			report(nil)
		}
		require.GreaterOrEqual(t, q.Stats(pc.QuotaGroupWrites).Rate, 0.9)
		before := q.Stats(pc.QuotaGroupWrites).Attempts
		time.Sleep(time.Until(last.Add(16 * time.Minute)))
		for range 60 {
			report, err := q.Wait(t.Context(), pc.QuotaGroupWrites)
			require.NoError(t, err)
			report(nil)
		}
		require.Less(t, time.Since(last), 16*time.Minute+65*time.Second)
		require.EqualValues(t, 60, q.Stats(pc.QuotaGroupWrites).Attempts-before)
	})
}

// Wait is for whoever calls by other means. It shares the turns of the clients.
func TestQuotaWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		q := pc.NewQuota()
		client := svc.Client(withQuota(q))
		start := time.Now()
		_, err := client.StartEngagementFromOpportunityTask(t.Context(), submission(1))
		require.NoError(t, err)
		report, err := q.Wait(t.Context(), pc.QuotaGroupWrites)
		require.NoError(t, err)
		require.InDelta(t, 1, time.Since(start).Seconds(), 0.01)
		report(nil)

		report, err = q.Wait(t.Context(), pc.QuotaGroupWrites)
		require.NoError(t, err)
		throttled := &smithy.GenericAPIError{Code: "TooManyRequestsException"}
		report(throttled)
		report(throttled)
		stats := q.Stats(pc.QuotaGroupWrites)
		require.EqualValues(t, 1, stats.Throttled, "a report counts once")
		require.Less(t, stats.Rate, 0.9)
		require.EqualValues(t, 3, stats.Attempts)

		// Neither tells anything of the quota.
		report, err = q.Wait(t.Context(), pc.QuotaGroupWrites)
		require.NoError(t, err)
		rate := q.Stats(pc.QuotaGroupWrites).Rate
		report(errors.New("connection reset"))
		require.Equal(t, rate, q.Stats(pc.QuotaGroupWrites).Rate)
		for range 5 {
			_, err = q.Wait(t.Context(), pc.QuotaGroupReads)
			require.NoError(t, err, "attempts that are never reported")
		}
		require.EqualValues(t, 5, q.Stats(pc.QuotaGroupReads).Attempts)
	})
}

func TestQuotaWaitThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := pc.NewQuota(func(o *pc.QuotaOptions) { o.WritesPerDay = 2 })
		_, err := q.Wait(t.Context(), pc.QuotaGroupWrites)
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		report, err := q.Wait(ctx, pc.QuotaGroupWrites)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorAs(t, err, new(*smithy.CanceledError))
		report(nil)
		require.EqualValues(t, 1, q.Stats(pc.QuotaGroupWrites).Attempts, "nothing is lost")

		_, err = q.Wait(t.Context(), pc.QuotaGroupWrites)
		require.NoError(t, err)
		report, err = q.Wait(t.Context(), pc.QuotaGroupWrites)
		require.ErrorAs(t, err, new(*pc.QuotaExhaustedError))
		report(err)

		for _, quota := range []*pc.Quota{q, nil} {
			for _, group := range []pc.QuotaGroup{"", "write", "Writes"} {
				report, err = quota.Wait(t.Context(), group)
				require.ErrorAs(t, err, new(smithy.InvalidParamsError))
				require.ErrorContains(t, err, `which is none of ["writes" "reads" `)
				report(nil)
				require.Zero(t, quota.Stats(group))
			}
		}
		report, err = (*pc.Quota)(nil).Wait(t.Context(), pc.QuotaGroupReads)
		require.NoError(t, err, "a nil Quota has no limits")
		report(&pc.ThrottlingException{})
		var none context.Context
		_, err = q.Wait(none, pc.QuotaGroupReads)
		require.ErrorContains(t, err, "the context is nil")
	})
}

// A client with the API option is paced as one with the Quota in its options, in
// the group of each operation, and once.
func TestQuotaAPIOption(t *testing.T) {
	t.Parallel()
	unchecked := func(s *middleware.Stack) error {
		_, err := s.Initialize.Remove("OperationInputValidation")
		return err
	}
	paced := func(op fake.Operation, q *pc.Quota, optFns ...func(*pc.Options)) (groups []pc.QuotaGroup) {
		client := newClient(answers(answer(400, `{"__type":"ValidationException"}`)), append(optFns, pc.WithAPIOptions(unchecked))...)
		method := reflect.ValueOf(client).MethodByName(string(op))
		in := reflect.New(method.Type().In(1).Elem())
		err, _ := reflect.TypeAssert[error](method.Call([]reflect.Value{reflect.ValueOf(t.Context()), in})[1])
		require.ErrorAs(t, err, new(*pc.ValidationException))
		for _, group := range pc.QuotaGroup("").Values() {
			for range q.Stats(group).Attempts {
				groups = append(groups, group)
			}
		}
		return groups
	}
	for _, op := range fake.Operations() {
		q := pc.NewQuota()
		want := paced(op, q, withQuota(q))
		require.Len(t, want, 1, op)
		for name, optFns := range map[string]func(q *pc.Quota) []func(*pc.Options){
			"API option": func(q *pc.Quota) []func(*pc.Options) { return []func(*pc.Options){pc.WithAPIOptions(q.APIOption)} },
			"twice": func(q *pc.Quota) []func(*pc.Options) {
				return []func(*pc.Options){pc.WithAPIOptions(q.APIOption, q.APIOption)}
			},
			"both": func(q *pc.Quota) []func(*pc.Options) {
				return []func(*pc.Options){withQuota(q), pc.WithAPIOptions(q.APIOption)}
			},
		} {
			q := pc.NewQuota()
			require.Equal(t, want, paced(op, q, optFns(q)...), "%s %s", op, name)
		}
	}
}

// A middleware that goes on with a context of its own keeps no call from its turn.
func TestQuotaAPIOptionWithoutTheContextOfTheCall(t *testing.T) {
	t.Parallel()
	fresh := onInitialize("fresh", func(_ context.Context, in initIn, next initNext) (initOut, middleware.Metadata, error) {
		return next.HandleInitialize(context.Background(), in)
	})
	for _, optFn := range []func(*pc.Quota) func(*pc.Options){
		withQuota, func(q *pc.Quota) func(*pc.Options) { return pc.WithAPIOptions(q.APIOption) },
	} {
		q := pc.NewQuota()
		require.NoError(t, call(answers(answer(200, startedBody)), optFn(q), pc.WithAPIOptions(fresh)))
		require.EqualValues(t, 1, q.Stats(pc.QuotaGroupWrites).Attempts)
	}
}

func TestQuotaAPIOptionOfAnotherQuota(t *testing.T) {
	t.Parallel()
	q, other := pc.NewQuota(), pc.NewQuota()
	client := newClient(answers(answer(200, startedBody)), withQuota(q))
	_, err := client.StartEngagementFromOpportunityTask(t.Context(), submission(1), pc.WithAPIOptions(other.APIOption))
	require.ErrorContains(t, err, "the client has another Quota")
	require.Zero(t, q.Stats(pc.QuotaGroupWrites).Attempts)
	_, err = client.StartEngagementFromOpportunityTask(t.Context(), submission(1), pc.WithAPIOptions((*pc.Quota)(nil).APIOption))
	require.NoError(t, err, "a nil Quota changes nothing")
}

// Each attempt takes a turn, and tells of throttling.
func TestQuotaAPIOptionIsInsideTheRetryLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		svc.Fault(fake.StartEngagementFromOpportunityTask, fake.Times(2), fake.Throttle())
		q := pc.NewQuota()
		_, err := svc.Client(pc.WithAPIOptions(q.APIOption)).StartEngagementFromOpportunityTask(t.Context(), submission(1))
		require.NoError(t, err)
		stats := q.Stats(pc.QuotaGroupWrites)
		require.EqualValues(t, 3, stats.Attempts)
		require.EqualValues(t, 2, stats.Throttled)
	})
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

// Of every rate and budget, a negative value is no limit, whatever is throttled.
func TestQuotaWithoutLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := pc.NewQuota(func(o *pc.QuotaOptions) {
			v := reflect.ValueOf(o).Elem()
			for i := range v.NumField() {
				v.Field(i).Set(reflect.ValueOf(-7).Convert(v.Field(i).Type()))
			}
		})
		start := time.Now()
		for _, group := range pc.QuotaGroup("").Values() {
			for range 100 {
				report, err := q.Wait(t.Context(), group)
				require.NoError(t, err)
				report(&pc.ThrottlingException{})
			}
			require.Equal(t, pc.QuotaStats{Limit: -1, Rate: -1, Attempts: 100, Throttled: 100, DayLimit: -1}, q.Stats(group), group)
		}
		require.Equal(t, start, time.Now())
	})
}
