package tests

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	pc "github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// exitingLists ends the goroutine of each List of one kind, as a mock does that
// calls t.FailNow.
type exitingLists struct{ *pc.Client }

func (exitingLists) ListEngagementFromOpportunityTasks(context.Context, *pc.ListEngagementFromOpportunityTasksInput, ...func(*pc.Options)) (*pc.ListEngagementFromOpportunityTasksOutput, error) {
	runtime.Goexit()
	return nil, nil
}

// exitingStarts does so with each Start.
type exitingStarts struct{ *pc.Client }

func (exitingStarts) StartEngagementFromOpportunityTask(context.Context, *pc.StartEngagementFromOpportunityTaskInput, ...func(*pc.Options)) (*pc.StartEngagementFromOpportunityTaskOutput, error) {
	time.Sleep(time.Second)
	runtime.Goexit()
	return nil, nil
}

// Nobody waits for a look-up whose goroutine has ended, and nothing was sent.
func TestRunAllOfALookUpThatEndsItsGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		start := time.Now()
		n := 0
		for result := range pc.NewRunner(exitingLists{svc.Client()}, adopting(0)).RunAll(t.Context(), slices.Values([]pc.StartTaskInput{submission(1), submission(2), submission(1)})) {
			requireState(t, result.Err, pc.RunNotStarted)
			require.ErrorContains(t, result.Err, "ended its goroutine")
			n++
		}
		require.Equal(t, 3, n)
		require.Zero(t, time.Since(start))
		require.Zero(t, svc.Calls().Len())
	})
}

// deafLists does not return from the first Lists of one kind before it is let.
type deafLists struct {
	*pc.Client
	deaf *atomic.Int32
	let  chan struct{}
}

func (c deafLists) ListEngagementFromOpportunityTasks(ctx context.Context, in *pc.ListEngagementFromOpportunityTasksInput, optFns ...func(*pc.Options)) (*pc.ListEngagementFromOpportunityTasksOutput, error) {
	if c.deaf.Add(-1) >= 0 {
		<-c.let
	}
	return c.Client.ListEngagementFromOpportunityTasks(ctx, in, optFns...)
}

// A look-up ends with its context, whatever the client makes of that, and the
// next ones are made as long as few hang.
func TestRunEndsWithItsContextBesideALookUpThatDoesNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		client := deafLists{svc.Client(), new(atomic.Int32), make(chan struct{})}
		runner := pc.NewRunner(client, adopting(0))
		run := func(id int, patience time.Duration) (pc.Task, error) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			start := time.Now()
			task, err := runner.Start(ctx, submission(id))
			require.LessOrEqual(t, time.Since(start), patience+time.Second)
			return task, err
		}
		client.deaf.Store(1)
		_, err := run(1, 3*time.Second)
		requireState(t, err, pc.RunNotStarted)
		require.ErrorIs(t, err, context.DeadlineExceeded)

		client.deaf.Store(0)
		task, err := run(1, 3*time.Second)
		require.NoError(t, err)
		require.NotEmpty(t, task.ID)

		client.deaf.Store(100)
		for id := range 10 {
			_, err := run(10+id, 3*time.Second)
			requireState(t, err, pc.RunNotStarted)
		}
		require.Equal(t, int32(99), client.deaf.Load(), "two hang at most, and others wait for them")
		client.deaf.Store(0)
		close(client.let)
		synctest.Wait()
		task, err = run(10, 3*time.Second)
		require.NoError(t, err)
		require.NotEmpty(t, task.ID)
	})
}

// What a Start that never returned has made is not known to others, and its
// token is.
func TestRunAllOfAStartThatEndsItsGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		n := 0
		for result := range pc.NewRunner(exitingStarts{svc.Client()}, adopting(0)).RunAll(t.Context(), slices.Values([]pc.StartTaskInput{submission(1), submission(1)})) {
			requireState(t, result.Err, pc.RunMaybeStarted)
			require.NotEmpty(t, result.Task.ClientToken)
			require.False(t, result.Task.Adopted)
			n++
		}
		require.Equal(t, 2, n)
	})
}

// A callback that ends the goroutine loses no task.
func TestRunAllOfACallbackThatEndsItsGoroutine(t *testing.T) {
	for name, tc := range map[string]struct {
		outcome fake.Outcome
		state   pc.RunState // "" for COMPLETE
	}{
		"runs":     {fake.After(time.Hour, fake.Complete()), pc.RunStarted},
		"complete": {fake.Immediately(fake.Complete()), ""},
		"failed":   {fake.Immediately(invalidDeal), pc.RunFailed},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc := fake.New(t)
				svc.Script(opStart, tc.outcome)
				runner := pc.NewRunner(svc.Client(), func(o *pc.RunnerOptions) { o.OnChange = func(pc.Task) { runtime.Goexit() } })
				for result := range runner.RunAll(t.Context(), slices.Values([]pc.StartTaskInput{submission(1)})) {
					require.Equal(t, svc.Tasks()[0].ID, result.Task.ID)
					require.NotEmpty(t, result.Task.ClientToken)
					if tc.state == "" {
						require.NoError(t, result.Err)
						continue
					}
					requireState(t, result.Err, tc.state)
				}
			})
		})
	}
}

