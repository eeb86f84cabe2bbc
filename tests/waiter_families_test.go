package tests

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

const (
	engA = "eng-aaaaaaaaaaaaaa"
	engB = "eng-bbbbbbbbbbbbbb"
)

func startProspecting(t testing.TB, client *pc.Client, name string) pc.Task {
	t.Helper()
	out, err := client.StartProspectingFromEngagementTask(t.Context(), &pc.StartProspectingFromEngagementTaskInput{
		Catalog: aws.String("Sandbox"), TaskName: &name, Identifiers: []string{engA, engB},
	})
	require.NoError(t, err)
	return out.Task()
}

// oneOfEach starts a task of every kind.
func oneOfEach(t testing.TB, client *pc.Client, i int) []pc.Task {
	t.Helper()
	ctx := t.Context()
	accepted, err := client.StartEngagementByAcceptingInvitationTask(ctx, acceptance(i))
	require.NoError(t, err)
	submitted, err := client.StartEngagementFromOpportunityTask(ctx, submission(i))
	require.NoError(t, err)
	in := fromEngagementInput()
	in.ContextIdentifier = aws.String(fmt.Sprint(i + 1))
	converted, err := client.StartOpportunityFromEngagementTask(ctx, in)
	require.NoError(t, err)
	return []pc.Task{accepted.Task(), submitted.Task(), converted.Task(), startProspecting(t, client, fmt.Sprintf("name %d", i))}
}

func TestAllKindsInOneWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t, fake.WithQuotas(fake.Quotas{ReadsPerSecond: 10, ProspectingGetsPerSecond: 100, ProspectingListsPerSecond: 50}))
		svc.When(fake.StartProspectingFromEngagementTask, fake.WithIdentifier(engA)).Script(
			fake.After(40*time.Second, fake.WithEngagements(fake.Complete(), fake.FailEngagement(engB, "X", "text"))))
		client := svc.Client()
		var tasks []pc.Task
		for i := range 30 {
			tasks = append(tasks, oneOfEach(t, client, i)...)
		}
		kinds, partly := map[pc.TaskKind]int{}, 0
		for task, err := range pc.NewTaskWaiter(client).WaitAll(t.Context(), slices.Values(tasks), 10*time.Minute) {
			kinds[task.Kind]++
			require.True(t, task.Done())
			if failed := (*pc.TaskFailedError)(nil); err != nil {
				require.ErrorAs(t, err, &failed)
				require.Equal(t, "text", *failed.FailedEngagements()[0].Message)
				partly++
			}
			if task.Kind == pc.TaskKindProspectingFromEngagement {
				require.Len(t, task.Engagements(), 2, "a task does not end before its results are there")
				require.NotEmpty(t, task.Name)
				require.False(t, task.EndTime.IsZero())
			}
		}
		require.Equal(t, 1, partly)
		require.Len(t, kinds, len(pc.TaskKind("").Values()))
		for kind, n := range kinds {
			require.Equal(t, 30, n, kind)
		}
		calls := svc.Calls()
		require.Zero(t, calls.WithError("ThrottlingException").Len())
		require.Less(t, calls.For(fake.ListProspectingFromEngagementTasks).Len(), 30)
		require.Less(t, calls.For(fake.GetProspectingFromEngagementTask).Len(), 45, "a Get for each end, and for the looks at the last one")
	})
}

