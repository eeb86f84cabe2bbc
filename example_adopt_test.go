package partnercentral_test

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// The runner takes a task that another program has started, and starts none.
func ExampleRunnerOptions_adopt() {
	ctx := context.Background()
	svc := fake.NewService(fake.WithDefaultOutcome(fake.Immediately(fake.Complete())))
	defer svc.Close()
	client := svc.Client()

	input := &partnercentral.StartEngagementFromOpportunityTaskInput{
		Catalog:       aws.String(partnercentral.CatalogSandbox),
		Identifier:    aws.String("O1234567"),
		AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
	}

	// Another program submits the opportunity, with a token of its own.
	_, err := client.StartEngagementFromOpportunityTask(ctx, input)
	if err != nil {
		fmt.Println(err)
		return
	}

	runner := partnercentral.NewRunner(client, func(o *partnercentral.RunnerOptions) {
		// A task that still runs, or one that was started in the last 24 hours and is COMPLETE.
		o.Adopt = aws.Duration(24 * time.Hour)
	})
	task, err := runner.Run(ctx, input)
	fmt.Println(task.Status, "adopted:", task.Adopted, err)
	fmt.Println(len(svc.Tasks()), "task")
	// Output:
	// COMPLETE adopted: true <nil>
	// 1 task
}
