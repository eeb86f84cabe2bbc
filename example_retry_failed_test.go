package partnercentral_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// A deal that a person has corrected goes on under the same key.
func ExampleRunnerOptions_retryFailed() {
	ctx := context.Background()
	svc := fake.NewService()
	defer svc.Close()
	svc.Script(fake.StartEngagementFromOpportunityTask,
		fake.Immediately(fake.Fail(partnercentral.ReasonCodeOpportunityValidationFailed, "the close date is in the past")),
		fake.Immediately(fake.Complete()))

	input := &partnercentral.StartEngagementFromOpportunityTaskInput{
		Catalog:       aws.String(partnercentral.CatalogSandbox),
		Identifier:    aws.String("O1234567"),
		ClientToken:   aws.String(partnercentral.ClientTokenFor("crm/opportunity/O1234567")),
		AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
	}
	runner := partnercentral.NewRunner(svc.Client())

	_, err := runner.Run(ctx, input)
	var failed *partnercentral.TaskFailedError
	fmt.Println(errors.As(err, &failed), failed.Task.Message)

	// The close date was corrected. However often this runs, on whichever machine,
	// one task is started for it.
	task, err := runner.Run(ctx, input, func(o *partnercentral.RunnerOptions) { o.RetryFailed = true })
	fmt.Println(task.Status, err)
	fmt.Println(len(svc.Tasks()), "tasks")
	// Output:
	// true the close date is in the past
	// COMPLETE <nil>
	// 2 tasks
}