func TestProspectingWait(t *testing.T) {
	for name, test := range map[string]struct {
		outcome fake.Outcome
		status  pc.TaskStatus
		check   func(*testing.T, pc.Task, error)
	}{
		"complete": {fake.Complete(), "COMPLETE", func(t *testing.T, task pc.Task, err error) {
			require.NoError(t, err)
			require.Regexp(t, "^ctx-", *task.Engagements()[1].EngagementContextId)
		}},
		"failed for all": {fake.Fail("Quota", "too many"), "FAILED", func(t *testing.T, task pc.Task, err error) {
			var failed *pc.TaskFailedError
			require.ErrorAs(t, err, &failed)
			require.EqualValues(t, "Quota", failed.Task.ReasonCode)
			require.NotContains(t, err.Error(), "failed in part")
			require.Len(t, task.Engagements(), 2)
		}},
		"failed in part": {fake.WithEngagements(fake.Complete(), fake.FailEngagement(engA, "X", "text")), "FAILED", func(t *testing.T, task pc.Task, err error) {
			var partly *pc.TaskFailedError
			require.ErrorAs(t, err, &partly)
			require.ErrorContains(t, err, "failed in part")
			require.Len(t, partly.FailedEngagements(), 1)
			require.Equal(t, engA, *partly.FailedEngagements()[0].EngagementIdentifier)
			require.Equal(t, task, partly.Task)
		}},
		"ended at its Start": {fake.Immediately(fake.WithEngagements(fake.Complete(), fake.FailEngagement(engA, "X", ""))), "FAILED", func(t *testing.T, _ pc.Task, err error) {
			var partly *pc.TaskFailedError
			require.ErrorAs(t, err, &partly, "COMPLETED in the answer to the Start is not the success of all")
		}},
		"an unknown state": {fake.WithEngagements(fake.Complete(), fake.EngagementOutcome{Engagement: engB, Status: "SKIPPED"}), "SKIPPED", func(t *testing.T, task pc.Task, err error) {
			var unknown *pc.WaitError
			require.ErrorAs(t, err, &unknown)
			require.ErrorIs(t, err, pc.WaitUnknownStatus)
			require.Len(t, unknown.Task.Engagements(), 2, "what is known is there")
		}},
		"no results": {fake.WithoutResults(fake.Complete()), "UNKNOWN_OUTCOME", func(t *testing.T, _ pc.Task, err error) {
			var unknown *pc.WaitError
			require.ErrorAs(t, err, &unknown)
			require.ErrorIs(t, err, pc.WaitUnknownStatus)
			require.ErrorContains(t, err, "not how its engagements fared")
		}},
		"ended, but one has not": {fake.WithEngagements(fake.Complete(), fake.EngagementOutcome{Engagement: engB, Status: pc.ProspectingTaskStatusInProgress}), "IN_PROGRESS", func(t *testing.T, task pc.Task, err error) {
			var timeout *pc.WaitError
			require.ErrorAs(t, err, &timeout)
			require.ErrorIs(t, err, pc.WaitTimedOut)
			require.Less(t, timeout.Polls, 60, "it is not asked all the time")
		}},
		"never": {fake.Never(), "IN_PROGRESS", func(t *testing.T, _ pc.Task, err error) {
			require.ErrorIs(t, err, context.DeadlineExceeded)
		}},
		"not visible at first": {fake.VisibleAfter(20*time.Second, fake.Complete()), "COMPLETE", func(t *testing.T, _ pc.Task, err error) { require.NoError(t, err) }},
		"without id":           {fake.WithoutTaskID(fake.Immediately(fake.Complete())), "COMPLETE", func(t *testing.T, task pc.Task, err error) { require.NoError(t, err); require.NotEmpty(t, task.ID) }},
	} {
		for _, neighbours := range []int{0, 3} {
			t.Run(fmt.Sprintf("%s, %d neighbours", name, neighbours), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					outcomes := []fake.Outcome{test.outcome}
					for range neighbours {
						outcomes = append(outcomes, fake.Never())
					}
					svc := fake.New(t, fake.WithQuotas(fake.DefaultQuotas()))
					svc.Script(fake.StartProspectingFromEngagementTask, outcomes...)
					client := svc.Client()
					waiter := pc.NewTaskWaiter(client)
					var tasks []pc.Task
					for i := range outcomes {
						tasks = append(tasks, startProspecting(t, client, fmt.Sprint("n", i)))
						time.Sleep(time.Second)
					}
					ctx, cancel := context.WithCancel(t.Context())
					ended := make(chan struct{})
					go func() {
						defer close(ended)
						for range waiter.WaitAll(ctx, slices.Values(tasks[1:]), time.Hour) {
						}
					}()
					task, err := waiter.Wait(t.Context(), tasks[0], 2*time.Minute)
					require.Equal(t, test.status, task.Status)
					test.check(t, task, err)
					cancel()
					<-ended
					require.Zero(t, svc.Calls().WithError("ThrottlingException").Len())
				})
			})
		}
	}
}

// Many prospecting tasks are looked at by pages of 100, and a Get tells how
// each has ended.
func TestManyProspectingTasks(t *testing.T) {
	t.Parallel() // one of the few that take seconds
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t, fake.WithQuotas(fake.Quotas{ProspectingGetsPerSecond: 100, ProspectingListsPerSecond: 50}))
		const n = 400
		var outcomes []fake.Outcome
		for i := range n {
			outcomes = append(outcomes, fake.After(time.Duration(20+i%60)*time.Second, fake.Complete()))
		}
		svc.Script(fake.StartProspectingFromEngagementTask, outcomes...)
		client := svc.Client()
		var tasks []pc.Task
		for i := range n {
			tasks = append(tasks, startProspecting(t, client, fmt.Sprint("n", i)))
		}
		pages := 0
		waiter := pc.NewTaskWaiter(client, func(o *pc.TaskWaiterOptions) {
			o.OnPoll = func(p pc.PollInfo) {
				if p.Asked == 0 {
					pages++
				}
				require.NoError(t, p.Err)
				require.LessOrEqual(t, p.Listed, 100)
			}
		})
		started := time.Now()
		done := 0
		for task, err := range waiter.WaitAll(t.Context(), slices.Values(tasks), time.Hour) {
			require.NoError(t, err)
			require.Len(t, task.Engagements(), 2)
			done++
		}
		require.Equal(t, n, done)
		require.Less(t, time.Since(started), 90*time.Second)
		lists, gets := svc.Calls().For(fake.ListProspectingFromEngagementTasks), svc.Calls().For(fake.GetProspectingFromEngagementTask)
		require.Less(t, gets.Len(), n+n/4, "a Get for each end, and few others")
		require.Less(t, lists.Len(), n)
		require.Zero(t, svc.Calls().WithError("ThrottlingException").Len())
		require.EqualValues(t, lists.Len()+gets.Len(), waiter.Stats().Polls)
		require.NotZero(t, pages)
	})
}

func TestFailedGetsOfResultsAreRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		svc.Script(fake.StartProspectingFromEngagementTask, fake.After(10*time.Second, fake.Complete()), fake.After(10*time.Second, fake.Fail("X", "")))
		svc.Fault(fake.GetProspectingFromEngagementTask, fake.Times(6), fake.Throttle())
		client := svc.Client()
		tasks := []pc.Task{startProspecting(t, client, "a"), startProspecting(t, client, "b")}
		ends := map[string]pc.TaskStatus{}
		for task := range pc.NewTaskWaiter(client).WaitAll(t.Context(), slices.Values(tasks), 10*time.Minute) {
			ends[task.Name] = task.Status
		}
		require.Equal(t, map[string]pc.TaskStatus{"a": "COMPLETE", "b": "FAILED"}, ends)
	})
}

func TestTwoWaitsForOneProspectingTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		client := svc.Client()
		a, b := startProspecting(t, client, "a"), startProspecting(t, client, "b")
		var changes []string
		waiter := pc.NewTaskWaiter(client, func(o *pc.TaskWaiterOptions) {
			o.OnChange = func(task pc.Task) { changes = append(changes, task.Name) }
		})
		n := 0
		for task, err := range waiter.WaitAll(t.Context(), slices.Values([]pc.Task{a, b, a, a}), time.Minute) {
			require.NoError(t, err)
			require.NotEmpty(t, task.Engagements())
			n++
		}
		require.Equal(t, 4, n)
		slices.Sort(changes)
		require.Equal(t, []string{"a", "b"}, changes)
	})
}

func TestRefreshOfProspecting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		client := svc.Client()
		waiter := pc.NewTaskWaiter(client)
		task, err := waiter.Refresh(t.Context(), startProspecting(t, client, "a"))
		require.NoError(t, err)
		require.Equal(t, pc.TaskStatusInProgress, task.Status)
		require.Equal(t, pc.ProspectingTaskStatusPending, task.Engagements()[0].Status)
		time.Sleep(10 * time.Second)
		task, err = waiter.Refresh(t.Context(), task)
		require.NoError(t, err)
		require.Equal(t, pc.TaskStatusComplete, task.Status)
		require.Equal(t, 2, svc.Calls().For(fake.GetProspectingFromEngagementTask).Len())

		tasks := []pc.Task{startProspecting(t, client, "b"), startProspecting(t, client, "c")}
		time.Sleep(10 * time.Second)
		done := make(chan error, 2)
		for _, task := range tasks {
			go func() {
				task, err := waiter.Refresh(t.Context(), task)
				if err == nil && len(task.Engagements()) != 2 {
					err = fmt.Errorf("%v without results", task)
				}
				done <- err
			}()
		}
		require.NoError(t, <-done)
		require.NoError(t, <-done)
	})
}

func TestMispairedTasksAreRefusedAtOnce(t *testing.T) {
	t.Parallel()
	svc := fake.New(t)
	waiter := pc.NewTaskWaiter(svc.Client())
	for kind, id := range map[pc.TaskKind]string{
		pc.TaskKindProspectingFromEngagement:       classicID,
		pc.TaskKindEngagementFromOpportunity:       prospectingID,
		pc.TaskKindOpportunityFromEngagement:       prospectingID,
		pc.TaskKindEngagementByAcceptingInvitation: prospectingID,
	} {
		for _, task := range []pc.Task{{Kind: kind, Catalog: "AWS", ID: id}, {Kind: kind, Catalog: "AWS", ARN: "arn:x/" + id}} {
			_, err := waiter.Wait(t.Context(), task, time.Hour)
			var invalid smithy.InvalidParamsError
			require.ErrorAs(t, err, &invalid)
			require.ErrorContains(t, err, "characters are the id of a")
		}
	}
	require.Zero(t, svc.Calls().Len())

	// Ids that look like neither are the service's business.
	_, err := waiter.Refresh(t.Context(), pc.Task{Kind: pc.TaskKindProspectingFromEngagement, Catalog: "AWS", Name: "unknown"})
	var missing *pc.WaitError
	require.ErrorAs(t, err, &missing)
	require.ErrorIs(t, err, pc.WaitNotFound)
}

