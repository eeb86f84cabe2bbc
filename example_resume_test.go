package partnercentral_test

import (
	"encoding/json"
	"fmt"

	"github.com/cosell-dev/partnercentral-go"
)

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
