package partnercentral_test

import (
	"context"
	"fmt"
	"slices"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// A program that a scheduler runs every minute polls once for all saved tasks.
func ExampleTaskWaiter_RefreshAll() {
	svc := fake.NewService(fake.WithDefaultOutcome(fake.AfterPolls(1, fake.Complete())))
	defer svc.Close()
	client := svc.Client()
	saved := []partnercentral.Task{submit(client, "O1234567"), submit(client, "O1234568")}

	waiter := partnercentral.NewTaskWaiter(client)
	for range 2 {
		for task, err := range waiter.RefreshAll(context.Background(), slices.Values(saved)) {
			fmt.Println(task.OpportunityID, task.Status, err)
			saved[slices.IndexFunc(saved, func(t partnercentral.Task) bool { return t.ID == task.ID })] = task
		}
	}
	fmt.Println(svc.Calls().For(fake.ListEngagementFromOpportunityTasks).Len(), "polls")
	// Output:
	// O1234567 IN_PROGRESS <nil>
	// O1234568 IN_PROGRESS <nil>
	// O1234567 COMPLETE <nil>
	// O1234568 COMPLETE <nil>
	// 2 polls
}
