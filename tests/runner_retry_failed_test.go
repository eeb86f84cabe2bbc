package tests

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

func retryFailed(o *pc.RunnerOptions) { o.RetryFailed = true }

var invalidDeal = fake.Fail(pc.ReasonCodeOpportunityValidationFailed, "close date is in the past")

// A token whose task has failed gives the old failure, and the error says how to
// go on.
func TestRunOfATokenThatHasFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		svc.Script(opStart, invalidDeal)
		_, err := pc.NewRunner(svc.Client()).Run(t.Context(), keyed(submission(1), "deal"))
		requireState(t, err, pc.RunFailed)
		require.NotContains(t, err.Error(), "before this run began")
		time.Sleep(time.Hour)
		for range 2 {
			_, err = pc.NewRunner(svc.Client()).Run(t.Context(), keyed(submission(1), "deal"))
			requireState(t, err, pc.RunFailed)
			require.ErrorAs(t, err, new(*pc.TaskFailedError))
			require.ErrorContains(t, err, "had failed before this run began")
			require.ErrorContains(t, err, "RetryFailed")
		}
		require.Len(t, svc.Tasks(), 1)
	})
}

// A corrected deal goes on in the chain: one new task a correction, whatever has
// passed in between.
func TestRunRetryFailed(t *testing.T) {
	for name, tc := range map[string]struct {
		failure fake.Outcome
		between time.Duration
	}{
		"at once":      {fake.Immediately(invalidDeal), 0},
		"a moment":     {invalidDeal, 0},
		"a day":        {invalidDeal, 24 * time.Hour},
		"not a person": {fake.Fail(pc.ReasonCodeInternalError, ""), time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc := fake.New(t)
				svc.Script(opStart, tc.failure, tc.failure, tc.failure, fake.Complete())
				first := pc.ClientTokenFor("deal")
				token := first
				for n := 1; n <= 3; n++ {
					task, err := pc.NewRunner(svc.Client(), retryFailed).Run(t.Context(), keyed(submission(1), "deal"))
					runErr := requireState(t, err, pc.RunFailed)
					require.Zero(t, runErr.Restarts)
					require.Equal(t, token, task.ClientToken)
					require.Len(t, svc.Tasks(), n, "one fresh Start")
					token = pc.NextClientToken(token)
					time.Sleep(tc.between)
				}
				var seen []pc.Task
				task, err := pc.NewRunner(svc.Client(), retryFailed).Run(t.Context(), keyed(submission(1), "deal"), func(o *pc.RunnerOptions) {
					o.OnChange = func(task pc.Task) { seen = append(seen, task) }
				})
				require.NoError(t, err)
				require.Equal(t, token, task.ClientToken)
				require.Len(t, svc.Tasks(), 4)
				require.Equal(t, first, seen[0].ClientToken)
				require.Equal(t, pc.TaskStatusFailed, seen[0].Status)
				require.NotEmpty(t, seen[0].ReasonCode)

				// What has ended is found by the same token, with the option.
				again, err := pc.NewRunner(svc.Client(), retryFailed).Start(t.Context(), keyed(submission(1), "deal"))
				require.NoError(t, err)
				require.Equal(t, task.ID, again.ID)
				require.Len(t, svc.Tasks(), 4)
			})
		})
	}
}

