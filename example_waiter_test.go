package partnercentral_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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

func ExampleTaskWaiter_Wait() {
	ctx := context.Background()
	svc := fake.NewService(fake.WithDefaultOutcome(fake.After(50*time.Millisecond, fake.Complete())))
	defer svc.Close()
	client := svc.Client()

	waiter := partnercentral.NewTaskWaiter(client)
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

func ExampleTaskWaiter_WaitAll() {
	ctx := context.Background()
	svc := fake.NewService(fake.WithDefaultOutcome(fake.After(50*time.Millisecond, fake.Complete())))
	defer svc.Close()
	client := svc.Client()
	var tasks []partnercentral.Task
	for i := range 25 {
		tasks = append(tasks, submit(client, fmt.Sprintf("O%d", i+1)))
	}

	ended := 0
	for task, err := range partnercentral.NewTaskWaiter(client).WaitAll(ctx, slices.Values(tasks), 10*time.Minute) {
		if err != nil {
			fmt.Println(task.ID, err)
			continue
		}
		ended++
	}
	fmt.Println(ended, "ended, for few calls:", svc.Calls().For(fake.ListEngagementFromOpportunityTasks).Len() <= 5)
	// Output: 25 ended, for few calls: true
}

func ExampleTaskWaiter_Refresh() {
	ctx := context.Background()
	svc := fake.NewService(fake.WithDefaultOutcome(fake.AfterPolls(1, fake.Complete())))
	defer svc.Close()
	client := svc.Client()

	waiter := partnercentral.NewTaskWaiter(client)
	task, err := submit(client, "O1234567"), error(nil)
	for range 2 {
		if task, err = waiter.Refresh(ctx, task); err != nil {
			fmt.Println(err)
		}
		fmt.Println(task.Status)
	}
	// Output:
	// IN_PROGRESS
	// COMPLETE
}

func ExampleTaskWaiter_Nudge() {
	ctx := context.Background()
	svc := fake.NewService(fake.WithDefaultOutcome(fake.After(50*time.Millisecond, fake.Complete())))
	defer svc.Close()
	client := svc.Client()

	waiter := partnercentral.NewTaskWaiter(client)
	time.AfterFunc(100*time.Millisecond, func() {
		// As the handler of an "Opportunity Updated" event would: it knows the
		// opportunity, and writes the catalog in its own way.
		waiter.Nudge(partnercentral.Task{Catalog: "sandbox", OpportunityID: "O1234567"})
	})
	begun := time.Now()
	task, err := waiter.Wait(ctx, submit(client, "O1234567"), 10*time.Minute)
	fmt.Println(task.Status, err, time.Since(begun) < 2*time.Second)
	// Output: COMPLETE <nil> true
}

func ExampleTaskWaiterOptions() {
	ctx := context.Background()
	svc := fake.NewService(fake.WithDefaultOutcome(fake.After(50*time.Millisecond, fake.Complete())))
	defer svc.Close()
	client := svc.Client()

	waiter := partnercentral.NewTaskWaiter(client, func(o *partnercentral.TaskWaiterOptions) {
		o.ReadsPerSecond = 2 // four processes share an account's 10 a second
		o.OnChange = func(t partnercentral.Task) { fmt.Println("now", t.Status) }
		o.OnPoll = func(p partnercentral.PollInfo) { fmt.Println("asked for", p.Asked) }
	})
	task := submit(client, "O1234567")
	time.Sleep(100 * time.Millisecond)
	_, err := waiter.Refresh(ctx, task)
	fmt.Println(err)
	// Output:
	// asked for 1
	// now COMPLETE
	// <nil>
}

func ExampleTask() {
	saved, _ := json.Marshal(partnercentral.Task{
		Kind: partnercentral.TaskKindEngagementFromOpportunity, Catalog: partnercentral.CatalogSandbox,
		ID: "task-1z5yaau8pu5k8", Status: partnercentral.TaskStatusInProgress, OpportunityID: "O5408941",
	})
	// In another process:
	var task partnercentral.Task
	if err := json.Unmarshal(saved, &task); err != nil {
		fmt.Println(err)
	}
	fmt.Println(task, task.Done())
	// Output: EngagementFromOpportunity task task-1z5yaau8pu5k8 in Sandbox IN_PROGRESS false
}
