// Package temporal is a sketch of tasks as activities of a Temporal workflow, for
// those who have Temporal already. Temporal keeps the workflow; the token keeps
// the task from being started twice, and the TaskWaiter of each worker process
// shares its polls among all activities that wait in it.
package temporal

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/cosell-dev/partnercentral-go"
)

const (
	// How long one call of Wait polls before it lets the workflow go on: a
	// worker that dies is noticed by its heartbeat, long before.
	waitSlice = time.Hour
	heartbeat = 30 * time.Second
)

// Activities are registered with the worker. One Runner and one TaskWaiter for
// all activities of a process share polls and pace.
type Activities struct {
	Runner *partnercentral.Runner
	Waiter *partnercentral.TaskWaiter
}

// Submit is the workflow of one opportunity.
func Submit(ctx workflow.Context, opportunity string) (partnercentral.Task, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: waitSlice + time.Minute,
		HeartbeatTimeout:    2 * heartbeat,
	})
	var a *Activities
	var task partnercentral.Task
	if err := workflow.ExecuteActivity(ctx, a.Start, opportunity).Get(ctx, &task); err != nil {
		return task, err
	}
	for !task.Done() {
		// The Task is its own resume token: any worker goes on with it.
		if err := workflow.ExecuteActivity(ctx, a.Wait, task).Get(ctx, &task); err != nil {
			return task, err
		}
	}
	return task, nil
}

// Start starts the task. The id of the workflow is the key of its token, so an
// attempt whose answer was lost, with its worker or without, finds the same
// task.
func (a *Activities) Start(ctx context.Context, opportunity string) (partnercentral.Task, error) {
	defer beat(ctx)()
	task, err := a.Runner.Start(ctx, &partnercentral.StartEngagementFromOpportunityTaskInput{
		Catalog:     aws.String(partnercentral.CatalogAWS),
		Identifier:  aws.String(opportunity),
		ClientToken: aws.String(partnercentral.ClientTokenFor("temporal/" + activity.GetInfo(ctx).WorkflowExecution.ID)),
		AwsSubmission: &partnercentral.AwsSubmission{
			InvolvementType: partnercentral.SalesInvolvementTypeCoSell,
			Visibility:      partnercentral.VisibilityFull,
		},
	})
	var invalid *partnercentral.ValidationException
	var conflict *partnercentral.ConflictException
	if errors.As(err, &invalid) || errors.As(err, &conflict) {
		return task, temporal.NewNonRetryableApplicationError("the Start was refused", "Refused", err)
	}
	return task, err
}

// Wait waits for the end of the task and returns it, FAILED ones too: what to
// do about a failure is the workflow's decision.
func (a *Activities) Wait(ctx context.Context, task partnercentral.Task) (partnercentral.Task, error) {
	defer beat(ctx)()
	ended, err := a.Waiter.Wait(ctx, task, waitSlice)
	if ended.Done() || errors.Is(err, partnercentral.WaitTimedOut) {
		return ended, nil
	}
	return ended, err
}

// beat sends heartbeats until the function that it returns is called.
func beat(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			activity.RecordHeartbeat(ctx)
			select {
			case <-ctx.Done():
				return
			case <-time.After(heartbeat):
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}
