package tests

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
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

func TestStartDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		svc.Script(opStart, fake.After(time.Hour, fake.Complete()))
		svc.Fault(opStart, fake.Times(5), fake.AfterCommit(fake.Reset()))
		in := keyed(submission(1), "a")
		task, err := pc.NewRunner(svc.Client()).Start(t.Context(), in)
		require.NoError(t, err)
		require.Equal(t, pc.TaskStatusInProgress, task.Status)
		require.Equal(t, *in.ClientToken, task.ClientToken)
		require.Equal(t, []string{task.ID}, startedTasks(svc)[task.ClientToken])
		require.Zero(t, svc.Calls().For(opList).Len())
	})
}

func TestRunStatesAreErrors(t *testing.T) {
	t.Parallel()
	svc := fake.New(t)
	_, err := pc.NewRunner(svc.Client()).Run(t.Context(), nil)
	require.ErrorIs(t, err, pc.RunNotStarted)
	require.NotErrorIs(t, err, pc.RunMaybeStarted)
	var invalid smithy.InvalidParamsError
	require.ErrorAs(t, err, &invalid)

	_, err = (&pc.Runner{}).Start(t.Context(), submission(1))
	require.ErrorAs(t, err, &invalid)
	for result := range (*pc.Runner)(nil).RunAll(t.Context(), inputs(3), nil) {
		require.ErrorAs(t, result.Err, &invalid)
		require.Equal(t, -1, result.Index)
	}
	_, err = pc.NewRunner(mock{}).Run(t.Context(), prospectingRun(1))
	require.ErrorIs(t, err, pc.RunNotStarted)
	require.ErrorAs(t, err, &invalid)
}

// What a caller's client does wrong ends a run and not the process.
func TestRunWithAClientThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		client := svc.Client(func(o *pc.Options) {
			o.HTTPClient = doer(func(*http.Request) (*http.Response, error) { panic("broken") })
		})
		_, err := pc.NewRunner(client).Run(t.Context(), submission(1))
		requireState(t, err, pc.RunMaybeStarted)
		require.ErrorContains(t, err, "panicked: broken")
		exits := svc.Client(func(o *pc.Options) {
			o.HTTPClient = doer(func(*http.Request) (*http.Response, error) { runtime.Goexit(); return nil, nil })
		})
		n := 0
		for result := range pc.NewRunner(exits).RunAll(t.Context(), inputs(3)) {
			requireState(t, result.Err, pc.RunMaybeStarted)
			n++
		}
		require.Equal(t, 3, n)
	})
}

// The failed task is known although the next of its chain was refused.
func TestRunFailedAndNotStartedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		svc.Script(opStart, fake.Immediately(fake.Fail(pc.ReasonCodeInternalError, "")))
		svc.Fault(opStart, fake.Nth(2), fake.Refuse(&pc.AccessDeniedException{}))
		task, err := pc.NewRunner(svc.Client()).Run(t.Context(), submission(1), func(o *pc.RunnerOptions) { o.MaxRestarts = 3 })
		requireState(t, err, pc.RunFailed)
		require.NotEmpty(t, task.ID)
		require.ErrorAs(t, err, new(*pc.TaskFailedError))
		require.ErrorAs(t, err, new(*pc.AccessDeniedException))
	})
}

// An iterator may fill one struct again and again.
func TestRunAllCopiesItsInputs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		var in pc.StartEngagementFromOpportunityTaskInput
		objects := map[string]bool{}
		for result := range pc.NewRunner(svc.Client()).RunAll(t.Context(), func(yield func(pc.StartTaskInput) bool) {
			in = *submission(0)
			for i := range 50 {
				*in.Identifier = fmt.Sprint("O", i)
				if !yield(&in) {
					return
				}
			}
		}) {
			require.NoError(t, result.Err)
			require.Equal(t, fmt.Sprint("O", result.Index), result.Task.OpportunityID)
			require.Equal(t, result.Task.OpportunityID, result.Input.Task().OpportunityID)
			objects[result.Task.OpportunityID] = true
		}
		require.Len(t, objects, 50)
	})
}

// Throttling does not use up the time for other faults.
func TestRunHasPatienceForEachFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		svc.Fault(opStart, fake.Times(30), fake.Throttle())
		svc.Fault(opStart, fake.Nth(31), fake.Error(500, "InternalServerException", ""))
		svc.Fault(opStart, fake.Nth(32), fake.Error(500, "InternalServerException", ""))
		svc.Fault(opStart, fake.Nth(33), fake.Error(500, "InternalServerException", ""))
		start := time.Now()
		_, err := pc.NewRunner(svc.Client()).Run(t.Context(), submission(1))
		require.NoError(t, err)
		require.Greater(t, time.Since(start), time.Minute)
	})
}

func TestRunThrottledByAMiddlewareTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		calls := 0
		client := svc.Client(withQuota(pc.NewQuota()), func(o *pc.Options) {
			o.Retryer = aws.NopRetryer{}
			o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
				return s.Initialize.Add(middleware.InitializeMiddlewareFunc("Throttles", func(context.Context, middleware.InitializeInput, middleware.InitializeHandler) (
					out middleware.InitializeOutput, metadata middleware.Metadata, err error,
				) {
					calls++
					return out, metadata, &pc.ThrottlingException{}
				}), middleware.Before)
			})
		})
		_, err := pc.NewRunner(client).Run(t.Context(), submission(1), func(o *pc.RunnerOptions) { o.MaxWait = 10 * time.Minute })
		requireState(t, err, pc.RunNotStarted)
		require.Less(t, calls, 100)
	})
}
