package partnercentral_test

import (
	"context"
	"fmt"
	"time"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// A waiter with a part of the account's quota, and callbacks that show its progress.
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