// A crash at each point of the run after a correction.
func TestRunRetryFailedAfterACrash(t *testing.T) {
	for name, prepare := range map[string]func(svc *fake.Service, crash func()){
		"before the look-up": func(_ *fake.Service, crash func()) { crash() },
		"in the look-up": func(svc *fake.Service, crash func()) {
			svc.Fault(opList, fake.Nth(1), fake.Stall())
			time.AfterFunc(5*time.Second, crash)
		},
		"old failure, answer lost": func(svc *fake.Service, crash func()) {
			svc.Fault(opStart, fake.Nth(1), fake.AfterCommit(fake.Stall()))
			time.AfterFunc(5*time.Second, crash)
		},
		"not committed": func(svc *fake.Service, crash func()) {
			svc.Fault(opStart, fake.Nth(2), fake.Stall())
			time.AfterFunc(5*time.Second, crash)
		},
		"committed, answer lost": func(svc *fake.Service, crash func()) {
			svc.Fault(opStart, fake.Nth(2), fake.AfterCommit(fake.Stall()))
			time.AfterFunc(5*time.Second, crash)
		},
		"waiting":                    func(_ *fake.Service, crash func()) { time.AfterFunc(10*time.Second, crash) },
		"ended and nobody knows yet": func(_ *fake.Service, crash func()) { time.AfterFunc(time.Minute-time.Millisecond, crash) },
		"after the end":              func(_ *fake.Service, crash func()) { time.AfterFunc(time.Hour, crash) },
	} {
		for _, quota := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					svc := fake.New(t)
					svc.Script(opStart, invalidDeal, fake.After(time.Minute, fake.Complete()))
					var options []func(*pc.Options)
					if quota {
						options = append(options, withQuota(pc.NewQuota()))
					}
					_, err := pc.NewRunner(svc.Client(options...), retryFailed).Run(t.Context(), keyed(submission(1), "deal"))
					requireState(t, err, pc.RunFailed)
					time.Sleep(time.Hour)

					ctx, crash := context.WithCancel(t.Context())
					defer crash()
					prepare(svc, crash)
					_, _ = pc.NewRunner(svc.Client(options...), retryFailed).Run(ctx, keyed(submission(1), "deal"))
					time.Sleep(time.Second)
					task, err := pc.NewRunner(svc.Client(options...), retryFailed).Run(t.Context(), keyed(submission(1), "deal"))
					require.NoError(t, err)
					require.Len(t, svc.Tasks(), 2, "one new task a correction")
					require.Equal(t, svc.Tasks()[1].ID, task.ID)
					require.Equal(t, pc.NextClientToken(pc.ClientTokenFor("deal")), task.ClientToken)
				})
			})
		}
	}
}

// A task that fails while the run waits for it had not failed before: it is not
// started again, and neither is one of a run with a token of its own.
func TestRunRetryFailedStartsOneTaskAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t, fake.WithDefaultOutcome(fake.After(time.Minute, invalidDeal)))
		started, err := pc.NewRunner(svc.Client()).Start(t.Context(), keyed(submission(1), "deal"))
		require.NoError(t, err)
		time.Sleep(30 * time.Second)
		task, err := pc.NewRunner(svc.Client(), retryFailed).Run(t.Context(), keyed(submission(1), "deal"))
		requireState(t, err, pc.RunFailed)
		require.Equal(t, started.ID, task.ID)
		require.Len(t, svc.Tasks(), 1)
		for n := range 3 {
			_, err = pc.NewRunner(svc.Client(), retryFailed).Run(t.Context(), submission(2))
			requireState(t, err, pc.RunFailed)
			require.Len(t, svc.Tasks(), 2+n)
		}
	})
}

// What had failed stays known when the next cannot be started, and a prospecting
// task is known by its id although its Start says nothing of its end.
func TestRunRetryFailedOfOtherKindsAndErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		svc.Script(opStart, fake.Immediately(invalidDeal))
		failed, _ := pc.NewRunner(svc.Client()).Run(t.Context(), keyed(submission(1), "deal"))
		svc.Fault(opStart, fake.Nth(2), fake.Refuse(&pc.ResourceNotFoundException{}))
		task, err := pc.NewRunner(svc.Client(), retryFailed).Run(t.Context(), keyed(submission(1), "deal"))
		requireState(t, err, pc.RunFailed)
		require.Equal(t, failed.ID, task.ID)
		require.ErrorAs(t, err, new(*pc.TaskFailedError))
		require.ErrorAs(t, err, new(*pc.ResourceNotFoundException))
		require.ErrorContains(t, err, "not started again")

		in := prospectingRun(1)
		token := pc.ClientTokenFor("autumn")
		in.ClientToken = &token
		svc.Script(fake.StartProspectingFromEngagementTask, fake.WithEngagements(fake.Complete(), fake.FailEngagement(in.Identifiers[0], "Bad", "bad")))
		_, err = pc.NewRunner(svc.Client()).Run(t.Context(), in)
		requireState(t, err, pc.RunFailed)
		task, err = pc.NewRunner(svc.Client(), retryFailed).Run(t.Context(), in)
		require.NoError(t, err)
		require.Equal(t, pc.NextClientToken(token), task.ClientToken)
	})
}

