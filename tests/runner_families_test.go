package tests

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

func prospectingRun(i int) *pc.StartProspectingFromEngagementTaskInput {
	return &pc.StartProspectingFromEngagementTaskInput{
		Catalog: aws.String("Sandbox"), TaskName: aws.String(fmt.Sprint("run ", i)), Identifiers: []string{engA, engB},
	}
}

func TestRunAllTakesAllKinds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const each = 5
		svc := fake.New(t, fake.WithQuotas(fake.DefaultQuotas()))
		svc.When(fake.StartProspectingFromEngagementTask, fake.WithIdentifier(engA)).Script(
			fake.WithEngagements(fake.Complete(), fake.FailEngagement(engB, "X", "text")))
		var inputs iter.Seq[pc.StartTaskInput] = func(yield func(pc.StartTaskInput) bool) {
			for i := range each {
				converted := fromEngagementInput()
				converted.ContextIdentifier = aws.String(fmt.Sprint(i + 1))
				for _, in := range []pc.StartTaskInput{acceptance(i), submission(i), converted, prospectingRun(i)} {
					if !yield(in) {
						return
					}
				}
			}
		}
		runner := pc.NewRunner(svc.Client(withQuota(pc.NewQuota())))
		kinds, partly := map[pc.TaskKind]int{}, 0
		for result := range runner.RunAll(t.Context(), inputs) {
			kinds[result.Task.Kind]++
			if failed := (*pc.TaskFailedError)(nil); errors.As(result.Err, &failed) {
				partly++
				require.Len(t, failed.FailedEngagements(), 1)
				var run *pc.RunError
				require.ErrorAs(t, result.Err, &run)
				require.Equal(t, pc.RunFailed, run.State)
				require.Contains(t, run.Remedy(), "the failed engagements alone")
				continue
			}
			require.NoError(t, result.Err)
			require.Equal(t, pc.TaskStatusComplete, result.Task.Status)
		}
		require.Equal(t, 1, partly)
		for _, kind := range pc.TaskKind("").Values() {
			require.Equal(t, each, kinds[kind], kind)
		}
		require.Zero(t, svc.Calls().WithError("ThrottlingException").Len())
	})
}

// What succeeded in part is not done again behind the caller's back.
func TestPartlyFailedIsNotStartedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		svc.Script(fake.StartProspectingFromEngagementTask,
			fake.WithEngagements(fake.Complete(), fake.FailEngagement(engB, "InternalError", "")),
			fake.Fail(pc.ReasonCodeInternalError, ""), fake.Complete())
		runner := pc.NewRunner(svc.Client(), func(o *pc.RunnerOptions) { o.MaxRestarts = 3 })
		_, err := runner.Run(t.Context(), prospectingRun(1))
		var partly *pc.TaskFailedError
		require.ErrorAs(t, err, &partly)
		require.Equal(t, 1, svc.Calls().For(fake.StartProspectingFromEngagementTask).Committed().Len())

		_, err = runner.Run(t.Context(), prospectingRun(2))
		require.NoError(t, err, "a whole that failed for a reason that may pass is")
	})
}

func TestRunOfProspectingIsFoundAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		in := prospectingRun(1)
		in.ClientToken = aws.String(pc.ClientTokenFor("crm/campaign/1"))
		first, err := pc.NewRunner(svc.Client()).Run(t.Context(), in)
		require.NoError(t, err)
		time.Sleep(time.Hour)
		again, err := pc.NewRunner(svc.Client()).Run(t.Context(), in)
		require.NoError(t, err)
		require.Equal(t, first.ID, again.ID)
		require.Equal(t, first.Engagements(), again.Engagements())
	})
}

func TestRunnerRefusesBadInputsOfTheLaterKinds(t *testing.T) {
	t.Parallel()
	svc := fake.New(t)
	for result := range pc.NewRunner(svc.Client()).RunAll(t.Context(), slices.Values([]pc.StartTaskInput{
		&pc.StartProspectingFromEngagementTaskInput{}, &pc.StartOpportunityFromEngagementTaskInput{}, (*pc.StartProspectingFromEngagementTaskInput)(nil),
	})) {
		var run *pc.RunError
		require.ErrorAs(t, result.Err, &run)
		require.Equal(t, pc.RunNotStarted, run.State)
	}
	require.Zero(t, svc.Calls().Len())
}
