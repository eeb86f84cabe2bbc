package partnercentral_test

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// The state of a task whose ARN somebody has pasted.
func ExampleParseTaskARN() {
	svc := fake.NewService(fake.WithDefaultOutcome(fake.Immediately(fake.Complete())))
	defer svc.Close()
	started, err := svc.Client().StartEngagementFromOpportunityTask(context.Background(), &partnercentral.StartEngagementFromOpportunityTaskInput{
		Catalog:       aws.String(partnercentral.CatalogSandbox),
		Identifier:    aws.String("O1234567"),
		AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	task, err := partnercentral.ParseTaskARN(*started.TaskArn)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(task.Kind, task.Catalog)
	task, err = partnercentral.NewTaskWaiter(svc.Client()).Refresh(context.Background(), task)
	fmt.Println(task.Status, task.OpportunityID, err)

	_, err = partnercentral.ParseTaskARN("arn:aws:s3:::bucket/task-0123456789abc")
	fmt.Println(err)
	// Output:
	// EngagementFromOpportunity Sandbox
	// COMPLETE O1234567 <nil>
	// 1 validation error(s) found.
	// - arn is an ARN of another service than partnercentral, ParseTaskARN.arn.
}