// A client that gives the same old failure for every token is not asked for ever.
func TestRunRetryFailedOfAServiceThatKnowsNoTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		svc.Script(opStart, fake.Immediately(invalidDeal))
		_, err := pc.NewRunner(svc.Client()).Run(t.Context(), keyed(submission(1), "deal"))
		requireState(t, err, pc.RunFailed)
		client := svc.Client()
		_, err = pc.NewRunner(forgetful{client}, retryFailed).Run(t.Context(), keyed(submission(1), "deal"))
		requireState(t, err, pc.RunFailed)
		require.Len(t, svc.Tasks(), 1)
	})
}

// forgetful sends one token always.
type forgetful struct{ *pc.Client }

func (c forgetful) StartEngagementFromOpportunityTask(ctx context.Context, in *pc.StartEngagementFromOpportunityTaskInput, optFns ...func(*pc.Options)) (*pc.StartEngagementFromOpportunityTaskOutput, error) {
	return c.Client.StartEngagementFromOpportunityTask(ctx, keyed(in, "deal"), optFns...)
}

// A clock that is wrong makes no old failure of a new one.
func TestRunFailedWithAWrongClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		svc.Advance(-3 * time.Hour)
		svc.Script(opStart, fake.Immediately(invalidDeal), fake.Immediately(invalidDeal))
		for _, options := range []func(*pc.RunnerOptions){nil, retryFailed} {
			_, err := pc.NewRunner(svc.Client(), options).Run(t.Context(), keyed(submission(1), "deal"))
			requireState(t, err, pc.RunFailed)
			require.NotContains(t, err.Error(), "before this run began")
		}
		require.Len(t, svc.Tasks(), 2)
	})
}

// What a look-up cannot get for good is said at once.
func TestRunRetryFailedWithoutALookUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		quota := pc.NewQuota(func(o *pc.QuotaOptions) { o.ReadsPerDay = 1 })
		client := svc.Client(withQuota(quota))
		_, err := client.ListEngagementFromOpportunityTasks(t.Context(), listInput())
		require.NoError(t, err)
		start := time.Now()
		_, err = pc.NewRunner(client, retryFailed).Run(t.Context(), keyed(submission(1), "deal"))
		requireState(t, err, pc.RunNotStarted)
		require.ErrorAs(t, err, new(*pc.QuotaExhaustedError))
		require.Zero(t, time.Since(start))
	})
}

// Runs of the same input side by side start one task together, whether it fails
// again or not, and each of them goes on from the old failure.
func TestRunAllRetryFailedOfTheSameInput(t *testing.T) {
	for name, outcome := range map[string]fake.Outcome{
		"fails": fake.Immediately(invalidDeal), "completes": fake.Immediately(fake.Complete()),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc := fake.New(t)
				svc.Script(opStart, invalidDeal, outcome)
				in := keyed(submission(1), "deal")
				_, err := pc.NewRunner(svc.Client()).Run(t.Context(), in)
				requireState(t, err, pc.RunFailed)
				time.Sleep(time.Hour)
				client := svc.Client(withQuota(pc.NewQuota(func(o *pc.QuotaOptions) { o.WritesPerSecond = 0.1 })))
				n := 0
				for result := range pc.NewRunner(client, retryFailed).RunAll(t.Context(), slices.Values([]pc.StartTaskInput{in, in, in})) {
					require.Equal(t, pc.NextClientToken(*in.ClientToken), result.Task.ClientToken)
					if name == "fails" {
						requireState(t, result.Err, pc.RunFailed)
						require.NotContains(t, result.Err.Error(), "before this run began")
					} else {
						require.NoError(t, result.Err)
					}
					n++
				}
				require.Equal(t, 3, n)
				require.Len(t, svc.Tasks(), 2)
			})
		})
	}
}
