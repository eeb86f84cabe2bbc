package partnercentral_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// submit starts the task that submits an opportunity.
func submit(client *partnercentral.Client, opportunity string) partnercentral.Task {
	started, err := client.StartEngagementFromOpportunityTask(context.Background(), &partnercentral.StartEngagementFromOpportunityTaskInput{
		Catalog:       aws.String(partnercentral.CatalogSandbox),
		Identifier:    aws.String(opportunity),
		AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
	})
	if err != nil {
		panic(err)
	}
	return started.Task()
}

// Wait returns when the task has ended, and returns a *TaskFailedError if it failed.
func ExampleTaskWaiter_Wait() {
	ctx := context.Background()
	svc := fake.NewService(fake.WithDefaultOutcome(fake.After(50*time.Millisecond, fake.Complete())))
	defer svc.Close()
	client := svc.Client()

	waiter := partnercentral.NewTaskWaiter(client, func(o *partnercentral.TaskWaiterOptions) {
		o.MaxDelay = 2 * time.Second // the longest time between two polls; default 30 seconds
	})
	task, err := waiter.Wait(ctx, submit(client, "O1234567"), 10*time.Minute)
	var failed *partnercentral.TaskFailedError
	switch {
	case errors.As(err, &failed):
		fmt.Println("failed:", failed.Task.ReasonCode, failed.Remedy())
	case err != nil:
		fmt.Println(err)
	default:
		fmt.Println(task.OpportunityID, task.Status)
	}
	// Output: O1234567 COMPLETE
}
