package partnercentraltest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/cosell-dev/partnercentral-go"
	"github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

const startOp = partnercentraltest.StartEngagementFromOpportunityTask
const listOp = partnercentraltest.ListEngagementFromOpportunityTasks

// atOnce retries without a delay.
func atOnce(o *partnercentral.Options) {
	o.Retryer = retry.NewStandard(func(so *retry.StandardOptions) {
		so.MaxAttempts = 3
		so.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
	})
}

// chain names the types that an error is made of, down to values that tell
// errors of one type apart.
func chain(err error) string {
	var types []string
	for ; err != nil; err = errors.Unwrap(err) {
		name := fmt.Sprintf("%T", err)
		var api smithy.APIError
		if errors.As(err, &api) && errors.Unwrap(err) == nil {
			name += "=" + api.ErrorCode()
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF || err == context.Canceled {
			name += "=" + err.Error()
		}
		types = append(types, name)
	}
	return strings.Join(types, " > ")
}

// A fault of the transport without a socket has to look to the client as the
// same fault of a connection does: the same error types, the same attempts.
func TestFaultsLookTheSameThroughEveryDoor(t *testing.T) {
	t.Parallel()
	text := "text"
	for _, effect := range []partnercentraltest.Effect{
		partnercentraltest.Throttle(),
		partnercentraltest.Error(500, "InternalServerException", "try again"),
		partnercentraltest.Error(400, "SomethingNew", "who knows"),
		partnercentraltest.Error(418, "Teapot", ""),
		partnercentraltest.ExpiredToken(),
		partnercentraltest.RefusedSignature(),
		partnercentraltest.Refuse(&partnercentral.AccessDeniedException{Message: &text}),
		partnercentraltest.Refuse(&partnercentral.ConflictException{Message: &text}),
		partnercentraltest.Refuse(&partnercentral.InternalServerException{Message: &text}),
		partnercentraltest.Refuse(&partnercentral.ResourceNotFoundException{Message: &text}),
		partnercentraltest.Refuse(&partnercentral.ServiceQuotaExceededException{Message: &text}),
		partnercentraltest.Refuse(&partnercentral.ThrottlingException{Message: &text}),
		partnercentraltest.Refuse(&partnercentral.ValidationException{Message: &text, Reason: partnercentral.ValidationExceptionReasonBusinessValidationFailed}),
		partnercentraltest.HTML(502),
		partnercentraltest.HTML(200),
		partnercentraltest.Empty(503),
		partnercentraltest.Empty(404),
		partnercentraltest.EmptyOK(),
		partnercentraltest.Reset(),
		partnercentraltest.CloseEarly(),
		partnercentraltest.Truncate(0),
		partnercentraltest.Truncate(20),
		partnercentraltest.Truncate(1 << 20),
		partnercentraltest.Malformed(),
		partnercentraltest.Slow(time.Millisecond),
		partnercentraltest.Slow(time.Hour),
		partnercentraltest.Stall(),
	} {
		for _, place := range []func(partnercentraltest.Effect) partnercentraltest.Effect{partnercentraltest.BeforeCommit, partnercentraltest.AfterCommit} {
			effect := place(effect)
			t.Run(effect.String(), func(t *testing.T) {
				t.Parallel()
				var seen []string
				for _, d := range doors() {
					svc, client := d.open(t)
					svc.Fault(startOp, partnercentraltest.Always(), effect)
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					if strings.Contains(effect.String(), "Stall") || strings.Contains(effect.String(), "1h0m") {
						go cancelOnceStruck(ctx, svc, cancel)
					}
					_, err := client.StartEngagementFromOpportunityTask(ctx, submit("O1", "a"), atOnce)
					settle(svc)
					calls := svc.Calls()
					committed := calls.Committed().Len()
					seen = append(seen, fmt.Sprintf("%d attempts, %d committed, %s", calls.Len(), committed, chain(err)))
				}
				for i, d := range doors() {
					require.Equal(t, seen[0], seen[i], d.name)
				}
				if strings.HasPrefix(effect.String(), "AfterCommit") {
					require.NotContains(t, seen[0], " 0 committed")
				} else if !strings.HasPrefix(effect.String(), "Slow(1ms") {
					require.Contains(t, seen[0], " 0 committed")
				}
				t.Log(seen[0])
			})
		}
	}
}

// cancelOnceStruck makes the caller leave while its call waits.
func cancelOnceStruck(ctx context.Context, svc service, cancel func()) {
	for ctx.Err() == nil && len(svc.Calls().Where(func(c partnercentraltest.Call) bool { return c.Fault != "" })) == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
}

// settle waits until the server has seen that a caller left.
func settle(svc service) {
	for len(svc.Calls().Where(func(c partnercentraltest.Call) bool { return !c.Finished })) > 0 {
		time.Sleep(time.Millisecond)
	}
}

// An answer that is lost after the task was started must not start a second
// one.
func TestLostAnswersStartOneTask(t *testing.T) {
	t.Parallel()
	throughDoors(t, func(t *testing.T, svc service, client *partnercentral.Client) {
		svc.Fault(startOp, partnercentraltest.Times(2), partnercentraltest.AfterCommit(partnercentraltest.Reset()))
		out, err := client.StartEngagementFromOpportunityTask(context.Background(), submit("O1", "a"), atOnce)
		require.NoError(t, err)
		calls := svc.Calls().For(startOp)
		require.Equal(t, 3, calls.Len(), "%s", calls)
		require.Equal(t, 3, calls.Committed().Len())
		for i, c := range calls {
			require.Equal(t, *out.TaskId, c.TaskID)
			require.Equal(t, i+1, c.Attempt)
			require.Equal(t, 3, c.MaxAttempts)
			require.Equal(t, "O1", *c.Input().(*partnercentral.StartEngagementFromOpportunityTaskInput).Identifier)
		}
		list, err := client.ListEngagementFromOpportunityTasks(context.Background(), &partnercentral.ListEngagementFromOpportunityTasksInput{Catalog: aws.String("Sandbox")})
		require.NoError(t, err)
		require.Len(t, list.TaskSummaries, 1)
	})
}

func TestFaultsStrikeWhenTheyAreDue(t *testing.T) {
	t.Parallel()
	once := func(o *partnercentral.Options) { o.Retryer = aws.NopRetryer{} }
	throughDoors(t, func(t *testing.T, svc service, client *partnercentral.Client) {
		svc.Fault(startOp, partnercentraltest.Nth(2), partnercentraltest.Error(400, "Second", ""))
		svc.Fault(startOp, partnercentraltest.Times(2), partnercentraltest.Error(400, "TwoTimes", ""))
		svc.Fault(startOp, partnercentraltest.Nth(3), partnercentraltest.Error(400, "Third", ""))
		svc.When(startOp, partnercentraltest.WithIdentifier("O9")).Fault(partnercentraltest.Always(), partnercentraltest.Throttle())
		codes := func(id string) string {
			_, err := client.StartEngagementFromOpportunityTask(context.Background(), submit(id, "a"+id), once)
			var api smithy.APIError
			if errors.As(err, &api) {
				return api.ErrorCode()
			}
			return "ok"
		}
		var got []string
		for range 5 {
			got = append(got, codes("O1"))
		}
		// The third call finds two faults due: the one declared first strikes, the
		// other strikes the next call.
		require.Equal(t, []string{"TwoTimes", "Second", "TwoTimes", "Third", "ok"}, got)
		require.Equal(t, 1, svc.Calls().WithError("Second").Len())
		require.Equal(t, []string{"ThrottlingException", "ThrottlingException"}, []string{codes("O9"), codes("O9")})
	})
}

func TestFaultForTheListOfOneTask(t *testing.T) {
	t.Parallel()
	throughDoors(t, func(t *testing.T, svc service, client *partnercentral.Client) {
		text := "no such task"
		svc.When(listOp, partnercentraltest.WithTaskID("task-poisoned00000")).Fault(partnercentraltest.Always(),
			partnercentraltest.Refuse(&partnercentral.ResourceNotFoundException{Message: &text}))
		started, err := client.StartEngagementFromOpportunityTask(context.Background(), submit("O1", "a"))
		require.NoError(t, err)
		in := &partnercentral.ListEngagementFromOpportunityTasksInput{Catalog: aws.String("Sandbox"), TaskIdentifier: []string{*started.TaskId, "task-unknown000000"}}
		list, err := client.ListEngagementFromOpportunityTasks(context.Background(), in)
		require.NoError(t, err)
		require.Len(t, list.TaskSummaries, 1, "an id that nobody knows is left out")
		in.TaskIdentifier[1] = "arn:aws:partnercentral:us-east-1::catalog/Sandbox/engagement-from-opportunity-task/task-poisoned00000"
		_, err = client.ListEngagementFromOpportunityTasks(context.Background(), in)
		var gone *partnercentral.ResourceNotFoundException
		require.ErrorAs(t, err, &gone)
	})
}

func TestSlowAnswersTakeBubbleTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		svc := partnercentraltest.New(t)
		svc.Fault(startOp, partnercentraltest.Times(1), partnercentraltest.AfterCommit(partnercentraltest.Slow(40*time.Second)))
		svc.Fault(startOp, partnercentraltest.Times(1), partnercentraltest.Stall())
		began := time.Now()
		_, err := svc.Client().StartEngagementFromOpportunityTask(context.Background(), submit("O1", "a"))
		require.NoError(t, err)
		require.Equal(t, 40*time.Second, time.Since(began))

		ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
		defer cancel()
		_, err = svc.Client().StartEngagementFromOpportunityTask(ctx, submit("O1", "a"))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 40*time.Second+time.Hour, time.Since(began))
	})
}

// Over TLS and HTTP/2 the faults come through, too.
func TestFaultsOverHTTP2(t *testing.T) {
	t.Parallel()
	svc := partnercentraltest.New(t)
	server := httptest.NewUnstartedServer(svc)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	client := svc.Client(atOnce, func(o *partnercentral.Options) {
		o.BaseEndpoint = aws.String(server.URL + "/base/path")
		o.HTTPClient = server.Client()
	})
	for _, effect := range []partnercentraltest.Effect{partnercentraltest.Reset(), partnercentraltest.CloseEarly(), partnercentraltest.Truncate(3)} {
		svc.Fault(startOp, partnercentraltest.Times(1), partnercentraltest.AfterCommit(effect))
	}
	_, err := client.StartEngagementFromOpportunityTask(context.Background(), submit("O1", "a"))
	require.Error(t, err)
	_, err = client.StartEngagementFromOpportunityTask(context.Background(), submit("O1", "a"))
	require.NoError(t, err)
	require.Equal(t, 4, svc.Calls().Committed().Len(), "%s", svc.Calls())
	require.Equal(t, http.StatusOK, svc.Calls()[3].Status)
}