func TestClientsWithoutALaterFamily(t *testing.T) {
	t.Parallel()
	waiter := pc.NewTaskWaiter(&stub{})
	for _, task := range []pc.Task{
		{Kind: pc.TaskKindProspectingFromEngagement, Catalog: "AWS", ID: prospectingID},
		{Kind: pc.TaskKindOpportunityFromEngagement, Catalog: "AWS", ID: classicID},
	} {
		_, err := waiter.Wait(t.Context(), task, time.Minute)
		var unsupported smithy.InvalidParamsError
		require.ErrorAs(t, err, &unsupported)
		require.ErrorContains(t, err, string(task.Kind))
	}
}

func TestOpportunityFromEngagementIsFoundByItsEngagement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		svc.Script(fake.StartOpportunityFromEngagementTask, fake.Complete(), fake.Complete())
		client := svc.Client()
		_, err := client.StartOpportunityFromEngagementTask(t.Context(), fromEngagementInput())
		require.NoError(t, err)
		time.Sleep(time.Hour)
		in := fromEngagementInput()
		sent := in.Task()
		sent.StartTime = time.Now()
		out, err := client.StartOpportunityFromEngagementTask(t.Context(), in)
		require.NoError(t, err)
		task, err := pc.NewTaskWaiter(client).Wait(t.Context(), sent, time.Minute)
		require.NoError(t, err)
		require.Equal(t, *out.TaskId, task.ID, "not the older one of the same engagement")
		require.NotEmpty(t, task.OpportunityID)
	})
}

// overriding is a mock in the usual way of Go: it embeds the whole client, which
// is nil, and has the methods that the test needs.
type overriding struct{ *pc.Client }

func (overriding) ListEngagementFromOpportunityTasks(context.Context, *pc.ListEngagementFromOpportunityTasksInput, ...func(*pc.Options)) (*pc.ListEngagementFromOpportunityTasksOutput, error) {
	return &pc.ListEngagementFromOpportunityTasksOutput{TaskSummaries: []pc.ListEngagementFromOpportunityTaskSummary{
		{TaskId: aws.String("task-1"), OpportunityId: aws.String("O1"), TaskStatus: pc.TaskStatusComplete},
	}}, nil
}

func TestMockThatEmbedsANilClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := overriding{}
		waiter := pc.NewTaskWaiter(client)
		task := pc.Task{
			Kind: pc.TaskKindEngagementFromOpportunity, Catalog: "AWS", ID: "task-1", Status: pc.TaskStatusInProgress,
		}
		task, err := waiter.Wait(t.Context(), task, time.Minute)
		require.NoError(t, err)
		require.Equal(t, pc.TaskStatusComplete, task.Status)
		_, err = pc.NewRunner(client).Run(t.Context(), submission(1))
		requireState(t, err, pc.RunMaybeStarted)
		require.ErrorContains(t, err, "panicked")
	})
}

// A thousand prospecting tasks that end together are seen within 25 seconds at
// half of the quotas, whatever the waiter has come to expect by then.
func TestProspectingTasksThatEndTogether(t *testing.T) {
	t.Parallel() // one of the few that take seconds
	for _, after := range []time.Duration{7 * time.Second, 20 * time.Second, 44 * time.Second, time.Minute, 5 * time.Minute} {
		t.Run(after.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc := fake.New(t, fake.WithQuotas(fake.Quotas{ProspectingGetsPerSecond: 50, ProspectingListsPerSecond: 25}),
					fake.WithDefaultOutcome(fake.After(after, fake.Complete())))
				for _, op := range []fake.Operation{fake.ListProspectingFromEngagementTasks, fake.GetProspectingFromEngagementTask} {
					svc.Fault(op, fake.Always(), fake.Slow(150*time.Millisecond))
				}
				client := svc.Client()
				var tasks []pc.Task
				for i := range 1000 {
					tasks = append(tasks, startProspecting(t, client, fmt.Sprint("n", i)))
				}
				started := time.Now()
				for _, err := range pc.NewTaskWaiter(client).WaitAll(t.Context(), slices.Values(tasks), 2*time.Hour) {
					require.NoError(t, err)
				}
				t.Logf("seen after %s", time.Since(started)-after)
				require.LessOrEqual(t, time.Since(started)-after, 25*time.Second)
				require.Zero(t, svc.Calls().WithError("ThrottlingException").Len())
			})
		})
	}
}
