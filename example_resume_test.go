package partnercentral_test

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// A Task is its own resume token: one process saves it as JSON, another waits for
// its end.
func ExampleTask() {
	svc := fake.NewService(fake.WithDefaultOutcome(fake.After(50*time.Millisecond, fake.Complete())))
	defer svc.Close()

	saved, err := json.Marshal(submit(svc.Client(), "O1234567")) // to a file, or a row of a database
	if err != nil {
		fmt.Println(err)
		return
	}

	// In another process:
	var task partnercentral.Task
	if err := json.Unmarshal(saved, &task); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(task.Status, task.Done())
	waiter := partnercentral.NewTaskWaiter(svc.Client(), func(o *partnercentral.TaskWaiterOptions) {
		o.MaxDelay = 2 * time.Second // the longest time between two polls; default 30 seconds
	})
	task, err = waiter.Wait(context.Background(), task, time.Hour)
	fmt.Println(task.OpportunityID, task.Status, err)
	// Output:
	// IN_PROGRESS false
	// O1234567 COMPLETE <nil>
}
