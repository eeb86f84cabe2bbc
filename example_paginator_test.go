package partnercentral_test

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cosell-dev/partnercentral-go"
	fake "github.com/cosell-dev/partnercentral-go/partnercentraltest"
)

// All failed tasks, page by page as they are needed.
func ExampleListEngagementFromOpportunityTasksPaginator() {
	svc := fake.NewService()
	defer svc.Close()
	svc.Script(fake.StartEngagementFromOpportunityTask,
		fake.Immediately(fake.Complete()),
		fake.Immediately(fake.Fail(partnercentral.ReasonCodeOpportunityConflict, "already submitted")))
	client := svc.Client()
	ctx := context.Background()
	for _, id := range []string{"O1", "O2"} {
		if _, err := client.StartEngagementFromOpportunityTask(ctx, &partnercentral.StartEngagementFromOpportunityTaskInput{
			Catalog: aws.String(partnercentral.CatalogSandbox), Identifier: aws.String(id),
			AwsSubmission: &partnercentral.AwsSubmission{InvolvementType: partnercentral.SalesInvolvementTypeCoSell},
		}); err != nil {
			fmt.Println(err)
		}
	}

	paginator := partnercentral.NewListEngagementFromOpportunityTasksPaginator(client, &partnercentral.ListEngagementFromOpportunityTasksInput{
		Catalog:    aws.String(partnercentral.CatalogSandbox),
		TaskStatus: []partnercentral.TaskStatus{partnercentral.TaskStatusFailed},
	})
	for task, err := range paginator.All(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(*task.OpportunityId, task.ReasonCode, *task.Message)
	}
	// Output: O2 OpportunityConflict already submitted
}
