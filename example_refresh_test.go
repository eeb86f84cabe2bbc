package partnercentral_test

import (
	"context"
	"fmt"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// Refresh polls once, for a program that decides itself when to poll.
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