// A panic before anything was sent leaves nothing that may have been started.
func TestRunWithCredentialsThatPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		client := svc.Client(func(o *pc.Options) {
			o.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { panic("no keys") })
		})
		_, err := pc.NewRunner(client).Run(t.Context(), submission(1))
		requireState(t, err, pc.RunNotStarted)
		require.ErrorContains(t, err, "panicked: no keys")
		require.Zero(t, svc.Calls().Len())
	})
}

// A message of the service that repeats the token does not put it into a log.
func TestRunErrorHasNoTokenOfAMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		in := keyed(submission(1), "deal")
		svc.Fault(opStart, fake.Nth(1), fake.Error(409, "ConflictException", "token "+*in.ClientToken+" was used with other parameters"))
		_, err := pc.NewRunner(svc.Client()).Run(t.Context(), in)
		runErr := requireState(t, err, pc.RunNotStarted)
		require.NotContains(t, err.Error(), *in.ClientToken)
		require.ErrorContains(t, err, "token (its ClientToken) was used with other parameters")
		require.Equal(t, *in.ClientToken, runErr.Task.ClientToken)
	})
}

// The same of a call of the client, whose errors say what the service has said,
// and of its span.
func TestErrorHasNoTokenOfAMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := fake.New(t)
		in := keyed(submission(1), "deal")
		message := "token " + *in.ClientToken + " was used with other parameters"
		svc.Fault(opStart, fake.Nth(1), fake.Error(409, "ConflictException", message))
		svc.Fault(opStart, fake.Nth(2), fake.Error(400, "NewException", message))
		svc.Fault(opStart, fake.Nth(3), fake.Error(400, "NewException", "no token, and none of its parts: "+(*in.ClientToken)[:8]))
		for range 2 {
			spans := newRecorder()
			_, err := svc.Client(func(o *pc.Options) { o.TracerProvider = spans }).StartEngagementFromOpportunityTask(t.Context(), in)
			for _, properties := range spans.properties {
				require.NotContains(t, fmt.Sprint(properties), *in.ClientToken)
			}
			require.Contains(t, fmt.Sprint(spans.properties), "(its ClientToken)")
			require.Contains(t, fmt.Sprint(spans.properties), "*http.ResponseError")
			require.NotContains(t, err.Error(), *in.ClientToken)
			require.ErrorContains(t, err, "token (its ClientToken) was used with other parameters")
			var operation *smithy.OperationError
			require.ErrorAs(t, err, &operation)
			require.NotContains(t, operation.Err.Error(), *in.ClientToken)
			var response *awshttp.ResponseError
			require.ErrorAs(t, err, &response)
			var api smithy.APIError
			require.ErrorAs(t, err, &api)
			require.Equal(t, message, api.ErrorMessage())
		}
		_, err := svc.Client().StartEngagementFromOpportunityTask(t.Context(), in)
		require.ErrorContains(t, err, (*in.ClientToken)[:8])

		// One that the client has made is kept as well.
		svc.Fault(opStart, fake.Nth(1), fake.Error(409, "ConflictException", "token "+uuid.Nil.String()+" was used"))
		in.ClientToken = nil
		_, err = svc.Client(func(o *pc.Options) { o.IdempotencyTokenProvider = nilUUID{} }).StartEngagementFromOpportunityTask(t.Context(), in)
		require.ErrorContains(t, err, "token (its ClientToken) was used")
	})
}

type nilUUID struct{}

func (nilUUID) GetIdempotencyToken() (string, error) { return uuid.Nil.String(), nil }

// The same of the message of a task.
func TestErrorHasNoTokenOfATasksMessage(t *testing.T) {
	token := pc.ClientTokenFor("deal")
	for _, status := range []pc.TaskStatus{pc.TaskStatusFailed, "PAUSED"} {
		task := pc.Task{Kind: pc.TaskKindEngagementFromOpportunity, Catalog: "AWS", Status: status, Message: "see token " + token, ClientToken: token}
		err := task.Err()
		if err == nil {
			err = &pc.WaitError{State: pc.WaitUnknownStatus, Task: task}
		}
		require.ErrorContains(t, err, "see token (its ClientToken)")
		require.NotContains(t, err.Error(), token)
	}
}
