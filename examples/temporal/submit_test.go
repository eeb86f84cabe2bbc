package temporal

import (
	"testing"
	"time"

	"go.temporal.io/sdk/testsuite"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// TestSubmit runs the workflow in Temporal's test environment. The answer to the
// first Start is lost.
func TestSubmit(t *testing.T) {
	svc := fake.New(t, fake.WithDuration(200*time.Millisecond))
	svc.Fault(fake.StartEngagementFromOpportunityTask, fake.Times(1), fake.AfterCommit(fake.CloseEarly()))
	client := svc.Client()
	waiter := partnercentral.NewTaskWaiter(client)
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(time.Minute)
	env.RegisterActivity(&Activities{Waiter: waiter, Runner: partnercentral.NewRunner(client)})
	env.ExecuteWorkflow(Submit, "O1234567")
	if err := env.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
	var task partnercentral.Task
	if err := env.GetWorkflowResult(&task); err != nil {
		t.Fatal(err)
	}
	if task.Status != partnercentral.TaskStatusComplete || len(svc.Tasks()) != 1 {
		t.Fatalf("got %v and %d tasks", task, len(svc.Tasks()))
	}
}
