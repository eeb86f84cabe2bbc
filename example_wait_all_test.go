package partnercentral_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

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
