package partnercentral_test

import (
	"context"
	"fmt"
	"time"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// An event from EventBridge makes a wait poll at once.
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
	task, err := waiter.Wait(ctx, submit(client, "O1234567"), 10*time.Minute)
	fmt.Println(task.Status, err)
	// Output: COMPLETE <nil>
}
