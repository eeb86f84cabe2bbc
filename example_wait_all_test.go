package partnercentral_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// WaitAll waits for many tasks with few calls, and yields each as it ends.
func ExampleTaskWaiter_WaitAll() {
	ctx := context.Background()
	svc := fake.NewService(fake.WithDefaultOutcome(fake.After(50*time.Millisecond, fake.Complete())))
	defer svc.Close()
	client := svc.Client()
	var tasks []partnercentral.Task
	for i := range 25 {
		tasks = append(tasks, submit(client, fmt.Sprintf("O%d", i+1)))
	}

	waiter := partnercentral.NewTaskWaiter(client, func(o *partnercentral.TaskWaiterOptions) {
		o.MaxDelay = 2 * time.Second // the longest time between two polls; default 30 seconds
	})
	ended := 0
	for task, err := range waiter.WaitAll(ctx, slices.Values(tasks), 10*time.Minute) {
		if err != nil {
			fmt.Println(task.ID, err)
			continue
		}
		ended++
	}
	fmt.Println(ended, "ended, for few calls:", svc.Calls().For(fake.ListEngagementFromOpportunityTasks).Len() <= 5)
	// Output: 25 ended, for few calls: true
}
