package partnercentral_test

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// A process that starts every hour goes on with what the last one has learned of
// how long tasks take.
func ExampleTaskWaiter_Durations() {
	svc := fake.NewService(fake.WithDuration(50 * time.Millisecond))
	defer svc.Close()
	client := svc.Client()

	var saved []byte // in a file, or a row of a database
	for range 2 {
		waiter := partnercentral.NewTaskWaiter(client, func(o *partnercentral.TaskWaiterOptions) {
			// Nothing, a damaged value or that of another version is as none.
			_ = json.Unmarshal(saved, &o.Durations)
		})
		task := submit(client, "O1234567")
		time.Sleep(100 * time.Millisecond)
		task, err := waiter.Refresh(context.Background(), task)
		if err != nil {
			fmt.Println(err)
		}
		if saved, err = json.Marshal(waiter.Durations()); err != nil {
			fmt.Println(err)
		}
		fmt.Println(task.Status, len(saved) < 1000)
	}
	// Output:
	// COMPLETE true
	// COMPLETE true
}
